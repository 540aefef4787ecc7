"""What running apps say that can be called of them, and the code that calls it."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.app_access import ENTRY_COOKIE
from spaceport.gateway.bots import is_bot
from spaceport.gateway.wire import read_request
from spaceport.services import Services
from spaceport.web.app_endpoints import Endpoint, Parameter, endpoints_of
from spaceport.web.app_info import AppInfo
from spaceport.web.call_snippets import curl_calls, javascript_call, python_call

from .factories import make_space
from .services import make_bench

EVIL = "'; $(touch x) `id` \"\n"
NAME = {"parameter_name": "name", "python_type": {"type": "str"}, "example_input": "Hello!!"}
TIMES = {"parameter_name": "times", "python_type": {"type": "float"}, "example_input": 3, "parameter_has_default": True}
PICTURE = {"parameter_name": "picture", "example_input": {"path": "x", "meta": {"_type": "gradio.FileData"}}}
INFO = {"named_endpoints": {"/greet": {"parameters": [NAME, TIMES]}, "/look": {"parameters": [PICTURE]}}}


class App(BaseHTTPRequestHandler):
    answer: bytes = b""
    asked: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def app() -> Iterator[tuple[type[App], int]]:
    kind: type[App] = type("ThisApp", (App,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield kind, server.server_port
        server.shutdown()
        thread.join()


def services_at(tmp_path: Path, port: int) -> Services:
    services = make_bench(tmp_path / "data").services
    return replace(services, settings=replace(services.settings, apps_port=port))


def answer_of(info: AppInfo, space: Any, version: str) -> tuple[Endpoint, ...]:
    """However long it takes."""
    info._asked(space, version).result(30)
    return info.endpoints(space, version)


def test_an_app_is_asked_once_for_each_of_its_starts(tmp_path: Path, app: tuple[type[App], int]) -> None:
    kind, port = app
    kind.answer = json.dumps(INFO).encode()
    info, space = AppInfo(services_at(tmp_path, port)), make_space(loopback_address="127.0.0.1")

    words = [endpoint.words for endpoint in answer_of(info, space, "one")]
    answer_of(info, space, "one")

    assert words == ["/greet(name: str, times: float = …)", "/look(picture: file)"]
    assert [path for path, _ in kind.asked] == ["/gradio_api/info"]
    agent = kind.asked[0][1]["User-Agent"].encode()
    assert is_bot(read_request(b"GET", b"/", "1.1", True, [(b"Host", b"x"), (b"User-Agent", agent)]).headers)
    answer_of(info, space, "two")
    assert len(kind.asked) == 2


def test_a_private_app_lets_the_hub_in(tmp_path: Path, app: tuple[type[App], int]) -> None:
    kind, port = app
    kind.answer = json.dumps(INFO).encode()
    info = AppInfo(services_at(tmp_path, port))

    answer_of(info, make_space(loopback_address="127.0.0.1", private=True), "one")

    assert kind.asked[0][1]["Cookie"].startswith(f"{ENTRY_COOKIE}=")


#: JSON reads it, what walks through it in Python does not.
DEEP = b'{"named_endpoints": {"/deep": {"parameters": [{"example_input": ' + b"[" * 900 + b"]" * 900 + b"}]}}}"


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"[" * 100_000, b'"' + b"x" * 600_000 + b'"', b"5", DEEP])
def test_an_app_that_says_something_else_has_no_endpoints(
    tmp_path: Path, app: tuple[type[App], int], answer: bytes
) -> None:
    kind, port = app
    kind.answer = answer

    assert answer_of(AppInfo(services_at(tmp_path, port)), make_space(loopback_address="127.0.0.1"), "one") == ()


@pytest.mark.parametrize(
    "about", [5, {}, {"parameters": 5}, {"parameters": [5]}, {"parameters": [], "show_api": False}]
)
def test_what_is_no_endpoint_is_left_out(about: Any) -> None:
    assert endpoints_of({"named_endpoints": {"/broken": about, "no slash": {"parameters": []}}}) == ()


def test_names_and_types_that_could_be_code_are_left_out() -> None:
    hostile = {"parameter_name": EVIL, "python_type": {"type": EVIL}, "example_input": {"x": EVIL}}
    half = {"example_input": ["\ud800"]}
    named = {"/a": {"parameters": [hostile, half]}, f"/{EVIL}": {"parameters": []}}

    assert endpoints_of({"named_endpoints": named}) == (Endpoint("/a", (Parameter("", ""), Parameter("", ""))),)


def test_code_that_is_copied_does_nothing_but_call(tmp_path: Path) -> None:
    endpoint = Endpoint("/greet", (Parameter("name", "str", EVIL), Parameter("times", "float", 3)))

    python = python_call("http://app", "", endpoint)
    assert f'client.predict(name={json.dumps(EVIL)}, times=3, api_name="/greet")' in python
    compile(python, "snippet", "exec")
    assert f'app.predict("/greet", [{json.dumps(EVIL)}, 3])' in javascript_call("http://app", "", endpoint)
    command = curl_calls("http://app", "", endpoint).replace(
        "curl", f"{sys.executable} -c 'import sys; print(sys.argv)'"
    )
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert repr(json.dumps({"data": [EVIL, 3]}, ensure_ascii=False)) in done.stdout
    assert not list(tmp_path.iterdir())


def test_files_are_handed_over_as_files() -> None:
    endpoint = Endpoint("/look", (Parameter("picture", "file", is_file=True),))

    assert "picture=handle_file(" in python_call("http://app", "", endpoint)
    assert "import Client, handle_file\n" in python_call("http://app", "", endpoint)
    assert "gradio.FileData" in curl_calls("http://app", "", endpoint)
