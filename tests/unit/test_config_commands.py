"""Configuration: rows at once, a release of the same image right after, values of secrets nowhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spaceport.domain.app_access import is_good, sign_key
from spaceport.domain.config import Variable
from spaceport.domain.events import EventKind
from spaceport.domain.release import ReleaseKind, ReleaseStatus
from spaceport.domain.space import Desired, Rest
from spaceport.domain.visibility import Visibility
from spaceport.errors import AccessDenied, BadRequest, Conflict
from spaceport.rollout import commands as owner_commands
from spaceport.rollout import config_commands as commands
from spaceport.rollout import hardware_commands as hardware
from spaceport.rollout import visit_commands as visits
from spaceport.rollout.volume_commands import set_volume
from tests.unit.factories import NOW, make_instance
from tests.unit.services import Bench, make_bench

MARKER = "hunter2-0xfeed"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = make_bench(tmp_path)
    yield bench
    bench.services.database.close()  # type: ignore[attr-defined]


def test_a_variable_is_a_release_of_the_same_image(bench: Bench) -> None:
    first = bench.release()
    commands.set_variable(bench.services, bench.space, bench.owner, "MODEL", "small", "which one")

    second = bench.releases[-1]
    assert (second.kind, second.image, second.sha) == (ReleaseKind.CONFIG, first.image, first.sha)
    assert second.variables == {"MODEL": "small"}
    assert (second.status, second.created_by, second.message) == (ReleaseStatus.STARTING, "ada", "variable MODEL set")
    assert bench.space.target_release_id == second.id
    assert bench.space.generation == 2
    assert bench.events.published[-1].kind is EventKind.COMMANDED
    assert "variable MODEL set" in bench.told


def test_a_burst_of_changes_is_one_release(bench: Bench) -> None:
    bench.release()
    commands.set_variable(bench.services, bench.space, bench.owner, "A", "1")
    with bench.services.database.begin() as tx:
        tx.instances.add(make_instance(release_id=bench.space.target_release_id, generation=2))
    commands.set_variable(bench.services, bench.space, bench.owner, "B", "2")
    commands.set_secret(bench.services, bench.space, bench.owner, "C", MARKER)

    assert len(bench.releases) == 2
    assert bench.releases[-1].variables == {"A": "1", "B": "2"}
    assert bench.releases[-1].secret_versions == {"C": 1}
    assert bench.releases[-1].message == "variable A set; variable B set; secret C set"
    assert bench.space.generation == 4


def test_before_the_first_build_only_rows_change(bench: Bench) -> None:
    commands.set_variable(bench.services, bench.space, bench.owner, "MODEL", "small")

    assert bench.releases == []
    with bench.services.database.read() as tx:
        assert [variable.value for variable in tx.configs.variables("space")] == ["small"]


def test_the_same_value_again_starts_nothing(bench: Bench) -> None:
    bench.release(variables={"MODEL": "small"})
    commands.set_variable(bench.services, bench.space, bench.owner, "MODEL", "small", "said better")

    assert len(bench.releases) == 1


def test_a_failed_push_stays_in_sight_when_a_variable_changes(bench: Bench) -> None:
    bench.release()
    bench.update(build_failure="no such package", suggestion="spell it right")
    commands.set_variable(bench.services, bench.space, bench.owner, "MODEL", "small")

    assert (bench.space.build_failure, bench.space.suggestion) == ("no such package", "spell it right")


def test_a_docker_release_says_that_its_build_used_older_variables(bench: Bench) -> None:
    bench.release(sdk="docker")
    commands.set_variable(bench.services, bench.space, bench.owner, "MODEL", "small")

    assert bench.releases[-1].message == "variable MODEL set (the build used older variables)"


def test_values_of_secrets_are_in_no_row(bench: Bench, tmp_path: Path) -> None:
    bench.release()
    commands.set_secret(bench.services, bench.space, bench.owner, "KEY", MARKER, "a key")
    commands.set_secret(bench.services, bench.space, bench.owner, "KEY", MARKER + "2", "a key")
    with bench.services.database.read() as tx:
        secrets = tx.configs.secrets("space")
    bench.services.database.close()  # type: ignore[attr-defined]

    assert [secret.version for secret in secrets] == [2, 1]
    assert bench.services.sealer.open(secrets[0].sealed) == MARKER + "2"
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not any(MARKER.encode() in content for content in kept)


def test_versions_go_on_after_a_removal(bench: Bench) -> None:
    bench.release()
    commands.set_secret(bench.services, bench.space, bench.owner, "KEY", "one")
    commands.remove_secret(bench.services, bench.space, bench.owner, "KEY")
    removed = bench.releases[-1].secret_versions
    commands.set_secret(bench.services, bench.space, bench.owner, "KEY", "two")

    assert removed == {}
    assert bench.releases[-1].secret_versions == {"KEY": 2}


def test_removing_what_is_not_there_is_fine_and_tells_nothing(bench: Bench) -> None:
    commands.remove_secret(bench.services, bench.space, bench.owner, "KEY")
    commands.remove_variable(bench.services, bench.space, bench.owner, "KEY")

    assert bench.told == []
    assert bench.events.published == []


def test_a_name_is_a_variable_or_a_secret_never_both(bench: Bench) -> None:
    commands.set_variable(bench.services, bench.space, bench.owner, "A", "1")
    commands.set_secret(bench.services, bench.space, bench.owner, "B", "2")

    with pytest.raises(Conflict, match="remove the variable first"):
        commands.set_secret(bench.services, bench.space, bench.owner, "A", "1")
    with pytest.raises(Conflict, match="remove the secret first"):
        commands.set_variable(bench.services, bench.space, bench.owner, "B", "2")


@pytest.mark.parametrize("key", ["", "1A", "A-B", "SPACE_ID", "SPACEPORT_X", "A" * 101])
def test_names_that_cannot_be_are_refused(bench: Bench, key: str) -> None:
    with pytest.raises(BadRequest):
        commands.set_variable(bench.services, bench.space, bench.owner, key, "1")


def test_setting_or_dropping_the_last_missing_secret_frees_a_duplicate(bench: Bench) -> None:
    bench.update(missing_secrets=["A", "B"])
    commands.set_secret(bench.services, bench.space, bench.owner, "A", "1")
    commands.remove_secret(bench.services, bench.space, bench.owner, "B")

    assert bench.space.missing_secrets == []
    assert "starts without the secret B" in bench.told


def test_configuration_of_a_paused_space_waits_until_it_runs(bench: Bench) -> None:
    bench.release()
    bench.update(desired=Desired.PAUSED)
    commands.set_variable(bench.services, bench.space, bench.owner, "A", "1")

    assert bench.space.desired is Desired.PAUSED
    assert bench.space.target_release_id == bench.releases[-1].id


def test_a_sleeping_space_wakes_with_its_new_configuration(bench: Bench) -> None:
    bench.release()
    bench.update(rest=Rest.FROZEN)
    commands.set_variable(bench.services, bench.space, bench.owner, "A", "1")

    assert bench.space.rest is Rest.AWAKE


def test_hardware_is_asked_for_and_served_by_a_release(bench: Bench) -> None:
    bench.release()
    hardware.set_hardware(bench.services, bench.space, bench.owner, "cpu-basic", sleep_seconds=60)

    assert bench.space.sleep_seconds == 60
    assert len(bench.releases) == 1, "nothing of the release has changed"
    with pytest.raises(BadRequest, match="must be one of"):
        hardware.set_hardware(bench.services, bench.space, bench.owner, "gx-1000")


def test_a_volume_starts_the_app_anew(bench: Bench) -> None:
    bench.release()
    set_volume(bench.services, bench.space, bench.owner, 1024)

    assert bench.space.volume_bytes == 1024
    assert bench.releases[-1].kind is ReleaseKind.CONFIG


def test_a_static_space_has_no_hardware_and_no_secrets_but_variables_at_once(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, sdk="static")
    bench.release(sdk="static")
    for refused in (
        lambda: hardware.set_hardware(bench.services, bench.space, bench.owner, "cpu-basic"),
        lambda: hardware.set_sleep_time(bench.services, bench.space, bench.owner, 60),
        lambda: set_volume(bench.services, bench.space, bench.owner, 60),
        lambda: commands.set_secret(bench.services, bench.space, bench.owner, "A", "1"),
    ):
        with pytest.raises(BadRequest, match="static"):
            refused()
    commands.set_variable(bench.services, bench.space, bench.owner, "A", "1")

    assert [release.status for release in bench.releases] == [ReleaseStatus.RETIRED, ReleaseStatus.LIVE]


def test_after_a_rollback_only_configuration_of_the_app_deploys_that_of_now(bench: Bench) -> None:
    bench.release()
    with bench.services.database.begin() as tx:
        tx.configs.put_variable(Variable("v", "space", "MODEL", "newer", "", NOW, "ada"))
    hardware.set_sleep_time(bench.services, bench.space, bench.owner, 60)
    visits.set_visibility(bench.services, bench.space, bench.owner, Visibility.PRIVATE)
    visits.make_link(bench.services, bench.space, bench.owner, 600)

    assert [release.variables for release in bench.releases] == [{}]
    commands.set_variable(bench.services, bench.space, bench.owner, "OTHER", "1")
    assert bench.releases[-1].variables == {"MODEL": "newer", "OTHER": "1"}


def test_visibility_changes_without_a_release(bench: Bench) -> None:
    bench.release()
    visits.set_visibility(bench.services, bench.space, bench.owner, Visibility.PRIVATE)

    assert bench.space.private
    assert bench.space.links_version == 1
    assert len(bench.releases) == 1


def test_of_a_protected_space_the_app_alone_is_open(bench: Bench) -> None:
    visits.set_visibility(bench.services, bench.space, bench.owner, Visibility.PROTECTED)
    assert (bench.space.private, bench.space.visibility, bench.space.links_version) == (True, "protected", 0)
    with pytest.raises(BadRequest, match="protected"):
        visits.make_link(bench.services, bench.space, bench.owner, 3600)
    visits.set_visibility(bench.services, bench.space, bench.owner, Visibility.PRIVATE)

    # Who came while it was open is out.
    assert (bench.space.visibility, bench.space.links_version) == ("private", 1)
    visits.set_visibility(bench.services, bench.space, bench.owner, Visibility.PUBLIC)
    assert (bench.space.private, bench.space.is_app_open) == (False, False)


def test_links_are_made_for_private_spaces_and_revoked_together(bench: Bench) -> None:
    with pytest.raises(BadRequest, match="public"):
        visits.make_link(bench.services, bench.space, bench.owner, 3600)
    bench.update(private=True)
    with pytest.raises(BadRequest, match="seconds"):
        visits.make_link(bench.services, bench.space, bench.owner, 5)
    ticket, expires_at = visits.make_link(bench.services, bench.space, bench.owner, 3600)
    secret, space = bench.services.internal_secret, bench.space
    assert is_good(sign_key(secret, space.id, space.links_version), ticket, expires_at.timestamp() - 1)
    visits.revoke_links(bench.services, bench.space, bench.owner)

    assert not is_good(sign_key(secret, space.id, bench.space.links_version), ticket, expires_at.timestamp() - 1)


def test_a_review_is_asked_for_where_somebody_else_stopped_it(bench: Bench) -> None:
    with pytest.raises(Conflict):
        owner_commands.request_review(bench.services, bench.space, bench.owner)
    bench.update(desired=Desired.STOPPED)
    owner_commands.request_review(bench.services, bench.space, bench.owner)

    assert bench.space.review_requested_at is not None
    assert bench.space.review_requested_at > NOW


def test_a_stranger_configures_nothing(bench: Bench) -> None:
    with pytest.raises(AccessDenied):
        commands.set_variable(bench.services, bench.space, bench.stranger, "A", "1")
