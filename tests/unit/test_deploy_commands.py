"""Back to an earlier release: its image and configuration under a new number, without a build."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spaceport.builds.commands import cancel
from spaceport.domain.build import BuildStatus
from spaceport.domain.release import ReleaseKind, ReleaseStatus
from spaceport.domain.rollback import left_behind
from spaceport.domain.space import Desired
from spaceport.errors import AccessDenied, Conflict, NotFound
from spaceport.rollout import config_commands
from spaceport.rollout.actions import Fail, Promote
from spaceport.rollout.apply import Applier
from spaceport.rollout.commands import delete
from spaceport.rollout.deploy_commands import redeploy, rollback
from spaceport_runner.contract import InstanceState
from tests.unit.factories import NOW, make_build, make_instance, make_push, make_report
from tests.unit.services import Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Release 1 was replaced by release 2, which serves."""
    bench = make_bench(tmp_path, head_sha="b" * 40)
    bench.release(1, image="one", status=ReleaseStatus.RETIRED, variables={"A": "1"}, app_port=8000)
    bench.release(2, image="two", sha="b" * 40, variables={"A": "2"})
    yield bench
    bench.services.database.close()  # type: ignore[attr-defined]


def test_a_rollback_is_a_new_release_of_the_old_image(bench: Bench) -> None:
    release = rollback(bench.services, bench.space, bench.owner, 1, "two is slow")

    assert (release.number, release.kind, release.created_by) == (3, ReleaseKind.ROLLBACK, "ada")
    assert (release.image, release.sha, release.app_port, release.variables) == ("one", "a" * 40, 8000, {"A": "1"})
    assert release.message == "back to release 1: two is slow"
    assert bench.space.target_release_id == release.id
    assert bench.space.head_sha == "b" * 40, "the repo stays where it is"
    assert bench.told[-1] == "rolled back to release 1: two is slow"


def test_a_rollback_cancels_what_would_take_its_place(bench: Bench) -> None:
    with bench.services.database.begin() as tx:
        tx.builds.add(make_build())
        tx.pushes.add(make_push(sha="c" * 40))
    bench.update(rebuild_requested="rebuild")
    rollback(bench.services, bench.space, bench.owner, 1)
    with bench.services.database.read() as tx:
        build = tx.builds.get("build")

    assert build is not None
    assert (build.status, build.reason) == (BuildStatus.CANCELLED, "ada went back to release 1")
    assert bench.queue.cancelled == ["build"]
    assert "build of aaaaaaa cancelled: ada went back to release 1" in bench.told
    assert (bench.space.planned_push_id, bench.space.rebuild_requested) == ("push", None)


@pytest.mark.parametrize("asked", ["rollback", "cancel", "delete"])
def test_what_was_done_is_not_answered_as_a_failure_while_redis_is_away(bench: Bench, asked: str) -> None:
    bench.queue.is_away = True
    with bench.services.database.begin() as tx:
        tx.builds.add(make_build())
    match asked:
        case "rollback":
            rollback(bench.services, bench.space, bench.owner, 1)
        case "cancel":
            cancel(bench.services, make_build(), bench.owner)
        case "delete":
            delete(bench.services, bench.space, bench.owner)
    with bench.services.database.read() as tx:
        build = tx.builds.get("build")

    assert build is not None
    assert build.status is BuildStatus.CANCELLED
    assert len(bench.events.published) == 1


def test_secrets_come_back_in_their_version_unless_they_were_removed(bench: Bench) -> None:
    for key in ("KEPT", "GONE"):
        config_commands.set_secret(bench.services, bench.space, bench.owner, key, "old")
    number = bench.releases[-1].number
    with bench.services.database.begin() as tx:
        tx.releases.update(bench.releases[-1].id, status=ReleaseStatus.LIVE, live_at=NOW)
    config_commands.set_secret(bench.services, bench.space, bench.owner, "KEPT", "new")
    config_commands.remove_secret(bench.services, bench.space, bench.owner, "GONE")
    with bench.services.database.read() as tx:
        source, secrets = tx.releases.by_number("space", number), tx.configs.secrets("space")
    assert source is not None
    said = left_behind(bench.space, source, secrets)
    release = rollback(bench.services, bench.space, bench.owner, number)

    assert release.secret_versions == {"KEPT": 1}
    assert len(said) == 1
    assert "GONE" in said[0]
    assert "cannot be brought back" in said[0]


def test_what_does_not_come_back_is_said(bench: Bench) -> None:
    bench.update(volume_bytes=1024, hardware="cpu-upgrade")
    said = left_behind(bench.space, bench.releases[0], [])

    assert [line.split(" ")[0:3] for line in said] == [["the", "files", "in"], ["it", "ran", "on"]]


def test_the_hardware_stays_what_was_asked_for(bench: Bench) -> None:
    bench.update(hardware="cpu-upgrade")

    assert rollback(bench.services, bench.space, bench.owner, 1).hardware == "cpu-upgrade"


