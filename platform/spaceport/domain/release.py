"""A release: an image together with the commit it serves."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Release:
    """What a successful build gave; starting it again on ``runner_id`` needs no build. ``number`` counts from 1."""

    id: str
    space_id: str
    build_id: str
    number: int
    sha: str
    sdk: str
    template: str
    image: str
    runner_id: str
    app_file: str
    app_port: int
    created_at: datetime
