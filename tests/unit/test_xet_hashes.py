"""The hashes of Xet, and the tree as the description says it, word by word."""

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from spaceport.errors import BadRequest
from spaceport.repos.xet.hashes import HashTree, from_url_form, in_url_form

NODE_KEY = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
DIGESTS = st.binary(min_size=32, max_size=32)


def described_root(pairs: list[tuple[bytes, int]]) -> bytes:
    """The description, which wants all pairs of a row at once."""
    while len(pairs) > 1:
        row, rest = [], pairs
        while rest:
            end = len(rest)
            if len(rest) > 2:
                cuts = (at for at in range(2, min(9, len(rest))) if int.from_bytes(rest[at][0][-8:], "little") % 4 == 0)
                end = next(cuts, min(9, len(rest)) - 1) + 1
            text = "".join(f"{in_url_form(digest)} : {length}\n" for digest, length in rest[:end])
            row.append((blake3(text.encode(), key=NODE_KEY).digest(), sum(length for _, length in rest[:end])))
            rest = rest[end:]
        pairs = row
    return pairs[0][0]


@given(st.lists(st.tuples(DIGESTS, st.integers(1, 131072)), min_size=1, max_size=200))
def test_tree_fed_one_by_one_is_the_tree_of_the_description(pairs: list[tuple[bytes, int]]) -> None:
    tree = HashTree()
    for digest, length in pairs:
        tree.add(digest, length)

    assert tree.root() == described_root(pairs)


@given(DIGESTS)
def test_url_form_is_read_back(digest: bytes) -> None:
    assert from_url_form(in_url_form(digest)) == digest


def test_url_form_turns_each_group_of_eight_bytes_around() -> None:
    assert in_url_form(bytes(range(32))).startswith("0706050403020100" + "0f0e0d0c0b0a0908")


@pytest.mark.parametrize("text", ["", "ab", "G" * 64, "A" * 64, "../" * 21 + "a", "0" * 65, "٣" * 64])
def test_other_text_is_no_hash(text: str) -> None:
    with pytest.raises(BadRequest):
        from_url_form(text)
