"""Secrets stay secret (S8): an app and a build get them, and nothing that anybody can look at ever holds one."""

import hashlib
import json
import subprocess
import uuid
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform

pytestmark = pytest.mark.timeout(600)

CARD = "---\ntitle: Secretive\nsdk: {sdk}\n---\n"
#: Prints its secret, and answers with its variable and a digest of its secret.
APP = """
import hashlib, http.server, os

secret = os.environ["API_KEY"]
print("the key is", secret, "for", os.environ["MODEL"], flush=True)

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.environ['MODEL']} {hashlib.sha256(secret.encode()).hexdigest()}".encode())

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", 7860))), Page).serve_forever()
"""
DOCKERFILE = """FROM spaceport/base
ARG MODEL
RUN --mount=type=secret,id=API_KEY,mode=0444,required=true \\
    echo "built with $(cat /run/secrets/API_KEY) for $MODEL" && echo "$MODEL" > /model.txt
WORKDIR /home/user/app
COPY . .
CMD ["python3", "app.py"]
"""


def configure(platform: Platform, space: str, secret: str, model: str) -> None:
    for kind, key, value in (("secrets", "API_KEY", secret), ("variables", "MODEL", model)):
        answer = platform.api("POST", f"/api/spaces/{space}/{kind}", json={"key": key, "value": value})
        assert answer.status_code == 200, answer.text


def log_of(platform: Platform, space: str, kind: str, word: str) -> str:
    """The lines of a log as the API streams them, up to one that has the word."""
    lines = ""
    headers = {"Authorization": f"Bearer {platform.token}"}
    with httpx.stream("GET", f"{platform.hub}/api/spaces/{space}/logs/{kind}", headers=headers, timeout=60) as answer:
        for line in answer.iter_lines():
            lines += f"{line}\n"
            if word in line:
                return lines
    raise AssertionError(f"no {word!r} in {lines}")


def told_by_the_hub(platform: Platform, space: str) -> str:
    paths = [f"/api/spaces/{space}{end}" for end in ("", "/runtime", "/secrets", "/variables", "/releases")]
    paths += [f"/spaces/{space}{end}" for end in ("", "/settings", "/logs", "/deployments")]
    answers = [platform.api("GET", path, follow_redirects=True) for path in paths]
    assert answers[0].status_code == 200
    return "".join(answer.text for answer in answers)


def told_by_docker(space: str) -> bytes:
    """Configuration, history, processes and layers of all containers of a Space and of their images."""
    import docker

    client = docker.from_env()
    try:
        named = [
            each for each in client.containers.list(all=True) if f"SPACE_ID={space}" in each.attrs["Config"]["Env"]
        ]
        assert named
        told = b""
        for container in named:
            image: Any = container.image
            told += json.dumps([container.attrs, container.top(), image.attrs, image.history()]).encode()
            told += b"".join(container.export()) + b"".join(image.save())
        return told
    finally:
        client.close()


def kept_on_disk(platform: Platform) -> bytes:
    files = (path for path in platform.data_dir.rglob("*") if path.is_file() and not path.is_symlink())
    small = (path for path in files if "packages" not in path.parts and ".made" not in path.parts)
    return b"".join(path.read_bytes() for path in small)


def test_a_secret_reaches_the_app_and_is_nowhere_to_be_seen(workshop: Workshop) -> None:
    platform = workshop.platform
    # Another model every time: an engine that still has the steps of an earlier run would print nothing of them.
    marker, model = f"marker-{uuid.uuid4().hex}", f"public-{uuid.uuid4().hex}"
    kinds = ["gradio", "docker"] if platform.engine == "docker" else ["gradio"]
    for kind in kinds:
        space, repo = workshop.space(f"secretive-{kind}", sdk=kind)
        configure(platform, space, marker, model)
        repo.write(**{"README.md": CARD.format(sdk=kind), "app.py": APP})
        if kind == "docker":
            repo.write(Dockerfile=DOCKERFILE)
        repo.commit()
        terminal = repo.push().stderr
        platform.wait_for_stage(space, "RUNNING")

        assert platform.visit(space).text == f"{model} {hashlib.sha256(marker.encode()).hexdigest()}"
        told = terminal + told_by_the_hub(platform, space) + log_of(platform, space, "run", "the key is ***")
        if kind == "docker":
            told += log_of(platform, space, "build", f"built with *** for {model}")
        if platform.engine == "docker":
            assert marker.encode() not in told_by_docker(space)
        processes = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, timeout=30, check=True)
        assert marker not in told + processes.stdout
        assert "/ Release 1" in told
    assert marker.encode() not in kept_on_disk(platform)
