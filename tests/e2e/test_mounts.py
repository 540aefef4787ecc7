"""A dataset as a folder of an app: there at the start, followed at the next one, refused in words when it is gone."""

import httpx
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Repo, wait_for

APP = """
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            open("/mnt/numbers/new", "w")
            written = "written"
        except OSError:
            written = "read-only"
        body = f"{open('/mnt/numbers/one.csv').read()} {written}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer(("0.0.0.0", int(os.environ["GRADIO_SERVER_PORT"])), Handler).serve_forever()
"""


#: What both engines do with a folder is in ``tests/conformance/test_mounts.py``.
@pytest.mark.parametrize("platform", [pytest.param("sandbox", marks=pytest.mark.registry)], indirect=True)
def test_an_app_reads_a_private_dataset_that_its_space_mounts(workshop: Workshop) -> None:
    platform = workshop.platform
    platform.api("POST", "/api/repos/create", json={"name": "numbers", "type": "dataset", "private": True})
    remote = f"http://admin:{platform.token}@127.0.0.1:{platform.hub_port}/datasets/admin/numbers"
    dataset = Repo(workshop.folder / "numbers", remote)
    dataset.write(**{"train/one.csv": "1,2"}).commit_and_push()
    space, repo = workshop.space("mounting")
    volume = {"type": "dataset", "source": "admin/numbers", "mountPath": "/mnt/numbers", "path": "train"}
    assert platform.api("PUT", f"/api/spaces/{space}/volumes", json={"volumes": [volume]}).status_code == 200

    def says(text: str) -> bool:
        try:
            return platform.visit(space).text == text
        except httpx.HTTPError:
            return False

    repo.write(README__md="---\nsdk: gradio\n---\n", app__py=APP).commit_and_push()
    runtime = platform.wait_for_stage(space, "RUNNING")
    assert runtime["volumes"] == [volume | {"revision": "main", "readOnly": True}]
    assert platform.visit(space).text == "1,2 read-only"

    dataset.write(**{"train/one.csv": "3,4"}).commit_and_push()
    platform.api("POST", f"/api/spaces/{space}/restart")
    wait_for(lambda: says("3,4 read-only"), 60, "the app has what the dataset is now")

    platform.api("DELETE", "/api/repos/delete", json={"name": "numbers", "organization": "admin", "type": "dataset"})
    platform.api("POST", f"/api/spaces/{space}/restart")
    reason = "the volume at /mnt/numbers cannot be mounted: its dataset is not there any more"
    wait_for(lambda: reason in platform.runtime(space).get("errorMessage", ""), 60, "it says which volume is missing")
    assert says("3,4 read-only")
