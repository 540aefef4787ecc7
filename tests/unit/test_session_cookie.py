"""What a browser is told of the cookie that it is signed in with."""

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from spaceport.gateway.headers import hidden_cookie_names
from spaceport.gateway.settings import GatewaySettings
from spaceport.session_cookie import (
    forget_session_cookie,
    name_of_session_cookie,
    session_cookie_of,
    set_session_cookie,
)
from spaceport.settings import Settings

ADDRESSES = ("https://hub.example.org", "http://localhost:7700")


def make_settings(hub_url: str) -> Settings:
    return Settings(data_dir=Path("/nonexistent"), hub_url=hub_url)


def told(respond: Any) -> str:
    response = Response()
    respond(response)
    return response.headers["set-cookie"]


def test_over_https_nobody_but_the_hub_can_set_it() -> None:
    settings = make_settings("https://hub.example.org")
    cookie = told(lambda response: set_session_cookie(response, "secret", settings))
    tossed = Request({"type": "http", "headers": [(b"cookie", b"spaceport_session=of-somebody-else")]})

    assert cookie.startswith("__Host-spaceport_session=secret;")
    assert {"Secure", "Path=/", "HttpOnly"} <= set(cookie.split("; "))
    assert "domain=" not in cookie.lower()
    assert session_cookie_of(tossed, settings) == ""


@pytest.mark.parametrize("hub_url", ADDRESSES)
def test_it_is_forgotten_with_what_it_was_set_with(hub_url: str) -> None:
    settings = make_settings(hub_url)
    was_set = told(lambda response: set_session_cookie(response, "", settings)).split("; ")[1:]
    forgotten = told(lambda response: forget_session_cookie(response, settings)).split("; ")

    assert {part for part in was_set if "=" not in part} <= set(forgotten)
    assert "Max-Age=0" in forgotten


@pytest.mark.parametrize("hub_url", ADDRESSES)
def test_no_app_is_told_it(hub_url: str) -> None:
    name = name_of_session_cookie(make_settings(hub_url))

    assert name.encode() in hidden_cookie_names(GatewaySettings.hidden_cookies)
