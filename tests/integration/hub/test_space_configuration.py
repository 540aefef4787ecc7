"""Configuration, hardware, releases over the API: the released client against a live hub."""

from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError
from tests.unit.factories import NOW, make_instance, make_release

from spaceport.domain.app_access import is_good, sign_key
from spaceport.domain.instance import Role
from spaceport.domain.release import ReleaseKind, ReleaseStatus
from spaceport.domain.space import Space
from spaceport.domain.stage import Stage

from .conftest import Hub

MARKER = "hunter2-0xfeed"


@pytest.fixture
def api(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.url, token=hub.person("ada").token)


@pytest.fixture
def space(hub: Hub) -> Space:
    """One whose release 2 serves."""
    space = hub.space()
    with hub.services.database.begin() as tx:
        for number in (1, 2):
            tx.releases.add(
                make_release(
                    id=f"release{number}",
                    number=number,
                    space_id=space.id,
                    sha=f"{number}" * 40,
                    image=f"image{number}",
                    status=ReleaseStatus.LIVE if number == 2 else ReleaseStatus.RETIRED,
                    live_at=datetime.now(UTC),
                )
            )
        tx.instances.add(
            make_instance(space_id=space.id, release_id="release2", generation=2, role=Role.LIVE, ready_at=NOW)
        )
        tx.spaces.update(space.id, target_release_id="release2", generation=2, stage=Stage.RUNNING, has_app=True)
    return space


