"""The released huggingface_hub client against a live hub."""

import json
import os
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from spaceport.domain.push import Push
from spaceport.domain.space import Desired
from spaceport.domain.stage import Stage
from spaceport.repos.paths import repo_path

from .conftest import Hub, running_hub


@pytest.fixture
def api(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.url, token=hub.person("ada").token)


@pytest.fixture
def stranger(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.url, token=hub.person("eve").token)


def test_whoami_names_the_user_and_the_role_of_the_token(api: HfApi) -> None:
    answer = api.whoami()

    assert (answer["name"], answer["type"]) == ("ada", "user")
    assert answer["auth"]["accessToken"]["role"] == "write"


def test_a_space_lives_from_creation_to_deletion(hub: Hub, api: HfApi) -> None:
    url = api.create_repo("ada/tool", repo_type="space", space_sdk="gradio")
    info = api.space_info("ada/tool")
    listed = [space.id for space in api.list_spaces(author="ada")]
    runtime = api.get_space_runtime("ada/tool")
    api.delete_repo("ada/tool", repo_type="space")

    assert url.repo_id == "ada/tool"
    assert str(url) == f"{hub.url}/spaces/ada/tool"
    assert (info.id, info.sdk, info.private, info.author) == ("ada/tool", "gradio", False, "ada")
    assert info.sha is not None
    assert {sibling.rfilename for sibling in info.siblings or []} == {".gitattributes", "README.md"}
    assert info.host is not None
    assert info.host.startswith("http://127.")
    assert info.created_at is not None
    assert listed == ["ada/tool"]
    assert runtime.stage == Stage.NO_APP_FILE
    assert not api.repo_exists("ada/tool", repo_type="space")


def test_a_deleted_name_is_free_at_once(api: HfApi) -> None:
    for _ in range(2):
        api.create_repo("tool", repo_type="space", space_sdk="static")
        api.delete_repo("ada/tool", repo_type="space")


def test_creating_twice_conflicts_unless_that_is_fine(api: HfApi) -> None:
    api.create_repo("tool", repo_type="space", space_sdk="gradio")

    assert api.create_repo("tool", repo_type="space", space_sdk="gradio", exist_ok=True).repo_id == "ada/tool"
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_repo("tool", repo_type="space", space_sdk="gradio")
    assert caught.value.response.status_code == 409


def test_bad_names_are_refused_with_the_rule(hub: Hub) -> None:
    headers = {"Authorization": f"Bearer {hub.person('ada').token}"}
    for name in ("../../x", "a--b", ".hidden", "x.git", "a" * 97):
        body = {"name": name, "type": "space", "sdk": "gradio"}
        response = httpx.post(f"{hub.url}/api/repos/create", json=body, headers=headers)

        assert response.status_code == 400, name
        assert "letters, digits" in response.json()["error"]


@pytest.mark.parametrize("version", ["\ud800", "6", "6.0.0; x", "6.0.0\n"])
def test_a_bad_sdk_version_makes_no_space_and_the_list_still_reads(hub: Hub, api: HfApi, version: str) -> None:
    headers = {"Authorization": f"Bearer {hub.person('ada').token}", "Content-Type": "application/json"}
    body = json.dumps({"name": "tool", "type": "space", "sdk": "gradio", "sdkVersion": version})
    response = httpx.post(f"{hub.url}/api/repos/create", content=body, headers=headers)

    assert response.status_code == 400
    assert '"sdk_version" must be a full version' in response.json()["error"]
    assert list(api.list_spaces()) == []


def test_a_read_token_creates_nothing(hub: Hub) -> None:
    api = HfApi(endpoint=hub.url, token=hub.person("ada").read_token)
    with pytest.raises(HfHubHTTPError, match="role write"):
        api.create_repo("tool", repo_type="space", space_sdk="gradio")


def test_private_and_absent_are_the_same_to_strangers(hub: Hub, api: HfApi, stranger: HfApi) -> None:
    api.create_repo("secret", repo_type="space", space_sdk="gradio", private=True)
    with pytest.raises(RepositoryNotFoundError):
        stranger.space_info("ada/secret")

    assert api.space_info("ada/secret").private is True
    assert list(stranger.list_spaces()) == []
    for headers in ({}, {"Authorization": f"Bearer {hub.person('eve').token}"}):
        for method, path in (("GET", ""), ("GET", "/runtime"), ("GET", "/host"), ("POST", "/restart")):
            private = httpx.request(method, f"{hub.url}/api/spaces/ada/secret{path}", headers=headers)
            absent = httpx.request(method, f"{hub.url}/api/spaces/ada/nothing{path}", headers=headers)
            for response in (private, absent):
                response.headers.pop("date")
                response.headers.pop("x-request-id")
            assert (private.status_code, private.content, private.headers) == (
                absent.status_code,
                absent.content,
                absent.headers,
            )
            assert private.status_code == (404 if headers else 401)


