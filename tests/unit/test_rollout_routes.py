"""What gateways are told about a Space."""

from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.instance import Instance, Role
from spaceport.domain.oauth import OAuthApp
from spaceport.domain.redirect import Redirect
from spaceport.domain.route import Route
from spaceport.domain.space import Rest, Space
from spaceport.domain.stage import Stage
from spaceport.rollout.routes import route_of
from spaceport.rollout.view import View
from spaceport.settings import Settings
from spaceport_runner.contract import InstanceState
from tests.unit.factories import NOW, ago, make_instance, make_release, make_report, make_space

LIVE = make_instance(role=Role.LIVE, host="127.0.0.1", port=9000)


def route(
    space: Space,
    *instances: Instance,
    redirects: tuple[Redirect, ...] = (),
    app: OAuthApp | None = None,
    **values: Any,
) -> Route:
    report = make_report("instance", InstanceState.READY)
    defaults: dict[str, Any] = {
        "space": space,
        "target": make_release(),
        "needs_instance": True,
        "instances": instances,
        "reports": {"instance": report},
        "gateways": (),
        "crashes": 0,
        "now": NOW,
    }
    return route_of(space, View(**defaults | values), Settings(data_dir=Path("/data")), None, redirects, app)


def space(**values: Any) -> Space:
    return make_space(**{"generation": 1, "target_release_id": "release", "stage": Stage.RUNNING} | values)


def test_custom_domains_are_hosts_behind_the_own_one() -> None:
    view = View(space(), make_release(), True, (LIVE,), {}, (), 0, NOW)

    found = route_of(space(), view, Settings(data_dir=Path("/data")), None, domains=["demo.example.org"])

    assert found.hosts == ("ada-demo.localhost", "127.64.0.1", "demo.example.org")


def test_the_app_of_a_gated_space_is_closed_but_no_secret() -> None:
    found = route(space(gated="auto"), LIVE)

    assert (found.private, found.gated) == (True, True)
    for shut in ({"private": True}, {"private": True, "is_app_open": True}):
        assert not route(space(gated="auto", **shut), LIVE).gated
    assert not route(space(gated="auto", private=True, is_app_open=True), LIVE).private


def test_what_serves_has_an_upstream_and_nobody_wakes_it() -> None:
    found = route(space(), LIVE)

    assert found.upstream is not None
    assert found.upstream.port == 9000
    assert not found.wakes_on_visit


def test_the_app_of_a_protected_space_is_nobodys_secret() -> None:
    assert route(space(private=True), LIVE).private
    assert not route(space(private=True, is_app_open=True), LIVE).private


def test_a_frozen_space_has_none_and_wakes_as_fast_as_it_thawed_before() -> None:
    frozen = space(rest=Rest.FROZEN, stage=Stage.SLEEPING, thaw_seconds=0.1, wake_seconds=3.0)

    found = route(frozen, LIVE)

    assert (found.upstream, found.wakes_on_visit, found.wake_seconds) == (None, True, 0.1)


def test_a_stopped_space_wakes_as_fast_as_it_started_before() -> None:
    assert route(space(rest=Rest.STOPPED, stage=Stage.SLEEPING, thaw_seconds=0.1, wake_seconds=3.0)).wake_seconds == 3.0


@pytest.mark.parametrize("stage", [Stage.APP_STARTING, Stage.BUILDING])
def test_who_comes_while_it_wakes_waits_too(stage: Stage) -> None:
    assert route(space(wake_tries=1, stage=stage)).wakes_on_visit


def test_nobody_waits_for_what_has_failed_or_never_was() -> None:
    assert not route(space(stage=Stage.RUNTIME_ERROR)).wakes_on_visit
    assert not route(space(rest=Rest.STOPPED, target_release_id=None, stage=Stage.SLEEPING)).wakes_on_visit


def test_the_card_of_what_serves_counts_not_that_of_what_is_on_its_way() -> None:
    card = {"custom_headers": {"cross-origin-opener-policy": "same-origin"}, "disable_embedding": True}
    live = make_release(id="live", card=card | {"base_path": "/app"})

    found = route(space(), LIVE, live_release=live, target=make_release(card={"sdk": "gradio"}))

    assert found.custom_headers == {"cross-origin-opener-policy": "same-origin"}
    assert not found.allows_embedding
    assert found.base_path == "/app"


def test_a_static_space_carries_its_variables() -> None:
    static = make_release(sdk="static", template="static", app_file="index.html", variables={"MODEL": "small"})

    found = route(space(sdk="static"), needs_instance=False, target=static)

    assert found.static_root is not None
    assert found.variables == {"MODEL": "small"}


def test_pages_of_a_static_space_know_its_app_and_no_secret() -> None:
    static = make_release(sdk="static", template="static", app_file="index.html", card={"hf_oauth": True})
    app = OAuthApp("client", "ada/demo", NOW, "space", "sealed")

    found = route(space(sdk="static"), app=app, needs_instance=False, target=static)

    assert found.variables == {
        "OAUTH_CLIENT_ID": "client",
        "OAUTH_SCOPES": "openid profile",
        "OPENID_PROVIDER_URL": "http://localhost:7700",
    }


def test_hosts_of_before_a_rename_are_named() -> None:
    old = Redirect("r", "space", "ada", "Old", "ada-Old", ago(10))

    assert route(space(), LIVE, redirects=(old,)).old_hosts == ("ada-old.localhost",)


def test_files_go_on_being_served_while_an_app_starts() -> None:
    files = make_release(id="files", sdk="static", template="static", image="files")

    found = route(space(stage=Stage.RUNNING_BUILDING), live_release=files)

    assert found.static_root is not None
    assert found.upstream is None
