"""Sleep, wake, pause and room: a Space that nobody uses gives way, and comes back for people and programs."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import ENGINES, Workshop
from tests.e2e.platform import Platform, Repo, running_platform, wait_for
from tests.e2e.quick_app import QUICK_APP
from tests.e2e.rows import change_space, frozen_instances, instances_of, query, space_row
from tests.e2e.test_builds import PASSWORD, cancel, token_of_another
from tests.e2e.test_faults import is_installing, write_slow_space

pytestmark = pytest.mark.timeout(600)

BROWSER = {"Accept": "text/html", "Sec-Fetch-Dest": "document", "User-Agent": "Mozilla/5.0 Firefox/140.0"}
SLOW = """
import time
import gradio as gr

def count(name):
    for number in range(12):
        time.sleep(1)
        yield f"{name} {number}"

def greet(name):
    return f"Hello, {name}!"

with gr.Blocks() as demo:
    name, text = gr.Textbox(), gr.Textbox()
    gr.Button().click(count, name, text, api_name="count")
    gr.Button().click(greet, name, text, api_name="greet")
demo.launch()
"""


def call(host: str, name: str, api_name: str = "greet") -> str:
    """What the app answers, asked as gradio's own documentation tells people to ask with curl."""
    with httpx.Client(base_url=host, timeout=120) as client:
        answer = client.post(f"/gradio_api/call/{api_name}", json={"data": [name]})
        assert answer.status_code == 200, answer.text
        return client.get(f"/gradio_api/call/{api_name}/{answer.json()['event_id']}").text


def visited(host: str) -> str:
    """What the quick app answers to a program, which is held at the door until it does."""
    answer = httpx.get(host, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.text


def freezes(platform: Platform, space: str) -> None:
    change_space(platform, space, sleep_seconds=1)
    platform.wait_for_stage(space, "SLEEPING")
    wait_for(lambda: instances_of(platform, space)[-1]["id"] in frozen_instances(platform), 60, f"{space} is frozen")
    change_space(platform, space, sleep_seconds=-1)


def freezes_and_stops(platform: Platform, space: str) -> None:
    """As if its time in the freezer were over."""
    freezes(platform, space)
    change_space(platform, space, rest_since="2020-01-01 00:00:00.000000")
    wait_for(lambda: instances_of(platform, space)[-1]["role"] == "gone", 60, "its instance is gone")


def test_a_wake_never_waits_behind_builds(workshop: Workshop) -> None:
    platform = workshop.platform
    space, _ = workshop.running("woken")
    host = platform.info(space)["host"]
    freezes_and_stops(platform, space)
    busy = []
    for number in range(3):
        name, repo = workshop.space(f"busy-{number}")
        write_slow_space(repo, seconds=60).commit()
        repo.push("-o", "nowait", "main")
        busy.append(name)
    # Two are built at a time, the third one waits.
    wait_for(lambda: sum(is_installing(platform, name) for name in busy) == 2, 120, "all builders are busy")

    assert visited(host) == f"Hello from {space}"

    assert sum(is_installing(platform, name) for name in busy) == 2
    for name in busy:
        cancel(platform, name)


def test_an_idle_space_sleeps_and_wakes_for_people_and_programs(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.running("sleeper")
    repo.write(**{"app.py": SLOW}).commit_and_push()
    wait_for(lambda: len(instances_of(platform, space)) == 2, 120, "the new version starts")
    platform.wait_for_stage(space, "RUNNING")
    host = platform.info(space)["host"]

    # A stream that is open keeps it awake, however short the sleep time.
    change_space(platform, space, sleep_seconds=1)
    assert "Ada 11" in call(host, "Ada", "count")

    freezes(platform, space)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda number: call(host, f"Ada{number}"), range(10)))
    assert all(f"Hello, Ada{number}!" in answer for number, answer in enumerate(answers))
    assert len(instances_of(platform, space)) == 2
    assert wait_for(lambda: space_row(platform, space)["thaw_seconds"], 10, "the wake is measured") < 30

    freezes_and_stops(platform, space)
    page = httpx.get(host, headers=BROWSER)
    assert page.status_code == 503
    assert int(page.headers["Retry-After"]) > 0
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda number: call(host, f"Eve{number}"), range(10)))
    assert all(f"Hello, Eve{number}!" in answer for number, answer in enumerate(answers))
    assert len(instances_of(platform, space)) == 3
    assert wait_for(lambda: space_row(platform, space)["wake_seconds"], 10, "the wake is measured") > 0
    platform.wait_for_stage(space, "RUNNING")


