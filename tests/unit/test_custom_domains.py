"""Domains of a Space's own: which may be, what proves them, and where they lead."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from spaceport.addresses import custom_hosts
from spaceport.domain.custom_domain import (
    GRACE,
    LOOK_AGAIN,
    LOOK_SOON,
    MAX_DOMAINS,
    CustomDomain,
    DomainStatus,
    check_domain,
    is_due,
    problem_of,
)
from spaceport.domain.stage import Stage
from spaceport.errors import AccessDenied, AlreadyExists, BadRequest, Conflict, NotFound, Unavailable
from spaceport.notify.notices import NoticeStep
from spaceport.oauth.apps import origins_of
from spaceport.rollout.domain_check import DomainCheck
from spaceport.rollout.domain_commands import add_domain, ask_check, remove_domain
from spaceport.rollout.environment import environment_of
from spaceport.settings import Settings
from spaceport.web.notice_words import line_of
from tests.unit.factories import NOW, make_release, make_space
from tests.unit.services import Bench, TickingClock, make_bench

OWN = ("hub.example.net", "apps.example.net")
NAME = "demo.example.org"


class Records:
    """What name servers say; one that does not answer is None."""

    def __init__(self, texts: Mapping[str, list[str] | None]) -> None:
        self.said = dict(texts)
        self.asked: list[str] = []

    def texts(self, name: str) -> list[str]:
        self.asked.append(name)
        found = self.said.get(name, [])
        if found is None:
            raise Unavailable(f"nobody answers for {name}")
        return found


def make_domain(**values: object) -> CustomDomain:
    made = CustomDomain("d", "space", NAME, "token", DomainStatus.WAITING, NOW, "ada")
    return replace(made, **values)  # type: ignore[arg-type]


def domains_of(bench: Bench, space_id: str = "space") -> list[CustomDomain]:
    with bench.services.database.read() as tx:
        return tx.domains.of_space(space_id)


def checker(bench: Bench, records: Records) -> DomainCheck:
    services = bench.services
    return DomainCheck(services.database, records, services.events, services.clock, threading.Event())


def with_setting(bench: Bench, mode: str) -> Bench:
    return replace(
        bench,
        services=replace(bench.services, settings=replace(bench.services.settings, custom_domains=mode)),
    )


@pytest.mark.parametrize(
    ("text", "domain"),
    [("Demo.Example.ORG.", NAME), (" demo.example.org ", NAME), ("bücher.example.org", "xn--bcher-kva.example.org")],
)
def test_a_domain_is_kept_in_one_spelling(text: str, domain: str) -> None:
    assert check_domain(text, OWN) == domain


@pytest.mark.parametrize(
    "text",
    [
        *("", "demo", "https://demo.example.org", "demo.example.org:443", "10.0.0.1", "a..b", "-a.example.org"),
        *("a_b.org", "x" * 64 + ".org", "*.example.org", "demo.localhost", "printer.local", "a.b/c", "abc." * 80),
    ],
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        check_domain(text, OWN)


@pytest.mark.parametrize("text", ["hub.example.net", "x.hub.example.net", "a.apps.example.net", "example.net"])
def test_names_of_the_hub_below_and_above_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="of this hub itself"):
        check_domain(text, OWN)


def test_records_are_looked_up_often_at_first_and_later_when_asked_only() -> None:
    def looked(waited: timedelta, since: timedelta, asked: timedelta | None = None) -> bool:
        now = NOW + waited
        domain = make_domain(checked_at=now - since, asked_at=now - asked if asked is not None else None)
        return is_due(domain, now)

    minute, hour, day = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
    assert is_due(make_domain(), NOW)
    assert looked(10 * minute, minute)
    assert not looked(10 * minute, minute / 2)
    assert looked(day, hour)
    assert not looked(day, minute)
    assert not looked(8 * day, 2 * day)
    assert looked(8 * day, 2 * day, asked=minute)


def test_the_record_proves_it_and_anything_else_is_told() -> None:
    domain = make_domain()

    assert problem_of(domain, ["v=spf1", domain.record_value]) is None
    assert "no TXT record at _spaceport.demo.example.org" in str(problem_of(domain, []))
    assert "something else: other" in str(problem_of(domain, ["other"]))


def test_a_domain_waits_for_its_record_and_then_leads_to_the_space(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    made = add_domain(bench.services, bench.space, bench.owner, "Demo.example.org")
    records = Records({made.record_name: None})
    check = checker(bench, records)

    assert check.take() == 0
    [waiting] = domains_of(bench)
    assert (waiting.status, waiting.problem) == (
        DomainStatus.WAITING,
        "nobody answers for _spaceport.demo.example.org",
    )
    assert custom_hosts([waiting], bench.services.settings) == ()
    assert check.take() == 0
    assert len(records.asked) == 1

    records.said[made.record_name] = [made.record_value]
    ask_check(bench.services, bench.space, bench.owner, NAME)
    assert check.take() == 1
    [active] = domains_of(bench)
    assert (active.status, active.problem) == (DomainStatus.ACTIVE, None)
    assert bench.told[-1] == "domain demo.example.org is proved"
    assert custom_hosts([active], bench.services.settings) == (NAME,)
    assert custom_hosts([active], replace(bench.services.settings, custom_domains="off")) == ()
    assert check.take() == 0

    remove_domain(bench.services, bench.space, bench.owner, NAME)
    assert domains_of(bench) == []
    with pytest.raises(NotFound):
        remove_domain(bench.services, bench.space, bench.owner, NAME)


def test_a_domain_is_of_the_first_space_that_proves_it(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    other = make_space(id="other", name="other", subdomain="other", loopback_address="127.64.0.2", owner_id="eve")
    with bench.services.database.begin() as tx:
        tx.spaces.add(other)
    first = add_domain(bench.services, bench.space, bench.owner, NAME)
    second = add_domain(bench.services, other, bench.stranger, NAME)
    records = Records({first.record_name: [second.record_value, first.record_value]})

    assert checker(bench, records).take() == 1

    assert [each.status for each in domains_of(bench)] == [DomainStatus.ACTIVE]
    [late] = domains_of(bench, "other")
    assert (late.status, late.problem) == (DomainStatus.WAITING, "another Space proved it first")
    third = replace(other, id="third", name="third", subdomain="third", loopback_address="127.64.0.3")
    with bench.services.database.begin() as tx:
        tx.spaces.add(third)
    trusting = with_setting(bench, "trust")
    with pytest.raises(Conflict, match="leads to a Space"):
        add_domain(trusting.services, third, bench.stranger, NAME)


def test_a_domain_follows_who_has_it_in_dns(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    other = make_space(id="other", name="other", subdomain="other", loopback_address="127.64.0.2", owner_id="eve")
    with bench.services.database.begin() as tx:
        tx.spaces.add(other)
    before = add_domain(bench.services, bench.space, bench.owner, NAME)
    assert checker(bench, Records({before.record_name: [before.record_value]})).take() == 1

    after = add_domain(bench.services, other, bench.stranger, NAME)
    assert checker(bench, Records({after.record_name: [after.record_value]})).take() == 1

    assert [each.status for each in domains_of(bench, "other")] == [DomainStatus.ACTIVE]
    [lost] = domains_of(bench)
    assert (lost.status, lost.active_at) == (DomainStatus.WAITING, None)
    assert lost.problem == "another Space proved it, and the record of this one is gone"
    assert [event.space_id for event in bench.events.published if event.space_id == "space"]


def test_an_active_domain_is_suspended_when_its_record_stays_away_and_comes_back_with_it(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    clock = bench.services.clock
    assert isinstance(clock, TickingClock)
    made = add_domain(bench.services, bench.space, bench.owner, NAME)
    records = Records({made.record_name: [made.record_value]})
    check = checker(bench, records)

    def later(wait: timedelta) -> CustomDomain:
        clock.pass_by(wait.total_seconds())
        check.take()
        return domains_of(bench)[0]

    def told() -> list[str]:
        NoticeStep(bench.services.database, clock).take()
        with bench.services.database.read() as tx:
            return [line_of(each, bench.space, None).words for each in tx.notices.of_user(bench.owner, True, 10)]

    proved = later(timedelta(0))
    assert later(LOOK_AGAIN / 2) == proved
    seen = later(LOOK_AGAIN)
    assert seen.seen_at is not None
    assert proved.seen_at is not None
    assert seen.seen_at > proved.seen_at

    records.said[made.record_name] = None
    assert (silent := later(LOOK_AGAIN)).status is DomainStatus.ACTIVE
    assert silent.gone_at is None
    records.said[made.record_name] = []
    assert (gone := later(LOOK_SOON)).status is DomainStatus.ACTIVE
    assert (gone.seen_at, gone.problem) == (seen.seen_at, f"there is no TXT record at {made.record_name} yet")
    [warning] = told()
    suspended = later(GRACE)
    assert suspended.status is DomainStatus.SUSPENDED
    assert custom_hosts([suspended], bench.services.settings) == ()
    assert warning == (f"The DNS record of the domain {NAME} of ada/demo is gone: it is suspended in 3 days without it")
    assert told() == [f"The domain {NAME} of ada/demo is suspended: its DNS record is gone"]

    records.said[made.record_name] = [made.record_value]
    back = later(LOOK_AGAIN)
    assert (back.status, back.gone_at, back.problem) == (DomainStatus.ACTIVE, None, None)


def test_a_domain_that_was_never_proved_is_active_by_trust_and_not_looked_at(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    add_domain(with_setting(bench, "trust").services, bench.space, bench.owner, NAME)
    records = Records({})

    assert isinstance(bench.services.clock, TickingClock)
    bench.services.clock.pass_by(LOOK_AGAIN.total_seconds() * 2)

    assert checker(bench, records).take() == 0
    assert records.asked == []


def test_silent_name_servers_hold_up_no_other_space(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    other = make_space(id="other", name="other", subdomain="other", loopback_address="127.64.0.2", owner_id="eve")
    with bench.services.database.begin() as tx:
        tx.spaces.add(other)
    first, next_one = (add_domain(bench.services, bench.space, bench.owner, f"{name}.example.org") for name in "ab")
    second = add_domain(bench.services, other, bench.stranger, NAME)
    together = threading.Barrier(2, timeout=60)

    class Slow(Records):
        def texts(self, name: str) -> list[str]:
            if name != next_one.record_name:
                together.wait()
            if name == first.record_name:
                raise RuntimeError("out of order")
            return super().texts(name)

    records = Slow({second.record_name: [second.record_value], next_one.record_name: [next_one.record_value]})
    check = checker(bench, records)

    assert check.take() == 1
    assert records.asked == [second.record_name]
    assert check.take() == 1
    assert [each.problem for each in domains_of(bench)] == [
        "_spaceport.a.example.org could not be looked up (RuntimeError)",
        None,
    ]


def test_a_domain_that_nobody_proves_is_forgotten(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    now = bench.services.clock.now()
    old = {"created_at": now - timedelta(days=31), "checked_at": now - timedelta(days=24)}
    with bench.services.database.begin() as tx:
        tx.domains.add(make_domain(id="forgotten", **old))
        proved = make_domain(id="proved", domain="a.example.org", status=DomainStatus.ACTIVE, **old)
        tx.domains.add(replace(proved, checked_at=now))
        tx.domains.add(make_domain(id="asked", domain="b.example.org", asked_at=now - timedelta(days=25), **old))
        tx.domains.add(
            make_domain(id="young", domain="c.example.org", **old | {"created_at": now - timedelta(days=29)})
        )
    records = Records({})

    assert checker(bench, records).take() == 0

    assert records.asked == []
    assert sorted(each.id for each in domains_of(bench)) == ["asked", "proved", "young"]
    assert bench.told[-1] == f"domain {NAME} is forgotten: nothing proved it in 30 days"
    with bench.services.database.read() as tx:
        assert [each.id for each in tx.domains.to_look_at(now)] == ["asked"]


def test_what_owners_may_not_add_is_refused(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    for number in range(MAX_DOMAINS):
        add_domain(bench.services, bench.space, bench.owner, f"d{number}.example.org")

    with pytest.raises(BadRequest, match="remove one first"):
        add_domain(bench.services, bench.space, bench.owner, NAME)
    with pytest.raises(AccessDenied):
        add_domain(bench.services, bench.space, bench.stranger, NAME)
    with pytest.raises(AlreadyExists):
        add_domain(bench.services, bench.space, bench.owner, "d0.example.org")


def test_the_admin_may_trust_owners_or_have_none(tmp_path: Path) -> None:
    trusting = with_setting(make_bench(tmp_path), "trust")
    assert add_domain(trusting.services, trusting.space, trusting.owner, NAME).status is DomainStatus.ACTIVE

    off = with_setting(trusting, "off")
    with pytest.raises(BadRequest, match="SPACEPORT_CUSTOM_DOMAINS"):
        add_domain(off.services, off.space, off.owner, "other.example.org")


def test_apps_hear_of_their_domains_after_their_own_host_and_may_sign_in_there(tmp_path: Path) -> None:
    settings = Settings(apps_scheme="https", apps_domain="apps.example.net", apps_public_port=443)
    found = environment_of(make_space(), make_release(), settings, domains=[NAME])
    assert found["SPACE_HOST"] == "ada-demo.apps.example.net,demo.example.org"

    bench = with_setting(make_bench(tmp_path, stage=Stage.RUNNING), "trust")
    add_domain(bench.services, bench.space, bench.owner, NAME)
    with bench.services.database.read() as tx:
        domains = tx.domains.of_space("space")
    assert f"https://{NAME}" in origins_of(bench.space, settings, domains)
