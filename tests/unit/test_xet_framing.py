"""Files framed anew: what a client unpacks is the file, whatever part of it was asked for."""

import io
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaceport.domain.byte_range import Part
from spaceport.repos.xet.framing import XORB_BYTES, FramedXorb, Framer, terms_of, xorb_count, xorb_name
from spaceport.repos.xet.reconstruction import reconstruction_v1, reconstruction_v2
from spaceport.repos.xet.xorb import MAX_CHUNK_BYTES, examine_xorb
from tests.xet_capture import repeatable_bytes

FILE = repeatable_bytes("framed", 3 * MAX_CHUNK_BYTES + 1000)
XORB = FramedXorb(len(FILE), 0)
SHA = "ab" * 32


def framed(first: int, last: int, block_bytes: int = 50_000) -> bytes:
    framer, start, end = Framer(XORB, first, last), XORB.raw_before(first), XORB.raw_before(last + 1)
    blocks = [FILE[at : min(end, at + block_bytes)] for at in range(start, end, block_bytes)]
    return b"".join(map(framer.feed, blocks)) + framer.rest()


WHOLE = framed(0, XORB.framed_bytes - 1)


def test_a_framed_file_is_a_xorb_of_its_bytes() -> None:
    xorb = examine_xorb(io.BytesIO(WHOLE))

    assert len(WHOLE) == XORB.framed_bytes
    assert list(xorb.index.lengths) == [MAX_CHUNK_BYTES] * 3 + [1000]
    assert b"".join(WHOLE[at + 8 : at + 8 + MAX_CHUNK_BYTES] for at in xorb.offsets) == FILE


_PLACES = st.one_of(
    st.integers(0, len(WHOLE) - 1),
    st.integers(-12, 12).map(lambda near: MAX_CHUNK_BYTES + 8 + near),
    st.integers(len(WHOLE) - 12, len(WHOLE) - 1),
    st.integers(0, 12),
)


@settings(deadline=None)
@given(_PLACES, _PLACES, st.integers(1000, 300_000))
def test_any_part_is_that_part_of_the_whole(one: int, other: int, block_bytes: int) -> None:
    first, last = sorted((one, other))

    assert framed(first, last, block_bytes) == WHOLE[first : last + 1]


_SIZES = st.one_of(st.integers(1, 10**6), st.integers(1, 10**12), st.integers(-2, 2).map(lambda n: XORB_BYTES + n))


@settings(deadline=None)
@given(_SIZES, st.floats(0, 1), st.floats(0, 1))
def test_terms_cover_what_is_asked_for_and_lie_within_their_xorbs(size: int, one: float, other: float) -> None:
    first, last = sorted((int((size - 1) * one), int((size - 1) * other)))
    last = min(last, first + 20 * XORB_BYTES)

    terms = list(terms_of(size, first, last))

    start = terms[0].number * XORB_BYTES + terms[0].first * MAX_CHUNK_BYTES
    assert 0 <= first - start < MAX_CHUNK_BYTES
    assert last - start < sum(term.raw_bytes for term in terms) <= last - start + MAX_CHUNK_BYTES
    for before, after in pairwise(terms):
        assert (after.number, after.first) == (before.number + 1, 0)
    for term in terms:
        xorb = FramedXorb(size, term.number)
        assert 0 <= term.number < xorb_count(size)
        assert term.raw_bytes <= XORB_BYTES
        assert xorb.raw_before(term.framed_last + 1) - xorb.raw_before(term.framed_first) == term.raw_bytes
        assert term.framed_last < xorb.framed_bytes


def unpacked(answer: dict[str, Any]) -> bytes:
    """As a client does it."""
    whole = bytearray()
    for term in answer["terms"]:
        (fetch,) = [
            each
            for each in answer["fetch_info"][term["hash"]]
            if each["range"]["start"] <= term["range"]["start"] and term["range"]["end"] <= each["range"]["end"]
        ]
        part = framed(fetch["url_range"]["start"], fetch["url_range"]["end"])
        xorb = examine_xorb(io.BytesIO(part))
        for at, length in zip(xorb.offsets, xorb.index.lengths, strict=True):
            whole += part[at + 8 : at + 8 + length]
        assert term["range"]["end"] - term["range"]["start"] == len(xorb.index)
    assert len(whole) == sum(term["unpacked_length"] for term in answer["terms"])
    return bytes(whole[answer["offset_into_first_range"] :])


@pytest.mark.parametrize(
    ("first", "last"), [(0, len(FILE) - 1), (5, 5), (MAX_CHUNK_BYTES, MAX_CHUNK_BYTES), (200_000, 400_000)]
)
def test_a_client_finds_what_it_asked_for_at_the_start(first: int, last: int) -> None:
    answer = reconstruction_v1(SHA, Part(first, last, len(FILE)), lambda number: f"address {number}")

    assert unpacked(answer)[: last - first + 1] == FILE[first : last + 1]


def test_both_versions_say_the_same() -> None:
    size = 3 * XORB_BYTES - 5
    part = Part(XORB_BYTES - 10, size - 1, size)

    one = reconstruction_v1(SHA, part, lambda number: f"address {number}")
    two = reconstruction_v2(SHA, part, lambda number: f"address {number}")

    assert one["terms"] == two["terms"]
    assert one["offset_into_first_range"] == two["offset_into_first_range"] == MAX_CHUNK_BYTES - 10
    assert list(one["fetch_info"]) == list(two["xorbs"]) == [xorb_name(SHA, number) for number in range(3)]
    for name, fetches in one["fetch_info"].items():
        assert two["xorbs"][name] == [
            {"url": each["url"], "ranges": [{"chunks": each["range"], "bytes": each["url_range"]}]} for each in fetches
        ]


def test_a_file_of_no_bytes_has_no_terms() -> None:
    answer = reconstruction_v2(SHA, Part(0, -1, 0), lambda number: "")

    assert answer == {"offset_into_first_range": 0, "terms": [], "xorbs": {}}
