"""Names of users and repos, and the host names made from them."""

import hashlib
import re
import secrets

from spaceport.errors import InvalidName

NAME_RULE = (
    "1 to 96 characters of letters, digits, '-', '_' and '.'; no '--' or '..'; "
    "not starting or ending with '-' or '.'; not ending in '.git'"
)
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")
#: First path segments the hub uses itself; a user of that name could not be reached.
RESERVED = frozenset(
    """
    api assets buckets datasets datasets-server docs events front healthz internal join kernels login logout metrics
    models new new-dataset new-space notifications oauth organizations papers settings spaces static uploads v1
    """.split()  # noqa: SIM905
)
_LABEL_LENGTH = 63


def check_name(name: str, what: str = "name") -> str:
    """
    The name, if it follows the rules.

    Raises: InvalidName, with the rule in its message.

    Source: hub-api.md section 2.2 (the Hub's rule for namespaces and repos).
    """
    if not _NAME.fullmatch(name) or "--" in name or ".." in name or name.lower().endswith(".git"):
        raise InvalidName(f"{name[:100]!r} is not a valid {what}: use {NAME_RULE}")
    return name


def check_namespace(name: str) -> str:
    """A valid name that is not one of the hub's own pages. Raises: InvalidName."""
    check_name(name, "user name")
    if name.lower() in RESERVED:
        raise InvalidName(f"{name!r} is reserved for a page of the hub: choose another user name")
    return name


def new_id() -> str:
    """A new object id: 24 hexadecimal digits, as the Hub's ids look."""
    return secrets.token_hex(12)


def subdomain_for(owner: str, name: str, taken: bool = False, salt: str = "") -> str:
    """
    The label of the host a Space is served on.

    Lower case, everything but letters and digits turned to ``-``; at most 63 characters, longer ones end in a hash.
    ``a-b/c`` and ``a/b-c`` give the same label, so the caller stores it and asks again with ``taken`` (and a ``salt``)
    when it exists already.

    Source: RFC 1035 section 2.3.4 (label length); spaces-reference.md section 1.11 (spelling).
    """
    label = re.sub(r"[^a-z0-9]+", "-", f"{owner}-{name}".lower()).strip("-") or "space"
    if taken or len(label) > _LABEL_LENGTH:
        digest = hashlib.sha256(f"{owner}/{name}/{salt}".encode()).hexdigest()[:8]
        label = f"{label[: _LABEL_LENGTH - 9].rstrip('-')}-{digest}"
    return label


def loopback_address_for(space_id: str, attempt: int = 0) -> str:
    """
    An IPv4 loopback address of a Space's own, so that clients reach it without name resolution.

    All of 127.0.0.0/8 is this machine; 127.64.0.0 to 127.127.255.255 is used. The caller stores it and asks again with
    another ``attempt`` when it is taken.

    Source: RFC 1122 section 3.2.1.3 (g).
    """
    digest = hashlib.sha256(f"{space_id}/{attempt}".encode()).digest()
    return f"127.{64 + digest[0] % 64}.{digest[1]}.{1 + digest[2] % 254}"
