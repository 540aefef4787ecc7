"""Chunks found in large files: which spans to read, and what the database keeps of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaceport.adapters.database import SqlDatabase
from spaceport.domain.blob import Blob
from spaceport.domain.xorb import XorbSpan, cover
from tests.databases import make_database
from tests.unit.factories import NOW


def span(start: int, end: int, blob: str = "blob", offset: int = 0) -> XorbSpan:
    return XorbSpan("xorb", start, end, blob, offset)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlDatabase]:
    database = make_database(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    with database.begin() as tx:
        for name in ("blob", "other"):
            tx.blobs.add(Blob(name, 10, None, NOW))
    yield database
    database.close()


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 10)), max_size=12), st.integers(0, 20), st.integers(1, 9))
def test_a_cover_is_every_chunk_once_and_in_order(pairs: list[tuple[int, int]], first: int, count: int) -> None:
    spans = [span(start, start + length) for start, length in pairs]
    there = {chunk for each in spans for chunk in range(each.chunk_start, each.chunk_end)}
    wanted = list(range(first, first + count))

    parts = cover(spans, first, first + count)

    assert (parts is None) == (not there.issuperset(wanted))
    for each, begin, end in parts or []:
        assert each.chunk_start <= begin < end <= each.chunk_end
    assert parts is None or [chunk for _, begin, end in parts for chunk in range(begin, end)] == wanted


def test_spans_are_kept_once_and_go_with_their_file(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.xorbs.add("xorb", b"chunks")
        tx.xorbs.add("xorb", b"chunks")
        tx.xorbs.add_spans("blob", [span(0, 2, offset=5), span(0, 2, offset=9), span(2, 3)])
        tx.xorbs.add_spans("blob", [span(0, 2, offset=9)])
        tx.xorbs.add_spans("other", [span(0, 1, "other")])

    with database.begin() as tx:
        assert sorted(tx.xorbs.spans("xorb"), key=lambda each: (each.chunk_start, each.chunk_end)) == [
            span(0, 1, "other"),
            span(0, 2, offset=5),
            span(2, 3),
        ]
        tx.blobs.remove("blob")
        assert tx.xorbs.spans("xorb") == [span(0, 1, "other")]
        assert tx.xorbs.forget_lost() == 0
        tx.blobs.remove("other")
        assert tx.xorbs.forget_lost() == 1
        assert tx.xorbs.chunks("xorb") is None
