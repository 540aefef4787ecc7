"""
Lists over 100,000 repos: each call of the API as a ratio to the plain SQL of one indexed query in the same run.

The plain query is the first page of models in their usual order, written by hand and read with the bare driver; a ratio
of 3 means that a list took three times as long. ``over HTTP`` is against the same list without any condition, over HTTP
too: what a filter costs on top of answering at all. A page is what somebody sees who types: heads, cards and filters.
"""

import random
import sqlite3
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from starlette.datastructures import QueryParams

from spaceport.adapters import tables
from spaceport.adapters.hub_tables import repo_tags
from spaceport.adapters.search_tables import repo_texts
from spaceport.domain.account import ANONYMOUS
from spaceport.domain.hub_fields import HubFields
from spaceport.domain.repo import RepoType
from spaceport.domain.repo_query import After, Place, RepoQuery
from spaceport.domain.search_words import card_words, head_words, wanted_words
from spaceport.list_query import read_query
from spaceport.web.list_search import search_page
from spaceport.web.repo_list_page import SAMPLE
from tests.integration.hub.conftest import Hub, running_hub

MODELS, DATASETS = 80_000, 20_000
ROUNDS = 15
_PAGE = 20
_BATCH = 5_000
_PLAIN = "SELECT * FROM repos WHERE type = 'model' AND NOT private ORDER BY trending DESC, id DESC LIMIT 20"
_WORDS = ("bert", "llama", "tiny", "large", "chat", "vision", "speech", "base", "instruct", "coder", "mini", "roberta")
_TASKS = ("text-generation", "fill-mask", "text-classification", "image-classification", "summarization")
_LANGUAGES = ("en", "fr", "de", "zh", "no", "sw", "hi", "es")
#: Name of a figure -> the query of it.
_CALLS = {
    "all": "",
    "by date": "sort=createdAt",
    "by likes": "sort=likes",
    "a tag of a fifth of them": "pipeline_tag=fill-mask",
    "a tag of one": "filter=dataset:words-77",
    "three tags": "filter=fill-mask,fr&library=transformers",
    "two tags that never meet": "filter=never-a&filter=never-b",
    "search of a common word": "search=bert",
    "search of a rare word": "search=bert-777",
    "search of two letters": "search=be",
    "search of nothing that is there": "search=absolutely-nothing",
    "search and tag": "search=bert-7&filter=fr",
    "author": "author=user-3",
    "gated": "gated=true",
    "parameters": "num_parameters=min:6B,max:7B",
}
#: Name of a figure -> what somebody types on the page of models, which shows heads, cards and filters at once.
_TYPED = {
    "page without a search": "",
    "page of a letter": "b",
    "page of a common word": "bert",
    "page of a word of all cards": "model",
    "page of a word of one card": "rare77",
    "page of two common words": "whale bert",
    "page of nothing that is there": "absolutely nothing",
}
_WORDS_OF_CARDS = 120


def run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, running_hub(Path(folder)) as hub:
        started = time.perf_counter()
        _fill(hub)
        figures = {"seconds to fill": time.perf_counter() - started}
        plain = _plain(Path(folder) / "spaceport.sqlite3")
        figures["plain SQL, milliseconds"] = plain * 1000
        bare = _seconds(lambda: _get(hub, ""))
        for name, query in _CALLS.items():
            wish = read_query(RepoType.MODEL, QueryParams(f"{query}&limit={_PAGE}"))

            def page(wish: Any = wish) -> None:
                with hub.services.database.read() as tx:
                    tx.listings.page(wish, ANONYMOUS)

            figures[f"{name} / plain SQL"] = _seconds(page) / plain
            figures[f"{name}, over HTTP"] = _seconds(lambda query=query: _get(hub, query)) / bare  # type: ignore[misc]
        for name, typed in _TYPED.items():
            wish = replace(read_query(RepoType.MODEL, QueryParams(f"limit={_PAGE}")), words=wanted_words(typed))

            def whole_page(wish: RepoQuery = wish) -> None:
                everything = replace(wish, place=Place.ANYWHERE, limit=SAMPLE)
                with hub.services.database.read() as tx:
                    search_page(tx, wish, ANONYMOUS)
                    tx.listings.sample(everything, ANONYMOUS)

            figures[f"{name} / plain SQL"] = _seconds(whole_page) / plain
        figures["the last page / plain SQL"] = _deep(hub) / plain
        return figures