def test_others_may_look_but_not_change(hub: Hub, stranger: HfApi) -> None:
    hub.space()
    with pytest.raises(HfHubHTTPError) as caught:
        stranger.pause_space("ada/demo")

    assert caught.value.response.status_code == 403
    assert stranger.space_info("ada/demo").id == "ada/demo"


def test_the_owner_pauses_and_restarts(hub: Hub, api: HfApi) -> None:
    space = hub.space()
    answer = api.pause_space("ada/demo")
    paused = hub.read_space(space).desired
    with pytest.raises(HfHubHTTPError, match="push an app to main first"):
        api.restart_space("ada/demo")
    with hub.services.database.begin() as tx:
        tx.spaces.update(space.id, has_app=True)
        tx.pushes.add(Push("push", space.id, "a" * 40, "an app", "ada", hub.services.clock.now()))
    api.restart_space("ada/demo", factory_reboot=True)

    assert answer.stage == Stage.PAUSED
    assert paused is Desired.PAUSED
    after = hub.read_space(space)
    assert (after.desired, after.rebuild_requested) == (Desired.RUNNING, "factory")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repo_that_belongs_to_another_user_is_read_all_the_same(hub: Hub) -> None:
    """As after moving the data folder into a container's volume."""
    space = hub.space()
    os.chown(repo_path(hub.services.settings.data_dir, space.id), 12345, 12345)

    assert httpx.get(f"{hub.url}/api/spaces/ada/demo").json()["sha"] == space.head_sha


def test_a_wrong_token_is_refused_with_the_words_clients_know(hub: Hub) -> None:
    hub.space()
    response = httpx.get(f"{hub.url}/api/spaces/ada/demo", headers={"Authorization": "Bearer hf_wrong"})

    assert response.status_code == 401
    assert response.headers["x-error-message"] == "Invalid credentials in Authorization header"
    assert "x-error-code" not in response.headers


def test_an_unknown_revision_has_its_own_code(hub: Hub) -> None:
    space = hub.space()
    known = httpx.get(f"{hub.url}/api/spaces/ada/demo/revision/refs%2Fheads%2Fmain")
    unknown = httpx.get(f"{hub.url}/api/spaces/ada/demo/revision/HEAD~1")

    assert known.json()["sha"] == space.head_sha
    assert (unknown.status_code, unknown.headers["x-error-code"]) == (404, "RevisionNotFound")


def test_a_space_is_found_by_its_subdomain(hub: Hub) -> None:
    space = hub.space()
    response = httpx.get(f"{hub.url}/api/spaces/by-subdomain/{space.subdomain}")

    assert response.json()["id"] == "ada/demo"


def test_lists_are_filtered_and_paged(hub: Hub, api: HfApi) -> None:
    for number in range(3):
        hub.space(name=f"g{number}")
    hub.space(name="page", sdk="static")
    first = httpx.get(f"{hub.url}/api/spaces?limit=3")
    second = httpx.get(first.headers["link"].split(">")[0][1:])

    assert [space.id for space in api.list_spaces(filter="static")] == ["ada/page"]
    assert [space.id for space in api.list_spaces(search="G1")] == ["ada/g1"]
    assert len(first.json() + second.json()) == 4
    assert "link" not in second.headers
    assert len(list(api.list_spaces(limit=2))) == 2


def test_expand_gives_what_was_asked_and_names_what_is_allowed(hub: Hub) -> None:
    hub.space()
    response = httpx.get(f"{hub.url}/api/spaces/ada/demo?expand=sdk&expand=runtime")
    wrong = httpx.get(f"{hub.url}/api/spaces/ada/demo?expand=secrets")

    assert set(response.json()) == {"_id", "id", "sdk", "runtime"}
    assert wrong.status_code == 400
    assert "expected one of" in wrong.json()["error"]


def test_cards_are_checked_with_the_same_words_as_at_the_door(hub: Hub) -> None:
    url = f"{hub.url}/api/validate-yaml"
    bad = httpx.post(url, json={"content": "---\nsdk: gradio\ncolorFrom: orange\n---\n", "repoType": "space"})
    good = httpx.post(url, json={"content": "---\nsdk: gradio\nnew: 1\n---\n", "repoType": "space"})
    none = httpx.post(url, json={"content": "# hello", "repoType": "space"})

    assert bad.status_code == 400
    assert '"colorFrom" must be one of [red,' in bad.json()["errors"][0]["message"]
    assert (good.status_code, len(good.json()["warnings"]), good.json()["errors"]) == (200, 1, [])
    assert (none.status_code, len(none.json()["warnings"])) == (200, 1)