def test_what_never_worked_what_serves_and_what_is_not_there_is_refused(bench: Bench) -> None:
    bench.release(3, is_target=False, status=ReleaseStatus.FAILED, live_at=None, failure="it broke")
    with pytest.raises(Conflict, match=r"never worked \(it broke\)"):
        rollback(bench.services, bench.space, bench.owner, 3)
    with pytest.raises(Conflict, match="serves already"):
        rollback(bench.services, bench.space, bench.owner, 2)
    with pytest.raises(NotFound):
        rollback(bench.services, bench.space, bench.owner, 9)


def test_a_rollback_to_an_image_that_is_gone_fails_in_words_and_is_refused_from_then_on(bench: Bench) -> None:
    release = rollback(bench.services, bench.space, bench.owner, 1)
    instance = make_instance(release_id=release.id, generation=3)
    action = Fail(instance, "no image", None, None, "release2", image_missing=True)
    with bench.services.database.begin() as tx:
        tx.instances.add(instance)
        Applier(bench.services.settings, NOW, 1).apply(tx, bench.space, action)

    assert bench.space.target_release_id == "release2"
    assert bench.space.rebuild_requested is None
    assert bench.releases[-1].failure == "the image of the commit aaaaaaa is not there any more"
    with pytest.raises(Conflict, match="push the commit aaaaaaa again"):
        rollback(bench.services, bench.space, bench.owner, 1)


def test_a_static_release_whose_files_were_cleared_away_is_refused(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, sdk="static")
    bench.release(1, image="files-of-one", sdk="static", status=ReleaseStatus.RETIRED)
    bench.release(2, image="files-of-two", sdk="static")
    with pytest.raises(Conflict, match="cleared away"):
        rollback(bench.services, bench.space, bench.owner, 1)
    (tmp_path / "static" / "files-of-one").mkdir(parents=True)
    release = rollback(bench.services, bench.space, bench.owner, 1)

    assert release.image == "files-of-one"
    assert bench.releases[-1].status is ReleaseStatus.LIVE, "files need no start"


def test_what_the_admin_stopped_only_an_admin_rolls_back(bench: Bench) -> None:
    bench.update(desired=Desired.STOPPED, stop_reason="stopped by root")
    with pytest.raises(AccessDenied):
        rollback(bench.services, bench.space, bench.owner, 1)
    rollback(bench.services, bench.space, bench.admin, 1)

    assert bench.space.desired is Desired.RUNNING


def test_a_stranger_deploys_nothing(bench: Bench) -> None:
    with pytest.raises(AccessDenied):
        rollback(bench.services, bench.space, bench.stranger, 1)
    with pytest.raises(AccessDenied):
        redeploy(bench.services, bench.space, bench.stranger)


def test_deploying_again_takes_the_configuration_of_now(bench: Bench) -> None:
    config_commands.set_variable(bench.services, bench.space, bench.owner, "A", "3")
    rollback(bench.services, bench.space, bench.owner, 1)
    with bench.services.database.begin() as tx:
        tx.releases.update(bench.releases[-1].id, status=ReleaseStatus.LIVE, live_at=NOW)
    release = redeploy(bench.services, bench.space, bench.owner)

    assert (release.kind, release.image, release.variables) == (ReleaseKind.CONFIG, "one", {"A": "3"})


def test_a_failed_push_stays_in_sight_until_it_is_tried_again_or_given_up(bench: Bench) -> None:
    """The app that serves gets a new secret; the push that failed without it is not tried by itself."""
    bench.release(3, is_target=False, status=ReleaseStatus.FAILED, live_at=None, build_id="another")
    bench.update(start_failure="KEY is not set", suggestion="set it")
    config_commands.set_secret(bench.services, bench.space, bench.owner, "KEY", "value")
    release = bench.releases[-1]
    instance = make_instance(release_id=release.id, generation=bench.space.generation)
    report = make_report(instance.id, InstanceState.READY)
    with bench.services.database.begin() as tx:
        tx.instances.add(instance)
        Applier(bench.services.settings, NOW, 1).apply(tx, bench.space, Promote(instance, report, ()))
    in_sight = bench.space.start_failure, bench.space.suggestion
    rollback(bench.services, bench.space, bench.owner, 1)

    assert release.image == "two"
    assert release.message == "secret KEY set (release 3 stays failed: rebuild to try it again)"
    assert in_sight == ("KEY is not set", "set it")
    assert bench.space.start_failure is None


def test_there_is_nothing_to_deploy_before_the_first_build(tmp_path: Path) -> None:
    bench = make_bench(tmp_path / "other")
    with pytest.raises(Conflict, match="push an app to main first"):
        redeploy(bench.services, bench.space, bench.owner)


def test_a_deployment_that_is_overtaken_is_told_of(bench: Bench) -> None:
    """Webhooks and event streams hear how each release ends."""
    rollback(bench.services, bench.space, bench.owner, 1)
    rollback(bench.services, bench.space, bench.owner, 2)

    assert "release 3 superseded before it came up" in bench.told
