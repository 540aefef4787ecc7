"""What Spaces, models and datasets have in common as repos of a hub."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class HubFields:
    """
    ``gated`` is empty, ``auto`` or ``manual``; ``trending`` is a score that lists sort by. ``tags`` are read from the
    files at the head. ``used_bytes`` is what large files take. What ``is_disabled`` is closed to all but admins.
    """

    creator_id: str | None = None
    tags: list[str] = field(default_factory=list)
    description: str = ""
    likes: int = 0
    downloads: int = 0
    trending: float = 0.0
    gated: str = ""
    is_disabled: bool = False
    has_discussions: bool = True
    used_bytes: int = 0
