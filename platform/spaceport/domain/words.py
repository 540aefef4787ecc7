"""Small pieces of sentences that several parts of the product say."""

from datetime import UTC, datetime

#: Of what somebody gives as a reason; more belongs into a message.
MAX_REASON_LENGTH = 300


def stop_words(verb: str, who: str, at: datetime, reason: str | None) -> str:
    """``paused by ada on 3 May 2026 at 14:05 UTC: too expensive``: who, when and why, in one line."""
    words = f"{verb} by {who} on {moment_words(at)}"
    why = " ".join((reason or "").split())[:MAX_REASON_LENGTH]
    return f"{words}: {why}" if why else words


def moment_words(at: datetime) -> str:
    """``3 May 2026 at 14:05 UTC``."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y} at {at:%H:%M} UTC"


def duration_words(seconds: float) -> str:
    """``90 s``, ``5 min``, ``48 h``, ``3 days``: a round number in the unit that suits it, never below one second."""
    whole = max(1, round(seconds))
    if whole < 60 or (whole < 300 and whole % 60):
        return f"{whole} s"
    if whole < 3600 or (whole < 5 * 3600 and whole % 3600):
        return f"{round(whole / 60)} min"
    if whole < 72 * 3600:
        return f"{round(whole / 3600)} h"
    return f"{round(whole / 86_400)} days"


def gpu_words(gpus: int) -> str:
    """``1 GPU``, ``4 GPUs``."""
    return f"{gpus} GPU" if gpus == 1 else f"{gpus} GPUs"


def memory_words(memory_bytes: float) -> str:
    """``4 GiB``, ``512 MiB``."""
    if memory_bytes >= 1024**3:
        return f"{memory_bytes / 1024**3:.1f}".removesuffix(".0") + " GiB"
    return f"{round(memory_bytes / 1024**2)} MiB"
