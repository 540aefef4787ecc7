"""What is told, to whom, and who is called by name: the rules alone."""

from typing import Any

import pytest

from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.notice import (
    NoticeKind,
    mentioned_in,
    topic_of,
)
from spaceport.domain.watch import Watch, WatchLevel, hears, turned
from tests.unit.factories import NOW


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (HappeningKind.BUILD, {"status": "running"}),
        (HappeningKind.STAGE, {"stage": "RUNNING"}),
        (HappeningKind.COMMAND, {"command": "restarted"}),
        (HappeningKind.DISCUSSION, {"action": "update", "discussion": "d"}),
        (HappeningKind.PUSH, {}),
    ],
)
def test_most_of_what_happens_is_no_news(kind: HappeningKind, details: dict[str, Any]) -> None:
    assert topic_of(Happening("h", "space", 1, NOW, kind, "ada", "", details)) is None


def test_a_failed_build_is_told_to_who_pushed_it_too() -> None:
    details = {"status": "failed", "build": "b", "sha": "a" * 40, "reason": "no such package"}
    topic = topic_of(Happening("h", "space", 1, NOW, HappeningKind.BUILD, "ada", "", details))

    assert topic is not None
    assert (topic.kind, topic.tells_actor, topic.details["reason"]) == (NoticeKind.BUILD, True, "no such package")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada and @Bob, @ada again.", ["ada", "bob"]),
        ("mail ada@example.org, npm @gradio/client in `@code` and ```\n@app.get\n```", ["gradio"]),
        ("a/@b x@y", []),
    ],
)
def test_names_after_an_at_sign_are_called(text: str, names: list[str]) -> None:
    assert mentioned_in(text) == names


def test_the_button_says_the_opposite_of_what_is() -> None:
    muted, watching = (Watch("r", "u", level, NOW) for level in (WatchLevel.MUTED, WatchLevel.WATCHING))

    assert [hears(None, True), hears(None, False), hears(muted, True), hears(watching, False)] == [1, 0, 0, 1]
    assert turned(None, owns=True) is WatchLevel.MUTED
    assert turned(muted, owns=True) is None
    assert turned(None, owns=False) is WatchLevel.WATCHING
    assert turned(watching, owns=False) is None
