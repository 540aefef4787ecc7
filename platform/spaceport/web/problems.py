"""What went wrong, as a page: which status and which words for each class of error."""

from dataclasses import dataclass
from http import HTTPStatus

from spaceport import errors
from spaceport.translating import gettext, marked, translated

#: The first class that fits decides. Words None means: what the error itself says.
_TABLE: tuple[tuple[type[Exception], int, str, str | None], ...] = (
    (errors.NotFound, 404, marked("There is nothing here"), marked("No such page, or it is not for you to see.")),
    (errors.NotAuthenticated, 401, marked("Please sign in"), None),
    (errors.AccessDenied, 403, marked("Not for you to do"), None),
    (errors.RepoDisabled, 403, marked("Closed by an admin"), None),
    (errors.AlreadyExists, 409, marked("That name is taken"), None),
    (errors.Conflict, 409, marked("That does not fit right now"), None),
    (errors.InvalidName, 400, marked("That name cannot be used"), None),
    (errors.InvalidCard, 400, marked("The README cannot be used"), None),
    (errors.BadRequest, 400, marked("That was not understood"), None),
    (errors.OAuthError, 400, marked("This app cannot sign you in"), None),
    (errors.TooManyAttempts, 429, marked("Too many attempts"), None),
    (errors.NotSupported, 501, marked("Not possible here"), None),
    (errors.Unavailable, 503, marked("Out of reach for a moment"), None),
)


@dataclass(frozen=True)
class Problem:
    """What an error page shows."""

    status: int
    title: str
    text: str


def problem_of(error: Exception) -> Problem:
    """
    The page for an error.

    What is private reads exactly like what is absent, so nothing of the error or the address is repeated there. Errors
    that are not ours say nothing of their inside.
    """
    for kind, status, title, text in _TABLE:
        if isinstance(error, kind):
            return Problem(status, translated(title), translated(text if text is not None else str(error)))
    return Problem(
        500,
        gettext("Something broke here"),
        gettext("This is a fault of Spaceport, not of yours. It has been written to the log."),
    )


def problem_of_status(status: int) -> Problem:
    """For errors that the framework raises by number."""
    if status == 404:
        return problem_of(errors.NotFound())
    if status == 405:
        return Problem(405, gettext("Not this way"), gettext("This address does not take that kind of request."))
    if status == 422:
        return Problem(
            400, gettext("That was not understood"), gettext("The form sent something this page cannot use.")
        )
    return Problem(
        status, HTTPStatus(status).phrase if status in set(HTTPStatus) else gettext("Something is wrong"), ""
    )
