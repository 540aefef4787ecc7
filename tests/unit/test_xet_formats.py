"""Xorbs and shards: what the real client sends is understood, what nobody should send is refused in words."""

import hashlib
import io
import struct
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaceport.errors import BadRequest
from spaceport.repos.xet.hashes import HashTree, file_hash, in_url_form, possession_proof
from spaceport.repos.xet.shard import Shard
from spaceport.repos.xet.xorb import examine_xorb
from tests.xet_capture import captured_upload, repeatable_bytes
from tests.xet_forge import END, TAG, Term, Xorb, file_record, packed_chunk, shard

XORB = Xorb((b"one", b"two" * 1000, b"three"))


def test_everything_the_real_client_sends_is_understood(tmp_path: Path) -> None:
    noise = repeatable_bytes("noise", 3_000_000)
    contents = {
        "noise": noise,
        "edited": noise[:1_500_000] + b"x" * 300_000 + noise[700_000:],
        "floats": b"".join(struct.pack("<f", number / 1000) for number in range(200_000)),
        "text": b"".join(b"line %d\n" % number for number in range(50_000)),
        "tiny": b"tiny",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)

    upload = captured_upload([tmp_path / name for name in contents], tmp_path / "cache")

    xorbs = {name: examine_xorb(io.BytesIO(body)) for name, body in upload.xorbs.items()}
    assert all(in_url_form(xorb.hash) == name for name, xorb in xorbs.items())
    schemes = Counter(upload.xorbs[name][at + 4] for name, xorb in xorbs.items() for at in xorb.offsets)
    assert set(schemes) == {0, 1, 2}
    found = {}
    for body in upload.shards:
        for sent in Shard(body).xorbs():
            assert b"".join(digest for digest, _ in sent.chunks()) == xorbs[in_url_form(sent.hash)].index.hashes
        for file in Shard(body).files():
            tree = HashTree()
            for term in file.terms():
                index = xorbs[in_url_form(term.xorb)].index
                assert term.raw_bytes == index.raw_bytes(term.first, term.end)
                assert term.proof == possession_proof(index.hashes_of(term.first, term.end))
                for number in range(term.first, term.end):
                    tree.add(*index.chunk(number))
            assert in_url_form(file_hash(tree.root())) == file.name
            found[file.sha256] = (file.name, file.size_bytes)
    expected = {
        hashlib.sha256(content).hexdigest(): (xet_hash, len(content))
        for content, (xet_hash, _) in zip(contents.values(), upload.files, strict=True)
    }
    assert found == expected


@given(st.lists(st.binary(min_size=1, max_size=600), min_size=1, max_size=20), st.integers(0, 2))
def test_a_xorb_packed_in_any_way_has_the_same_hash(chunks: list[bytes], scheme: int) -> None:
    xorb = Xorb(tuple(chunks))

    examined = examine_xorb(io.BytesIO(xorb.body(scheme) + b"XETBLOB and what else a footer holds"))

    assert examined.hash == xorb.hash
    assert examined.end == len(xorb.body(scheme))
    assert [examined.index.chunk(number)[1] for number in range(len(chunks))] == [len(chunk) for chunk in chunks]


@given(st.binary(max_size=200), st.integers(0, 200), st.integers(0, 255))
def test_a_damaged_xorb_is_refused_or_has_another_hash(noise: bytes, place: int, value: int) -> None:
    body = bytearray(XORB.body(1) + noise)
    body[place % len(body)] = value

    with suppress(BadRequest):
        examined = examine_xorb(io.BytesIO(bytes(body)))
        assert examined.hash != XORB.hash or len(examined.index) == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no chunks"),
        (b"XETBLOB", "no chunks"),
        (XORB.body()[:-1], "ends within chunk 2"),
        (XORB.body() + b"\0\0", "header of chunk 3"),
        (packed_chunk(b"x", 7), "unknown here"),
        (packed_chunk(b"x", says=2), "does not have the 2 bytes"),
        (packed_chunk(b"", says=0), "0 bytes"),
        (packed_chunk(b"x", says=131_073), "131,073 bytes"),
        (b"\0\xff\xff\xff\0\0\0\x01" + b"x" * 100, "more than any chunk needs"),
        (packed_chunk(bytes(50_000_000), 1, says=131_072), "more than any chunk needs"),
        (packed_chunk(bytes(2_000_000), 1, says=131_072), "not one whole LZ4 frame"),
        (packed_chunk(bytes(10), 1, says=11), "does not have the 11 bytes"),
        (b"\0\x09\0\0\x01\x04\0\0nope, not", "not an LZ4 frame"),
    ],
)
def test_a_wrong_xorb_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        examine_xorb(io.BytesIO(body))


def test_a_xorb_of_too_many_chunks_is_refused() -> None:
    with pytest.raises(BadRequest, match="at most 8,192 chunks"):
        examine_xorb(io.BytesIO(packed_chunk(b"x") * 8193))


def test_a_xorb_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(BadRequest, match="67,108,864 bytes"):
        examine_xorb(io.BytesIO(packed_chunk(bytes(131_072), 1) * 513))


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), min_size=1, max_size=5), max_size=5),
    st.booleans(),
)
def test_a_shard_is_read_back(files: list[list[tuple[int, int]]], with_xorbs: bool) -> None:
    terms = [[Term.of(XORB, min(first, 3 - count), min(first, 3 - count) + count) for first, count in f] for f in files]

    read = Shard(shard([file_record(each) for each in terms], [XORB] if with_xorbs else []))

    seen = [
        [(term.xorb, term.raw_bytes, term.first, term.end, term.proof) for term in file.terms()]
        for file in read.files()
    ]
    assert seen == [[(t.xorb, t.raw_bytes, t.first, t.end, t.proof) for t in each] for each in terms]
    assert [file.size_bytes for file in read.files()] == [sum(t.raw_bytes for t in each) for each in terms]
    assert [xorb.hash for xorb in read.xorbs()] == ([XORB.hash] if with_xorbs else [])


@given(st.data())
def test_a_damaged_shard_is_refused_in_words_or_read(data: st.DataObject) -> None:
    body = bytearray(shard([file_record([Term.of(XORB), Term.of(XORB, 1, 2)])], [XORB]))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    with suppress(BadRequest):
        read = Shard(bytes(body[: data.draw(st.integers(0, len(body)))]))
        assert all(term.end > term.first for file in read.files() for term in file.terms())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "ends too early"),
        (shard([])[:-1], "ends too early"),
        (b"\0" + shard([])[1:], "no shard of version 2"),
        (struct.pack("<32sQQ", TAG, 1, 0) + END + END, "no shard of version 2"),
        (shard([file_record([Term.of(XORB)])])[:-96] + END, "ends too early"),
        (shard([file_record([Term.of(XORB).but(first=3, end=3)])]), "no xorb has these"),
        (shard([file_record([Term.of(XORB).but(end=9000)])]), "no xorb has these"),
        (shard([file_record([Term.of(XORB).but(raw_bytes=2**31)])]), "no xorb has these"),
        (shard([struct.pack("<32sII8x", bytes(32), 0, 2**32 - 1)]), "ends too early"),
        (shard([], [XORB])[:-48].replace(struct.pack("<II", 0, 3), struct.pack("<II", 0, 2**31)), "more than a xorb"),
    ],
)
def test_a_wrong_shard_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        Shard(body)


def test_a_footer_behind_a_shard_is_of_no_interest() -> None:
    assert Shard(shard([file_record([Term.of(XORB)])], [XORB]) + b"a footer").file_count == 1
