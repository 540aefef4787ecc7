"""Errors of Spaceport itself: kept from the logs of all processes, read by admins."""

from pathlib import Path
from typing import Any

from spaceport.trouble_file import TroubleFile, read_trouble, trouble_path


def event(what: str = "it broke", level: str = "error", **more: Any) -> dict[str, Any]:
    return {"event": what, "level": level, "timestamp": "2026-01-31T12:00:00Z", "process": "hub", **more}


def test_errors_are_kept_with_what_they_were_about_and_the_rest_is_not(tmp_path: Path) -> None:
    keep = TroubleFile(tmp_path)
    told = event(space="ada/demo", exception="Traceback\nValueError: x")
    assert keep(None, "error", told) is told
    keep(None, "warning", event("not so bad", "warning"))

    (found,) = read_trouble(tmp_path, 10)
    assert (found.process, found.what, found.about) == ("hub", "it broke", "space=ada/demo")
    assert found.details.endswith("ValueError: x")
    assert found.at.isoformat() == "2026-01-31T12:00:00+00:00"


def test_the_newest_come_first_and_half_a_line_is_passed_over(tmp_path: Path) -> None:
    keep = TroubleFile(tmp_path)
    keep(None, "error", event("first"))
    with trouble_path(tmp_path).open("a") as file:
        file.write('{"at": "2026\n')
    keep(None, "error", event("second"))

    assert [each.what for each in read_trouble(tmp_path, 10)] == ["second", "first"]
    assert [each.what for each in read_trouble(tmp_path, 1)] == ["second"]


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    keep, path = TroubleFile(tmp_path), trouble_path(tmp_path)
    keep(None, "error", event("old"))
    with path.open("a") as file:
        file.write("x" * (2 * 1024**2))
    keep(None, "error", event("long", exception="y" * 10**6, space="z" * 10**6))

    assert path.stat().st_size < 4096
    assert [each.what for each in read_trouble(tmp_path, 10)] == ["long", "old"]


def test_a_disk_that_takes_nothing_does_not_stop_the_log(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("no folder")

    assert TroubleFile(tmp_path)(None, "error", event())["event"] == "it broke"
    assert read_trouble(tmp_path, 10) == []
