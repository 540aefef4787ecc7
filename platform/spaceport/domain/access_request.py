"""Somebody asks to be let into a gated repo."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class RequestStatus(StrEnum):
    """As clients spell it."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True)
class AccessRequest:
    """
    One per person and repo. ``fields`` are the answers to what the card asks (``extra_gated_fields``); ``granted`` says
    that nobody asked: the owner let the person in.
    """

    id: str
    repo_id: str
    user_id: str
    status: RequestStatus
    created_at: datetime
    fields: dict[str, Any] | None = None
    rejection_reason: str | None = None
    handled_by: str | None = None
    granted: bool = False