def test_what_does_not_wake_up_says_why_and_is_left_alone(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("stubborn")
    breaks = "import os, sys\nif os.environ.get('BROKEN'):\n    sys.exit('the licence has run out')\n"
    repo.write(
        **{
            "README.md": "---\ntitle: Test\nsdk: gradio\nstartup_duration_timeout: 20s\n---\n",
            "app.py": breaks + QUICK_APP,
        }
    ).commit_and_push()
    platform.wait_for_stage(space, "RUNNING")
    host = platform.info(space)["host"]
    freezes_and_stops(platform, space)
    broken = """UPDATE releases SET variables = '{"BROKEN": "1"}' WHERE space_id = :id"""
    query(platform, broken, id=space_row(platform, space)["id"])

    httpx.post(f"{host}/gradio_api/call/greet", json={"data": ["Ada"]}, timeout=120)

    runtime = platform.wait_for_stage(space, "RUNTIME_ERROR")
    assert "3 times" in runtime["errorMessage"]
    tries = len(instances_of(platform, space))
    assert tries == 4
    assert httpx.get(host, headers=BROWSER).status_code == 503
    assert len(instances_of(platform, space)) == tries


def test_a_paused_space_says_who_paused_it_and_stays_so_until_that_one_starts_it(workshop: Workshop) -> None:
    platform = workshop.platform
    space, _ = workshop.running("resting")
    host = platform.info(space)["host"]
    platform.api("POST", f"/api/spaces/{space}/pause")
    platform.wait_for_stage(space, "PAUSED")
    count = len(instances_of(platform, space))

    page = httpx.get(host, headers=BROWSER)
    assert page.status_code == 503
    assert "paused by admin on " in page.text
    assert httpx.post(f"{host}/gradio_api/call/greet", json={"data": ["Ada"]}).status_code == 503
    assert platform.runtime(space)["stage"] == "PAUSED"
    assert len(instances_of(platform, space)) == count

    platform.api("POST", f"/api/spaces/{space}/restart")
    platform.wait_for_stage(space, "RUNNING")


class Person:
    """Somebody signed in, who presses the buttons of a Space's page."""

    def __init__(self, platform: Platform, name: str, password: str) -> None:
        self._browser = httpx.Client(base_url=platform.hub, headers=BROWSER, follow_redirects=True, timeout=30)
        self._browser.post("/login", data={"name": name, "password": password}).raise_for_status()

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *_: object) -> None:
        self._browser.close()

    def page(self, space: str) -> str:
        return self._browser.get(f"/spaces/{space}").raise_for_status().text

    def press(self, space: str, button: str, reason: str = "") -> httpx.Response:
        found = re.search(r'name="csrf" value="([^"]+)"', self.page(space))
        assert found
        return self._browser.post(f"/spaces/{space}/{button}", data={"csrf": found[1], "reason": reason})


