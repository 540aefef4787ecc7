"""The secret that hub, controller and runner share on one machine."""

import secrets

from spaceport.data_folder import make_data_folder
from spaceport.settings import Settings
from spaceport_runner.made_once import made_once


def internal_secret(settings: Settings) -> str:
    """The setting, or a secret kept in the data folder, made by whichever process comes first."""
    if settings.internal_secret:
        return settings.internal_secret
    path = settings.data_dir / "internal.secret"
    if not path.exists():
        make_data_folder(settings.data_dir)
    return made_once(path, lambda: secrets.token_hex(32))
