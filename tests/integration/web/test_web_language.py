"""Pages in the reader's language."""

import json
import re

import httpx
import pytest

from .conftest import Hub

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


def choose(browser: httpx.Client, language: str, **headers: str) -> httpx.Response:
    return browser.post("/settings/language", data={"language": language}, headers=headers, follow_redirects=False)


def test_a_page_speaks_the_language_that_the_browser_asks_for(hub: Hub) -> None:
    english, chinese = (hub.browser().get("/", headers=headers) for headers in ({}, CHINESE))

    assert '<html lang="en">' in english.text
    assert '<html lang="zh-CN">' in chinese.text
    assert "属于你自己的应用、模型和数据" in chinese.text
    assert "Apps, models and data of your own" in english.text
    assert english.headers["Vary"] == chinese.headers["Vary"] == "Accept-Language, Cookie, Accept-Encoding"
    assert english.headers["Cache-Control"] == "no-store"


def test_a_choice_at_the_foot_is_kept_and_wins(hub: Hub) -> None:
    browser = hub.browser()
    here = f"{browser.base_url}/models?search=a&done=saved".replace("//models", "/models")
    answer = choose(browser, "zh-CN", Referer=here)
    page = browser.get("/", headers={"Accept-Language": "en"})

    assert answer.headers["Location"] == "/models?search=a"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=lax" in answer.headers["Set-Cookie"]
    assert '<html lang="zh-CN">' in page.text
    choose(browser, "en")
    assert '<html lang="en">' in browser.get("/", headers=CHINESE).text


@pytest.mark.parametrize("page", ["", "https://elsewhere.example/models", "//elsewhere.example", "nonsense"])
def test_a_choice_leads_nowhere_else(hub: Hub, page: str) -> None:
    assert choose(hub.browser(), "en", Referer=page).headers["Location"] == "/"


def test_a_choice_is_refused_from_another_site_and_for_another_language(hub: Hub) -> None:
    assert choose(hub.browser(), "zh-CN", Origin="https://elsewhere.example").status_code == 403
    assert choose(hub.browser(), "tlh").status_code == 400


def test_programs_are_answered_in_english(hub: Hub) -> None:
    english, chinese = (hub.browser().get("/api/models/ada/absent", headers=headers) for headers in ({}, CHINESE))

    assert chinese.status_code == english.status_code == 401
    assert chinese.json() == english.json()
    assert chinese.headers["X-Error-Message"] == english.headers["X-Error-Message"]


def test_scripts_get_their_texts_only_where_they_are_not_english(hub: Hub) -> None:
    english, chinese = (hub.browser().get("/", headers=headers).text for headers in ({}, CHINESE))
    texts = json.loads(re.findall(r'<script type="application/json" id="texts">(.+?)</script>', chinese)[0])

    assert 'id="texts"' not in english
    assert texts["Copied"] == "已复制"
    assert texts["%(num)s minute ago"] == ["%(num)s 分钟前"] * 2


def test_what_went_wrong_is_said_in_the_language_of_the_page(hub: Hub) -> None:
    browser = hub.browser()
    wrong = browser.post("/login", data={"name": "ada", "password": "wrong"}, headers=CHINESE)
    absent = browser.get("/spaces/ada/absent", headers=CHINESE)

    assert "用户名或密码错误。" in wrong.text
    assert "这里什么都没有" in absent.text
