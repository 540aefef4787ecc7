"""Lines of the logs of builds and runs, as pages show them before a script takes over."""

from collections.abc import Iterator
from dataclasses import dataclass

from spaceport.domain.build import Build
from spaceport.domain.instance import Instance
from spaceport.domain.space import Space
from spaceport.interfaces import LogLine, Transaction
from spaceport.services import Services
from spaceport.web.plain_text import plain
from spaceport_runner.contract import build_log_path, run_log_path

#: Lines that a page of logs begins with.
_FIRST_LINES = 200
#: Lines below a failure, and how many are read to find as many that are not empty.
_LAST_LINES, _LOOKED_AT = 12, 40

Source = Build | Instance


@dataclass(frozen=True)
class LastLines:
    """How a log ended. ``whole_log`` is the path of the page that shows all of it."""

    lines: tuple[str, ...]
    whole_log: str


def log_of(services: Services, space: Space, source: Source, tail: int | None) -> Iterator[LogLine]:
    data_dir = services.settings.data_dir
    is_build = isinstance(source, Build)
    path = build_log_path(data_dir, source.id) if is_build else run_log_path(data_dir, space.id, source.id)
    return services.logs.read(path, tail)


def first_lines(services: Services, space: Space, source: Source | None) -> list[LogLine]:
    if source is None:
        return []
    return [LogLine(line.timestamp, plain(line.text)) for line in log_of(services, space, source, _FIRST_LINES)]


def last_lines(services: Services, space: Space, source: Source | None) -> LastLines | None:
    """For who may read logs; None where nothing was written."""
    if source is None:
        return None
    texts = (plain(line.text).rstrip() for line in log_of(services, space, source, _LOOKED_AT))
    lines = [text for text in texts if text][-_LAST_LINES:]
    kind = "builds" if isinstance(source, Build) else "instances"
    return LastLines(tuple(lines), f"/spaces/{space.full_name}/{kind}/{source.id}") if lines else None


def newest_source(tx: Transaction, space: Space, kind: str) -> Source | None:
    """The newest build, or the newest run with any other ``kind``."""
    found: list[Build] | list[Instance] = (
        tx.builds.of_space(space.id, limit=1) if kind == "build" else tx.instances.of_space(space.id, limit=1)
    )
    return found[0] if found else None
