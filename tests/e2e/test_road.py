"""Push a Space, visit it: the whole road on real parts, the same on both engines."""

import os
import subprocess
import sys
import threading
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, wait_for

pytestmark = pytest.mark.timeout(600)

CARD = "---\ntitle: Test\nsdk: gradio\n---\n"


def builds_of(platform: Platform, space: str) -> list[dict[str, Any]]:
    """Newest first, read from the database: the API of the Hub knows no builds."""
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{platform.data_dir}/spaceport.sqlite3")
    owner, name = space.split("/")
    query = text(
        "SELECT builds.* FROM builds JOIN spaces ON spaces.id = builds.space_id "
        "WHERE spaces.owner = :owner AND spaces.name = :name ORDER BY builds.created_at DESC"
    )
    try:
        with engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query, {"owner": owner, "name": name})]
    finally:
        engine.dispose()


def build_log(platform: Platform, build_id: str) -> str:
    return (platform.data_dir / "logs" / "build" / f"{build_id}.log").read_text()


def call(platform: Platform, code: str) -> str:
    """Run client code in a fresh Python with nothing but HF_ENDPOINT set."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"HF_ENDPOINT": platform.hub, "HF_HUB_DISABLE_TELEMETRY": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_pushed_space_is_told_on_the_terminal_and_called_by_name_and_by_address(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("hello")
    repo.copy_sample("hello-gradio").commit()

    terminal = repo.push().stderr

    assert "building" in terminal
    assert "built in" in terminal
    platform.wait_for_stage(space, "RUNNING")
    client = "from gradio_client import Client; print(Client({!r}, verbose=False).predict('Ada', api_name='/greet'))"
    assert call(platform, client.format(space)) == "Hello, Ada!"
    assert call(platform, client.format(platform.info(space)["host"])) == "Hello, Ada!"


def test_a_push_that_changes_only_code_installs_nothing_and_fails_no_request(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.running("swap", "hello-gradio")
    host = platform.info(space)["host"]
    failures: list[str] = []
    done = threading.Event()

    def visit_all_the_time() -> None:
        with httpx.Client(timeout=30) as client:
            while not done.is_set():
                answer = client.get(f"{host}/config")
                if answer.status_code != 200:
                    failures.append(f"{answer.status_code}: {answer.text[:200]}")

    visitor = threading.Thread(target=visit_all_the_time)
    visitor.start()
    try:
        repo.write(**{"app.py": (repo.folder / "app.py").read_text().replace("Hello", "Hallo")})
        sha = repo.commit_and_push()
        wait_for(lambda: platform.runtime(space).get("sha") == sha, 120, "the new version runs")
        platform.wait_for_stage(space, "RUNNING")
    finally:
        done.set()
        visitor.join()

    assert failures == []
    newest = builds_of(platform, space)[0]
    assert newest["sha"] == sha
    assert not newest["installed"]


def test_a_build_that_fails_says_why_and_keeps_its_log(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("broken")
    repo.copy_sample("broken-build").commit()

    terminal = repo.push().stderr

    runtime = platform.wait_for_stage(space, "BUILD_ERROR")
    assert "dependency not found" in runtime["errorMessage"]
    assert "this-package-does-not-exist-spaceport" in runtime["errorMessage"]
    assert "dependency not found" in terminal
    [build] = builds_of(platform, space)
    assert "this-package-does-not-exist-spaceport" in build_log(platform, build["id"])
    page = httpx.get(platform.info(space)["host"], headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "dependency not found" in page.text


@pytest.mark.parametrize(
    ("name", "app", "words"),
    [
        ("exits", "print('bye')", "exit"),
        ("crashes", "import no_such_module_xyz", "no_such_module_xyz"),
        ("silent", "import time; time.sleep(3600)", "7860"),
    ],
)
def test_an_app_that_does_not_come_up_says_why(workshop: Workshop, name: str, app: str, words: str) -> None:
    platform = workshop.platform
    space, repo = workshop.space(name)

    repo.write(**{"README.md": CARD.replace("sdk:", "startup_duration_timeout: 5s\nsdk:"), "app.py": app})
    repo.commit_and_push()

    runtime = platform.wait_for_stage(space, "RUNTIME_ERROR")
    assert words in runtime["errorMessage"]


def test_only_main_deploys(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("branches")
    repo.copy_sample("hello-gradio").commit()

    terminal = repo.push("main:feature").stderr

    assert "only main is deployed" in terminal
    assert builds_of(platform, space) == []
    assert platform.runtime(space)["stage"] == "NO_APP_FILE"


def test_the_latest_push_wins(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("racing")
    repo.quick_app()
    for number in range(3):
        repo.write(**{"version.txt": str(number)}).commit()
        repo.push("-o", "nowait", "main")
    last = repo.git("rev-parse", "HEAD").stdout.strip()

    runtime = wait_for(
        lambda: (r := platform.runtime(space)).get("stage") == "RUNNING" and r.get("sha") == last and r, 240, "the last"
    )

    assert runtime["sha"] == last
    builds = builds_of(platform, space)
    assert builds[0]["sha"] == last
    assert len({build["sha"] for build in builds}) == len(builds)
    assert all(build["status"] in ("succeeded", "superseded") for build in builds)


def test_a_static_space_needs_no_container(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("pages", sdk="static")
    repo.copy_sample("static-page").commit_and_push()
    platform.wait_for_stage(space, "RUNNING")

    assert "Plain files" in platform.visit(space).text
    assert platform.visit(space, "/style.css").headers["content-type"].startswith("text/css")

    repo.write(**{"index.html": "<h1>Second</h1>"}).commit_and_push()
    wait_for(lambda: "Second" in platform.visit(space).text, 60, "the second version is served")


def test_a_dockerfile_runs_where_there_is_an_engine_for_it_and_is_refused_elsewhere(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("container", sdk="docker")
    repo.copy_sample("docker-fastapi").commit()

    pushed = repo.push(check=False)

    if platform.engine == "docker":
        platform.wait_for_stage(space, "RUNNING")
        assert platform.visit(space).json() == {"message": "Hello from a Dockerfile", "space": space}
    else:
        assert pushed.returncode != 0
        assert "cannot build a Dockerfile" in pushed.stderr
        assert platform.runtime(space)["stage"] == "NO_APP_FILE"


def test_a_transformers_demo_answers_without_downloading_a_model(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("sentiment")
    repo.copy_sample("sentiment").commit_and_push("-o", "nowait", "main")
    platform.wait_for_stage(space, "RUNNING", timeout_seconds=500)

    answer = call(
        platform,
        "from gradio_client import Client;"
        f"print(Client({space!r}, verbose=False).predict('the film was wonderful', api_name='/sentiment')['label'])",
    )

    assert answer == "Positive"


def test_a_flood_of_output_is_kept_within_limits_and_marked(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("flood")
    app = (
        "import http.server\n"
        "for number in range(1_000_000):\n    print(f'{number:07d} ' + 'x' * 92)\n"
        "print('flood over', flush=True)\n"
        "http.server.HTTPServer(('0.0.0.0', 7860), http.server.SimpleHTTPRequestHandler).serve_forever()\n"
    )

    repo.write(**{"README.md": CARD, "app.py": app}).commit_and_push()

    platform.wait_for_stage(space, "RUNNING")
    folder = platform.data_dir / "logs" / "run" / platform.info(space)["_id"]

    def kept() -> str:
        return "".join(path.read_text() for path in folder.rglob("*.log*"))

    wait_for(lambda: "flood over" in kept(), 120, "the end of the output is kept")
    assert "0000000 x" in kept()
    assert "were left out" in kept()
    assert len(kept()) < 12 * 1024**2


def test_restart_pause_and_start_again(workshop: Workshop) -> None:
    platform = workshop.platform
    space, _repo = workshop.running("buttons")

    platform.api("POST", f"/api/spaces/{space}/pause").raise_for_status()
    platform.wait_for_stage(space, "PAUSED")
    assert platform.visit(space, "/config").status_code == 503

    platform.api("POST", f"/api/spaces/{space}/restart").raise_for_status()
    platform.wait_for_stage(space, "RUNNING")
    assert platform.visit(space, "/config").status_code == 200
    assert len(builds_of(platform, space)) == 1


def test_a_deleted_space_leaves_nothing_running(workshop: Workshop) -> None:
    platform = workshop.platform
    space, _repo = workshop.running("doomed")
    host = platform.info(space)["host"]

    platform.api("DELETE", "/api/repos/delete", json={"name": "doomed", "type": "space"}).raise_for_status()

    assert platform.api("GET", f"/api/spaces/{space}").status_code == 404
    wait_for(lambda: _status(host) in (None, 404), 60, "the address is gone")


def _status(url: str) -> int | None:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.HTTPError:
        return None


def test_a_conflict_among_two_hundred_packages_is_found_quickly(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("conflict")
    many = [f"numpy>={major}.{minor}" for major in (1,) for minor in range(198)]
    requirements = "\n".join([*many, "pydantic==1.10.0", "fastapi==0.110.0"])

    repo.write(**{"README.md": CARD, "app.py": "print()", "requirements.txt": requirements + "\n"}).commit_and_push()

    runtime = platform.wait_for_stage(space, "BUILD_ERROR")
    assert "conflict" in runtime["errorMessage"] or "not found" in runtime["errorMessage"]


def test_an_unknown_host_is_told_so(platform: Platform) -> None:
    address = f"http://127.0.0.1:{platform.apps_port}/"

    program = httpx.get(address, headers={"Host": "nobody.localhost"})
    browser = httpx.get(address, headers={"Host": "nobody.localhost", "Accept": "text/html"})

    assert program.status_code == browser.status_code == 404
    assert "error" in program.json()
    assert "<html" in browser.text.lower()
