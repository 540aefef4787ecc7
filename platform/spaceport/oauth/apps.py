"""Apps that sign people in: the command line, and Spaces whose card says so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from spaceport.addresses import app_url, client_url, custom_hosts
from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.custom_domain import CustomDomain
from spaceport.domain.oauth import (
    COMMAND_LINE_ID,
    COMMAND_LINE_NAME,
    COMMAND_LINE_TERMS,
    OAuthApp,
    Terms,
    signs_people_in,
    terms_of_card,
)
from spaceport.domain.space import Desired, Space
from spaceport.errors import OAuthError
from spaceport.identity import hash_secret
from spaceport.interfaces import Transaction
from spaceport.services import Services
from spaceport.settings import Settings


@dataclass(frozen=True)
class KnownApp:
    """An app that may sign people in now, and on which terms; ``space`` is None for the command line."""

    app: OAuthApp
    terms: Terms
    space: Space | None = None

    @property
    def name(self) -> str:
        return self.space.full_name if self.space is not None else self.app.name


def find_app(tx: Transaction, settings: Settings, client_id: str, caller: Caller | None = None) -> KnownApp:
    """
    With a ``caller``, an app of a Space that this person may not see is not there.

    Raises: OAuthError.
    """
    app = tx.sign_ins.app(client_id) if client_id != COMMAND_LINE_ID else command_line(tx)
    if app is not None and app.space_id is None:
        return KnownApp(app, COMMAND_LINE_TERMS)
    space = tx.spaces.get(app.space_id) if app is not None and app.space_id else None
    if app is None or space is None or space.desired is Desired.DELETED:
        raise _unknown()
    if caller is not None and not can(caller, Action.READ, space):
        raise _unknown()
    card = card_in_force(tx, space)
    if not signs_people_in(card):
        raise OAuthError("invalid_client", f"{space.full_name} does not sign people in: its card has no hf_oauth: true")
    domains = tx.domains.of_space(space.id)
    return KnownApp(app, terms_of_card(card, origins_of(space, settings, domains)), space)


def app_of_code(tx: Transaction, code: str) -> str:
    """
    The client id that a code was given to: without a secret, it still has to be proved by its challenge.

    Raises: OAuthError. Source: huggingface.js, packages/hub/src/lib/oauth-handle-redirect.ts.
    """
    found = tx.sign_ins.code(hash_secret(code)) if code else None
    if found is None:
        raise OAuthError("invalid_client", "say which app asks: client_id is missing")
    return found.app_id


def command_line(tx: Transaction) -> OAuthApp:
    """As a row once somebody is about to use it; until then made up. ``ensure_command_line`` writes it."""
    return tx.sign_ins.app(COMMAND_LINE_ID) or OAuthApp(COMMAND_LINE_ID, COMMAND_LINE_NAME, datetime.min)


def ensure_command_line(tx: Transaction, now: datetime) -> None:
    if tx.sign_ins.app(COMMAND_LINE_ID) is None:
        tx.sign_ins.add_app(OAuthApp(COMMAND_LINE_ID, COMMAND_LINE_NAME, now))


def card_in_force(tx: Transaction, space: Space) -> Mapping[str, Any]:
    """That of the release which serves or is about to: after a rollback ``main`` says nothing about it."""
    release = tx.releases.get(space.target_release_id) if space.target_release_id else None
    return release.card if release is not None and release.card else space.card


def origins_of(space: Space, settings: Settings, domains: Iterable[CustomDomain] = ()) -> tuple[str, ...]:
    """
    Where people may be sent back to: the Space's own host, by each name that the gateway answers to.

    Source: hub-api.md section 15 (custom domains among the redirects that are allowed).
    """
    own = [f"{settings.apps_scheme}://{host}" for host in custom_hosts(domains, settings)]
    return tuple(dict.fromkeys((app_url(space, settings), client_url(space, settings), *own)))


def has_secret(services: Services, app: OAuthApp, secret: str) -> bool:
    """Whether this is the secret of the app; nobody has that of one without."""
    if app.sealed_secret is None:
        return False
    return compare_digest(services.sealer.open(app.sealed_secret).encode(), secret.encode("utf-8", "replace"))


def _unknown() -> OAuthError:
    return OAuthError("invalid_client", "this hub knows no such app")
