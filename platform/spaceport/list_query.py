"""Lists as clients ask for them, in our own words; and where the next page begins. Source: hub-api.md section 5.1."""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.repo_query import MAX_PAGE, After, RepoQuery, Sort
from spaceport.domain.space import Space
from spaceport.errors import BadRequest

_SORTS = {
    "createdAt": Sort.CREATED,
    "created_at": Sort.CREATED,
    "lastModified": Sort.MODIFIED,
    "last_modified": Sort.MODIFIED,
    "likes": Sort.LIKES,
    "downloads": Sort.DOWNLOADS,
    "trendingScore": Sort.TRENDING,
    "trending_score": Sort.TRENDING,
    "trending": Sort.TRENDING,
}
#: Parameters of models that are another way to ask for a tag.
_TAG_KEYS = ("pipeline_tag", "library", "tags", "trained_dataset")
#: What local programs can run. Source: huggingface.js ``packages/tasks/src/local-apps.ts``.
_TAGS_OF_APPS = {"vllm": "transformers", "sglang": "transformers", "mlx-lm": "mlx", "diffusionbee": "diffusers"}
_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([KMBT]?)", re.IGNORECASE | re.ASCII)
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_FACTORS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
#: No repo has it: what nobody offers here, such as inference by providers.
_NOTHING = ("\x7fnothing",)
_MAX_CONDITIONS = 50


def read_query(kind: RepoType, query: QueryParams) -> RepoQuery:
    """Raises: BadRequest."""
    sort = query.get("sort") or "trendingScore"
    if sort not in _SORTS:
        raise BadRequest(f'"sort" must be one of [{", ".join(_SORTS)}]; given: {sort[:50]}')
    lowest, highest = _parameters(query.get("num_parameters", ""))
    tags = tuple(_tags(kind, query))
    searches = tuple(word for text in query.getlist("search") for word in text.split())
    if len(tags) + len(searches) > _MAX_CONDITIONS:
        raise BadRequest(f"a list has at most {_MAX_CONDITIONS} filters and words to search for")
    return RepoQuery(
        kind=kind,
        searches=searches,
        author=query.get("author", ""),
        tags=tags,
        sdks=tuple(_split(query.getlist("sdk"))) if kind is RepoType.SPACE else (),
        is_linked=kind is RepoType.SPACE and query.get("linked", "").lower() in ("true", "1"),
        is_gated={"true": True, "1": True, "false": False, "0": False}.get(query.get("gated", "").lower()),
        min_parameters=lowest if kind is RepoType.MODEL else None,
        max_parameters=highest if kind is RepoType.MODEL else None,
        sort=_SORTS[sort],
        is_ascending=query.get("direction") == "1",
        limit=min(_number(query, "limit", MAX_PAGE), MAX_PAGE),
        after=_after(query.get("cursor"), _SORTS[sort]),
    )


def cursor_of(wish: RepoQuery, last: Space | Repo) -> str:
    """Where the page after the one that ends with ``last`` begins."""
    value = getattr(last, wish.sort)
    text = json.dumps([str(wish.sort), value.isoformat() if isinstance(value, datetime) else value, last.id])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _tags(kind: RepoType, query: QueryParams) -> list[tuple[str, ...]]:
    values = _split(query.getlist("filter"))
    if kind is RepoType.MODEL:
        values += [value for key in _TAG_KEYS for value in _split(query.getlist(key))]
    values += [value if ":" in value else f"language:{value}" for value in _split(query.getlist("language"))]
    found = [_spellings(kind, value) for value in values]
    if kind is RepoType.SPACE:
        found += [(f"{key}:{name}",) for key in ("models", "datasets") for name in _split(query.getlist(key))]
    if kind is RepoType.MODEL:
        found += [(_TAGS_OF_APPS.get(app, "gguf"),) for app in _split(query.getlist("apps"))]
        if query.get("inference") or query.get("inference_provider"):
            found.append(_NOTHING)
    return found


def _spellings(kind: RepoType, value: str) -> tuple[str, ...]:
    """Models have languages, libraries and tasks as bare tags, datasets have typed ones; either may be asked for."""
    key, _, rest = value.partition(":")
    if kind is RepoType.DATASET or not rest:
        return (value,)
    bare = ("language", "library", "pipeline_tag", "sdk", "other", "trained_dataset")
    return (value, rest) if key in bare else (value,)


def _parameters(text: str) -> tuple[int | None, int | None]:
    """``min:1B,max:7B``, either of them or both."""
    found: dict[str, int] = {}
    for part in text.split(",") if text else []:
        key, _, number = part.strip().partition(":")
        amount = _NUMBER.fullmatch(number.strip())
        if key not in ("min", "max") or amount is None:
            raise BadRequest(f'"num_parameters" must be such as min:1B,max:7B; given: {text[:50]}')
        found[key] = min(int(float(amount[1]) * _FACTORS[amount[2].upper()]), 2**62)
    return found.get("min"), found.get("max")


def _after(cursor: str | None, sort: Sort) -> After | None:
    if not cursor:
        return None
    try:
        of, value, repo_id = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        if of != sort or not _ID.fullmatch(repo_id) or isinstance(value, bool):
            raise ValueError
        if sort in (Sort.CREATED, Sort.MODIFIED):
            return After(datetime.fromisoformat(value).astimezone(UTC), repo_id)
        if not isinstance(value, int | float) or not abs(value) < 2**62:
            raise ValueError
        return After(value, repo_id)
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError) as error:
        raise BadRequest('"cursor" must be that of the Link header of the page before, with the same sort') from error


def _split(values: Sequence[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _number(query: QueryParams, key: str, default: int) -> int:
    text = query.get(key) or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) == 0:
        raise BadRequest(f'"{key}" must be a positive whole number; given: {text[:50]}')
    return int(text)
