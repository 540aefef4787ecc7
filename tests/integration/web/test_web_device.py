"""A device signs somebody in by a code, the ``hf`` command, and wrong requests for tokens are refused."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from spaceport.domain.account import User
from spaceport.domain.oauth import COMMAND_LINE_ID

from .conftest import Hub, csrf_of


@pytest.fixture
def ada(hub: Hub) -> User:
    return hub.user("ada")


def test_wrong_requests_for_tokens_are_refused_as_libraries_read_it(hub: Hub) -> None:
    url, command_line = f"{hub.url}/oauth/token", {"client_id": COMMAND_LINE_ID}
    cases: list[tuple[int, str, dict[str, Any]]] = [
        (400, "unsupported_grant_type", {"data": {}}),
        (400, "unsupported_grant_type", {"json": {"grant_type": "token-exchange", "subject_token": "x"}}),
        (401, "invalid_client", {"data": {"grant_type": "authorization_code"}}),
        (400, "invalid_grant", {"data": {"grant_type": "refresh_token", "refresh_token": "x", **command_line}}),
        (400, "invalid_grant", {"data": {"grant_type": "authorization_code", "code": "x", **command_line}}),
        (401, "invalid_client", {"data": {"grant_type": "refresh_token"}, "headers": {"Authorization": "Basic x"}}),
        (400, "invalid_request", {"content": b"\xff"}),
        (400, "invalid_request", {"content": b"a=1&a=2"}),
        (400, "invalid_request", {"content": b"x" * 70_000}),
        (400, "invalid_request", {"json": []}),
    ]
    for status, error, request in cases:
        answer = httpx.post(url, **request)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert answer.json()["error_description"] == answer.headers["x-error-message"]


def test_the_hf_command_signs_in_with_a_code(hub: Hub, ada: User, tmp_path: Path) -> None:
    environment = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "COLUMNS": "400", "PYTHONUNBUFFERED": "1"}
    hf = str(Path(sys.executable).parent / "hf")
    command = [hf, "auth", "login", "--format", "agent"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as login:
        try:
            assert login.stdout is not None
            sentence = re.compile(r"open (\S+) in a browser and enter the code (\S+)\.")
            # Hints about other things may come before.
            told = next(found for line in login.stdout if (found := sentence.search(line)))
            browser = hub.browser(ada)
            form = browser.get(told[1].removeprefix(hub.url))
            fields = {"csrf": csrf_of(browser), "user_code": told[2]}
            confirm = browser.post("/oauth/device/confirm", data=fields)
            done = browser.post("/oauth/device/confirm", data={**fields, "answer": "allow"})
            output, _ = login.communicate(timeout=60)
        finally:
            login.kill()
    who = subprocess.run(
        [hf, "auth", "whoami"], env=environment, capture_output=True, text=True, timeout=60, check=True
    )

    assert f'value="{told[2]}"' in form.text
    assert "do whatever you may do here" in confirm.text
    assert "The device is signed in" in done.text
    assert login.returncode == 0, output
    assert "logged in as ada" in output
    assert "ada" in who.stdout


def test_wrong_user_codes_are_few(hub: Hub, ada: User) -> None:
    browser = hub.browser(ada)
    fields = {"csrf": csrf_of(browser), "user_code": "BBBB-BBBB"}
    statuses = [browser.post("/oauth/device/confirm", data=fields).status_code for _ in range(11)]

    assert statuses == [404] * 10 + [429]
    assert hub.browser().get("/oauth/device?user_code=X").headers["location"].startswith("/login?next=")
