"""What the gateway says to people, in their language; programs are told in English."""

import json

from spaceport.domain.language import Language
from spaceport.domain.route import Route
from spaceport.domain.stage import Stage
from spaceport.gateway.answer import Answer
from spaceport.gateway.pages import Message, Pages, late_message, stage_message, unknown_message
from spaceport.gateway.wire import read_request
from spaceport.translating import spoken

PROGRAM = (b"Accept", b"application/json")
CHINESE = (b"Accept-Language", b"zh-CN,zh;q=0.9,en;q=0.8")


def answer(message: Message, *headers: tuple[bytes, bytes]) -> Answer:
    head = read_request(b"GET", b"/", "1.1", True, [(b"Host", b"app.localhost:7701"), *headers])
    return Pages("http://localhost:7700").render(head, message)


def test_a_page_speaks_the_language_of_the_browser_and_says_that_it_depends_on_it() -> None:
    message = unknown_message("app.localhost")
    english, chinese = (answer(message, (b"Accept", b"text/html"), *more) for more in ((), (CHINESE,)))

    assert b'<html lang="en">' in english.body
    assert b"No such Space here" in english.body
    assert b'<html lang="zh-CN">' in chinese.body
    assert "这里没有这样的 Space".encode() in chinese.body
    assert (b"Vary", b"Accept, Accept-Language, Sec-Fetch-Dest") in chinese.headers


def test_a_sentence_with_a_number_in_it_is_translated_too() -> None:
    route = Route(space_id="s", space_name="a/b", title="", hosts=("app.x",), stage=Stage.SLEEPING, wakes_on_visit=True)
    message = late_message(route, 3.0, 30.0)

    assert "未能在 30 秒内启动".encode() in answer(message, (b"Accept", b"text/html"), CHINESE).body
    assert b"was not up within 30 seconds." in answer(message, (b"Accept", b"text/html")).body
    assert b"was not up within 30 seconds." in answer(message, (b"Accept", b"application/json"), CHINESE).body


def test_a_stage_is_named_in_the_language_of_the_page() -> None:
    route = Route(space_id="s", space_name="a/b", title="", hosts=("app.x",), stage=Stage.BUILDING)

    assert (
        '<h1><span class="light busy" aria-hidden="true"></span><span>构建中</span></h1>'.encode()
        in answer(stage_message(route), (b"Accept", b"text/html"), CHINESE).body
    )


def test_programs_are_told_in_english() -> None:
    told = json.loads(answer(unknown_message("app.localhost"), (b"Accept", b"application/json"), CHINESE).body)

    assert told["error"].startswith("No such Space here: There is no Space at this address.")


def test_a_page_that_waits_is_told_the_reason_in_its_language() -> None:
    reason = "installing dependencies"
    route = Route(space_id="s", space_name="a/b", title="", hosts=("app.x",), stage=Stage.BUILDING, reason=reason)
    page, poll, program = (
        answer(stage_message(route), *headers, CHINESE)
        for headers in ([(b"Accept", b"text/html")], [PROGRAM, (b"X-Spaceport-Poll", b"1")], [PROGRAM])
    )

    assert json.loads(poll.body)["reason"] == "正在安装依赖"
    assert "正在安装依赖".encode() in page.body
    assert json.loads(program.body)["reason"] == reason


def test_the_language_of_one_answer_is_not_that_of_the_next() -> None:
    answer(unknown_message("app.localhost"), (b"Accept", b"text/html"), CHINESE)

    assert spoken() is Language.ENGLISH
