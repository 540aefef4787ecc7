"""The same words at every door: a push, ``spaceport check``, and the API that clients ask before they commit."""

from pathlib import Path

import httpx
from click.testing import CliRunner

from spaceport.cli import main

from .conftest import README, Hub, git, make_work

BAD_CARD = (
    "---\nsdk: gradio\ncolorFrom: orange\nsdk_version: 3.27\nshort_description: "
    + "x" * 90
    + "\nsuggested_hardware: t4-small\nunknown: 1\n---\n"
)


def check(hub: Hub, folder: Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["check", str(folder), "--hub", hub.url])
    return done.exit_code, done.output


def test_a_card_is_told_the_same_at_every_door(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    head = hub.read_space(space).head_sha
    work = make_work(tmp_path / "work", {"README.md": BAD_CARD, "app.py": ""})
    pushed = git(work, "push", "--force", hub.git_url("ada/demo", hub.person("ada").token), "main", check=False)
    _, checked = check(hub, work)
    answer = httpx.post(f"{hub.url}/api/validate-yaml", json={"content": BAD_CARD, "repoType": "space"})
    errors = [each["message"] for each in answer.json()["errors"]]
    warnings = [each["message"] for each in answer.json()["warnings"]]

    assert (len(errors), len(warnings)) == (3, 2)
    for line in (*errors, *warnings):
        assert f"README.md: {line}" in pushed.output
        assert f"README.md: {line}" in checked
    assert pushed.code != 0
    assert hub.read_space(space).head_sha == head


def test_advice_is_told_on_the_terminal_and_refuses_nothing(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    files = {
        "README.md": README,
        "app.py": 'demo.launch(server_name="127.0.0.1", share=True)\n',
        "requirements.txt": "sklearn\n",
    }
    work = make_work(tmp_path / "work", files)
    pushed = git(work, "push", "--force", hub.git_url("ada/demo", hub.person("ada").token), "main", check=False)

    assert pushed.code == 0
    assert "Spaceport: app.py:1: launch listens on 127.0.0.1" in pushed.output
    assert "Spaceport: app.py:1: launch(share=True) does nothing here" in pushed.output
    assert "Spaceport: requirements.txt:1: sklearn is not the package's name: write scikit-learn" in pushed.output
    assert hub.read_space(space).has_app


def test_a_folder_is_checked_against_what_the_hubs_engines_can_do(hub: Hub, tmp_path: Path) -> None:
    work = make_work(tmp_path / "work", {"README.md": "---\nsdk: docker\n---\n", "Dockerfile": "FROM spaceport/base\n"})
    code, output = check(hub, work)

    assert code == 1
    assert "this Spaceport runs the sandbox engine, which cannot build a Dockerfile" in output


def test_models_of_the_code_are_linked_until_the_card_names_some(hub: Hub, tmp_path: Path) -> None:
    hub.space()
    code = 'pipe = pipeline("text-generation", model="acme/writer")\nrows = load_dataset("acme/rows")\n'
    work = make_work(tmp_path / "work", {"README.md": README, "app.py": code})
    token = hub.person("ada").token
    git(work, "push", "--force", hub.git_url("ada/demo", token), "main")
    found = httpx.get(f"{hub.url}/api/spaces/ada/demo").json()
    (work / "README.md").write_text(README.replace("sdk:", "models: [acme/other]\nsdk:"))
    git(work, "commit", "-qam", "Name a model")
    git(work, "push", hub.git_url("ada/demo", token), "main")
    named = httpx.get(f"{hub.url}/api/spaces/ada/demo").json()

    assert (found["models"], found["datasets"]) == (["acme/writer"], ["acme/rows"])
    assert "models" not in found["cardData"]
    assert (named["models"], named["datasets"]) == (["acme/other"], ["acme/rows"])
