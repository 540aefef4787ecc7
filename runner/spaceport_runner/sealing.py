"""Secrets at rest and on the wire: sealed where they come in, opened only where an app or a build needs them."""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

KEY_FILE = "secrets.key"


class SealBroken(Exception):
    """What should be opened was not sealed with this key, or was changed since."""


class Sealer:
    """
    Seals text with one key (Fernet: AES-128-CBC with HMAC-SHA256).

    Who has the database or Redis but not the key learns nothing but the length.

    Source: https://github.com/fernet/spec
    """

    def __init__(self, key: str) -> None:
        """Raises: ValueError when ``key`` is not 32 bytes in URL-safe base64."""
        self._fernet = Fernet(key.encode())

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode()

    def open(self, sealed: str) -> str:
        """Raises: SealBroken."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode("utf-8", "surrogatepass")
        except InvalidToken as error:
            raise SealBroken("a secret was sealed with another key: set it again, or restore secrets.key") from error


def sealing_key(data_dir: Path, configured: str = "") -> str:
    """
    The key of the settings, else the one in the data folder, made by whichever process comes first.

    Written to a file of its own and linked into place, so that nobody ever reads half of it.
    """
    if configured:
        return configured
    path = data_dir / KEY_FILE
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # Another process was first; its key counts.
        finally:
            fresh.unlink()
    return path.read_text().strip()
