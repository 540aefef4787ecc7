"""Whose news somebody wants to hear beside those of the own repos, and whose not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WatchLevel(StrEnum):
    """``watching`` hears as the owner does, ``muted`` hears nothing, own repo or not."""

    WATCHING = "watching"
    MUTED = "muted"


@dataclass(frozen=True)
class Watch:
    """What somebody said about a repo; without a row, people hear of their own repos and of talks they take part in."""

    repo_id: str
    user_id: str
    level: WatchLevel
    created_at: datetime


def hears(watch: Watch | None, owns: bool) -> bool:
    """Whether the news of a repo reach somebody."""
    return watch.level is WatchLevel.WATCHING if watch else owns


def turned(watch: Watch | None, owns: bool) -> WatchLevel | None:
    """What the button of a repo's page makes of it; None when nothing needs to be kept."""
    if hears(watch, owns):
        return WatchLevel.MUTED if owns else None
    return None if owns else WatchLevel.WATCHING
