"""Small pieces of sentences that several parts of the product say."""


def duration_words(seconds: float) -> str:
    """``90 s``, ``5 min``, ``48 h``, ``3 days``: a round number in the unit that suits it, never below one second."""
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    if whole < 120 * 60:
        return f"{round(whole / 60)} min"
    if whole < 72 * 3600:
        return f"{round(whole / 3600)} h"
    return f"{round(whole / 86_400)} days"


def memory_words(memory_bytes: float) -> str:
    """``4 GiB``, ``512 MiB``."""
    if memory_bytes >= 1024**3:
        return f"{memory_bytes / 1024**3:.1f}".removesuffix(".0") + " GiB"
    return f"{round(memory_bytes / 1024**2)} MiB"
