"""What a Space looks like, decided without a browser."""

from dataclasses import replace

import pytest

from spaceport.domain.build import BuildStatus
from spaceport.domain.language import Language
from spaceport.domain.line import ABOUT_TO_START
from spaceport.domain.stage import Stage
from spaceport.live import Snapshot
from spaceport.translating import speaking
from spaceport.web import looks
from spaceport.web.plain_text import plain
from tests.unit.factories import ago, make_build, make_space


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_a_chip_and_a_panel(stage: Stage) -> None:
    space = make_space(stage=stage, stage_reason="why")

    assert looks.chip_of(space).label
    assert looks.chip_of(space).kind in ("ok", "busy", "bad", "idle")
    assert looks.panel_of(Snapshot(space, None, ())).title


def test_a_failure_is_told_with_reason_suggestion_and_log() -> None:
    space = make_space(stage=Stage.BUILD_ERROR, stage_reason="no such package", suggestion="fix the name")
    panel = looks.panel_of(Snapshot(space, None, ()))

    assert (panel.kind, panel.text, panel.suggestion, panel.log) == ("bad", "no such package", "fix the name", "build")


def test_a_waiting_build_and_a_running_one_are_told_apart() -> None:
    space = make_space(stage=Stage.BUILDING)
    waiting = looks.panel_of(Snapshot(space, make_build(created_at=ago(30)), ()))
    running = looks.panel_of(
        Snapshot(space, make_build(status=BuildStatus.RUNNING, started_at=ago(5), phase="installing dependencies"), ())
    )

    next_one = looks.panel_of(Snapshot(replace(space, stage_reason=ABOUT_TO_START), make_build(), ()))

    assert (waiting.title, waiting.since) == ("Waiting for a builder", ago(30))
    assert (next_one.title, next_one.step) == ("Queued", "in the queue")
    assert (running.title, running.since, running.step) == ("Building", ago(5), "installing dependencies")


def test_every_step_and_title_is_told_in_the_readers_language() -> None:
    broken = make_space(stage=Stage.CONFIG_ERROR, missing_secrets=("TOKEN",))
    with speaking(Language.CHINESE):
        running = make_build(status=BuildStatus.RUNNING, started_at=ago(5))
        building = looks.panel_of(Snapshot(make_space(stage=Stage.BUILDING), running, ()))
        title = looks.panel_of(Snapshot(broken, None, ())).title

    assert [name for name, _ in building.steps] == ["已推送", "已排队", "构建中", "启动中", "上线"]
    assert title == "缺少密钥"


def test_only_what_ends_by_itself_moves() -> None:
    moving = {stage for stage in Stage if looks.chip_of(make_space(stage=stage)).is_moving}

    assert moving == {Stage.BUILDING, Stage.APP_STARTING, Stage.RUNNING_BUILDING, Stage.DELETING}


def test_colours_come_from_the_card_and_never_from_elsewhere() -> None:
    named = make_space(card={"colorFrom": "red", "colorTo": "blue"})
    hostile = make_space(card={"colorFrom": '"><script>', "colorTo": ["red"]})

    assert looks.colors_of(named) == ("red", "blue")
    assert set(looks.colors_of(hostile)) <= set(looks.COLORS)
    assert looks.colors_of(hostile) == looks.colors_of(make_space())


def test_a_space_without_emoji_shows_its_first_letter() -> None:
    assert looks.symbol_of(make_space(card={"emoji": "🙂"})) == "🙂"
    assert looks.symbol_of(make_space(name="demo")) == "D"


def test_pinned_spaces_come_before_the_others_which_stay_in_order() -> None:
    pinned, first, second = (make_space(id=name, card={"pinned": name == "pinned"}) for name in ("pinned", "a", "b"))

    assert looks.pinned_first([first, pinned, second]) == [pinned, first, second]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m end", "red end"),
        ("10%\r 50%\r100%\r", "100%"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("\x1b[2K\x1b[1Gdone\x07", "done"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_output_is_shown_as_a_terminal_would(raw: str, text: str) -> None:
    assert plain(raw) == text
