"""A Space with a large file in LFS: pushed with git-lfs, read by the app, served to visitors of a static one."""

import hashlib
import os

import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, Repo

pytestmark = [pytest.mark.timeout(600), pytest.mark.git_lfs]

CARD = "---\ntitle: Weights\nsdk: {sdk}\napp_file: {app_file}\n---\n"
#: Answers with the hash of the file that was pushed beside it.
APP = """
import hashlib, http.server, pathlib

weights = hashlib.sha256(pathlib.Path(__file__).with_name("weights.bin").read_bytes()).hexdigest()

class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(weights.encode())

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer(("0.0.0.0", 7860), App).serve_forever()
"""


def begin(repo: Repo) -> None:
    """On top of the first commit, whose rules send weights to LFS."""
    repo.git("lfs", "install", "--local")
    repo.git("pull", "-q", "origin", "main")


def test_the_app_of_a_space_reads_its_large_file(workshop: Workshop, platform: Platform) -> None:
    space, repo = workshop.space("weights")
    begin(repo)
    weights = os.urandom(20 * 1024**2)
    (repo.folder / "weights.bin").write_bytes(weights)
    repo.write(README__md=CARD.format(sdk="gradio", app_file="app.py"), app__py=APP)

    repo.commit_and_push()
    platform.wait_for_stage(space, "RUNNING", timeout_seconds=400)

    assert repo.git("lfs", "ls-files", "--name-only").stdout.split() == ["weights.bin"]
    assert platform.visit(space).text == hashlib.sha256(weights).hexdigest()


def test_a_static_space_serves_its_large_file(workshop: Workshop, platform: Platform) -> None:
    space, repo = workshop.space("album", sdk="static")
    begin(repo)
    picture = os.urandom(3 * 1024**2)
    (repo.folder / "picture.bin").write_bytes(picture)
    repo.write(README__md=CARD.format(sdk="static", app_file="index.html"), index__html="<p>An album")

    repo.commit_and_push()
    platform.wait_for_stage(space, "RUNNING")

    assert platform.visit(space, "/picture.bin").content == picture
