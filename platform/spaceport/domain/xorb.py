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
    ordered, parts, reached = sorted(spans, key=lambda span: span.chunk_start), [], first
    while reached < end:
        usable = (span for span in ordered if span.chunk_start <= reached < span.chunk_end)
        best = max(usable, key=lambda span: span.chunk_end, default=None)
        if best is None:
            return None
        upto = min(end, best.chunk_end)
        parts.append((best, reached, upto))
        reached = upto
    return parts
