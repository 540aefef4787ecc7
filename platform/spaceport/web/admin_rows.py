"""The rows of one page of the admin's table of Spaces, read whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from spaceport.domain.build import Build
from spaceport.domain.instance import Instance
from spaceport.domain.release import Release
from spaceport.domain.space import Space
from spaceport.interfaces import Transaction
from spaceport.web.admin_lines import SpaceLine, served_release


@dataclass(frozen=True)
class SpaceRow:
    """A line with all that its row shows."""

    line: SpaceLine
    space: Space
    build: Build | None
    release: Release | None
    instances: int


class RowReader:
    """Reads the rows of a page; remembers releases, which never change."""

    def __init__(self) -> None:
        self._releases: dict[str, Release] = {}

    def read(self, tx: Transaction, lines: Sequence[SpaceLine]) -> list[SpaceRow]:
        """In the order of the lines; without Spaces that are gone meanwhile."""
        ids = [line.fact.id for line in lines]
        spaces = {space.id: space for space in tx.spaces.by_ids(ids)}
        builds = {build.space_id: build for build in reversed(tx.builds.active())}
        instances: dict[str, list[Instance]] = {}
        for instance in tx.instances.current_of(ids):
            instances.setdefault(instance.space_id, []).append(instance)
        wanted = {
            space_id: served_release(instances.get(space_id, ()), space.target_release_id)
            for space_id, space in spaces.items()
        }
        unknown = [found for found in wanted.values() if found and found not in self._releases]
        self._releases |= {release.id: release for release in tx.releases.by_ids(unknown)}
        return [
            SpaceRow(
                line,
                spaces[line.fact.id],
                builds.get(line.fact.id),
                self._releases.get(wanted[line.fact.id] or ""),
                len(instances.get(line.fact.id, ())),
            )
            for line in lines
            if line.fact.id in spaces
        ]
