"""A hub as its command line sees it: over HTTP with a token, like every other client."""

from typing import Any

import httpx

from spaceport.errors import AccessDenied, BadRequest, Conflict, NotAuthenticated, NotFound, SpaceportError, Unavailable

_TIMEOUT_SECONDS = 30
_ERRORS: dict[int, type[SpaceportError]] = {
    400: BadRequest,
    401: NotAuthenticated,
    403: AccessDenied,
    404: NotFound,
    409: Conflict,
    503: Unavailable,
}


class HubClient:
    """Calls that fail raise what the hub said. ``token`` may be empty: then the caller is nobody."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url.rstrip("/")
        self.token = token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=_TIMEOUT_SECONDS, follow_redirects=True, trust_env=False
        )

    def call(self, method: str, path: str, **options: Any) -> Any:
        """
        The answer's JSON.

        Raises: Unavailable when nothing answers, else the class of the status, with the hub's own words.
        """
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise Unavailable(f"{self.url} does not answer: {error or type(error).__name__}") from error
        if answer.is_success:
            return answer.json() if answer.content else {}
        kind = _ERRORS.get(answer.status_code, SpaceportError)
        raise kind(_words(answer))

    def close(self) -> None:
        self._http.close()

    def whoami(self) -> str:
        """Raises: NotAuthenticated."""
        return str(self.call("GET", "/api/whoami-v2")["name"])

    def git_url(self, space: str) -> str:
        """Without credentials: git is handed those by the environment, where no process list shows them."""
        return f"{self.url}/spaces/{space}"


def _words(answer: httpx.Response) -> str:
    try:
        said = answer.json().get("error")
    except (ValueError, AttributeError):
        said = None
    return str(said or f"{answer.request.url} answered {answer.status_code}")
