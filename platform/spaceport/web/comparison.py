"""What one release has that another has not: variables, secrets, hardware, packages. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from spaceport.domain.release import Release
from spaceport.translating import gettext
from spaceport.web.nouns import plural

#: ``name==1.0`` or ``name @ address`` of one line of a lock; hashes and markers follow after a space or semicolon.
#: Source: PEP 508, and what ``uv pip freeze`` and ``uv pip compile`` write.
_LOCKED = re.compile(r"(?P<name>[A-Za-z0-9][\w.\-]*)(?:\[[^\]]*\])?\s*(?:==\s*(?P<version>[^\s;\\]+)|@\s*(?P<url>\S+))")


@dataclass(frozen=True)
class Change:
    """``before`` is None for what was added, ``after`` for what was taken away."""

    name: str
    before: str | None
    after: str | None

    @property
    def what(self) -> str:
        if self.before is None:
            return gettext("added")
        return gettext("removed") if self.after is None else gettext("changed")


@dataclass(frozen=True)
class Comparison:
    """Secrets are compared by version: their values are nobody's to see. ``has_locks`` tells if both have a lock."""

    variables: tuple[Change, ...] = ()
    secrets: tuple[Change, ...] = ()
    packages: tuple[Change, ...] = ()
    hardware: Change | None = None
    is_other_commit: bool = False
    has_locks: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """In a few words, for a list: ``2 variables``, ``1 secret``."""
        counted = ((self.variables, "variable"), (self.secrets, "secret"), (self.packages, "package"))
        words = [plural(len(changes), noun) for changes, noun in counted if changes]
        return (*words, *((gettext("hardware"),) if self.hardware else ()))


def compare(before: Release | None, after: Release) -> Comparison:
    """``after`` against the release before it; the first one against nothing."""
    if before is None:
        return Comparison(
            variables=changes_of({}, after.variables),
            secrets=changes_of({}, _versions(after)),
            is_other_commit=True,
        )
    other_hardware = before.hardware != after.hardware
    has_locks = before.lock is not None and after.lock is not None
    return Comparison(
        variables=changes_of(before.variables, after.variables),
        secrets=changes_of(_versions(before), _versions(after)),
        packages=changes_of(packages_of(before.lock), packages_of(after.lock)) if has_locks else (),
        hardware=Change("hardware", before.hardware, after.hardware) if other_hardware else None,
        is_other_commit=before.sha != after.sha,
        has_locks=has_locks,
    )


def changes_of(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """By name."""
    return tuple(
        Change(name, before.get(name), after.get(name))
        for name in sorted({*before, *after}, key=str.lower)
        if before.get(name) != after.get(name)
    )


def packages_of(lock: str | None) -> dict[str, str]:
    """Name -> version of a lock, names as PyPI compares them. Source: PEP 503 (normalized names)."""
    found = {}
    for line in (lock or "").splitlines():
        locked = _LOCKED.match(line.strip())
        if locked:
            name = re.sub(r"[-_.]+", "-", locked["name"]).lower()
            found[name] = locked["version"] or locked["url"]
    return found


def _versions(release: Release) -> dict[str, str]:
    return {key: gettext("version %(number)s", number=number) for key, number in release.secret_versions.items()}