def test_what_an_admin_stopped_its_owner_cannot_start_and_each_pause_looks_different(workshop: Workshop) -> None:
    platform = workshop.platform
    name = f"owner{platform.hub_port}"
    token = token_of_another(platform, name)
    mine = {"Authorization": f"Bearer {token}"}
    made = {"name": "stopped", "type": "space", "sdk": "gradio"}
    space = platform.api("POST", "/api/repos/create", json=made, headers=mine).json()["name"]
    repo = Repo(workshop.folder / "stopped", platform.remote(space, name, token)).quick_app()
    repo.commit_and_push()
    platform.wait_for_stage(space, "RUNNING")
    host = platform.info(space)["host"]

    with Person(platform, platform.name, platform.password) as admin, Person(platform, name, PASSWORD) as owner:

        def told(by: str) -> tuple[str, str]:
            """To visitors and to its owner, once programs are told who paused it; the stage is the same for all."""
            wait_for(lambda: f'"paused_by": "{by}"' in httpx.get(host).text, 60, f"paused by {by}")
            assert platform.runtime(space)["stage"] == "PAUSED"
            page = httpx.get(host, headers=BROWSER)
            assert page.status_code == 503
            return page.text, owner.page(space)

        owner.press(space, "stop").raise_for_status()
        by_owner = told("owner")
        owner.press(space, "start").raise_for_status()
        platform.wait_for_stage(space, "RUNNING")
        admin.press(space, "stop", "it mines coins").raise_for_status()
        by_admin = told("admin")
        refused = owner.press(space, "start"), platform.api("POST", f"/api/spaces/{space}/restart", headers=mine)
        owner.press(space, "review").raise_for_status()
        asked = owner.page(space)
        admin.press(space, "start").raise_for_status()
        platform.wait_for_stage(space, "RUNNING")
        change_space(platform, space, desired="suspended", stop_reason="suspended by the platform: it ended 10 times")
        by_platform = told("platform")

    assert all(f"paused by {name} on " in text for text in by_owner)
    assert "only its owner can" in by_owner[0]
    assert all("stopped by admin on " in text and "it mines coins" in text for text in by_admin)
    assert "Ask for a review" in by_admin[1]
    assert "Ask for a review" not in by_owner[1]
    assert [answer.status_code for answer in refused] == [403, 403]
    assert all("it mines coins" in answer.text for answer in refused)
    assert "You asked for a review" in asked
    assert all("it ended 10 times" in text for text in by_platform)
    assert "Stopped by the platform" in by_platform[1]
    platform.api("DELETE", "/api/repos/delete", json=made, headers=mine)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_finds_no_room_waits_until_another_one_sleeps(engine: str, tmp_path: Path) -> None:
    cpus = os.cpu_count() or 1
    hardware = tmp_path / "hardware.toml"
    hardware.write_text(f'[whole]\npretty_name = "Whole machine"\ncpus = {cpus}\nmemory_bytes = 1073741824\n')
    settings = {"SPACEPORT_HARDWARE_FILE": str(hardware), "SPACEPORT_CPU_OVERCOMMIT": "1"}
    with running_platform(tmp_path / "data", engine, **settings) as platform:
        first = platform.create_space("first")
        Repo(tmp_path / "first", platform.remote(first)).quick_app().commit_and_push()
        platform.wait_for_stage(first, "RUNNING")
        second = platform.create_space("second")
        Repo(tmp_path / "second", platform.remote(second)).quick_app().commit_and_push("-o", "nowait", "main")

        wait_for(lambda: space_row(platform, second)["waiting_since"], 120, "the second one waits")
        wait_for(lambda: "next in line" in (space_row(platform, second)["stage_reason"] or ""), 10, "it says so")
        queue = platform.runtime(second)["queue"]
        assert (queue["position"], queue["message"]) == (1, space_row(platform, second)["stage_reason"])
        assert platform.api("POST", f"/api/spaces/{second}/stop-waiting").json()["stage"] == "PAUSED"
        assert "stopped waiting for room" in platform.runtime(second)["reason"]
        platform.api("POST", f"/api/spaces/{second}/restart")
        wait_for(lambda: space_row(platform, second)["waiting_since"], 30, "it stands in line again")
        assert platform.runtime(second)["stage"] == "APP_STARTING"
        assert space_row(platform, second)["stage_deadline_at"]

        # A deployment of what runs is let in beside itself, the room is its own.
        platform.api("POST", f"/api/spaces/{first}/restart")
        wait_for(lambda: space_row(platform, first)["generation"] == 2, 10, "the restart")
        wait_for(lambda: [each["role"] for each in instances_of(platform, first)][1:] == ["live"], 60, "the swap")

        change_space(platform, first, sleep_seconds=1)
        platform.wait_for_stage(second, "RUNNING")
        assert space_row(platform, first)["rest"] == "stopped"

        # Woken, the first one waits in turn; pausing the second one lets it in.
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(visited, platform.info(first)["host"])
            wait_for(lambda: space_row(platform, first)["waiting_since"], 30, "the first one waits")
            platform.api("POST", f"/api/spaces/{second}/pause")
            assert answer.result(timeout=120) == f"Hello from {first}"
