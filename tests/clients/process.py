"""The unmodified clients, each run as a process that knows nothing but a hub's address and a token."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_CLIENTS = Path(__file__).parents[2] / ".venv-clients"
#: Where npm put huggingface.js.
JAVASCRIPT = _CLIENTS / "js"
PROGRAMS = Path(__file__).parent / "programs"
RELEASES = Path(__file__).parent / "releases"
_LIMIT_SECONDS = 200
#: Clients also call hosts of their makers, which no hub can answer for; tests stay on this machine.
_STAY_HERE = {"HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0"}


def clients_python() -> Path | None:
    """
    The Python that ``make test-clients`` made, with transformers, datasets and gradio, and huggingface.js beside it.

    None where they are not.
    """
    made = _CLIENTS / "bin" / "python"
    return made if made.exists() and JAVASCRIPT.exists() else None


@dataclass
class ClientMachine:
    """A home folder of its own: cache, tokens and settings stay there from one process to the next."""

    home: Path
    endpoint: str
    token: str | None
    python: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def program(self, name: str, *arguments: str, **environment: str) -> Any:
        """Run a program of ``tests/clients/programs``; what the last line it prints says, read as JSON."""
        command = [str(self.python), str(PROGRAMS / f"{name}.py"), *arguments]
        return json.loads(self.run(command, **environment).splitlines()[-1])

    def tool(self, name: str, *arguments: str, answers: str | None = None, **environment: str) -> str:
        """Run a command that a client brings; what it prints. ``answers`` is what somebody types."""
        return self.run([str(self.python.parent / name), *arguments], answers, **environment)

    def run(self, command: Sequence[str], answers: str | None = None, **environment: str) -> str:
        done = self.attempt(command, answers, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def attempt(
        self, command: Sequence[str], answers: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """For commands that may be refused."""
        self.home.mkdir(parents=True, exist_ok=True)
        told = {"HF_ENDPOINT": self.endpoint, **({"HF_TOKEN": self.token} if self.token else {})}
        return subprocess.run(
            command,
            env={
                "PATH": f"{self.python.parent}:{os.environ['PATH']}",
                "HOME": str(self.home),
                "HF_HOME": str(self.home / "hf"),
                **_STAY_HERE,
                **told,
                **self.environment,
                **environment,
            },
            cwd=self.home,
            input=answers or "",
            capture_output=True,
            text=True,
            timeout=_LIMIT_SECONDS,
            check=False,
        )