def _fill(hub: Hub) -> None:
    owners = [hub.person(f"user-{number}").user for number in range(5)]
    chance = random.Random(7)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    rows = list(_rows(chance, owners, now))
    with hub.services.database.begin() as tx:
        connection = tx._connection  # type: ignore[attr-defined]
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            connection.execute(insert(tables.repos), part)
            tags = [{"repo_id": row["id"], "repo_type": row["type"], "tag": tag} for row in part for tag in row["tags"]]
            connection.execute(insert(repo_tags), tags)
            connection.execute(insert(repo_texts), [_words_of(chance, row) for row in part])


def _rows(chance: random.Random, owners: list[Any], now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(MODELS + DATASETS):
        kind = RepoType.MODEL if number < MODELS else RepoType.DATASET
        owner = chance.choice(owners)
        # Of each of two tags there are many, and no repo has both.
        apart = "never-a" if number % 2 else "never-b"
        tags = [chance.choice(_TASKS), chance.choice(_LANGUAGES), "transformers", apart, f"dataset:words-{number}"]
        made = now + timedelta(seconds=number)
        yield {
            "id": f"{chance.getrandbits(96):024x}",
            "type": kind,
            "owner_id": owner.id,
            "owner": owner.name,
            "name": f"{chance.choice(_WORDS)}-{chance.choice(_WORDS)}-{number}",
            "private": number % 10 == 0,
            "created_at": made,
            "modified_at": made,
            "head_sha": "a" * 40,
            "card": {"license": "mit", "tags": tags},
            "tags": [*tags, "license:mit", "region:us"],
            "likes": int(chance.paretovariate(1)),
            "downloads": int(chance.paretovariate(0.5)) % 10**9,
            "trending": chance.random() * 100,
            "gated": "auto" if number % 1000 == 1 else "",
            "parameters": int(chance.paretovariate(0.3)) % 10**12,
            "library_name": "transformers",
            "pipeline_tag": tags[0],
        }


def _words_of(chance: random.Random, row: dict[str, Any]) -> dict[str, Any]:
    fields = HubFields(tags=row["tags"])
    card = ["model", "card", f"rare{row['name'].rpartition('-')[2]}", *(["whale"] if chance.random() < 0.1 else [])]
    card += [f"word{int(chance.paretovariate(0.5)) % 50_000}" for _ in range(_WORDS_OF_CARDS)]
    return {
        "repo_id": row["id"],
        "repo_type": row["type"],
        "head": head_words(fields, (row["owner"], row["name"]), "", ""),
        "card": card_words(" ".join(card)),
    }


def _plain(path: Path) -> float:
    connection = sqlite3.connect(path)
    try:
        return _seconds(lambda: connection.execute(_PLAIN).fetchall())
    finally:
        connection.close()


def _deep(hub: Hub) -> float:
    """The page behind nearly all others: with offsets it would cost all of them."""
    query = read_query(RepoType.MODEL, QueryParams(f"direction=1&limit={_PAGE}"))
    with hub.services.database.read() as tx:
        last = tx.listings.page(query, ANONYMOUS)[-1]
    wish = replace(query, is_ascending=False, after=After(last.trending, last.id))

    def page() -> None:
        with hub.services.database.read() as tx:
            tx.listings.page(wish, ANONYMOUS)

    return _seconds(page)


def _get(hub: Hub, query: str) -> None:
    with urllib.request.urlopen(f"{hub.url}/api/models?{query}&limit={_PAGE}", timeout=60) as response:
        response.read()


def _seconds(call: Callable[[], object]) -> float:
    """The median of some rounds, after one to warm up."""
    call()
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
