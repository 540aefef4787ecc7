"""What the list of deployments says, decided without a browser."""

from spaceport.domain.build import BuildStatus
from spaceport.domain.release import ReleaseKind, ReleaseStatus
from spaceport.domain.stage import Stage
from spaceport.web.comparison import compare, packages_of
from spaceport.web.deployment_rows import deployment_rows
from tests.unit.factories import NOW, ago, make_build, make_push, make_release, make_space

LOCK = "gradio==6.31.0\n  --hash=sha256:0\nPillow==10.0 ; python_version > '3.9'\nmine @ https://example.org/mine.whl\n"


def test_releases_and_builds_that_came_to_none_are_one_list_newest_first() -> None:
    old = make_release(id="1", number=1, build_id="b1", created_at=ago(100), status=ReleaseStatus.RETIRED, live_at=NOW)
    new = make_release(id="2", number=2, build_id="b2", created_at=ago(50), status=ReleaseStatus.LIVE, live_at=NOW)
    failed = make_build(id="b3", sha="c" * 40, status=BuildStatus.FAILED, reason="no such package", created_at=ago(10))
    builds = [failed, make_build(id="b2"), make_build(id="b1")]

    rows = deployment_rows(
        make_space(target_release_id="2"), [new, old], builds, {"c" * 40: make_push(message="Add torch")}, "2", 10
    )

    assert [(row.message, row.result, row.tone) for row in rows] == [
        ("Add torch", "build failed", "bad"),
        ("", "live", "ok"),
        ("", "worked", "idle"),
    ]
    assert [row.can_roll_back for row in rows] == [False, False, True]
    assert rows[0].cause == "no such package"


def test_a_start_that_failed_says_why_and_what_to_try() -> None:
    failed = make_release(status=ReleaseStatus.FAILED, failure="it ended", suggestion="mend it")

    [row] = deployment_rows(make_space(), [failed], [], {}, None, 10)

    assert (row.result, row.cause, row.suggestion) == ("did not start", "it ended", "mend it")


def test_what_was_live_and_ended_is_not_called_current() -> None:
    live = make_release(id="1", status=ReleaseStatus.LIVE, live_at=NOW)
    down = {"target_release_id": "1", "stage_reason": "it ended", "suggestion": "mend it"}

    [crashed] = deployment_rows(make_space(stage=Stage.RUNTIME_ERROR, **down), [live], [], {}, None, 10)
    [stopped] = deployment_rows(make_space(stage=Stage.PAUSED, target_release_id="1"), [live], [], {}, None, 10)

    assert (crashed.result, crashed.tone, crashed.cause, crashed.suggestion) == (
        "not running",
        "bad",
        "it ended",
        "mend it",
    )
    assert (stopped.result, stopped.cause) == ("current", None)


def test_a_build_under_way_says_where_it_is() -> None:
    build = make_build(status=BuildStatus.RUNNING, phase="installing dependencies")

    assert (
        deployment_rows(make_space(target_release_id="2"), [], [build], {}, None, 10)[0].result
        == "installing dependencies"
    )


def test_builds_older_than_the_releases_shown_are_left_out() -> None:
    releases = [make_release(id=str(n), number=n, build_id=str(n), created_at=ago(100 - n)) for n in (5, 4, 3)]
    builds = [make_build(id="old", created_at=ago(1000)), make_build(id="new", created_at=NOW)]

    rows = deployment_rows(make_space(), releases, builds, {}, None, 2)

    assert [row.build.id if row.build else row.sha for row in rows] == ["new", "a" * 40]


def test_a_rollback_names_what_it_went_back_to() -> None:
    first = make_release(id="1", number=1, live_at=NOW, created_at=ago(10))
    back = make_release(id="3", number=3, kind=ReleaseKind.ROLLBACK, source_release_id="1")

    assert deployment_rows(make_space(target_release_id="2"), [back, first], [], {}, None, 10)[0].source_number == 1


def test_what_changed_is_counted_and_secrets_show_versions_only() -> None:
    before = make_release(variables={"A": "1", "B": "2"}, secret_versions={"KEY": 1}, lock="x==1\ny==1\n")
    after = make_release(variables={"A": "1", "B": "3"}, secret_versions={"KEY": 2}, lock="x==2\ny==1\n")

    found = compare(before, after)

    assert found.parts == ("1 variable", "1 secret", "1 package")
    assert [(change.name, change.before, change.after) for change in found.variables + found.packages] == [
        ("B", "2", "3"),
        ("x", "1", "2"),
    ]
    assert found.secrets[0].after == "version 2"
    assert not found.is_other_commit


def test_a_release_without_a_lock_is_not_said_to_have_lost_its_packages() -> None:
    found = compare(make_release(lock="x==1"), make_release(lock=None))

    assert (found.packages, found.has_locks) == ((), False)


def test_locks_are_read_line_by_line() -> None:
    assert packages_of(LOCK) == {"gradio": "6.31.0", "pillow": "10.0", "mine": "https://example.org/mine.whl"}
    assert packages_of(None) == {}


def test_every_kind_and_result_has_words() -> None:
    for kind in ReleaseKind:
        assert deployment_rows(make_space(), [make_release(kind=kind)], [], {}, None, 10)[0].kind
    for status in ReleaseStatus:
        assert deployment_rows(make_space(), [make_release(status=status)], [], {}, None, 10)[0].result
    for outcome in BuildStatus:
        assert deployment_rows(make_space(), [], [make_build(status=outcome)], {}, None, 10)[0].result
    locked = make_build(trigger="locked by ada", use_lock=True)
    assert deployment_rows(make_space(), [], [locked], {}, None, 10)[0].kind == "rebuild with the versions that worked"
