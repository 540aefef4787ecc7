"""Every call of the API with what its own document allows, and with what it does not: schemathesis makes both up."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from spaceport.domain.repo import RepoType
from spaceport.repos.discussions.opening import open_pull_request
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub

#: Of each call and mode; a few thousand requests altogether would be minutes.
EXAMPLES = 4
#: Nothing may keep anybody waiting for longer.
TIMEOUT_SECONDS = 20
#: They end when the reader has enough.
STREAMS = ("/events", "/metrics", "/sse", "/logs/build", "/logs/run")
#: In place of texts that were made up: what is there, what is nearly there, and what no store likes.
REAL = {"owner": "ada", "namespace": "ada", "name": "tiny", "number": 1}
REVISIONS = ("main", "main/README.md", "refs%2Fpr%2F1", "..%2F..%2Fetc", "a%00b", "main%0d%0aX-Evil:%201", "%ff", "-")
TWISTS = (None, "\ud800", "a\0b", "../../etc/passwd", "\u202egpj.exe", "9" * 5000)
JSON_TYPES = ("application/json", "application/problem+json")


@pytest.fixture(scope="module")
def schema_hooks() -> None:
    @schemathesis.serializer("application/x-ndjson")
    def lines(ctx: Any, value: Any) -> bytes:
        return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def operations(schema: Any) -> Iterator[tuple[Any, GenerationMode]]:
    """Datasets have the code of models; where nothing is asked for, nothing can be asked wrongly."""
    for result in schema.get_all_operations():
        operation = result.ok()
        if "/datasets/" in operation.path or operation.path.endswith(STREAMS):
            continue
        yield operation, GenerationMode.POSITIVE
        if operation.body or operation.query:
            yield operation, GenerationMode.NEGATIVE


def twisted(value: Any, text: str) -> Any:
    """With another text in place of each."""
    if isinstance(value, dict):
        return {key: twisted(each, text) for key, each in value.items()}
    if isinstance(value, list):
        return [twisted(each, text) for each in value]
    return text if isinstance(value, str) else value


def send(case: Any, url: str, token: str | None, twist: str | None) -> requests.Response:
    sent = case.as_transport_kwargs(base_url=url)
    if twist is not None and "json" in sent:
        # The client's own encoder would refuse half a character; others send it.
        sent["data"] = json.dumps(twisted(sent.pop("json"), twist)).encode()
        sent["headers"]["Content-Type"] = "application/json"
    sent["headers"].pop("Authorization", None)
    if token is not None:
        sent["headers"]["Authorization"] = f"Bearer {token}"
    return requests.request(**sent, timeout=TIMEOUT_SECONDS, allow_redirects=False)


def faults(method: str, response: requests.Response) -> list[str]:
    found = []
    # 501 is how the hub says that it has something not.
    if response.status_code >= 500 and response.status_code not in (501, 503):
        found.append(f"answered {response.status_code}")
    if "x-request-id" not in response.headers or "x-evil" in response.headers:
        found.append("has other headers than it should have")
    if response.status_code >= 400 and method != "HEAD":
        if response.headers.get("content-type") not in JSON_TYPES or not isinstance(response.json()["error"], str):
            found.append("is no error as clients read it")
        if "\n" in response.headers.get("x-error-message", "\n"):
            found.append("does not say what is wrong in a header")
    return found


@dataclass
class Seen:
    """Statuses by call, and the first request of each fault of a call."""

    statuses: dict[str, set[int]] = field(default_factory=dict)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)


def probe(url: str, tokens: list[str | None], operation: Any, mode: GenerationMode, seen: Seen) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode),
        revision=st.sampled_from(REVISIONS),
        is_real=st.integers(0, 3),
        twist=st.sampled_from(TWISTS),
        token=st.sampled_from(tokens),
    )
    def attempt(case: Any, revision: str, is_real: int, twist: str | None, token: str | None) -> None:
        if is_real and case.path_parameters:
            real = {**REAL, "rest": revision}
            case.path_parameters = {key: real.get(key, each) for key, each in case.path_parameters.items()}
        response = send(case, url, token, twist)
        seen.statuses.setdefault(operation.label, set()).add(response.status_code)
        for fault in faults(case.method, response):
            seen.faults.setdefault((operation.label, fault), f"{response.request.url} {response.text}"[:600])

    attempt()


@pytest.mark.usefixtures("schema_hooks")
def test_no_call_breaks_hangs_or_answers_in_another_form(hub: Hub) -> None:
    ada = hub.person("ada")
    hub.space(name="tiny")
    repo = create_repo(hub.services, ada.caller, RepoType.MODEL, "tiny")
    open_pull_request(hub.services, repo, ada.caller, "A change", "")
    schema = schemathesis.openapi.from_url(f"{hub.url}/openapi.json")
    seen = Seen()
    for operation, mode in operations(schema):
        probe(hub.url, [ada.token, ada.token, ada.token, ada.read_token, None], operation, mode, seen)

    assert not seen.faults
    assert len(seen.statuses) > 100
    assert sum(200 in statuses for statuses in seen.statuses.values()) > 40, "most calls reached what they are for"
