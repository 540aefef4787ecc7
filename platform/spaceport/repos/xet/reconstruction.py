"""How a client puts a file together, in both versions of the answer. Pure. Source: hub-api.md section 7.5."""

from collections.abc import Callable
from typing import Any

from spaceport.domain.byte_range import Part
from spaceport.repos.xet.framing import FramedTerm, skipped_bytes, terms_of, xorb_name

#: The signed address of a xorb by its number.
Address = Callable[[int], str]


def reconstruction_v1(sha256: str, part: Part, address: Address) -> dict[str, Any]:
    def fetch(term: FramedTerm) -> dict[str, Any]:
        return {
            "range": {"start": term.first, "end": term.end},
            "url": address(term.number),
            "url_range": {"start": term.framed_first, "end": term.framed_last},
        }

    return _answer(sha256, part, "fetch_info", fetch)


def reconstruction_v2(sha256: str, part: Part, address: Address) -> dict[str, Any]:
    """One range for each address: of several, clients would want an answer in several parts."""

    def fetch(term: FramedTerm) -> dict[str, Any]:
        chunks = {"start": term.first, "end": term.end}
        range_bytes = {"start": term.framed_first, "end": term.framed_last}
        return {"url": address(term.number), "ranges": [{"chunks": chunks, "bytes": range_bytes}]}

    return _answer(sha256, part, "xorbs", fetch)


def _answer(sha256: str, part: Part, key: str, fetch: Callable[[FramedTerm], dict[str, Any]]) -> dict[str, Any]:
    terms: list[dict[str, Any]] = []
    fetches = {}
    for term in terms_of(part.size_bytes, part.first, part.last):
        name = xorb_name(sha256, term.number)
        chunks = {"start": term.first, "end": term.end}
        terms.append({"hash": name, "unpacked_length": term.raw_bytes, "range": chunks})
        fetches[name] = [fetch(term)]
    return {"offset_into_first_range": skipped_bytes(part.first), "terms": terms, key: fetches}
