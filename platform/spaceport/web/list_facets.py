"""What a list can be narrowed to, from the tags of what is in it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from spaceport.domain.flavors import Flavors
from spaceport.domain.repo import RepoType
from spaceport.domain.repo_query import Sample
from spaceport.domain.tag_types import OTHER, type_of
from spaceport.translating import marked, translated
from spaceport.web.list_asking import Asked

#: Of one kind of filter that are offered; any other is asked for by its tag.
_MAX_OPTIONS = 40

#: Parameter of the address -> its name on the page, in order.
_TITLES = {
    RepoType.MODEL: {
        "pipeline_tag": marked("Task"),
        "library": marked("Library"),
        "language": marked("Language"),
        "license": marked("Licence"),
        "filter": marked("Tag"),
    },
    RepoType.DATASET: {
        "task_categories": marked("Task"),
        "size_categories": marked("Rows"),
        "modality": marked("Modality"),
        "format": marked("Format"),
        "language": marked("Language"),
        "license": marked("Licence"),
        "filter": marked("Tag"),
    },
    RepoType.SPACE: {
        "sdk": marked("SDK"),
        "hardware": marked("Hardware"),
        "license": marked("Licence"),
        "filter": marked("Tag"),
    },
}


@dataclass(frozen=True)
class Option:
    """``url`` is the list with it, or without it when it ``is_on``. ``count`` is None where it is not known."""

    label: str
    url: str
    is_on: bool
    count: int | None = None


@dataclass(frozen=True)
class Facet:
    key: str
    title: str
    options: tuple[Option, ...]

    @property
    def is_on(self) -> bool:
        return any(option.is_on for option in self.options)


def facets_of(asked: Asked, sample: Sample, is_whole: bool, sdks: Sequence[str], flavors: Flavors) -> list[Facet]:
    """
    Those that offer a choice. Of a list that is longer than its sample the counts say nothing: only the order does.

    Everything offered is a tag of a repo in the sample, so that what the reader may not see is not told either.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for tag, count in sorted(sample.tags.items(), key=lambda each: (-each[1], each[0])):
        key, label = _key_of(asked.kind, tag, sdks)
        found.setdefault(key, []).append((label, count))
    facets = []
    for key, title in _TITLES[asked.kind].items():
        if key == "hardware":
            options = _hardware(asked, flavors)
        else:
            options = [
                _option(asked, key, label, label, count if is_whole else None)
                for label, count in found.get(key, [])[:_MAX_OPTIONS]
            ]
        if options:
            facets.append(Facet(key, translated(title), tuple(options)))
    return facets


def _key_of(kind: RepoType, tag: str, sdks: Sequence[str]) -> tuple[str, str]:
    if kind is RepoType.SPACE and tag in sdks:
        return "sdk", tag
    type_, label = type_of(kind, tag)
    return ("filter", tag) if type_ == OTHER else (type_, label)


def _hardware(asked: Asked, flavors: Flavors) -> list[Option]:
    if len(flavors) == 1:
        return []
    return [_option(asked, "hardware", flavor.name, flavor.pretty_name) for flavor in flavors.values()]


def _option(asked: Asked, key: str, value: str, label: str, count: int | None = None) -> Option:
    is_on = asked.has(key, value)
    return Option(label, asked.without(key, value) if is_on else asked.with_filter(key, value), is_on, count)
