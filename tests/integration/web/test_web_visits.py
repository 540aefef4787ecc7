"""Visits of a Space, for its owner."""

from datetime import timedelta

from tests.integration.web.conftest import Hub

from spaceport.domain.space import Space
from spaceport.domain.visit import BUCKETS, TOTAL, Calls, WakeUp, day_of


def test_an_owner_sees_who_came_what_was_called_and_how_long_it_took(hub: Hub, running_space: Space) -> None:
    now = hub.services.clock.now()
    buckets = (8, 0, 0, 0, 2, *(0,) * (BUCKETS - 5))
    with hub.services.database.begin() as tx:
        for day in (day_of(now), day_of(now - timedelta(days=1))):
            tx.visits.add_calls([Calls(running_space.id, day, name, 10, 1, buckets) for name in (TOTAL, "/greet")])
            tx.visits.note_visitors(day, {running_space.id: 3})
            tx.visits.add_awake_minute(day, [running_space.id])
        tx.visits.add_wake(WakeUp("wake", running_space.id, now, 1.5, was_frozen=True))
        owner = tx.accounts.user(running_space.owner_id)
    assert owner is not None
    page = hub.browser(owner).get("/spaces/ada/hello/visits").text
    csv = hub.browser(owner).get("/spaces/ada/hello/visits.csv?range=week").text.splitlines()

    assert "Visits</a>" in page
    assert ">6 <span" in page
    assert "/greet" in page
    assert "88 ms" in page
    assert "frozen, memory kept" in page
    assert csv[0] == "day,endpoint,calls,errors,p50_ms,p95_ms,visitors,wakes,wake_seconds,awake_minutes"
    assert csv[-2:] == [
        f"{day_of(now)},(all),10,1,3.1,87.5,3,1,1.5,1",
        f"{day_of(now)},/greet,10,1,3.1,87.5,,,,",
    ]


def test_visits_are_nobody_elses_business(hub: Hub, running_space: Space) -> None:
    stranger = hub.browser(hub.user("eve"))

    for path in ("/spaces/ada/hello/visits", "/spaces/ada/hello/visits.csv"):
        assert stranger.get(path).status_code == 403
        assert "Visits</a>" not in stranger.get("/spaces/ada/hello").text


def test_a_space_that_nobody_visited_says_so(hub: Hub, running_space: Space) -> None:
    root = hub.browser(hub.user("root", is_admin=True))

    for range_name in ("week", "year", "nonsense"):
        page = root.get(f"/spaces/ada/hello/visits?range={range_name}")
        assert page.status_code == 200
        assert "Nobody came in this time." in page.text
