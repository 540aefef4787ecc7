"""Errors of the viewer in the form of its clients. Source: hub-api.md section 14.2."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

from spaceport.api.errors import error_response
from spaceport.errors import SpaceportError
from spaceport.repos.viewer.conditions import BadCondition
from spaceport.repos.viewer.datasets import SplitNotFound
from spaceport.repos.viewer.jobs import NotReady
from spaceport.repos.viewer.layout import NoTables
from spaceport.repos.viewer.process import BadQuestion, UnreadableData

#: Clients wait for this text. Source: dataset-viewer, ``libcommon/exceptions.py`` and ``libapi/exceptions.py``.
_NOT_READY = "The server is busier than usual and the response is not ready yet. Please retry later."
_RETRY_AFTER_SECONDS = 5


class ViewerRoute(APIRoute):
    """Errors that only the viewer has; all others are answered like everywhere."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                missing = [str(each["loc"][-1]) for each in error.errors() if each["type"] == "missing"]
                if missing:
                    return error_response(422, f"Parameter '{missing[0]}' is required", "MissingRequiredParameter")
                wrong = str(error.errors()[0]["loc"][-1])
                return error_response(422, f"Parameter '{wrong}' is not what it should be", "InvalidParameter")
            except (NotReady, NoTables, UnreadableData, BadQuestion, BadCondition, SplitNotFound) as error:
                return answer_to(error)

        return handle


def answer_to(error: SpaceportError) -> Response:
    """The answer to an error of the viewer."""
    if isinstance(error, NotReady):
        response = error_response(500, _NOT_READY, "ResponseNotReady")
        response.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
        return response
    if isinstance(error, SplitNotFound):
        return error_response(404, str(error), "SplitNotFoundError")
    if isinstance(error, BadQuestion | BadCondition):
        return error_response(422, str(error), "InvalidParameter")
    cause = error.cause if isinstance(error, UnreadableData) else type(error).__name__
    code = "DatasetGenerationError" if isinstance(error, UnreadableData) else "DataFilesNotFoundError"
    return error_response(500, str(error), code, cause_exception=cause, cause_message=str(error))
