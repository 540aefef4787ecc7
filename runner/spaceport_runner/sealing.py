"""Secrets at rest and on the wire: sealed where they come in, opened only where an app or a build needs them."""

from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from spaceport_runner.made_once import made_once

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
    """The key of the settings, else the one in the data folder, made by whichever process comes first."""
    return configured or made_once(data_dir / KEY_FILE, lambda: Fernet.generate_key().decode())
