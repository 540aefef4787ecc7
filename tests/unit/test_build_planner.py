"""Which builds a push leads to, and what names the dependencies."""

from pathlib import Path

from spaceport.builds.locks import asks_for_the_same
from spaceport.builds.planner import BuildPlan, deps_hash, plan_build
from spaceport.builds.requests import BuildConfiguration, build_request
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.push import Push
from spaceport.domain.space import Space
from spaceport.settings import Settings
from spaceport_runner.template import Template
from tests.unit.factories import NOW, make_build, make_push, make_space

TEMPLATE = Template("gradio", "gradio", "Gradio", Path("/nowhere"), "digest", default_sdk_version="6.0.0")


def plan(space: Space, push: Push | None, *active: Build) -> BuildPlan:
    return plan_build(space, push, active, TEMPLATE, NOW, queue_deadline_seconds=60)


def test_a_new_push_gets_one_build() -> None:
    made = plan(make_space(), make_push())

    assert made.create is not None
    assert made.create.sha == "a" * 40
    assert made.supersede == ()


def test_a_planned_push_gets_no_second_build() -> None:
    assert plan(make_space(planned_push_id="push"), make_push()) == BuildPlan()


def test_the_latest_push_wins() -> None:
    older = make_build(sha="b" * 40)

    made = plan(make_space(), make_push(), older)

    assert made.create is not None
    assert made.supersede == (older,)


def test_equal_builds_coalesce() -> None:
    assert plan(make_space(), make_push(), make_build(sha="a" * 40)) == BuildPlan()


def test_a_commit_that_cannot_be_deployed_is_not_built() -> None:
    assert plan(make_space(), make_push(problem="no app file")) == BuildPlan()


def test_a_duplicate_is_not_built_while_it_asks_for_secrets() -> None:
    assert plan(make_space(missing_secrets=["KEY"]), make_push()) == BuildPlan()
    assert plan(make_space(missing_secrets=[]), make_push()).create is not None


def test_a_factory_rebuild_uses_no_cache() -> None:
    space = make_space(planned_push_id="push", rebuild_requested="factory", rebuild_by="ada")

    made = plan(space, make_push())

    assert made.create is not None
    assert made.create.no_cache
    assert made.create.trigger == "factory by ada"


def test_a_push_that_changes_only_code_keeps_the_dependencies() -> None:
    assert deps_hash(make_push(sha="a" * 40), TEMPLATE) == deps_hash(make_push(sha="b" * 40), TEMPLATE)


def test_everything_that_installing_depends_on_changes_the_hash() -> None:
    base = deps_hash(make_push(), TEMPLATE)

    others = {
        deps_hash(make_push(dependency_files={"requirements.txt": "2"}), TEMPLATE),
        deps_hash(make_push(card={"sdk": "gradio", "sdk_version": "5.0.0"}), TEMPLATE),
        deps_hash(make_push(card={"sdk": "gradio", "python_version": "3.12"}), TEMPLATE),
        deps_hash(make_push(tree="tree"), TEMPLATE),
    }

    assert len(others | {base}) == 5


def test_what_one_space_preloaded_is_not_for_another() -> None:
    card = {"sdk": "gradio", "preload_from_hub": ["ada/secret"]}
    ones, others = (deps_hash(make_push(card=card, space_id=space_id), TEMPLATE) for space_id in ("one", "other"))

    assert ones != others
    assert deps_hash(make_push(space_id="one"), TEMPLATE) == deps_hash(make_push(space_id="other"), TEMPLATE)


def test_a_version_the_card_does_not_name_is_left_to_the_runner_which_knows_the_requirements() -> None:
    def asked(card: dict[str, str]) -> str | None:
        push = make_push(card=card)
        return build_request(
            make_space(), push, make_build(), TEMPLATE, Settings(), "secret", BuildConfiguration()
        ).sdk_version

    assert asked({"sdk": "gradio"}) is None
    assert asked({"sdk": "gradio", "sdk_version": "5.0.0"}) == "5.0.0"


def rebuild(how: str) -> Build:
    space = make_space(planned_push_id="push", rebuild_requested=how, rebuild_by="ada")
    made = plan(space, make_push()).create
    assert made is not None
    return made


def test_a_build_without_cache_leaves_the_image_before_as_it_is() -> None:
    base = deps_hash(make_push(), TEMPLATE)

    assert rebuild("factory").deps_hash.startswith(f"{base}-")
    assert rebuild("factory").deps_hash != rebuild("factory").deps_hash
    assert rebuild("rebuild").deps_hash == base


def test_a_locked_rebuild_asks_for_the_lock_and_a_name_of_its_own() -> None:
    made = rebuild("locked")

    assert made.use_lock
    assert not made.no_cache
    assert made.deps_hash.startswith(f"{deps_hash(make_push(), TEMPLATE)}-")
    assert made.trigger == "locked by ada"


def test_a_push_after_a_rebuild_goes_on_from_what_that_installed() -> None:
    base = deps_hash(make_push(), TEMPLATE)
    earlier = [
        make_build(deps_hash=f"{base}-failed", status=BuildStatus.FAILED),
        make_build(deps_hash=f"{base}-anew", status=BuildStatus.SUCCEEDED),
        make_build(deps_hash=base, status=BuildStatus.SUCCEEDED),
    ]

    made = plan_build(make_space(), make_push(), (), TEMPLATE, NOW, 60, earlier)

    assert made.create is not None
    assert made.create.deps_hash == f"{base}-anew"
    other = plan_build(make_space(), make_push(dependency_files={}), (), TEMPLATE, NOW, 60, earlier)
    assert other.create is not None
    assert "-" not in other.create.deps_hash


def test_kept_versions_fit_only_the_requirements_they_were_kept_for() -> None:
    assert asks_for_the_same(make_push(), make_push(sha="b" * 40, message="other code"))
    assert not asks_for_the_same(make_push(), make_push(dependency_files={"requirements.txt": "2"}))
    assert not asks_for_the_same(make_push(), make_push(card={"sdk": "gradio", "sdk_version": "5.0.0"}))
