"""Who hears of what: from rows of history to notices, and what becomes of these."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from spaceport.adapters.rows import IDS_AT_ONCE, in_slices
from spaceport.domain.access_request import RequestStatus
from spaceport.domain.account import AccountKind, Caller, Membership, OrgRole, User
from spaceport.domain.history import HappeningKind, for_reader
from spaceport.domain.notice import (
    NOTICES_KEPT,
    NOTICES_OF_ACTOR,
    Audience,
    Notice,
    NoticeKind,
)
from spaceport.domain.notice_folding import MENTIONS_APART
from spaceport.domain.stage import Stage
from spaceport.interfaces import Transaction
from spaceport.notify.notices import NoticeStep
from spaceport.notify.watching import choose_kinds, read_notices, turn_watch
from spaceport.repos.discussions.opening import open_discussion
from spaceport.repos.discussions.talking import change_status, comment, delete, hide_comment, set_discussions
from spaceport.repos.gating import ask_access, handle
from spaceport.rollout.commands import pause, stop
from spaceport.stage_record import record_stage
from spaceport.web.notice_words import line_of
from tests.unit.factories import NOW, make_space
from tests.unit.services import Bench, make_bench


class News:
    """A bench with what people hear of it."""

    def __init__(self, tmp_path: Path, **space: Any) -> None:
        self.bench: Bench = make_bench(tmp_path, **space)
        self.services = self.bench.services
        self._step = NoticeStep(self.services.database, self.services.clock)

    def take(self) -> int:
        return self._step.take()

    def heard_by(self, caller: Caller) -> list[Notice]:
        """Unread, newest first."""
        self.take()
        with self.services.database.read() as tx:
            return tx.notices.of_user(caller, True, 100)

    def kinds_for(self, caller: Caller) -> list[str]:
        return [str(notice.kind) for notice in self.heard_by(caller)]

    def person(self, name: str) -> Caller:
        user = User(name, name, "", False, NOW)
        with self.services.database.begin() as tx:
            tx.accounts.add_user(user)
        return Caller(user)

    def fails(self, stage: Stage = Stage.RUNTIME_ERROR, reason: str = "it ended") -> None:
        with self.services.database.begin() as tx:
            record_stage(tx, self.bench.space, {"stage": stage, "stage_reason": reason}, self.services.clock.now())


@contextmanager
def writes_of(news: News) -> Iterator[list[str]]:
    """The statements that come within writing transactions."""
    said: list[str] = []
    engine = news.services.database.engine  # type: ignore[attr-defined]

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", listen)


@pytest.fixture
def news(tmp_path: Path) -> News:
    return News(tmp_path)


def test_owners_and_watchers_hear_that_a_space_fails_and_nobody_else_does(news: News) -> None:
    watcher, stranger = news.person("wim"), news.bench.stranger
    turn_watch(news.services, news.bench.space, watcher, True)

    news.fails(reason="exit code 1")

    [notice] = news.heard_by(news.bench.owner)
    assert (notice.kind, notice.details) == (NoticeKind.CRASH, {"reason": "exit code 1"})
    assert news.kinds_for(watcher) == ["crash"]
    assert news.heard_by(stranger) == []
    news.fails(Stage.RUNNING)
    assert len(news.heard_by(news.bench.owner)) == 1


def test_what_goes_on_failing_is_one_unread_notice_and_a_new_one_once_that_was_read(news: News) -> None:
    for reason in ("first", "second"):
        news.fails(reason=reason)
    assert [each.details["reason"] for each in news.heard_by(news.bench.owner)] == ["second"]

    read_notices(news.services, news.bench.owner)
    news.fails(reason="third")

    assert [each.details["reason"] for each in news.heard_by(news.bench.owner)] == ["third"]
    with news.services.database.read() as tx:
        assert len(tx.notices.of_user(news.bench.owner, False, 10)) == 2


def test_what_is_muted_or_not_wanted_is_not_told(news: News) -> None:
    choose_kinds(news.services, news.bench.owner, [kind for kind in NoticeKind if kind is not NoticeKind.CRASH])
    news.fails()
    assert news.heard_by(news.bench.owner) == []

    choose_kinds(news.services, news.bench.owner, list(NoticeKind))
    turn_watch(news.services, news.bench.space, news.bench.owner, False)
    news.fails()
    assert news.heard_by(news.bench.owner) == []

    turn_watch(news.services, news.bench.space, news.bench.owner, True)
    news.fails()
    assert news.kinds_for(news.bench.owner) == ["crash"]


def test_the_owner_hears_that_an_admin_stopped_a_space_and_why_but_not_of_the_own_pause(news: News) -> None:
    pause(news.services, news.bench.space, news.bench.owner)
    assert news.heard_by(news.bench.owner) == []

    stop(news.services, news.bench.space, news.bench.admin, "it mines coins")

    [notice] = news.heard_by(news.bench.owner)
    assert (notice.kind, notice.actor, notice.details["reason"]) == (NoticeKind.STOP, "root", "it mines coins")


def test_who_takes_part_in_a_discussion_hears_of_it_and_who_is_called_by_name(news: News) -> None:
    eve, wim = news.bench.stranger, news.person("wim")
    made = open_discussion(news.services, news.bench.space, eve, "A title", "Hello")
    assert news.kinds_for(news.bench.owner) == ["discussion"]
    assert news.heard_by(eve) == []

    comment(news.services, news.bench.space, news.bench.owner, made.number, "What do you say, @WIM and @nobody?")
    assert news.kinds_for(eve) == ["reply"]
    assert news.kinds_for(wim) == ["mention"]

    change_status(news.services, news.bench.space, news.bench.owner, made.number, "closed")
    assert [each.details["verb"] for each in news.heard_by(eve)] == ["closed"]

    delete(news.services, news.bench.space, news.bench.owner, made.number)
    assert [news.heard_by(each) for each in (eve, wim, news.bench.owner)] == [[], [], []]


def test_who_wants_no_calls_hears_of_a_comment_as_others_do_and_not_at_all_where_only_a_call_would_tell(
    news: News,
) -> None:
    eve, wim = news.bench.stranger, news.person("wim")
    for caller in (eve, wim):
        choose_kinds(news.services, caller, [kind for kind in NoticeKind if kind is not NoticeKind.MENTION])
    made = open_discussion(news.services, news.bench.space, eve, "A title", "Hello")

    comment(news.services, news.bench.space, news.bench.owner, made.number, "What do you say, @eve and @wim?")

    assert news.kinds_for(eve) == ["reply"]
    assert news.heard_by(wim) == []


def test_who_wants_only_calls_hears_of_them_alone(news: News) -> None:
    eve = news.bench.stranger
    choose_kinds(news.services, eve, [NoticeKind.MENTION])
    made = open_discussion(news.services, news.bench.space, eve, "A title", "Hello")

    for text in ("Yes?", "And you, @eve?"):
        comment(news.services, news.bench.space, news.bench.owner, made.number, text)

    assert news.kinds_for(eve) == ["mention"]


def test_a_comment_that_is_hidden_at_once_calls_nobody(news: News) -> None:
    wim = news.person("wim")
    made = open_discussion(news.services, news.bench.space, news.bench.stranger, "A title", "Hello")
    said = comment(news.services, news.bench.space, news.bench.stranger, made.number, "@wim look")
    hide_comment(news.services, news.bench.space, news.bench.owner, made.number, said.id)

    assert news.heard_by(wim) == []


def test_what_somebody_may_not_read_any_more_is_neither_shown_nor_counted(news: News) -> None:
    eve = news.bench.stranger
    made = open_discussion(news.services, news.bench.space, eve, "A title", "Hello")
    comment(news.services, news.bench.space, news.bench.owner, made.number, "Yes?")
    assert len(news.heard_by(eve)) == 1

    news.bench.update(private=True)
    comment(news.services, news.bench.space, news.bench.owner, made.number, "Still there?")

    assert news.heard_by(eve) == []
    with news.services.database.read() as tx:
        assert tx.notices.unread_of(eve) == 0
        assert tx.notices.unread_of(news.bench.owner) == 1
    set_discussions(news.services, news.bench.space, False)
    assert news.heard_by(news.bench.owner) == []


def test_requests_for_access_are_for_those_who_write_and_the_answer_for_who_asked(news: News) -> None:
    eve, wim = news.bench.stranger, news.person("wim")
    turn_watch(news.services, news.bench.space, wim, True)
    news.bench.update(gated="manual", card={"extra_gated_prompt": "?"})
    ask_access(news.services, news.bench.space, eve, {})

    [asked] = news.heard_by(news.bench.owner)
    assert (asked.kind, asked.actor, asked.audience) == (NoticeKind.ACCESS, "eve", Audience.WRITERS)
    assert news.heard_by(wim) == []

    handle(news.services, news.bench.space, news.bench.owner, RequestStatus.REJECTED, "eve", rejection_reason="no")
    [answer] = news.heard_by(eve)
    assert answer.details == {"verb": "rejected", "reason": "no"}
    with news.services.database.read() as tx:
        rows = [each for each in tx.history.of_space("space") if each.kind is HappeningKind.ACCESS]
    assert len(rows) == 2
    assert [for_reader(each, may_reveal=False) for each in rows] == [None, None]


def test_members_who_write_hear_of_the_repos_of_their_organization(tmp_path: Path) -> None:
    news = News(tmp_path)
    writer, reader = news.person("wim"), news.person("rea")
    with news.services.database.begin() as tx:
        tx.accounts.add_user(User("org", "lab", "", False, NOW, AccountKind.ORGANIZATION))
        for caller, role in ((writer, OrgRole.WRITE), (reader, OrgRole.READ)):
            assert caller.user is not None
            tx.accounts.add_membership(Membership(caller.user.name, "org", caller.user.id, role, NOW))
    news.bench.update(owner_id="org", owner="lab", private=True)

    news.fails()

    roles = {"org": OrgRole.WRITE}
    assert news.kinds_for(replace(writer, roles=roles)) == ["crash"]
    assert news.heard_by(replace(reader, roles={"org": OrgRole.READ})) == []
    assert news.heard_by(news.bench.owner) == []


def test_old_notices_are_forgotten(news: News) -> None:
    made = Notice("n", "user", "space", NoticeKind.CRASH, "crash", Audience.READERS, "system", {}, NOW, read_at=NOW)
    with news.services.database.begin() as tx:
        for number in range(NOTICES_KEPT + 5):
            tx.notices.put_all([replace(made, id=f"n{number:04}", at=NOW + timedelta(seconds=number))])
        kept = [each.id for each in tx.notices.of_user(news.bench.owner, False, 1000)]
        assert (len(kept), kept[0], kept[-1]) == (NOTICES_KEPT, f"n{NOTICES_KEPT + 4:04}", "n0005")

        tx.notices.put_all([replace(made, id="late", at=NOW + timedelta(days=400))])
        assert [each.id for each in tx.notices.of_user(news.bench.owner, False, 1000)] == ["late"]


def test_one_person_pushes_nothing_of_others_out_of_the_bell(news: News) -> None:
    def made(kind: NoticeKind, actor: str, number: int) -> Notice:
        at, subject = NOW + timedelta(seconds=number), f"talk{number}"
        return Notice(f"{actor}{kind}{number}", "user", "space", kind, subject, Audience.READERS, actor, {}, at)

    with news.services.database.begin() as tx:
        tx.notices.put_all([made(NoticeKind.BUILD, "system", 0), made(NoticeKind.DISCUSSION, "bob", 0)])
        for kind in (NoticeKind.DISCUSSION, NoticeKind.REPLY, NoticeKind.MENTION):
            tx.notices.put_all([made(kind, "eve", number) for number in range(1, 2 * NOTICES_KEPT)])
        kept = [each.id for each in tx.notices.of_user(news.bench.owner, False, 10_000)]

    assert {"systembuild0", "bobdiscussion0"} < set(kept)
    assert len(kept) == 2 + 3 * NOTICES_OF_ACTOR


def test_many_calls_by_one_person_are_told_in_one_line(news: News) -> None:
    eve, wim = news.bench.stranger, news.person("wim")
    first = open_discussion(news.services, news.bench.space, eve, "A title", "Hello @wim").number
    for _ in range(3):
        news.take()
        comment(news.services, news.bench.space, eve, first, "@wim?")
    [notice] = news.heard_by(wim)
    assert line_of(notice, news.bench.space, None).words == "eve mentioned you 4 times in discussion #1 of ada/demo"

    for _ in range(MENTIONS_APART):
        news.take()
        open_discussion(news.services, news.bench.space, eve, "Another one", "@wim")
    [notice] = news.heard_by(wim)
    assert line_of(notice, news.bench.space, None).words == "eve mentioned you 9 times in discussions of ada/demo"

    comment(news.services, news.bench.space, news.bench.owner, first, "@wim, never mind")
    assert [each.actor for each in news.heard_by(wim)] == ["ada", "eve"]


def test_a_row_that_cannot_be_told_keeps_no_later_one_from_being_told(news: News) -> None:
    with news.services.database.begin() as tx:
        tx.history.add("space", NOW, HappeningKind.DISCUSSION, "eve", "of no discussion", {"action": "create"})
    news.fails()

    assert news.kinds_for(news.bench.owner) == ["crash"]


def test_what_is_written_while_others_wait_is_no_more_statements_for_more_people(news: News) -> None:
    said: list[int] = []
    for people in (2, 30):
        for number in range(people):
            turn_watch(news.services, news.bench.space, news.person(f"p{people}of{number}"), True)
        news.fails()
        with writes_of(news) as statements:
            assert news.take() == 1 + sum(each for each in (2, 30) if each <= people)
        said.append(len(statements))

    assert said[0] == said[1]


def test_nobody_is_told_of_a_repo_that_is_gone_before_that_is_written(news: News) -> None:
    news.fails()
    database = news.services.database

    class Meanwhile:
        read = database.read

        @contextmanager
        def begin(self) -> Iterator[Transaction]:
            with database.begin() as tx:
                tx.spaces.remove("space")
                yield tx

    assert NoticeStep(Meanwhile(), news.services.clock).take() == 0


def test_many_people_are_told_and_asked_for_in_slices(news: News) -> None:
    ids = [f"u{number}" for number in range(2 * IDS_AT_ONCE + 1)]
    made = [Notice(each, each, "space", NoticeKind.CRASH, "crash", Audience.READERS, "", {}, NOW) for each in ids]
    with news.services.database.begin() as tx:
        for each in ids:
            tx.accounts.add_user(User(each, each, "", False, NOW))
        tx.notices.put_all(made)
        tx.notices.put_all([replace(notice, id=f"again {notice.id}") for notice in made])

    assert [len(some) for some in in_slices([*ids, *ids])] == [IDS_AT_ONCE, IDS_AT_ONCE, 1]
    with news.services.database.read() as tx:
        assert len(tx.accounts.users_by_ids(ids)) == len(ids)
        assert tx.notices.quiet_of(ids) == {}
        last = Caller(User(ids[-1], ids[-1], "", False, NOW))
        assert [each.id for each in tx.notices.of_user(last, False, 10)] == [f"again {ids[-1]}"]


def test_rows_are_looked_at_once(news: News) -> None:
    step = NoticeStep(news.services.database, news.services.clock)
    news.fails()

    assert [step.take(), step.take()] == [1, 0]


def test_what_is_deleted_takes_its_notices_along(news: News) -> None:
    news.fails()
    turn_watch(news.services, news.bench.space, news.bench.stranger, True)
    assert len(news.heard_by(news.bench.owner)) == 1

    with news.services.database.begin() as tx:
        tx.spaces.remove("space")
        tx.spaces.add(make_space())

    assert news.heard_by(news.bench.owner) == []
    with news.services.database.read() as tx:
        assert tx.watches.of_repo("space") == []
