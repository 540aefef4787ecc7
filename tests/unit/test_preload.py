"""preload_from_hub: what its lines mean, and the cache it makes."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from spaceport_runner.engines.engine import BuildFailed
from spaceport_runner.preload import Wish, parse_wish, preload, put_in_home

SHA, BLOB = "a" * 40, "b" * 40
MIB = 1024**2
FILES = {"config.json": b"{}", "deep/weights.bin": b"\0\1\2"}


class FakeHub(BaseHTTPRequestHandler):
    """One model, ``ada/tiny``, in the words of the wire format."""

    def do_GET(self) -> None:
        if self.path == f"/api/models/ada/tiny/revision/{SHA}" or self.path == "/api/models/ada/tiny/revision/main":
            paths = [*FILES, "../evil", "/etc/passwd"]
            body = json.dumps({"sha": SHA, "siblings": [{"rfilename": path} for path in paths]}).encode()
        elif self.path.removeprefix(f"/ada/tiny/resolve/{SHA}/") in FILES:
            body = FILES[self.path.removeprefix(f"/ada/tiny/resolve/{SHA}/")]
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{len(body):040x}"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), FakeHub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("ada/tiny", Wish("ada/tiny")),
        ("ada/tiny a.json,*.bin", Wish("ada/tiny", ("a.json", "*.bin"))),
        (f"ada/tiny a.json {SHA}", Wish("ada/tiny", ("a.json",), SHA)),
    ],
)
def test_a_line_names_repo_files_and_commit(line: str, wish: Wish) -> None:
    assert parse_wish(line) == wish


@pytest.mark.parametrize("line", ["", "tiny", "ada/tiny a b c", "../x", "ada/../x"])
def test_other_lines_are_refused_with_the_form(line: str) -> None:
    with pytest.raises(BuildFailed, match="owner/name"):
        parse_wish(line)


def test_everything_of_a_repo_becomes_a_cache_of_the_hubs_libraries(hub: str, tmp_path: Path) -> None:
    lines: list[str] = []
    preload(("ada/tiny",), hub, tmp_path / "preloaded", lines.append, MIB)
    put_in_home(tmp_path / "preloaded", tmp_path / "home")

    repo = tmp_path / "home/.cache/huggingface/hub/models--ada--tiny"
    assert (repo / "refs/main").read_text() == SHA
    assert {path: (repo / "snapshots" / SHA / path).read_bytes() for path in FILES} == FILES
    assert sorted(path.name for path in (repo / "snapshots" / SHA).rglob("*") if path.is_symlink()) == [
        "config.json",
        "weights.bin",
    ]
    assert "Preloading ada/tiny" in lines[0]


def test_only_the_files_named_are_fetched_and_no_branch_is_noted_for_a_commit(hub: str, tmp_path: Path) -> None:
    preload((f"ada/tiny config.json {SHA}",), hub, tmp_path / "preloaded", lambda line: None, MIB)

    repo = tmp_path / "preloaded/models--ada--tiny"
    assert [path.name for path in (repo / "snapshots" / SHA).iterdir()] == ["config.json"]
    assert list((repo / "refs").iterdir()) == []


@pytest.mark.parametrize(
    ("line", "words"), [("ada/absent", "no public model ada/absent"), ("ada/tiny absent.bin", "no file absent.bin")]
)
def test_what_is_not_there_ends_the_build_with_its_name(hub: str, tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(BuildFailed, match=words):
        preload((line,), hub, tmp_path / "preloaded", lambda line: None, MIB)


def test_all_files_together_stay_below_the_limit_and_the_one_above_it_is_named(hub: str, tmp_path: Path) -> None:
    size = sum(map(len, FILES.values()))
    preload(("ada/tiny",), hub, tmp_path / "fits", lambda line: None, size)

    with pytest.raises(BuildFailed, match=r"more than 4 bytes: with ada/tiny/deep/weights\.bin it would be 5 bytes"):
        preload(("ada/tiny",), hub, tmp_path / "preloaded", lambda line: None, size - 1)
    assert b"\0\1\2" not in [path.read_bytes() for path in tmp_path.glob("preloaded/*/blobs/*")]


def test_a_hub_that_is_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="could not be fetched"):
        preload(("ada/tiny",), "http://127.0.0.1:9", tmp_path / "preloaded", lambda line: None, MIB)


@pytest.mark.parametrize("revision", ["../../../../etc/cron.d/x", "/etc/cron.d/x", "a/../../b"])
def test_a_revision_leads_to_no_other_file(revision: str) -> None:
    with pytest.raises(BuildFailed, match="revision"):
        parse_wish(f"ada/tiny config.json {revision}")
