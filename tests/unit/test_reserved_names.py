"""Names that nobody can have, because the hub has pages there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spaceport.domain.names import RESERVED
from spaceport.hub_app import make_app
from tests.unit.services import make_bench


def paths_of(routes: list[Any]) -> Iterator[str]:
    """Of all routes, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from paths_of(inner.routes)
        elif path := getattr(route, "path", ""):
            yield path


def test_nobody_can_be_called_as_a_page_is(tmp_path: Path) -> None:
    """But ``admin``, as the first user often is called: that name has no page of its own, and needs none."""
    firsts = {path.split("/")[1] for path in paths_of(make_app(make_bench(tmp_path).services).routes)}

    # A dot: the names of files such as favicon.ico.
    taken = {first for first in firsts if first and "{" not in first and "." not in first}
    assert "spaces" in taken
    assert taken - RESERVED == {"admin"}
