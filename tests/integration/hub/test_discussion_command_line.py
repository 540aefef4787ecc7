"""The ``hf`` command as a process: discussions, pull requests, collections."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from tests.integration.hub.conftest import Hub

Run = Callable[..., str]


@pytest.fixture
def run(hub: Hub, tmp_path: Path) -> Run:
    """Runs ``hf`` as ada and returns what it printed."""

    def run_it(*arguments: str) -> str:
        environment = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "home"),
            "COLUMNS": "400",
            "HF_TOKEN": hub.person("ada").token,
        }
        command = [str(Path(sys.executable).parent / "hf"), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run_it


def test_a_discussion_from_the_command_line(hub: Hub, run: Run, tmp_path: Path) -> None:
    api = HfApi(hub.url, hub.person("ada").token)
    api.create_repo("tiny")
    picture = tmp_path / "shot.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))

    run("discussions", "create", "ada/tiny", "--title", "A question", "--body", "Why?", "--attach", str(picture))
    run("discussions", "comment", "ada/tiny", "1", "--body", "Because.")
    run("discussions", "rename", "ada/tiny", "1", "A good question")
    run("discussions", "close", "ada/tiny", "1", "--yes", "--comment", "Done")
    assert [each["num"] for each in json.loads(run("discussions", "ls", "ada/tiny", "-s", "closed", "--json"))] == [1]
    run("discussions", "reopen", "ada/tiny", "1", "--yes")

    assert "A good question" in run("discussions", "info", "ada/tiny", "1")
    details = api.get_discussion_details("ada/tiny", 1)
    assert details.status == "open"
    assert f"{hub.url}/uploads/" in details.events[0].content  # type: ignore[attr-defined]


def test_a_pull_request_from_commit_to_merge(hub: Hub, run: Run) -> None:
    api = HfApi(hub.url, hub.person("ada").token)
    api.create_repo("tiny")
    run("discussions", "create", "ada/tiny", "--title", "Better", "--body", "See", "--pr")
    made = api.create_commit(
        "ada/tiny", [CommitOperationAdd("config.json", b'{"a": 1}\n')], commit_message="Set a", revision="refs/pr/1"
    )

    assert '+{"a": 1}' in run("discussions", "diff", "ada/tiny", "1")
    run("discussions", "merge", "ada/tiny", "1", "--yes", "--comment", "Thanks")
    assert api.model_info("ada/tiny").sha == made.oid
    assert "merged" in run("discussions", "ls", "ada/tiny", "-s", "merged", "--json")


def test_a_collection_from_the_command_line(hub: Hub, run: Run) -> None:
    api = HfApi(hub.url, hub.person("ada").token)
    api.create_repo("tiny")
    run("collections", "create", "Nice things", "--description", "Mine")
    [made] = api.list_collections(owner="ada")
    run("collections", "add-item", made.slug, "ada/tiny", "model", "--note", "small")

    assert "ada/tiny" in run("collections", "info", made.slug, "--json")
    assert "nice-things" in run("collections", "ls", "--owner", "ada", "--json")
    run("collections", "delete", made.slug)
    assert list(api.list_collections(owner="ada")) == []
