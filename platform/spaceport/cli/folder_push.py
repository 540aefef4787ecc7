"""Pushes a folder to a Space with git, whether or not the folder is a repository of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spaceport.cli.hub_client import HubClient
from spaceport.errors import BadRequest, Conflict, SpaceportError

_TIMEOUT_SECONDS = 1800
#: What a hub takes in plain git unless its admin said otherwise.
_PLAIN_FILE_BYTES = 10 * 1024**2
_IDENTITY = ("-c", "user.name=Spaceport", "-c", "user.email=spaceport@localhost")


class PushRefused(SpaceportError):
    """git or the hub said no; the message is what was said."""


@dataclass(frozen=True)
class Pushed:
    """``is_new`` is False when the Space had exactly this already; ``notes`` are for people."""

    sha: str
    is_new: bool
    notes: tuple[str, ...] = ()


def push_folder(client: HubClient, space: str, folder: Path, message: str, force: bool = False) -> Pushed:
    """
    Make the folder the ``main`` of the Space.

    A repository pushes the commit it is at; what is not committed stays behind and is told of. The files of any other
    folder become one commit on top of what the Space has.

    Raises: BadRequest for a folder with nothing to deploy, Conflict when the Space has commits that the repository has
    not, PushRefused.
    """
    if not folder.is_dir():
        raise BadRequest(f"{folder} is not a folder")
    git = _Git(client, space)
    if (folder / ".git").exists():
        return git.push_repository(folder, force)
    with tempfile.TemporaryDirectory(prefix="spaceport-deploy-") as temporary:
        return git.push_files(folder, Path(temporary) / "work", message)


class _Git:
    def __init__(self, client: HubClient, space: str) -> None:
        self._url = client.git_url(space)
        self._environment = _environment(client.url, client.token)

    def push_repository(self, folder: Path, force: bool) -> Pushed:
        changed = self._run(folder, "status", "--porcelain").stdout.splitlines()
        notes = (f"{len(changed)} changed files are not committed and stay behind",) if changed else ()
        head = self._run(folder, "rev-parse", "--verify", "HEAD", may_fail=True)
        if head.returncode != 0:
            raise BadRequest(f"{folder} is a repository without a commit: commit first")
        return Pushed(head.stdout.strip(), self._push(folder, force), notes)

    def push_files(self, folder: Path, work: Path, message: str) -> Pushed:
        self._run(folder, "clone", "--quiet", "--depth=1", "--branch=main", self._url, str(work))
        for path in work.iterdir():
            if path.name != ".git":
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        kept = work / ".git"
        shutil.copytree(folder, work, dirs_exist_ok=True, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        self._restore_attributes(work, folder)
        self._send_large_files_to_lfs(work)
        self._run(work, "add", "--all")
        assert kept.is_dir()
        if self._run(work, "status", "--porcelain").stdout:
            self._run(work, *_IDENTITY, "commit", "--quiet", "--message", message)
        sha = self._run(work, "rev-parse", "HEAD").stdout.strip()
        return Pushed(sha, self._push(work, force=False))

    def _restore_attributes(self, work: Path, folder: Path) -> None:
        """The Space came with rules for binary files; a folder without any keeps those."""
        if not (folder / ".gitattributes").exists():
            self._run(work, "checkout", "--quiet", "HEAD", "--", ".gitattributes", may_fail=True)

    def _send_large_files_to_lfs(self, work: Path) -> None:
        """With git-lfs on this machine, all that its rules name, and whatever is too large for plain git besides."""
        if self._run(work, "lfs", "install", "--local", "--skip-smudge", may_fail=True).returncode != 0:
            return
        files = (path for path in work.rglob("*") if path.is_file() and not path.is_symlink())
        large = [
            path.relative_to(work).as_posix()
            for path in files
            if ".git" not in path.relative_to(work).parts and path.stat().st_size > _PLAIN_FILE_BYTES
        ]
        filters = self._run(work, "check-attr", "-z", "filter", "--", *large).stdout.split("\0") if large else []
        untracked = [path for path, value in zip(filters[::3], filters[2::3], strict=False) if value != "lfs"]
        if untracked:
            self._run(work, "lfs", "track", "--filename", *untracked)

    def _push(self, folder: Path, force: bool) -> bool:
        """Whether anything was new to the hub."""
        options = ("--force",) if force else ()
        done = self._run(
            folder, "push", "--porcelain", "-o", "nowait", *options, self._url, "HEAD:refs/heads/main", may_fail=True
        )
        if done.returncode == 0:
            return "[up to date]" not in done.stdout
        if "[rejected]" in done.stdout + done.stderr:
            raise Conflict(
                "the Space has commits that this folder has not: pull them first, or replace them with --force"
            )
        raise PushRefused(_said_by_hub(done.stderr))

    def _run(self, folder: Path, *arguments: str, may_fail: bool = False) -> subprocess.CompletedProcess[str]:
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except FileNotFoundError as error:
            raise BadRequest("there is no git on this machine: install it first") from error
        except subprocess.TimeoutExpired as error:
            raise PushRefused(f"git {arguments[0]} took longer than {_TIMEOUT_SECONDS} seconds") from error
        if done.returncode != 0 and not may_fail:
            raise PushRefused(f"git {arguments[0]}: {_said_by_hub(done.stderr)}")
        return done


def _environment(hub: str, token: str) -> Mapping[str, str]:
    """The token goes to git as a setting in the environment: not in an address, which others could read."""
    settings = {f"http.{hub}/.extraHeader": f"Authorization: Bearer {token}"} if token else {}
    numbered = {
        key: value
        for number, (name, text) in enumerate(settings.items())
        for key, value in ((f"GIT_CONFIG_KEY_{number}", name), (f"GIT_CONFIG_VALUE_{number}", text))
    }
    # What is cloned is replaced by the folder's own files: its large files need not come along.
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
    return {**os.environ, **quiet, "GIT_CONFIG_COUNT": str(len(settings)), **numbered}


def _said_by_hub(stderr: str) -> str:
    """What came from the other side, without git's own words around it."""
    said = [line.removeprefix("remote:").strip() for line in stderr.splitlines() if line.startswith("remote:")]
    return "\n".join(line for line in said if line) or stderr.strip()
