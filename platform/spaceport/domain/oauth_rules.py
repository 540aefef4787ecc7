"""Rules of OAuth that need nothing but their words: addresses to go back to, proofs of possession, codes to type."""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from hmac import compare_digest
from urllib.parse import urlencode

_MAX_URI_LENGTH = 2000
#: Printable ASCII without space, quotes, backslash and brackets, and without ``#``: RFC 6749 section 3.1.2 forbids it.
_URI = re.compile(r"[!$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]+")
#: Source: RFC 7636 section 4.1.
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")
#: Consonants that are not taken for each other. Source: RFC 8628 section 6.1.
_USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_USER_CODE_LENGTH = 8


def may_redirect(uri: str, origins: Iterable[str]) -> bool:
    """
    Whether an address is on one of these origins (``https://demo.apps.example.org``, without a slash at the end).

    The origin is compared as text and must be followed by a path: nothing is taken apart that a browser could read in
    another way, such as ``https://host@elsewhere`` or ``https://host.elsewhere``. A path may be any.
    """
    if len(uri) > _MAX_URI_LENGTH or not _URI.fullmatch(uri):
        return False
    scheme, _, rest = uri.partition("://")
    host, slash, _ = rest.partition("/")
    return bool(slash) and f"{scheme}://{host}".lower() in [origin.lower() for origin in origins]


def with_answer(uri: str, **answer: str | None) -> str:
    """The address to go back to with what was decided, behind the query that it has."""
    given = {name: value for name, value in answer.items() if value is not None}
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(given)}"


def is_challenge(text: str) -> bool:
    """Whether a ``code_challenge`` can be one of S256."""
    return bool(_CHALLENGE.fullmatch(text))


def proves(verifier: str, challenge: str) -> bool:
    """Whether a ``code_verifier`` belongs to a challenge of S256. Source: RFC 7636 section 4.6."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def new_user_code() -> str:
    """A code for people to type: ``BDWP-HQPK``."""
    letters = "".join(secrets.choice(_USER_CODE_LETTERS) for _ in range(_USER_CODE_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def typed_user_code(text: str) -> str:
    """As it was given out, whatever case, spaces and dashes somebody typed."""
    letters = "".join(each for each in text.upper() if each.isascii() and each.isalpha())[: _USER_CODE_LENGTH + 1]
    return f"{letters[:4]}-{letters[4:]}"
