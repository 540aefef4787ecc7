"""What happens once: the first user, and a token to push with."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from spaceport.identity import create_token, create_user
from spaceport.services import Services
from spaceport_runner.made_once import write_private

CREDENTIALS_FILE = "admin-credentials.txt"


@dataclass(frozen=True)
class Credentials:
    """The admin's, in clear: printed at the first start and kept in a file only its owner reads."""

    name: str
    password: str
    token: str

    def as_text(self) -> str:
        return f"name={self.name}\npassword={self.password}\ntoken={self.token}\n"


def ensure_admin(services: Services) -> Credentials | None:
    """
    Make the first user if there is none, and finish what a killed first start left half done.

    The file is written before the user, so that no password is ever made that nobody can read. Returns what the file
    holds, None when it is gone or somebody else made the first user.
    """
    settings = services.settings
    kept = kept_credentials(settings.data_dir)
    with services.database.read() as tx:
        users = tx.accounts.users()
        known = tx.accounts.user_by_name(kept.name) if kept else None
    if users and (kept is None or kept.token or known is None):
        return kept
    if known is None:
        password = settings.admin_password or (kept.password if kept else secrets.token_urlsafe(12))
        kept = Credentials(settings.admin_name, password, "")
        _keep(settings.data_dir / CREDENTIALS_FILE, kept)
        known = create_user(services, kept.name, kept.password, is_admin=True)
    assert kept is not None
    finished = Credentials(known.name, kept.password, create_token(services, known, "first start", "write"))
    _keep(settings.data_dir / CREDENTIALS_FILE, finished)
    return finished


def kept_credentials(data_dir: Path) -> Credentials | None:
    """Those of the first start, unless somebody took the file away, as the README advises."""
    path = data_dir / CREDENTIALS_FILE
    if not path.exists():
        return None
    values = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return Credentials(values.get("name", ""), values.get("password", ""), values.get("token", ""))


def _keep(path: Path, credentials: Credentials) -> None:
    write_private(path, credentials.as_text())
