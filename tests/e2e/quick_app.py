"""
An app for tests of all but what apps are made with.

It has the card, and so the environment, of the sample for gradio; to import gradio would take seconds of a processor's
time at each start.
"""

from pathlib import Path

#: Answers every GET with the name of its Space, and ends when it is sent something.
QUICK_APP = """\
import http.server, os, socketserver

class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = ("Hello from " + os.environ["SPACE_ID"]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.send_response(200)
        self.end_headers()
        os._exit(3)

    def log_message(self, *arguments):
        pass

class Server(socketserver.ThreadingTCPServer):
    # Not http.server's own: that one asks a name server for the name of the machine.
    allow_reuse_address = daemon_threads = True

Server(("0.0.0.0", 7860), App).serve_forever()
"""


def write_quick_app(folder: Path, samples: Path) -> None:
    (folder / "README.md").write_bytes((samples / "hello-gradio" / "README.md").read_bytes())
    (folder / "app.py").write_text(QUICK_APP)
