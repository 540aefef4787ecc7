"""What a fine-grained token may do, and where: rights by the id of a repo or of a namespace."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

#: In place of an id: everywhere. Only discussions can be allowed so widely.
EVERYWHERE = "*"


class Right(StrEnum):
    """What is given to a token. Whoever may write may read and discuss, too."""

    READ = "read"
    WRITE = "write"
    DISCUSSION = "discussion"


def rights_at(scopes: Mapping[str, Any] | None, repo_id: str, owner_id: str) -> frozenset[Right]:
    """At a repo: what is given for it, for all repos of its owner, and everywhere."""
    given = scopes or {}
    found = {Right(right) for each in (repo_id, owner_id) for right in given.get(each, ())}
    if Right.WRITE in found:
        return frozenset(Right)
    if Right.DISCUSSION in given.get(EVERYWHERE, ()):
        found.add(Right.DISCUSSION)
    return frozenset(found)


def readable_ids(scopes: Mapping[str, Any] | None) -> list[str]:
    """The repos and namespaces that a token may read."""
    return [each for each in scopes or {} if Right.READ in rights_at(scopes, each, "")]
