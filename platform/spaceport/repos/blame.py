"""Which commit each line of a text comes from; asks git."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from spaceport.errors import BadRequest, EntryNotFound
from spaceport.repos.git_command import git_environment

#: Of one file; the rest is not looked at.
MAX_LINES = 3_000
_MAX_OUTPUT_BYTES = 16 * 1024**2
_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Origin:
    """A commit that lines come from. The names of its author are as the commit has them."""

    sha: str
    author: str
    title: str
    at: datetime


@dataclass(frozen=True)
class BlamedLines:
    """Lines one after the other that come from the same commit; ``first`` is the number of the first."""

    origin: Origin
    first: int
    count: int


def blame_of(repo_path: Path, sha: str, path: str) -> list[BlamedLines]:
    """
    The origins of the first ``MAX_LINES`` lines of a file at a full commit id.

    Raises: EntryNotFound where git finds no such file, BadRequest when its history takes too long.

    Source: git-blame(1), "the porcelain format".
    """
    command = ["git", "-c", "safe.directory=*", "blame", "--porcelain", f"-L1,{MAX_LINES}", sha, "--", path]
    try:
        answer = subprocess.run(
            command,
            cwd=repo_path,
            env=git_environment(GIT_DIR=str(repo_path), GIT_LITERAL_PATHSPECS="1"),
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BadRequest(f"the history of {path[:200]} is too long to be looked through here: use git blame") from error
    if answer.returncode != 0 and b"has only" in answer.stderr:
        # Only a file without lines has fewer than one.
        return []
    if answer.returncode != 0 or len(answer.stdout) > _MAX_OUTPUT_BYTES:
        raise EntryNotFound(f"git cannot tell where the lines of {path[:200]!r} come from")
    return list(_merged(parse_blame(answer.stdout.decode("utf-8", "replace"))))


def parse_blame(text: str) -> Iterator[Origin]:
    """The origin of each line, in order. Pure."""
    known: dict[str, Origin] = {}
    sha, values = "", dict[str, str]()
    for line in text.split("\n"):
        if line.startswith("\t"):
            if sha not in known:
                seconds = int(values.get("author-time", "0"))
                moment = datetime.fromtimestamp(min(max(seconds, 0), 2**35), UTC)
                known[sha] = Origin(sha, values.get("author", ""), values.get("summary", ""), moment)
            yield known[sha]
            sha, values = "", {}
        elif not sha:
            sha = line.partition(" ")[0]
        else:
            key, _, value = line.partition(" ")
            values[key] = value


def _merged(origins: Iterator[Origin]) -> Iterator[BlamedLines]:
    current: Origin | None = None
    first = number = 0
    for number, origin in enumerate(origins, 1):
        if current is not None and origin is not current:
            yield BlamedLines(current, first, number - first)
        if origin is not current:
            current, first = origin, number
    if current is not None:
        yield BlamedLines(current, first, number + 1 - first)
