"""Which fields of a repo an answer has: by ``expand``, ``full``, ``config`` and ``cardData`` of the query."""

from starlette.datastructures import QueryParams

from spaceport.domain.repo import RepoType
from spaceport.errors import BadRequest

#: What ``expand`` may name. Source: hub-api.md section 5.1.
EXPANDABLE = {
    RepoType.MODEL: tuple(
        """
        author baseModels cardData childrenModelCount config createdAt disabled downloads downloadsAllTime evalResults
        gated gguf inference inferenceProviderMapping lastModified library_name likes mask_token model-index
        pipeline_tag private resourceGroup safetensors sha siblings spaces tags transformersInfo trendingScore
        usedStorage widgetData xetEnabled gitalyUid securityRepoStatus
        """.split()  # noqa: SIM905
    ),
    RepoType.DATASET: tuple(
        """
        author cardData citation createdAt description disabled downloads downloadsAllTime gated lastModified likes
        mainSize paperswithcode_id private resourceGroup sha siblings tags trendingScore usedStorage xetEnabled
        gitalyUid
        """.split()  # noqa: SIM905
    ),
    RepoType.SPACE: tuple(
        """
        author cardData createdAt datasets disabled lastModified likes models private region resourceGroup runtime sdk
        sha siblings subdomain tags trendingScore usedStorage host xetEnabled shortDescription emoji title
        """.split()  # noqa: SIM905
    ),
}
#: What is read from the tree of a commit.
NEED_FILES = frozenset({"siblings", "mainSize", "citation"})
_ALWAYS = frozenset({"_id", "id"})
_LISTED = _ALWAYS | frozenset(
    """
    author createdAt lastModified private gated disabled likes tags trendingScore modelId downloads pipeline_tag
    library_name sdk title emoji shortDescription host subdomain description
    """.split()  # noqa: SIM905
)
_FULL = _LISTED | {"sha", "siblings", "cardData", "models", "datasets", "runtime"}
#: Of the info of one repo without ``expand``: what is costly or means little here must be asked for.
_NOT_IN_INFO = frozenset(
    """
    baseModels childrenModelCount downloadsAllTime evalResults inference inferenceProviderMapping gitalyUid mainSize
    resourceGroup region securityRepoStatus xetEnabled
    """.split()  # noqa: SIM905
)


def fields_of_list(kind: RepoType, query: QueryParams) -> frozenset[str]:
    """Raises: BadRequest for an unknown name in ``expand``."""
    if expand := _expanded(kind, query):
        return expand
    fields = _FULL if _is_on(query, "full") else _LISTED
    return fields | {name for name in ("config", "cardData") if _is_on(query, name)}


def fields_of_info(kind: RepoType, query: QueryParams) -> frozenset[str]:
    """Raises: BadRequest for an unknown name in ``expand``."""
    if expand := _expanded(kind, query):
        return expand
    fields = _LISTED | _FULL | (frozenset(EXPANDABLE[kind]) - _NOT_IN_INFO)
    return fields | ({"securityRepoStatus"} if _is_on(query, "securityStatus") else frozenset())


def _expanded(kind: RepoType, query: QueryParams) -> frozenset[str]:
    names = [
        part for key in ("expand", "expand[]") for value in query.getlist(key) for part in value.split(",") if part
    ]
    for name in names:
        if name not in EXPANDABLE[kind]:
            allowed = "|".join(f'"{each}"' for each in EXPANDABLE[kind])
            raise BadRequest(f'Invalid option in "expand": expected one of {allowed}; given: {name[:50]}')
    return _ALWAYS | frozenset(names) if names else frozenset()


def _is_on(query: QueryParams, key: str) -> bool:
    return query.get(key, "").lower() in ("true", "1")
