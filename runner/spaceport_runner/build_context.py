"""The folder a build sends to the builder, with its Dockerfile and the files of its secrets beside it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spaceport_runner.contract import BuildRequest
from spaceport_runner.dockerfile import BuildSecret, UnusableDockerfile, refers_to_other_files
from spaceport_runner.lock import install_files
from spaceport_runner.preload import preload
from spaceport_runner.template import Template
from spaceport_runner.template_requirements import template_requirements

#: A user's Dockerfile is text that people write; a longer one is something else.
DOCKERFILE_LIMIT_BYTES = 1024**2
REQUIREMENTS_FILE = "requirements.txt"
UV_OPTIONS_FILE = "uv-options"
#: Runs inside the build, as in the sandbox engine's.
COMPILE_WHEELS = Path(__file__).resolve().parent / "engines" / "compile_wheels.py"


@dataclass(frozen=True)
class BuildContext:
    """``secrets`` maps the id of a secret to the file that holds it. Everything is gone after the build."""

    folder: Path
    dockerfile: Path
    secrets: dict[str, Path]


@contextmanager
def template_context(
    build_source: Path,
    request: BuildRequest,
    template: Template,
    text: str,
    secrets: tuple[BuildSecret, ...],
    parent: Path,
    log: Callable[[str], None],
    preload_limit_bytes: int,
) -> Iterator[BuildContext]:
    """
    A context of ``source/`` (no more of the commit than the build needs), ``template/`` and ``preload/``.

    Raises: BuildFailed when something to preload is not there.
    """
    with _scratch_folder(parent) as scratch:
        context = scratch / "context"
        _put_source(build_source, context / "source", template.dependency_files)
        (context / "template").mkdir()
        own = build_source / REQUIREMENTS_FILE
        text_of_own = own.read_text(errors="replace") if own.is_file() else ""
        requirements = template_requirements(template, request, text_of_own)
        (context / "template" / REQUIREMENTS_FILE).write_text("".join(f"{line}\n" for line in requirements))
        for name, text_of_file in {**install_files(request.lock), **_options(request)}.items():
            (context / "template" / name).write_text(text_of_file)
        (context / "preload").mkdir()
        preload(request.preload, request.hub_url, context / "preload", log, preload_limit_bytes)
        shutil.copyfile(COMPILE_WHEELS, context / "template" / COMPILE_WHEELS.name)
        yield BuildContext(context, _put_dockerfile(scratch, text), _put_secrets(scratch, secrets))


@contextmanager
def repository_context(
    source: Path, text: str, secrets: tuple[BuildSecret, ...], parent: Path
) -> Iterator[BuildContext]:
    """The commit itself as context; its ``.dockerignore`` counts as usual."""
    with _scratch_folder(parent) as scratch:
        yield BuildContext(source, _put_dockerfile(scratch, text), _put_secrets(scratch, secrets))


def read_user_dockerfile(source: Path) -> str:
    """
    The Dockerfile of a commit.

    Raises: UnusableDockerfile when there is none, when it leads out of the commit or is no text.
    """
    path = source / "Dockerfile"
    if not path.is_file():
        raise UnusableDockerfile("there is no file named Dockerfile at the top of the repository")
    if not path.resolve().is_relative_to(source.resolve()):
        raise UnusableDockerfile("the Dockerfile is a link that leads out of the repository")
    if path.stat().st_size > DOCKERFILE_LIMIT_BYTES:
        raise UnusableDockerfile(f"the Dockerfile is larger than {DOCKERFILE_LIMIT_BYTES} bytes")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableDockerfile("the Dockerfile is not UTF-8 text") from error


@contextmanager
def _scratch_folder(parent: Path) -> Iterator[Path]:
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="build-", dir=parent) as folder:
        yield Path(folder)


def _options(request: BuildRequest) -> dict[str, str]:
    """More options for uv, in a file: without cache it asks indexes and rebuilds, whatever its own cache holds."""
    return {UV_OPTIONS_FILE: "--refresh" if request.no_cache else ""}


def _put_source(source: Path, target: Path, dependency_files: tuple[str, ...]) -> None:
    present = [name for name in dependency_files if (source / name).is_file()]
    texts = [(source / name).read_text(errors="replace") for name in present if name.endswith("requirements.txt")]
    if any(refers_to_other_files(text) for text in texts):
        shutil.copytree(source, target, symlinks=True, copy_function=_link_or_copy)
        target.chmod(0o755)
        return
    target.mkdir(parents=True)
    for name in present:
        shutil.copyfile(source / name, target / name)


def _link_or_copy(source: str, target: str) -> None:
    """A hard link costs nothing; the builder only reads."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _put_dockerfile(scratch: Path, text: str) -> Path:
    dockerfile = scratch / "Dockerfile"
    dockerfile.write_text(text)
    return dockerfile


def _put_secrets(scratch: Path, secrets: tuple[BuildSecret, ...]) -> dict[str, Path]:
    folder = scratch / "secrets"
    folder.mkdir(mode=0o700)
    files: dict[str, Path] = {}
    for secret in secrets:
        if secret.path is not None:
            files[secret.id] = secret.path
        else:
            files[secret.id] = folder / secret.id
            files[secret.id].write_text(secret.content or "")
    return files
