"""The app of a Space: made when its card first asks for one, with a new secret for each owner and name."""

import secrets
from collections.abc import Mapping
from typing import Any

from spaceport.domain.oauth import OAuthApp, signs_people_in
from spaceport.domain.space import Space
from spaceport.interfaces import Transaction
from spaceport.services import Services


def ensure_space_app(services: Services, tx: Transaction, space: Space, card: Mapping[str, Any]) -> None:
    """
    Called for each commit on ``main``. The app stays when the card stops asking: an earlier release that is gone back
    to needs it, and nobody is signed in while the card in force does not ask.
    """
    if signs_people_in(card) and tx.sign_ins.app_of_space(space.id) is None:
        client_id, now = secrets.token_hex(16), services.clock.now()
        tx.sign_ins.add_app(OAuthApp(client_id, space.full_name, now, space.id, _new_secret(services)))


def renew_space_app(services: Services, tx: Transaction, space: Space) -> None:
    """Whoever had the secret under the old name or owner cannot use it any more. Instances get the new one."""
    app = tx.sign_ins.app_of_space(space.id)
    if app is not None:
        tx.sign_ins.update_app(app.id, name=space.full_name, sealed_secret=_new_secret(services))


def _new_secret(services: Services) -> str:
    return services.sealer.seal(secrets.token_urlsafe(32))
