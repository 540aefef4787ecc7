"""What the address of a list asks for: words, filters, sort, and where in the list; and addresses that ask for else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from spaceport.domain.repo import RepoType
from spaceport.domain.repo_query import Place, RepoQuery
from spaceport.domain.search_words import wanted_words
from spaceport.domain.stage import SERVING
from spaceport.list_query import read_query
from spaceport.translating import marked

#: How a reader may sort, and how the API calls it.
SORTS = (
    ("trending", marked("Trending")),
    ("lastModified", marked("Updated")),
    ("createdAt", marked("New")),
    ("downloads", marked("Downloads")),
    ("likes", marked("Likes")),
)
#: Filters of a list by the parameter of its address, and what the tag they ask for begins with.
_TAGS: Mapping[RepoType, Mapping[str, str]] = {
    RepoType.MODEL: {"pipeline_tag": "", "library": "", "language": "", "license": "license:", "filter": ""},
    RepoType.DATASET: {
        "task_categories": "task_categories:",
        "size_categories": "size_categories:",
        "modality": "modality:",
        "format": "format:",
        "language": "language:",
        "license": "license:",
        "filter": "",
    },
    RepoType.SPACE: {"license": "license:", "filter": ""},
}
#: Filters that are no tags; the last one given counts.
_SINGLE = {RepoType.SPACE: ("author", "sdk", "hardware", "running")}
_AUTHOR = ("author",)
_MAX_LENGTH = 200
#: No repo has it.
_NOTHING = "\x7fnothing"


@dataclass(frozen=True)
class Asked:
    """``filters`` are (parameter, value) in the order they were chosen. Its addresses begin at the first page."""

    kind: RepoType
    search: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    sort: str = ""
    place: Place = Place.HEAD
    cursor: str = ""

    @property
    def is_anything(self) -> bool:
        return bool(self.search or self.filters or self.cursor)

    def value(self, key: str) -> str:
        """The last one of a filter."""
        return dict(self.filters).get(key, "")

    def has(self, key: str, value: str) -> bool:
        return (key, value) in self.filters

    def url(self) -> str:
        """The address of the list as it is asked for."""
        pairs = [("search", self.search), *self.filters, ("sort", self.sort)]
        pairs += [("within", "cards" if self.place is Place.CARD else ""), ("cursor", self.cursor)]
        query = urlencode([(key, value) for key, value in pairs if value])
        return f"/{self.kind.plural}{'?' + query if query else ''}"

    def first_page(self) -> str:
        return replace(self, place=Place.HEAD, cursor="").url()

    def turned_to(self, place: Place, cursor: str) -> str:
        return replace(self, place=place, cursor=cursor).url()

    def with_filter(self, key: str, value: str) -> str:
        """With one more, or with another value where there can be one only."""
        is_single = key in _single(self.kind)
        kept = [each for each in self.filters if not (is_single and each[0] == key)]
        return replace(self, filters=(*kept, (key, value)), place=Place.HEAD, cursor="").url()

    def without(self, key: str, value: str) -> str:
        kept = tuple(each for each in self.filters if each != (key, value))
        return replace(self, filters=kept, place=Place.HEAD, cursor="").url()

    def query(self, limit: int) -> RepoQuery:
        """Raises: BadRequest for a cursor that is none, and for too many conditions."""
        tags = [("filter", _tag(self.kind, key, value)) for key, value in self.filters if key in _TAGS[self.kind]]
        pairs = [*tags, ("author", self.value("author")), ("sdk", self.value("sdk"))]
        pairs += [("sort", self.sort), ("cursor", self.cursor), ("limit", str(limit))]
        words = wanted_words(self.search)
        return replace(
            read_query(self.kind, QueryParams([(key, value) for key, value in pairs if value])),
            words=words if words or not self.search else (_NOTHING,),
            place=self.place,
            hardware=self.value("hardware"),
            stages=tuple(sorted(SERVING)) if self.value("running") else (),
        )


def read_asked(kind: RepoType, query: QueryParams) -> Asked:
    """What of a query this list knows; everything else is as good as absent."""
    pairs = [(key, " ".join(value.split())[:_MAX_LENGTH]) for key, value in query.multi_items()]
    known = (*_single(kind), *_TAGS[kind])
    filters: dict[tuple[str, str], None] = {}
    for key, value in pairs:
        if key not in known or not value:
            continue
        if key in _single(kind):
            filters = {each: None for each in filters if each[0] != key}
        filters[key, "true" if key == "running" else value] = None
    return Asked(
        kind=kind,
        search=" ".join(query.get("search", "").split())[:_MAX_LENGTH],
        filters=tuple(filters),
        sort=query.get("sort", "") if query.get("sort") in dict(SORTS) else "",
        place=Place.CARD if query.get("within") == "cards" else Place.HEAD,
        cursor=query.get("cursor", ""),
    )


def _single(kind: RepoType) -> tuple[str, ...]:
    return _SINGLE.get(kind, _AUTHOR)


def _tag(kind: RepoType, key: str, value: str) -> str:
    """A value may have its type before it, as the Hub writes it."""
    start = _TAGS[kind][key]
    return value if value.startswith(start) else start + value
