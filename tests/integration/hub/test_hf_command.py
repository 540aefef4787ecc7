"""The ``hf`` command as a process: sign-in, repos, files up and down, the cache, Spaces."""

import json
import sys
from pathlib import Path

import pytest
from tests.clients.process import ClientMachine

from .conftest import Hub

WEIGHTS = b"\5" * 11_000_000


@pytest.fixture
def hf(hub: Hub, tmp_path: Path) -> ClientMachine:
    machine = ClientMachine(tmp_path / "home", hub.url, hub.person("ada").token, Path(sys.executable))
    folder = machine.home / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "model.bin").write_bytes(WEIGHTS)
    (folder / "deep" / "notes.txt").write_text("notes\n")
    (folder / "left.log").write_text("stays here\n")
    return machine


def rows(hf: ClientMachine, *arguments: str) -> list[dict[str, object]]:
    return list(json.loads(hf.tool("hf", *arguments, "--format", "json")))


def test_somebody_signs_in_with_a_token_and_out_again(hub: Hub, tmp_path: Path) -> None:
    machine = ClientMachine(tmp_path / "home", hub.url, None, Path(sys.executable))
    refused = machine.attempt([str(machine.python.with_name("hf")), "auth", "login", "--token", "hf_" + "x" * 34])
    machine.tool("hf", "auth", "login", "--token", hub.person("ada").token)
    signed_in = machine.tool("hf", "auth", "whoami")
    machine.tool("hf", "auth", "logout")
    signed_out = machine.attempt([str(machine.python.with_name("hf")), "auth", "whoami"])

    assert refused.returncode != 0
    assert "ada" in signed_in
    assert hub.url in signed_in
    assert "Not logged in" in signed_out.stdout + signed_out.stderr


def test_a_repo_from_its_first_file_to_its_end(hf: ClientMachine) -> None:
    hf.tool("hf", "repos", "create", "tiny", "--private")
    hf.tool("hf", "upload", "ada/tiny", "folder", ".", "--exclude", "*.log", "--commit-message", "Upload all")
    hf.tool("hf", "upload", "ada/tiny", "folder/left.log", "more/left.txt", "--create-pr")
    hf.tool("hf", "repos", "tag", "create", "ada/tiny", "v1")
    hf.tool("hf", "repos", "branch", "create", "ada/tiny", "side")
    hf.tool("hf", "repos", "cp", "hf://ada/tiny/model.bin", "hf://ada/tiny/copy.bin")
    hf.tool("hf", "repos", "delete-files", "ada/tiny", "deep/*")

    assert {row["path"] for row in rows(hf, "models", "ls", "ada/tiny")} == {".gitattributes", "copy.bin", "model.bin"}
    hf.tool("hf", "download", "ada/tiny", "--include", "*.bin")
    hf.tool("hf", "download", "ada/tiny", "more/left.txt", "--revision", "refs/pr/1", "--local-dir", "proposed")
    hf.tool("hf", "download", "ada/tiny", "deep/notes.txt", "--revision", "v1", "--local-dir", "tagged")
    hf.tool("hf", "download", "ada/tiny", "copy.bin", HF_HUB_OFFLINE="1", HF_ENDPOINT="http://127.0.0.1:1")
    assert (hf.home / "proposed" / "more" / "left.txt").read_text() == "stays here\n"
    assert (hf.home / "tagged" / "deep" / "notes.txt").read_text() == "notes\n"

    cached = [file for file in (hf.home / "hf" / "hub").rglob("*.bin") if file.read_bytes() == WEIGHTS]
    assert len(cached) == 2
    hf.tool("hf", "cache", "verify", "ada/tiny")
    assert "model/ada/tiny" in hf.tool("hf", "cache", "ls")
    hf.tool("hf", "cache", "rm", "model/ada/tiny", "--yes")
    hf.tool("hf", "repos", "delete", "ada/tiny", "--yes")
    assert rows(hf, "models", "ls", "--author", "ada") == []


def test_a_space_is_made_and_set_up(hf: ClientMachine) -> None:
    hf.tool("hf", "repos", "create", "demo", "--type", "space", "--space-sdk", "gradio")
    hf.tool("hf", "spaces", "variables", "add", "ada/demo", "-e", "ONE=1")
    hf.tool("hf", "spaces", "secrets", "add", "ada/demo", "-s", "KEY=hidden")
    hf.tool("hf", "spaces", "settings", "ada/demo", "--sleep-time", "300")
    hf.tool("hf", "spaces", "pause", "ada/demo")
    waited = hf.attempt([str(hf.python.with_name("hf")), "spaces", "wait", "ada/demo"])

    assert [row["key"] for row in rows(hf, "spaces", "variables", "ls", "ada/demo")] == ["ONE"]
    assert [row["key"] for row in rows(hf, "spaces", "secrets", "ls", "ada/demo")] == ["KEY"]
    assert "stage='PAUSED'" in waited.stdout + waited.stderr
