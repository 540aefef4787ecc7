"""Pushes the sample Spaces through the road that users take: the API and ``git push``."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx

from spaceport.domain.front_matter import read_front_matter

_TIMEOUT_SECONDS = 30
_PUSH_TIMEOUT_SECONDS = 120
#: Written once all samples were offered, so that a deleted sample stays deleted.
DONE_FILE = "samples-pushed"
#: Samples that exist for tests and would only puzzle a newcomer.
_NOT_FOR_NEWCOMERS = frozenset({"broken-build"})


@dataclass(frozen=True)
class Pushed:
    """One sample; ``problem`` when it was refused, in the words of the refusal."""

    name: str
    problem: str | None = None


def sample_folders(samples_dir: Path) -> list[Path]:
    folders = sorted(path.parent for path in samples_dir.glob("*/README.md"))
    return [folder for folder in folders if folder.name not in _NOT_FOR_NEWCOMERS]


def push_sample(hub: str, owner: str, token: str, folder: Path) -> Pushed:
    """Create the Space if it is not there yet and push the folder's files as its ``main``."""
    with tempfile.TemporaryDirectory(prefix="spaceport-sample-") as temporary:
        work = Path(temporary) / folder.name
        shutil.copytree(folder, work)
        problem = _create(hub, token, folder)
        if problem is None:
            problem = _push(hub, owner, token, work)
            if problem:
                _delete(hub, token, folder.name)
        return Pushed(folder.name, problem)


def _create(hub: str, token: str, folder: Path) -> str | None:
    card = read_front_matter((folder / "README.md").read_text()).values
    answer = httpx.post(
        f"{hub}/api/repos/create",
        json={"name": folder.name, "type": "space", "sdk": card.get("sdk", "gradio")},
        headers={"Authorization": f"Bearer {token}"},
        timeout=_TIMEOUT_SECONDS,
    )
    if answer.status_code in (200, 409):
        return None
    return str(answer.json().get("error", answer.text))


def _delete(hub: str, token: str, name: str) -> None:
    """An empty Space of a sample that this machine cannot run would only puzzle."""
    httpx.request(
        "DELETE",
        f"{hub}/api/repos/delete",
        json={"name": name, "type": "space"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=_TIMEOUT_SECONDS,
    )


def _push(hub: str, owner: str, token: str, work: Path) -> str | None:
    scheme, _, host = hub.partition("://")
    remote = f"{scheme}://{owner}:{token}@{host}/spaces/{owner}/{work.name}"
    identity = ["-c", "user.name=Spaceport", "-c", "user.email=spaceport@localhost"]
    commands = (
        ["git", "init", "-q", "-b", "main"],
        ["git", "add", "--all"],
        ["git", *identity, "commit", "-q", "-m", f"Add the sample Space {work.name}"],
        ["git", "push", "-q", "--force", "-o", "nowait", remote, "main"],
    )
    for command in commands:
        done = subprocess.run(
            command,
            cwd=work,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": os.devnull},
            capture_output=True,
            text=True,
            timeout=_PUSH_TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            return _refusal(done.stderr).replace(token, "***")
    return None


def _refusal(stderr: str) -> str:
    """What the hub said, without git's own words around it."""
    said = [line.removeprefix("remote:").strip() for line in stderr.splitlines() if line.startswith("remote:")]
    return " ".join(line for line in said if line) or stderr.strip()
