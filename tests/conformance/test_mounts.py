"""Folders that an app has mounted: there, and nobody's to write to."""

from pathlib import Path

import pytest

from spaceport_runner.engines.engine import Mounted, StartFailed

from .conftest import Rig

APP = """
import http.server, json, os

def seen():
    found = {each: open(each).read() for each in ("/mnt/numbers/train/one.csv", "/data/model.bin")}
    for path in ("/mnt/numbers/train/one.csv", "/mnt/numbers/new", "/data/new"):
        try:
            open(path, "a").write("x")
        except OSError as error:
            found[f"{path} written"] = type(error).__name__
    return found

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(seen()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

host = os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0")
http.server.HTTPServer((host, int(os.environ["GRADIO_SERVER_PORT"])), Handler).serve_forever()
"""


def folders(rig: Rig) -> tuple[Mounted, ...]:
    """As ``Mounts`` hands them over: below the runner's own folder, which only the runner may enter."""
    files = {"numbers/train/one.csv": "1,2", "weights/model.bin": "w"}
    mounts = rig.settings.runner_dir / "mounts"
    for name, text in files.items():
        path = mounts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o444)
    return Mounted(mounts / "numbers", "/mnt/numbers"), Mounted(mounts / "weights", "/data")


def test_an_app_reads_what_it_mounts_and_cannot_change_it(real_rig: Rig) -> None:
    source = real_rig.source({"app.py": APP})
    mounted = folders(real_rig)
    if real_rig.kind == "sandbox-plain":
        with pytest.raises(StartFailed, match="nothing can be mounted at /mnt/numbers: apps run without walls"):
            real_rig.start(source, mounted=mounted)
        return
    found = real_rig.answer(real_rig.start(source, mounted=mounted))

    assert (found["/mnt/numbers/train/one.csv"], found["/data/model.bin"]) == ("1,2", "w")
    written = {name.removesuffix(" written") for name in found if name.endswith(" written")}
    assert written == {"/mnt/numbers/train/one.csv", "/mnt/numbers/new", "/data/new"}
    assert not Path(mounted[0].folder, "new").exists()
