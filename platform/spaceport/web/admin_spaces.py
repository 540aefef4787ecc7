"""The admin's table of Spaces: all of them filtered and sorted here, and only the rows of one page read whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

from spaceport.domain.space import Rest
from spaceport.domain.space_fact import SpaceFact
from spaceport.translating import marked, translated
from spaceport.web.admin_lines import SpaceLine
from spaceport.web.admin_rows import SpaceRow
from spaceport.web.looks import kind_of
from spaceport.web.table_query import page_number, table_query

ROWS = 50
_MAX_LENGTH = 200

#: What a table may be narrowed to, in the words of the line above it.
SHOWN: dict[str, tuple[str, Callable[[SpaceFact], bool]]] = {
    "ok": (marked("running"), lambda fact: kind_of(fact.stage, fact.desired) == "ok"),
    "busy": (marked("on the way"), lambda fact: kind_of(fact.stage, fact.desired) == "busy"),
    "bad": (marked("failed"), lambda fact: kind_of(fact.stage, fact.desired) == "bad"),
    "idle": (marked("at rest"), lambda fact: kind_of(fact.stage, fact.desired) == "idle"),
    marked("asleep"): (marked("asleep"), lambda fact: fact.is_asleep),
    marked("frozen"): (marked("frozen"), lambda fact: fact.is_asleep and fact.rest is Rest.FROZEN),
    "waiting": (marked("waiting for room"), lambda fact: fact.waiting_since is not None),
    "review": (marked("asking for a review"), lambda fact: fact.review_requested_at is not None),
}


@dataclass(frozen=True)
class SpacesWish:
    """What somebody wants to see of the table; ``page`` counts from 1."""

    sort: str = "name"
    down: bool = False
    words: tuple[str, ...] = ()
    show: str = ""
    owner: str = ""
    page: int = 1
    machine: str = ""

    def query(self, **changes: Any) -> str:
        """As part of an address; another order or filter begins at the first page."""
        values = {
            "sort": self.sort,
            "dir": "down" if self.down else "up",
            "filter": " ".join(self.words),
            "show": self.show,
            "owner": self.owner,
            "machine": self.machine,
        } | changes
        return table_query(values)


@dataclass(frozen=True)
class SpacesPage:
    """``lines`` are those of the page, in order, out of ``found``."""

    wish: SpacesWish
    lines: list[SpaceLine]
    found: int
    rows: list[SpaceRow] = field(default_factory=list)

    @property
    def first(self) -> int:
        return (self.wish.page - 1) * ROWS + 1

    @property
    def place(self) -> str:
        """Its address, to come back to it."""
        query = self.wish.query(page=self.wish.page)
        return f"/admin{'?' if query else ''}{query}#spaces-title"

    @property
    def shown_words(self) -> str:
        return translated(SHOWN[self.wish.show][0]) if self.wish.show else ""

    @property
    def has_more(self) -> bool:
        return self.found > self.wish.page * ROWS


#: What each column is sorted by; text without regard to case, what is not known last.
SORTS: dict[str, Callable[[SpaceLine], Any]] = {
    "name": lambda line: line.fact.full_name.lower(),
    "stage": lambda line: line.fact.stage.lower(),
    "cpu": lambda line: line.cpu_percent if line.cpu_percent is not None else -1.0,
    "memory": lambda line: line.memory_bytes if line.memory_bytes is not None else -1,
    "disk": lambda line: line.disk_bytes,
    "requests": lambda line: line.requests,
    "errors": lambda line: line.errors,
    "p95": lambda line: line.p95_ms if line.p95_ms is not None else -1.0,
    "visit": lambda line: line.last_visit_at.timestamp() if line.last_visit_at else 0.0,
    "release": lambda line: line.released_at.timestamp() if line.released_at else 0.0,
}


def read_wish(query: Mapping[str, str]) -> SpacesWish:
    """What makes no sense is as if it was not asked for."""
    return SpacesWish(
        sort=query.get("sort", "") if query.get("sort", "") in SORTS else "name",
        down=query.get("dir") == "down",
        words=tuple(query.get("filter", "")[:_MAX_LENGTH].lower().split()),
        show=query.get("show", "") if query.get("show", "") in SHOWN else "",
        owner=query.get("owner", "")[:_MAX_LENGTH],
        machine=query.get("machine", "")[:_MAX_LENGTH],
        page=page_number(query.get("page", "1")),
    )


def page_of(lines: Sequence[SpaceLine], wish: SpacesWish) -> SpacesPage:
    """One page of what is wanted, beyond the end the last one; equal ones by name. Pure."""
    found = sorted((line for line in lines if _is_wanted(line, wish)), key=SORTS["name"])
    found.sort(key=SORTS[wish.sort], reverse=wish.down)
    wish = replace(wish, page=max(1, min(wish.page, ceil(len(found) / ROWS))))
    start = (wish.page - 1) * ROWS
    return SpacesPage(wish, found[start : start + ROWS], len(found))


def _is_wanted(line: SpaceLine, wish: SpacesWish) -> bool:
    fact = line.fact
    if wish.show and not SHOWN[wish.show][1](fact):
        return False
    if wish.owner and fact.owner.lower() != wish.owner.lower():
        return False
    if wish.machine and wish.machine not in line.machines:
        return False
    if not wish.words:
        return True
    text = f"{fact.full_name} {fact.stage} {fact.stage_reason or ''} {fact.sdk}".lower()
    return all(word in text for word in wish.words)
