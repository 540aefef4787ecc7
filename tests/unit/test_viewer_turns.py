"""Whose questions the dataset viewer answers next, and that nobody holds up the others."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager

import pytest

from spaceport.errors import Unavailable
from spaceport.repos.viewer.jobs import Jobs, NotReady
from spaceport.repos.viewer.turns import AT_ONCE_OF_ONE, MAX_OF_ONE, Place, Turns, may_wait, next_turn, who_gives_way

LIMIT_SECONDS = 30


@contextmanager
def line_with_slow_work(max_waiting: int = 100) -> Iterator[tuple[Jobs, threading.Event]]:
    """Slow work waits for the event, which comes at the end at the latest."""
    line, go = Jobs(patience_seconds=0.01, max_waiting=max_waiting), threading.Event()
    try:
        yield line, go
    finally:
        go.set()
        line.close()


def test_equal_work_is_done_once() -> None:
    done: list[int] = []

    async def ask(line: Jobs, go: threading.Event) -> None:
        def work() -> None:
            go.wait(LIMIT_SECONDS)
            done.append(1)

        for asker in ("ada", "eve"):
            with pytest.raises(NotReady):
                await line.wait(line.start("org", asker, "key", work))

    with line_with_slow_work() as (line, go):
        asyncio.run(ask(line, go))

    assert done == [1]


def test_slow_questions_about_many_repos_do_not_hold_up_another_asker() -> None:
    with line_with_slow_work() as (line, go):
        for number in range(MAX_OF_ONE):
            line.start(f"org{number % 5}", "eve", number, lambda: go.wait(LIMIT_SECONDS))

        assert line.start("org", "ada", "quick", lambda: "done").result(LIMIT_SECONDS) == "done"


def test_many_askers_of_one_namespace_do_not_hold_up_the_others() -> None:
    with line_with_slow_work() as (line, go):
        for number in range(MAX_OF_ONE):
            line.start("popular", f"asker{number}", number, lambda: go.wait(LIMIT_SECONDS))

        assert line.start("org", "ada", "quick", lambda: "done").result(LIMIT_SECONDS) == "done"


def test_the_line_has_an_end_for_each_asker() -> None:
    with line_with_slow_work() as (line, go):
        for number in range(MAX_OF_ONE + AT_ONCE_OF_ONE):
            line.start(f"org{number % 5}", "eve", number, lambda: go.wait(LIMIT_SECONDS))

        with pytest.raises(Unavailable):
            line.start("org9", "eve", "more", lambda: None)


def test_who_has_most_in_a_full_line_gives_way() -> None:
    with line_with_slow_work(max_waiting=4) as (line, go):
        slow = [
            line.start(f"org{number}", "eve", number, lambda: go.wait(LIMIT_SECONDS))
            for number in range(4 + AT_ONCE_OF_ONE)
        ]
        line.start("org8", "bob", "bob's", lambda: go.wait(LIMIT_SECONDS))
        mine = line.start("org9", "ada", "mine", lambda: "done")

        with pytest.raises(Unavailable):
            slow[-1].result(LIMIT_SECONDS)
        with pytest.raises(Unavailable):
            line.start("org7", "eve", "more", lambda: None)
        go.set()
        assert mine.result(LIMIT_SECONDS) == "done"


def test_work_that_breaks_off_frees_its_place() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with line_with_slow_work() as (line, _):
        for number in range(5):
            with pytest.raises(ZeroDivisionError):
                line.start("org", "eve", number, broken).result(LIMIT_SECONDS)
        assert line.start("org", "eve", "whole", lambda: 1).result(LIMIT_SECONDS) == 1


def test_what_waits_is_dropped_at_the_end() -> None:
    with line_with_slow_work() as (line, go):
        futures = [line.start("org", "eve", number, lambda: go.wait(LIMIT_SECONDS)) for number in range(5)]
        closing = threading.Thread(target=line.close)
        closing.start()

        for waiting in futures[AT_ONCE_OF_ONE:]:
            with pytest.raises(CancelledError):
                waiting.result(LIMIT_SECONDS)
        with pytest.raises(Unavailable, match="stopping"):
            line.start("org", "eve", "late", lambda: None)
        go.set()
        closing.join()


def test_turns_go_to_who_has_least_and_waited_longest() -> None:
    first, second, third = (
        Place("a", ["eve"], 1),
        Place("b", ["ada"], 2),
        Place("c", ["bob"], 3),
    )
    turns = Turns()
    for asker in ("ada", "bob"):
        turns.note(asker)

    assert next_turn([second, third], [], turns.last) == (second, "ada")
    assert next_turn([first, second, third], [], turns.last) == (first, "eve")
    assert next_turn([first, second], [(Place("x", ["eve"], 0), "eve")], turns.last) == (second, "ada")
    assert next_turn([first], [(Place("x", ["eve"], 0), "eve")] * AT_ONCE_OF_ONE, {}) is None
    # Whoever wants the same can lend it a turn.
    shared = Place("a", ["eve", "ada"], 1)
    assert next_turn([shared], [(Place("x", ["eve"], 0), "eve")] * AT_ONCE_OF_ONE, {}) == (shared, "ada")


def test_nobody_gives_way_to_who_has_as_much() -> None:
    waiting = [Place("a", [asker], number) for number, asker in enumerate(("eve", "eve", "ada"))]

    assert who_gives_way(waiting, "ada") is None
    assert who_gives_way(waiting, "bob") is waiting[1]
    assert not may_wait([Place("a", [str(number)], number) for number in range(MAX_OF_ONE)], "a", "bob")
