"""Which images are kept for going back, and what runners are told."""

from datetime import datetime

from spaceport.domain.release import ReleaseImage, ReleaseStatus
from spaceport.rollout.garbage import EVERYWHERE, Wanted, collect_request, needed_images
from spaceport.settings import Settings
from spaceport_runner.contract import RunnerReport
from tests.unit.factories import ago, make_runner

NOTHING = Wanted(frozenset(), frozenset())
GIB = 1024**3


def image(number: int, name: str = "", live_at: datetime | None = None, **values: object) -> ReleaseImage:
    defaults: dict[str, object] = {
        "release_id": f"release-{number}",
        "space_id": "space",
        "number": number,
        "image": name or f"image-{number}",
        "runner_id": "local",
        "deps_hash": f"deps-{number}",
        "status": ReleaseStatus.RETIRED if live_at else ReleaseStatus.FAILED,
        "live_at": live_at,
    }
    return ReleaseImage(**defaults | values)  # type: ignore[arg-type]


def kept(*images: ReleaseImage, wanted: Wanted = NOTHING, keep: int = 2) -> set[str]:
    newest_first = sorted(images, key=lambda each: each.number, reverse=True)
    return set(needed_images(newest_first, wanted, keep).get("local", ()))


def test_the_newest_images_that_worked_are_kept() -> None:
    assert kept(*(image(number, live_at=ago(100 - number)) for number in range(1, 6))) == {"image-5", "image-4"}


def test_releases_of_one_image_count_once() -> None:
    images = [image(number, "same", ago(100 - number)) for number in range(3, 9)]

    assert kept(image(1, live_at=ago(500)), image(2, live_at=ago(400)), *images) == {"same", "image-2"}


def test_failed_ones_do_not_push_out_what_worked() -> None:
    failed = [image(number) for number in range(4, 10)]

    assert kept(image(1, live_at=ago(9)), image(2, live_at=ago(8)), image(3, live_at=ago(7)), *failed) == {
        "image-3",
        "image-2",
    }


def test_the_last_good_one_is_kept_however_old_its_number() -> None:
    images = [image(1, live_at=ago(1)), *(image(number, live_at=ago(50)) for number in range(2, 9))]

    assert kept(*images, keep=1) == {"image-1", "image-8"}


def test_what_is_wanted_runs_starts_or_is_being_built_is_kept() -> None:
    wanted = Wanted(frozenset({"release-1"}), frozenset({"deps-2"}))
    images = [
        image(1),
        image(2),
        image(3),
        image(4, status=ReleaseStatus.LIVE),
        image(5, status=ReleaseStatus.STARTING),
        image(6, live_at=ago(5)),
    ]

    assert kept(*images, wanted=wanted, keep=1) == {"image-1", "image-2", "image-4", "image-5", "image-6"}


def test_every_space_and_every_runner_has_its_own() -> None:
    images = [
        image(2, "a2", ago(1), space_id="a"),
        image(1, "a1", ago(2), space_id="a", runner_id="other"),
        image(1, "b1", ago(3), space_id="b"),
    ]

    assert needed_images(images, NOTHING, 2) == {"local": {"a2", "b1"}, "other": {"a1"}}


def test_files_that_one_runner_put_into_the_shared_folder_are_kept_from_all() -> None:
    files = image(1, "space/abc", ago(1), runner_id="other")

    assert needed_images([files], NOTHING, 2) == {EVERYWHERE: {"space/abc"}}


def report(disk_bytes: int) -> RunnerReport:
    return make_runner(disk_free_bytes=1, disk_bytes=disk_bytes)


def test_the_budget_is_a_share_of_the_disk_unless_it_is_named() -> None:
    asked = collect_request(report(100 * GIB), frozenset({"b", "a"}), ["space"], Settings())
    named = collect_request(report(100 * GIB), frozenset(), [], Settings(images_budget_bytes=GIB))

    assert (asked.budget_bytes, asked.reserve_bytes) == (60 * GIB, 5 * GIB)
    assert (asked.keep_images, asked.space_ids) == (("a", "b"), ("space",))
    assert named.budget_bytes == GIB


def test_old_images_go_before_builds_are_held_back() -> None:
    settings = Settings(build_disk_bytes=20 * GIB, disk_reserve_bytes=5 * GIB)

    assert collect_request(report(0), frozenset(), [], settings).reserve_bytes == 20 * GIB
