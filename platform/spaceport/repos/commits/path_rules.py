"""Which paths the rules of ``.gitattributes`` send to LFS, and which those of ``.gitignore`` leave out; asks git."""

import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from spaceport.errors import BadRequest, Unavailable
from spaceport.repos.git_command import git_environment

ATTRIBUTES, IGNORE = ".gitattributes", ".gitignore"
LFS_RULE = "filter=lfs diff=lfs merge=lfs -text"
#: Of one file of rules; a larger one is not read.
MAX_RULES_BYTES = 1024**2
_TIMEOUT_SECONDS = 30
#: Characters that mean something in a pattern. Source: gitignore(5).
_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\*?["})


def lfs_paths(repo_path: Path, rules: Mapping[str, bytes], paths: Sequence[str]) -> set[str]:
    """Those that the attributes send to LFS. ``rules`` are the ``.gitattributes`` by their paths; pure but for git."""
    if not rules or not paths:
        return set()
    fields = _ask(repo_path, rules, ("check-attr", "-z", "--stdin", "filter"), paths)
    rows = zip(fields[::3], fields[2::3], strict=False)
    return {path for path, value in rows if value == "lfs"}


def ignored_paths(repo_path: Path, rules: Mapping[str, bytes], paths: Sequence[str]) -> set[str]:
    """Those that are left out. ``rules`` are the ``.gitignore`` by their paths; pure but for git."""
    if not rules or not paths:
        return set()
    return set(_ask(repo_path, rules, ("check-ignore", "-z", "--stdin", "--no-index"), paths))


def rule_for(path: str) -> str:
    """A line of the root's ``.gitattributes`` that sends exactly this file to LFS."""
    pattern = path.translate(_SPECIAL).replace(" ", "[[:space:]]").replace('"', '["]')
    # Without a slash it would hold in all folders; the slash keeps # and ! from being read as more than letters, too.
    return f"{pattern if '/' in pattern and pattern[0] not in '#!' else '/' + pattern} {LFS_RULE}"


def with_rules(attributes: bytes, paths: Iterable[str]) -> bytes:
    """The root's ``.gitattributes`` with rules for these files at its end."""
    start = attributes if not attributes or attributes.endswith(b"\n") else attributes + b"\n"
    return start + "".join(f"{rule_for(path)}\n" for path in sorted(paths)).encode()


def rule_folders(paths: Iterable[str]) -> list[str]:
    """The folders whose rules may speak of these paths, the root (an empty text) first."""
    folders = {""}
    for path in paths:
        parts = path.split("/")[:-1]
        folders |= {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    return sorted(folders)


def _ask(repo_path: Path, rules: Mapping[str, bytes], command: Sequence[str], paths: Sequence[str]) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="spaceport-rules-") as name:
        folder = Path(name)
        for path, content in rules.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        environment = git_environment(
            GIT_DIR=str(repo_path),
            GIT_WORK_TREE=name,
            GIT_INDEX_FILE=str(folder / ".no-index"),
            GIT_ATTR_NOSYSTEM="1",
        )
        try:
            done = subprocess.run(
                ["git", "-c", "safe.directory=*", "-c", "core.bare=false", *command],
                input="\0".join(paths).encode() + b"\0",
                cwd=name,
                capture_output=True,
                env=environment,
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Unavailable("the rules of .gitattributes or .gitignore take too long") from error
    # check-ignore says 1 when it found none.
    if done.returncode not in (0, 1):
        why = done.stderr.decode("utf-8", "replace").strip()[:300]
        raise BadRequest(f"git cannot read the rules of .gitattributes or .gitignore: {why}")
    return done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
