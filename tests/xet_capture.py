"""What the real Xet client sends: a server that takes everything, and an upload to it by a process of its own."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CLIENT = """
import json, sys
import hf_xet

url, headers = sys.argv[1], json.loads(sys.argv[2])
with hf_xet.XetSession().new_upload_commit(token_refresh_url=url, token_refresh_headers=headers) as commit:
    handles = [commit.start_upload_file(path, sha256=hf_xet.COMPUTE_SHA256) for path in sys.argv[3:]]
print(json.dumps([[handle.result().xet_info.hash, handle.result().xet_info.sha256] for handle in handles]))
"""


@dataclass
class Upload:
    """``files``: xet hash and SHA-256 of each as the client says them; ``xorbs`` by their name in the URL."""

    xorbs: dict[str, bytes] = field(default_factory=dict)
    shards: list[bytes] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)


class UploadFailed(Exception):
    """With all that the client said."""


def xet_upload(refresh_url: str, paths: Sequence[Path], cache: Path, token: str = "") -> list[tuple[str, str]]:
    """
    Upload these files with the xet token that this URL answers to this Hub token; returns xet hash and SHA-256 of each.

    Raises: UploadFailed.
    """
    environment = {**os.environ, "HF_HOME": str(cache), "HF_XET_CACHE": str(cache / "xet")}
    headers = json.dumps({"authorization": f"Bearer {token}"} if token else {})
    arguments = [sys.executable, "-c", _CLIENT, refresh_url, headers, *map(str, paths)]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise UploadFailed(done.stderr)
    return [(xet_hash, sha256) for xet_hash, sha256 in json.loads(done.stdout)]


def captured_upload(paths: Sequence[Path], cache: Path) -> Upload:
    """What the client sends for these files to a server that says yes to all of it."""
    upload = Upload()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/token"):
                url = f"http://127.0.0.1:{self.server.server_address[1]}"
                self._answer({"accessToken": "token", "exp": 4102444800, "casUrl": url})
            else:
                self._answer({"error": "not here"}, 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if "/v1/xorbs/" in self.path:
                upload.xorbs[self.path.rpartition("/")[2]] = body
                self._answer({"was_inserted": True})
            elif self.path == "/v1/shards":
                upload.shards.append(body)
                self._answer({"result": 1})
            else:
                self._answer({"error": "not here"}, 404)

        def _answer(self, answer: dict[str, object], status: int = 200) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        upload.files = xet_upload(f"http://127.0.0.1:{server.server_address[1]}/token", paths, cache)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return upload


def repeatable_bytes(name: str, size: int) -> bytes:
    """As good as random, the same in each run."""
    return hashlib.shake_128(name.encode()).digest(size)
