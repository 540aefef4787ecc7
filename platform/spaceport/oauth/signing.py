"""The key that identity tokens are signed with: made at the first start, kept beside the other keys."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from spaceport_runner.made_once import made_once

ALGORITHM = "RS256"
KEY_FILE = "oauth.key"
_KEY_BITS = 2048


def signed_identity(data_dir: Path, claims: Mapping[str, Any]) -> str:
    """An ``id_token``."""
    key = _key(data_dir.resolve())
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, dict(claims), key)


def public_keys(data_dir: Path) -> dict[str, Any]:
    """What identity tokens are checked with. Source: RFC 7517 section 5."""
    key = _key(data_dir.resolve())
    return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": ALGORITHM}]}


@lru_cache(maxsize=8)
def _key(data_dir: Path) -> RSAKey:
    key = RSAKey.import_key(json.loads(made_once(data_dir / KEY_FILE, _new_key)))
    # Its name is its fingerprint: the same in all processes and after every start.
    key.ensure_kid()
    return key


def _new_key() -> str:
    return json.dumps(RSAKey.generate_key(_KEY_BITS).as_dict(private=True))
