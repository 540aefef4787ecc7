"""The edge of every page: turns errors into pages of the same look."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from fastapi import Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import RedirectResponse, StreamingResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException as StarletteHTTPException

from spaceport.errors import NotAuthenticated, SpaceMoved, SpaceportError
from spaceport.renames import new_location
from spaceport.translating import speak
from spaceport.web.language import asked_language
from spaceport.web.problems import Problem, problem_of, problem_of_status
from spaceport.web.rendering import Renderer
from spaceport.web.visitor import NOBODY, Visitor

log = structlog.get_logger()

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def page_route(renderer: Renderer) -> type[APIRoute]:
    """
    A route class that speaks the reader's language, and whose errors become pages.

    Where GET is answered, HEAD is: checks of links and of servers ask so. Source: RFC 9110 section 9.1.
    """

    class PageRoute(APIRoute):
        def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
            super().__init__(path, endpoint, **options)
            if self.methods and "GET" in self.methods:
                self.methods.add("HEAD")

        def get_route_handler(self) -> Handler:
            handler = super().get_route_handler()

            async def handle(request: Request) -> Response:
                speak(asked_language(request))
                try:
                    return _without_stream(request, await handler(request))
                except (HTTPException, StarletteHTTPException) as error:
                    return problem_page(renderer, request, problem_of_status(error.status_code))
                except RequestValidationError:
                    return problem_page(renderer, request, problem_of_status(422))
                except SpaceMoved as error:
                    # Asked for again each time: a new repo may take the old name.
                    return RedirectResponse(new_location(request, error), 308, {"Cache-Control": "no-cache"})
                except NotAuthenticated as error:
                    return _to_sign_in(renderer, request, error)
                except SpaceportError as error:
                    return problem_page(renderer, request, problem_of(error))
                except Exception as error:
                    # The request ends here: whoever looks at a page gets a page.
                    log.exception("a page failed", path=request.url.path)
                    return problem_page(renderer, request, problem_of(error))

            return handle

    return PageRoute


def _without_stream(request: Request, response: Response) -> Response:
    """What never ends is not begun for those who want no body."""
    if request.method != "HEAD" or not isinstance(response, StreamingResponse):
        return response
    head = Response(status_code=response.status_code)
    head.raw_headers = response.raw_headers
    return head


def problem_page(renderer: Renderer, request: Request, problem: Problem) -> Response:
    """Needs nothing but the template: it also works when the database does not."""
    visitor: Visitor = getattr(request.state, "visitor", NOBODY)
    return renderer.page(request, visitor, "error.html", status=problem.status, problem=problem)


def _to_sign_in(renderer: Renderer, request: Request, error: NotAuthenticated) -> Response:
    if request.method not in ("GET", "HEAD") or "text/html" not in request.headers.get("accept", ""):
        return problem_page(renderer, request, problem_of(error))
    return RedirectResponse(f"/login?{urlencode({'next': request.url.path}, quote_via=quote)}", status_code=303)