def test_what_is_not_there_is_json_at_once(hub: Hub) -> None:
    for method, path in (
        ("GET", "/api/version"),
        ("POST", "/api/models/x/y/no-such-call"),
        ("GET", "/api/spaces/a/b/c"),
        ("GET", "/api/spaces/semantic-search?q=a+cat"),
        ("GET", "/front/build/app.js"),
        ("GET", "/papers/2401.00001.md"),
    ):
        response = httpx.request(method, hub.url + path)
        assert response.status_code == 404
        assert response.json()["error"]
        assert response.headers["x-request-id"]


def test_a_name_without_an_owner_is_no_repo_of_anybody(hub: Hub) -> None:
    for address in ("/api/datasets/words", "/api/models/gpt2/revision/main", "/gpt2/resolve/main/config.json"):
        mine = httpx.get(hub.url + address, headers={"Authorization": f"Bearer {hub.person('ada').token}"})
        nobodys = httpx.get(hub.url + address)
        wrong = httpx.get(hub.url + address, headers={"Authorization": "Bearer hf_wrong"})
        assert (mine.status_code, mine.headers["x-error-code"]) == (404, "RepoNotFound")
        assert (nobodys.status_code, nobodys.headers["x-error-code"]) == (401, "RepoNotFound")
        assert (wrong.status_code, wrong.headers.get("x-error-code")) == (401, None)


def test_an_endpoint_that_ends_in_a_slash_leads_to_the_same(hub: Hub) -> None:
    """``datasets`` keeps it and puts another one behind it."""
    hub.space(name="demo")

    assert httpx.get(f"{hub.url}//api/spaces/ada/demo").json()["id"] == "ada/demo"
    answer = httpx.get(f"{hub.url}//spaces/ada/demo/resolve/refs%2Fheads%2Fmain/README.md")
    assert answer.text.startswith("---\n")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_calls_at_the_start_of_clients_are_answered(hub: Hub) -> None:
    # Clients of the 0.x line ask which model to use for a task.
    tasks = httpx.get(f"{hub.url}/api/tasks").json()
    assert tasks["text-classification"]["widgetModels"] == []
    assert httpx.get(f"{hub.url}/api/agent-harnesses").json() == {"standardEnvVars": [], "harnesses": {}}
    assert httpx.head(f"{hub.url}/api/telemetry/py_client/initiated").status_code == 204


def test_browsers_elsewhere_may_call_the_api_without_cookies(hub: Hub) -> None:
    hub.space()
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    preflight = httpx.options(f"{hub.url}/api/spaces/ada/demo", headers=asked)
    response = httpx.get(f"{hub.url}/api/spaces/ada/demo", headers=asked)

    assert preflight.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers
    assert "X-Error-Code" in response.headers["access-control-expose-headers"]


def test_errors_of_bad_input_are_json_objects(hub: Hub) -> None:
    headers = {"Authorization": f"Bearer {hub.person('ada').token}"}
    response = httpx.post(f"{hub.url}/api/repos/create", content=b"{", headers=headers)

    assert response.status_code == 400
    assert isinstance(response.json()["error"], str)


def test_the_same_spaces_are_there_after_a_restart(tmp_path: Path) -> None:
    with running_hub(tmp_path) as first:
        first.space()
        token = first.person("ada").token
    with running_hub(tmp_path) as second:
        assert HfApi(endpoint=second.url, token=token).space_info("ada/demo").id == "ada/demo"


def test_the_title_of_a_new_space_is_made_of_its_name(hub: Hub) -> None:
    hub.space(name="some-tool")
    response = httpx.get(f"{hub.url}/api/spaces/ada/some-tool")

    assert response.json()["cardData"]["title"] == "Some Tool"


def test_a_user_with_all_the_spaces_that_are_allowed_is_told_so(tmp_path: Path) -> None:
    with running_hub(tmp_path, max_spaces_per_user=1) as hub:
        api = HfApi(endpoint=hub.url, token=hub.person("ada").token)
        api.create_repo("one", repo_type="space", space_sdk="gradio")
        api.create_repo("one", repo_type="space", space_sdk="gradio", exist_ok=True)
        with pytest.raises(HfHubHTTPError, match="ada has 1 of 1 Spaces that are allowed"):
            api.create_repo("two", repo_type="space", space_sdk="gradio", exist_ok=True)
        with pytest.raises(HfHubHTTPError, match="ada has 1 of 1"):
            api.duplicate_repo("ada/one", "ada/copy", repo_type="space")

        api.delete_repo("one", repo_type="space")
        api.create_repo("two", repo_type="space", space_sdk="gradio")
