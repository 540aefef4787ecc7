"""What a fine-grained token may do, and where: rights by the id of a repo or of a namespace."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

#: In place of an id: everywhere. Only discussions, and gated repos that let the person in, can be allowed so widely.
EVERYWHERE = "*"


class Right(StrEnum):
    """What is given to a token. Whoever may write may read and discuss, too."""

    READ = "read"
    WRITE = "write"
    DISCUSSION = "discussion"
    GATED = "gated"


_ANYWHERE = (Right.DISCUSSION, Right.GATED)


def rights_at(scopes: Mapping[str, Any] | None, repo_id: str, owner_id: str) -> frozenset[Right]:
    """At a repo: what is given for it, for all repos of its owner, and everywhere."""
    given = scopes or {}
    found = {Right(right) for each in (repo_id, owner_id) for right in given.get(each, ())}
    if Right.WRITE in found:
        return frozenset(Right)
    return frozenset(found | {right for right in _ANYWHERE if right in given.get(EVERYWHERE, ())})


def readable_ids(scopes: Mapping[str, Any] | None) -> list[str]:
    """The repos and namespaces that a token may read."""
    return [each for each in scopes or {} if Right.READ in rights_at(scopes, each, "")]
