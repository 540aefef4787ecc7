"""Where the chunks of a xorb are, once a large file was made of them: nothing is kept twice."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class XorbSpan:
    """Chunks ``chunk_start`` up to, not with, ``chunk_end`` of a xorb begin at this byte of a large file."""

    xorb_id: str
    chunk_start: int
    chunk_end: int
    blob_id: str
    offset_bytes: int


def cover(spans: Iterable[XorbSpan], first: int, end: int) -> list[tuple[XorbSpan, int, int]] | None:
    """
    Which spans to read chunks ``first`` up to ``end`` from, in order, and which chunks of each; None when some are
    nowhere.
    """
    waiting = sorted(spans, key=lambda span: span.chunk_start, reverse=True)
    parts: list[tuple[XorbSpan, int, int]] = []
    best, reached = None, first
    while reached < end:
        while waiting and waiting[-1].chunk_start <= reached:
            span = waiting.pop()
            if best is None or span.chunk_end > best.chunk_end:
                best = span
        if best is None or best.chunk_end <= reached:
            return None
        parts.append((best, reached, min(end, best.chunk_end)))
        reached = best.chunk_end
    return parts
