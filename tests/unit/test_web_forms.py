"""Where forms may lead, and what error pages say."""

from collections.abc import Callable

import pytest

from spaceport import errors
from spaceport.oauth.consent import RefusedAsk
from spaceport.web.forms import local_path
from spaceport.web.problems import problem_of, problem_of_status


@pytest.mark.parametrize("path", ["/", "/spaces/ada/x?logs=build", "/admin"])
def test_paths_on_this_hub_are_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path", ["", "//evil", "/\\evil", "https://evil", "javascript:alert(1)", "/a\nSet-Cookie: x", "/x\\..\\y"]
)
def test_everything_else_leads_home(path: str) -> None:
    assert local_path(path) == "/"


def _all_errors(kind: type[Exception]) -> list[type[Exception]]:
    """Those of the one tree; what other modules add to it, which depends on what was imported, has a parent's page."""
    children = [child for child in kind.__subclasses__() if child.__module__ == errors.__name__]
    return [kind, *(found for child in children for found in _all_errors(child))]


@pytest.mark.parametrize("kind", _all_errors(errors.SpaceportError))
def test_every_error_has_a_page(kind: type[Exception]) -> None:
    # Those that take no text have always the same one.
    made: dict[type[Exception], Callable[[], Exception]] = {
        errors.InvalidCard: lambda: errors.InvalidCard(["x"]),
        errors.RepoDisabled: errors.RepoDisabled,
        errors.OAuthError: lambda: errors.OAuthError("invalid_grant", "secret inside"),
        RefusedAsk: lambda: RefusedAsk("invalid_scope", "secret inside", "https://app.example/done", None),
    }
    error = made.get(kind, lambda: kind("secret inside"))()
    problem = problem_of(error)

    assert problem.title
    if problem.status in (404, 500):
        assert "secret inside" not in problem.text


def test_absent_and_private_read_the_same() -> None:
    assert problem_of(errors.SpaceNotFound("no Space ada/secret")) == problem_of_status(404)
