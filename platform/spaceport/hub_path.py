"""Addresses of files: what stands before and after the revision, as the client wrote it."""

from urllib.parse import unquote

from fastapi import Request

from spaceport.errors import EntryNotFound


def raw_path_of(request: Request) -> str:
    """The path as the client wrote it, still encoded, so that an encoded revision stays one segment."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.partition(b"?")[0].decode("ascii", "replace")


def revision_and_path(request: Request, marker: str) -> tuple[str, str]:
    """
    The revision, which is one percent-encoded segment (``refs%2Fpr%2F1``), and the path behind it.

    Read from the raw path: in the decoded one the two cannot be told apart.

    Raises: EntryNotFound for a path that is no UTF-8.

    Source: hub-api.md sections 1 (point 4) and 2.2.
    """
    rest = _rest(request, raw_path_of(request), marker)
    revision, _, path = rest.partition("/")
    if revision == "refs" and path.count("/"):
        # Browsers and JavaScript write refs/pr/1 as it is.
        folder, name, *below = path.split("/", 2)
        revision, path = f"refs/{folder}/{name}", "".join(below)
    if "%00" in rest:
        raise EntryNotFound("no path holds a zero byte")
    try:
        return unquote(revision, errors="strict"), unquote(path, errors="strict")
    except UnicodeDecodeError as error:
        raise EntryNotFound("the path is not UTF-8") from error


def whole_revision(request: Request, marker: str) -> str:
    """
    A revision with which an address ends: encoded in one segment, or with slashes.

    Raises: EntryNotFound, as ``revision_and_path``.
    """
    return "/".join(filter(None, revision_and_path(request, marker)))


def _rest(request: Request, raw: str, marker: str) -> str:
    """
    What follows the marker, still encoded.

    Found by counting: a repo, too, may be called ``tree``. Where ``owner/name`` came as one encoded segment, by the
    marker.
    """
    path: str = request.scope["path"]
    rest = str(request.path_params.get("rest", ""))
    depth = path[: len(path) - len(rest)].count("/")
    segments = raw.split("/", depth)
    if not rest or "%2f" in "/".join(segments[:depth]).lower():
        return raw.partition(f"/{marker}/")[2]
    return segments[depth]
