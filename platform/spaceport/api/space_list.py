"""Which Spaces of a list, in which order, on which page: decided from the query alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from spaceport.api.space_json import tags_of
from spaceport.domain.space import Space
from spaceport.errors import BadRequest

MAX_PAGE = 1000
_SORTS = {
    "createdAt": "created_at",
    "created_at": "created_at",
    "lastModified": "modified_at",
    "last_modified": "modified_at",
    # Nothing is counted yet, so these leave the order of the last change.
    "likes": "modified_at",
    "trendingScore": "modified_at",
}


@dataclass(frozen=True)
class Wish:
    """
    What a list was asked for. ``filters`` must all be among a Space's tags, ``searches`` all in its name.

    Source: hub-api.md section 5.1.
    """

    searches: tuple[str, ...] = ()
    author: str = ""
    filters: tuple[str, ...] = ()
    sdks: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    sort: str = "lastModified"
    is_ascending: bool = False
    limit: int = MAX_PAGE
    offset: int = 0
    expand: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: QueryParams) -> "Wish":
        """Raises: BadRequest."""
        sort = query.get("sort") or "lastModified"
        if sort not in _SORTS:
            raise BadRequest(f'"sort" must be one of [{", ".join(_SORTS)}]; given: {sort[:50]}')
        return cls(
            searches=tuple(text for text in query.getlist("search") if text),
            author=query.get("author", ""),
            filters=_split(query.getlist("filter")),
            sdks=_split(query.getlist("sdk")),
            models=_split(query.getlist("models")),
            datasets=_split(query.getlist("datasets")),
            sort=sort,
            is_ascending=query.get("direction") == "1",
            limit=min(_number(query, "limit", MAX_PAGE), MAX_PAGE),
            offset=_number(query, "cursor", 0),
            expand=(*query.getlist("expand"), *query.getlist("expand[]")),
        )


def choose(spaces: Sequence[Space], wish: Wish) -> tuple[list[Space], bool]:
    """The page that was asked for, and whether more follow."""
    fitting = [space for space in spaces if _fits(space, wish)]
    fitting.sort(key=lambda space: (getattr(space, _SORTS[wish.sort]), space.id), reverse=not wish.is_ascending)
    end = wish.offset + wish.limit
    return fitting[wish.offset : end], end < len(fitting)


def next_link(base: str, query: QueryParams, wish: Wish) -> str:
    """The Link header of a page that is not the last."""
    items = [(key, value) for key, value in query.multi_items() if key != "cursor"]
    address = urlencode([*items, ("cursor", str(wish.offset + wish.limit))])
    return f'<{base}/api/spaces?{address}>; rel="next"'


def _fits(space: Space, wish: Wish) -> bool:
    tags = tags_of(space)
    name = space.full_name.lower()
    card = space.card
    return (
        all(text.lower() in name for text in wish.searches)
        and all(tag in tags for tag in wish.filters)
        and (not wish.sdks or space.sdk in wish.sdks)
        and all(model in (card.get("models") or []) for model in wish.models)
        and all(dataset in (card.get("datasets") or []) for dataset in wish.datasets)
    )


def _split(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _number(query: QueryParams, key: str, default: int) -> int:
    text = query.get(key) or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or (key == "limit" and int(text) == 0):
        raise BadRequest(f'"{key}" must be a positive whole number; given: {text[:50]}')
    return int(text)
