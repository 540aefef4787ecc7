"""A large file as an answer: whole or in part, streamed."""

import mimetypes
import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from spaceport.domain.byte_range import part_of
from spaceport.interfaces import Objects

#: Files are whatever somebody sent: a browser that shows one must not run it.
HOSTILE = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
#: What browsers run or apply in a page that names it. Source: WHATWG MIME Sniffing section 4.6, CSSOM section 6.3.1.
_ACTIVE = re.compile(r"(?:text|application)/(?:x-)?(?:java|ecma|j|live)script[\d.]*|text/css")
PLAIN_TEXT = "text/plain; charset=utf-8"


def media_type_of_file(path: str) -> str:
    """
    By its name. Scripts and styles are text to be read: files have the origin of our pages, whose policy would let them
    run if any page ever named one.
    """
    guessed = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return PLAIN_TEXT if _ACTIVE.fullmatch(guessed) else guessed


def object_response(
    objects: Objects, request: Request, sha256: str, size_bytes: int, headers: Mapping[str, str], media_type: str
) -> Response:
    """Answers ``Range`` and HEAD. The caller has made sure that the bytes are there and may be read."""
    part = part_of(request.headers.get("range"), size_bytes)
    shared = {"Accept-Ranges": "bytes", **headers}
    if part is None:
        return Response(status_code=416, headers=shared | {"Content-Range": f"bytes */{size_bytes}"})
    status = 206 if part.is_partial else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=shared | part.headers, media_type=media_type)
    content = objects.read(sha256, part.first, part.last)
    return StreamingResponse(content, status, shared | part.headers, media_type)
