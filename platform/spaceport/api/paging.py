"""Lists in pages: the address of the next one is in a Link header. Source: hub-api.md section 2.4."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import JSONResponse, Response

from spaceport.api.finding import base_url
from spaceport.errors import BadRequest
from spaceport.hub_path import raw_path_of


def offset_of(cursor: str | None) -> int:
    """How many rows come before the page. Raises: BadRequest."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise BadRequest('"cursor" is the one of a Link header')
    return int(cursor)


def next_link(request: Request, **position: str | int) -> str:
    """The Link header of a page that is not the last: the address that was asked for, at another position."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in position]
    query = urlencode([*kept, *position.items()])
    return f'<{base_url(request)}{raw_path_of(request)}?{query}>; rel="next"'


def page_of(request: Request, rows: Sequence[Any], limit: int, offset: int, seen: int) -> Response:
    """
    A page, with the address of the next one if there are more.

    ``seen`` is how many were read from the database, up to one more than ``limit``; rows may have been left out since.
    """
    response = JSONResponse(list(rows))
    if seen > limit:
        response.headers["Link"] = next_link(request, cursor=offset + limit, limit=limit)
    return response
