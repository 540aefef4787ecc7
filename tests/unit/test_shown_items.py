"""What of collections somebody sees, and what it costs to find out."""

from pathlib import Path
from typing import Any

from sqlalchemy import event

from spaceport.adapters.database import SqlDatabase
from spaceport.domain.account import Caller
from spaceport.domain.collection import Collection, CollectionItem
from spaceport.domain.repo import Repo, RepoType
from spaceport.repos.collections.finding import shown_items
from tests.unit.factories import NOW
from tests.unit.services import Bench, make_bench


def filled(tmp_path: Path, count: int) -> tuple[Bench, list[CollectionItem]]:
    """As many models, every third of them private; then a Space, a collection, a paper and what is gone."""
    bench = make_bench(tmp_path)
    targets = [("model", f"model{number}") for number in range(count)]
    targets += [("space", "space"), ("collection", "inner"), ("paper", "2307.09288"), ("dataset", "gone")]
    items = [CollectionItem(str(at), "outer", kind, target, at, "", NOW) for at, (kind, target) in enumerate(targets)]
    with bench.services.database.begin() as tx:
        for name in ("outer", "inner"):
            tx.collections.add(Collection(name, "user", "ada", "user", name, name, "", False, "blue", 0, 0, NOW, NOW))
        for number in range(count):
            name, is_private = f"model{number}", number % 3 == 0
            tx.repos.add(Repo(name, RepoType.MODEL, "user", "ada", name, is_private, NOW, NOW))
    return bench, items


def seen(bench: Bench, caller: Caller, items: list[CollectionItem]) -> list[str]:
    with bench.services.database.read() as tx:
        return [f"{each.item.type} {each.item.target}" for each in shown_items(tx, caller, items)]


def test_what_is_private_or_gone_is_left_out_in_order(tmp_path: Path) -> None:
    bench, items = filled(tmp_path, 3)

    rest = ["space space", "collection inner", "paper 2307.09288"]
    assert seen(bench, bench.stranger, items) == ["model model1", "model model2", *rest]
    assert seen(bench, bench.owner, items) == ["model model0", "model model1", "model model2", *rest]


def test_a_thousand_items_cost_no_more_queries_than_one(tmp_path: Path) -> None:
    bench, items = filled(tmp_path, 400)
    statements: list[Any] = []
    database = bench.services.database
    assert isinstance(database, SqlDatabase)
    engine = database._reading_engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    seen(bench, bench.owner, items)

    assert len([each for each in statements if each.startswith("SELECT")]) == 3
