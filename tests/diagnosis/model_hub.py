"""A hub of models on this machine that refuses as the real one does."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Name of a repo -> status, error code and message of every answer about it. Source: hub-api.md, section 3.
REFUSALS = {
    "acme/gated-model": (403, "GatedRepo", "Access to model acme/gated-model is restricted."),
    "acme/no-such-model": (404, "RepoNotFound", "Repository not found"),
}
ENTRY_MISSING = (404, "EntryNotFound", "Entry not found")
#: A model with one file that nobody has room for; it is announced and never sent.
HUGE_MODEL, HUGE_SHA, HUGE_BYTES = "acme/huge-model", "a" * 40, 1024**4


class ModelHub:
    """A context manager; ``url`` is what ``HF_ENDPOINT`` is set to."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "ModelHub":
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if HUGE_MODEL in self.path:
            return self._tell_of_the_huge_model()
        status, code, message = next(
            (refusal for name, refusal in REFUSALS.items() if name in self.path), ENTRY_MISSING
        )
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", message)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def _tell_of_the_huge_model(self) -> None:
        info = json.dumps({"sha": HUGE_SHA, "siblings": [{"rfilename": "weights.bin"}]}).encode()
        is_info = self.path.startswith("/api/")
        self.send_response(200)
        self.send_header("ETag", f'"{"b" * 40}"')
        self.send_header("Content-Length", str(len(info) if is_info else HUGE_BYTES))
        self.end_headers()
        self.wfile.write(info if is_info else b"")

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""