def call(hub: Hub, method: str, path: str, who: str = "ada", **options: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {hub.person(who).token}"} if who else {}
    return httpx.request(method, f"{hub.url}/api/spaces/ada/demo{path}", headers=headers, **options)


def newest_release(hub: Hub, space: Space) -> Any:
    with hub.services.database.read() as tx:
        return tx.releases.of_space(space.id)[0]


def test_variables_are_set_listed_and_removed(hub: Hub, api: HfApi, space: Space) -> None:
    api.add_space_variable("ada/demo", "MODEL", "small", description="which one")
    listed = api.get_space_variables("ada/demo")
    release = newest_release(hub, space)
    left = api.delete_space_variable("ada/demo", "MODEL")

    assert (listed["MODEL"].value, listed["MODEL"].description) == ("small", "which one")
    assert listed["MODEL"].updated_at is not None
    assert (release.kind, release.variables) == (ReleaseKind.CONFIG, {"MODEL": "small"})
    assert left == {}


def test_a_secret_goes_in_and_never_comes_out(hub: Hub, api: HfApi, space: Space) -> None:
    api.add_space_secret("ada/demo", "KEY", MARKER, description="a key")
    listed = api.get_space_secrets("ada/demo")
    number = newest_release(hub, space).number
    answers = [
        call(hub, "GET", path).text
        for path in ("", "/runtime", "/secrets", "/variables", "/releases", f"/releases/{number}")
    ]
    api.delete_space_secret("ada/demo", "KEY")

    assert (listed["KEY"].key, listed["KEY"].description) == ("KEY", "a key")
    assert not any(MARKER in answer for answer in answers)
    assert api.get_space_secrets("ada/demo") == {}
    with hub.services.database.read() as tx:
        assert MARKER not in repr(tx.history.of_space(space.id))


def test_readers_see_variables_and_only_the_owner_names_of_secrets(hub: Hub, api: HfApi, space: Space) -> None:
    api.add_space_variable("ada/demo", "MODEL", "small")

    assert call(hub, "GET", "/variables", who="").json()["MODEL"]["value"] == "small"
    assert call(hub, "GET", "/secrets", who="eve").status_code == 403
    assert call(hub, "POST", "/variables", who="eve", json={"key": "A", "value": "1"}).status_code == 403
    assert call(hub, "GET", "/releases/1", who="eve").json().keys() & {"secretVersions", "leftBehind"} == set()


def test_hardware_and_sleep_time_are_asked_for(hub: Hub, api: HfApi, space: Space) -> None:
    runtime = api.request_space_hardware("ada/demo", "cpu-upgrade", sleep_time=600)  # type: ignore[arg-type]
    slept = api.set_space_sleep_time("ada/demo", -1)
    with pytest.raises(HfHubHTTPError, match="must be one of"):
        api.request_space_hardware("ada/demo", "gx-1000")  # type: ignore[arg-type]

    assert (runtime.hardware, runtime.requested_hardware, runtime.sleep_time) == ("cpu-basic", "cpu-upgrade", 600)
    assert slept.sleep_time is None
    assert newest_release(hub, space).hardware == "cpu-upgrade"


def test_what_there_is_to_choose_from(hub: Hub, api: HfApi) -> None:
    hub.person("admin", is_admin=True)
    sample = hub.space("admin", "hello-gradio")
    hub.space("admin", "of-her-own")
    hub.space("ada", "hello-gradio")
    hardware = api.list_spaces_hardware()
    quota = api.get_zero_gpu_quota()
    templates = api.list_space_templates()
    api.create_repo("ada/mine", repo_type="space", space_sdk="gradio", space_template="admin/hello-gradio")

    assert hardware[0].name == "cpu-basic"
    assert quota.remaining == 0
    assert (hardware[0].cpu, hardware[0].ram) == ("2 vCPU", "4 GB")
    assert [(template.repo_id, template.sdk) for template in templates] == [("admin/hello-gradio", "gradio")]
    assert api.space_info("ada/mine").card_data["duplicated_from"] == "admin/hello-gradio"
    with hub.services.database.begin() as tx:
        tx.spaces.update(sample.id, gated="manual")
    assert api.list_space_templates() == []


def test_storage_is_a_tier_or_bytes(hub: Hub, api: HfApi, space: Space) -> None:
    tier = call(hub, "POST", "/storage", json={"tier": "small"}).json()
    own = call(hub, "POST", "/storage", json={"bytes": 1024}).json()
    gone = call(hub, "DELETE", "/storage").json()

    assert (tier["storage"], tier["storageBytes"]) == ("small", 2 * 1024**3)
    assert (own["storage"], own["storageBytes"]) == (None, 1024)
    assert gone["storageBytes"] == 0
    assert call(hub, "POST", "/storage", json={"tier": "huge"}).status_code == 400
    for asked, status in (("medium", 200), ("huge", 400)):
        # As clients before 2.x ask for it with a new Space.
        body = {"name": f"kept-{asked}", "type": "space", "sdk": "gradio", "storageTier": asked}
        headers = {"Authorization": f"Bearer {hub.person('ada').token}"}
        assert httpx.post(f"{hub.url}/api/repos/create", json=body, headers=headers).status_code == status
    runtime = httpx.get(f"{hub.url}/api/spaces/ada/kept-medium/runtime").json()
    assert (runtime["storage"], runtime["storageBytes"]) == ("medium", 20 * 1024**3)
    assert httpx.get(f"{hub.url}/api/spaces/ada/kept-huge").status_code == 401


def test_a_static_space_answers_400_where_something_would_have_to_run(hub: Hub, api: HfApi) -> None:
    hub.space(name="page", sdk="static")
    for refused in (
        lambda: api.request_space_hardware("ada/page", "cpu-upgrade"),  # type: ignore[arg-type]
        lambda: api.set_space_sleep_time("ada/page", 600),
        lambda: api.add_space_secret("ada/page", "KEY", MARKER),
    ):
        with pytest.raises(HfHubHTTPError, match="static") as caught:
            refused()
        assert caught.value.response.status_code == 400


def test_a_rollback_is_a_release_and_says_what_stays(hub: Hub, api: HfApi, space: Space) -> None:
    call(hub, "POST", "/storage", json={"bytes": 1024})
    answer = call(hub, "POST", "/releases/1/rollback", json={"reason": "two is slow"}).json()
    listed = call(hub, "GET", "/releases", who="").json()

    assert (answer["release"]["kind"], answer["release"]["source"], answer["release"]["image"]) == (
        "rollback",
        1,
        "image1",
    )
    assert answer["leftBehind"] == [
        "the files in /data stay as they are now: restore a snapshot if they should go back too"
    ]
    assert listed["releases"][0]["message"] == "back to release 1: two is slow"
    assert listed["releases"][0]["createdBy"] == "ada"
    assert listed["mainSha"] == space.head_sha
    assert newest_release(hub, space).kind is ReleaseKind.ROLLBACK


def test_a_rollback_that_cannot_be_says_why(hub: Hub, space: Space) -> None:
    serving = call(hub, "POST", "/releases/2/rollback")
    absent = call(hub, "POST", "/releases/9/rollback")

    assert (serving.status_code, absent.status_code) == (409, 404)
    assert "serves already" in serving.json()["error"]
    assert call(hub, "POST", "/releases/1/rollback", who="eve").status_code == 403


def test_deploying_again_is_a_release_too(hub: Hub, space: Space) -> None:
    answer = call(hub, "POST", "/redeploy").json()

    assert (answer["release"]["kind"], answer["release"]["source"]) == ("config", 2)


def test_a_new_space_may_come_with_its_configuration(hub: Hub, api: HfApi) -> None:
    api.create_repo(
        "ada/tool",
        repo_type="space",
        space_sdk="gradio",
        space_hardware="cpu-upgrade",  # type: ignore[arg-type]
        space_sleep_time=600,
        space_secrets=[{"key": "KEY", "value": MARKER}],
        space_variables=[{"key": "MODEL", "value": "small"}],
    )

    assert list(api.get_space_secrets("ada/tool")) == ["KEY"]
    assert api.get_space_variables("ada/tool")["MODEL"].value == "small"
    assert api.get_space_runtime("ada/tool").sleep_time == 600
    assert api.get_space_runtime("ada/tool").requested_hardware == "cpu-upgrade"


def test_hardware_that_no_machine_could_hold_is_refused_everywhere_before_anything_is_made(
    hub: Hub, api: HfApi, space: Space
) -> None:
    hub.fleet.memory_bytes = 12 * 1024**3
    too_large = {"flavor": "cpu-performance"}
    words = (
        "hardware cpu-performance cannot be had here: it needs 16 GiB of memory, and no machine has more than 12 GiB"
    )

    asked = call(hub, "POST", "/hardware", json=too_large)
    copied = call(hub, "POST", "/duplicate", json={"repository": "ada/copy", "hardware": "cpu-performance"})
    with pytest.raises(HfHubHTTPError, match="cannot be had here") as created:
        api.create_repo(
            "ada/large",
            repo_type="space",
            space_sdk="gradio",
            space_hardware="cpu-performance",  # type: ignore[arg-type]
        )

    assert {asked.status_code, copied.status_code, created.value.response.status_code} == {400}
    assert all(words in answer.json()["error"] for answer in (asked, copied, created.value.response))
    assert not api.repo_exists("ada/large", repo_type="space")
    assert not api.repo_exists("ada/copy", repo_type="space")


def test_visibility_is_changed(hub: Hub, api: HfApi, space: Space) -> None:
    api.update_repo_settings("ada/demo", repo_type="space", private=True)
    stranger = HfApi(endpoint=hub.url, token=hub.person("eve").token)
    with pytest.raises(RepositoryNotFoundError):
        stranger.space_info("ada/demo")
    api.update_repo_settings("ada/demo", repo_type="space", visibility="public")

    assert stranger.space_info("ada/demo").private is False


def test_a_gated_space_shows_itself_and_lets_in_whom_its_owner_lets(
    hub: Hub, api: HfApi, space: Space, tmp_path: Path
) -> None:
    eve = HfApi(endpoint=hub.url, token=hub.person("eve").token)
    api.update_repo_settings("ada/demo", repo_type="space", gated="manual")
    assert eve.space_info("ada/demo").sha

    def status(method: str, path: str, token: str | bool | None = eve.token) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.request(method, f"{hub.url}{path}", headers=headers).status_code

    own = "/api/spaces/ada/demo"
    assert [status("GET", f"{own}/{closed}") for closed in ("jwt", "releases", "variables")] == [403] * 3
    with pytest.raises(GatedRepoError):
        eve.hf_hub_download("ada/demo", "README.md", repo_type="space", cache_dir=tmp_path)

    assert status("POST", "/spaces/ada/demo/ask-access") == 200
    (asked,) = api.list_pending_access_requests("ada/demo", repo_type="space")
    api.accept_access_request("ada/demo", asked.username, repo_type="space")
    assert status("GET", f"{own}/jwt") == 200
    assert Path(eve.hf_hub_download("ada/demo", "README.md", repo_type="space", cache_dir=tmp_path)).is_file()

    api.update_repo_settings("ada/demo", repo_type="space", gated=False)
    assert status("GET", f"{own}/jwt", token=None) == 200


def test_a_protected_space_hides_all_but_its_app(hub: Hub, api: HfApi, space: Space) -> None:
    stranger = HfApi(endpoint=hub.url, token=hub.person("eve").token)
    api.update_repo_settings("ada/demo", repo_type="space", visibility="protected")
    api.create_repo("ada/made", repo_type="space", space_sdk="gradio", visibility="protected")
    api.duplicate_repo("ada/demo", "ada/copied", repo_type="space", visibility="protected")

    for name in ("demo", "made", "copied"):
        with hub.services.database.read() as tx:
            found = tx.spaces.by_name("ada", name)
        assert found is not None
        assert (found.visibility, found.is_app_private) == ("protected", False)
        with pytest.raises(RepositoryNotFoundError):
            stranger.space_info(f"ada/{name}")
        assert api.space_info(f"ada/{name}").private
    told = {each.id: each.visibility for each in api.list_user_repos()}
    assert told["ada/made"] == "protected"
    for kind in ("models", "datasets"):
        api.create_repo("ada/words", repo_type=kind.removesuffix("s"))
        answer = httpx.put(
            f"{hub.url}/api/{kind}/ada/words/settings",
            json={"visibility": "protected"},
            headers={"Authorization": f"Bearer {api.token}"},
        )
        assert (answer.status_code, "[public, private]" in answer.json()["error"]) == (400, True)


def test_rights_are_checked_before_work_is_done(hub: Hub, api: HfApi, space: Space) -> None:
    stranger = HfApi(endpoint=hub.url, token=hub.person("eve").token)
    api.auth_check("ada/demo", repo_type="space", write=True)
    stranger.auth_check("ada/demo", repo_type="space")
    with pytest.raises(HfHubHTTPError) as caught:
        stranger.auth_check("ada/demo", repo_type="space", write=True)

    assert caught.value.response.status_code == 403


def test_a_ticket_opens_the_app_of_this_space_alone(hub: Hub, space: Space) -> None:
    ticket = call(hub, "GET", "/jwt").json()["token"]
    now = datetime.now(UTC).timestamp()

    assert is_good(sign_key(hub.services.internal_secret, space.id, space.links_version), ticket, now)
    assert not is_good(sign_key(hub.services.internal_secret, "another", 0), ticket, now)


def test_links_for_others_are_made_and_revoked(hub: Hub) -> None:
    assert call(hub, "POST", "/links", json={}).status_code == 404
    space = hub.space(private=True)
    made = call(hub, "POST", "/links", json={"seconds": 3600}).json()
    assert call(hub, "POST", "/links", json={"seconds": 1}).status_code == 400
    assert call(hub, "DELETE", "/links").json() == {"success": True}
    with hub.services.database.read() as tx:
        after = tx.spaces.get(space.id)
    assert after is not None

    ticket, now = made["url"].partition("?__sign=")[2], datetime.now(UTC).timestamp()
    assert is_good(sign_key(hub.services.internal_secret, space.id, space.links_version), ticket, now)
    assert not is_good(sign_key(hub.services.internal_secret, space.id, after.links_version), ticket, now)


PATHS = [
    ("GET", "/secrets", None),
    ("POST", "/secrets", {"key": "A", "value": "1"}),
    ("DELETE", "/secrets", {"key": "A"}),
    ("GET", "/variables", None),
    ("POST", "/variables", {"key": "A", "value": "1"}),
    ("POST", "/hardware", {"flavor": "cpu-basic"}),
    ("POST", "/sleeptime", {"seconds": 60}),
    ("POST", "/storage", {"tier": "small"}),
    ("DELETE", "/storage", None),
    ("PUT", "/volumes", {"volumes": []}),
    ("DELETE", "/volumes", None),
    ("POST", "/dev-mode", {"enabled": True}),
    ("PUT", "/settings", {"private": True}),
    ("POST", "/duplicate", {"repository": "eve/copy"}),
    ("GET", "/auth-check", None),
    ("GET", "/auth-check/write", None),
    ("GET", "/jwt", None),
    ("POST", "/links", {"seconds": 3600}),
    ("DELETE", "/links", None),
    ("GET", "/releases", None),
    ("GET", "/releases/1", None),
    ("POST", "/releases/1/rollback", None),
    ("POST", "/redeploy", None),
    ("GET", "/snapshots", None),
    ("POST", "/snapshots/restore", {"name": "x"}),
]


def test_private_and_absent_are_the_same_on_every_call(hub: Hub) -> None:
    hub.space(private=True)
    for (method, path, body), who in product(PATHS, ("", "eve")):
        headers = {"Authorization": f"Bearer {hub.person(who).token}"} if who else {}
        seen = []
        for name in ("demo", "nothing"):
            url = f"{hub.url}/api/spaces/ada/{name}{path}"
            response = httpx.request(method, url, headers=headers, json=body)
            response.headers.pop("date")
            response.headers.pop("x-request-id")
            seen.append((response.status_code, response.content, response.headers))
        assert seen[0] == seen[1], (method, path)
        assert seen[0][0] == (404 if who else 401), (method, path)
