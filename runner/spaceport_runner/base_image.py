"""
Makes the base image from Debian's packages, for machines that cannot pull one.

Run it as ``python -m spaceport_runner.base_image``. Debian with Python, git, tini and uv. It has no user of uid 1000:
the Dockerfiles of Spaces make one themselves, as the documentation of Spaces asks them to.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import uv

from spaceport_runner.engines.docker_cli import docker_environment

DEFAULT_TAG = "spaceport/base"
DEBIAN_SUITE = "bookworm"
PACKAGES = ("ca-certificates", "git", "python3", "python3-dev", "python3-venv", "tini")
MIRROR_VARIABLE = "SPACEPORT_DEBIAN_MIRROR"
#: What apt leaves behind; it can be had again.
LEFTOVERS = ("var/cache/apt", "var/lib/apt/lists", "var/log", "usr/share/doc", "usr/share/man", "usr/share/locale")
BOOTSTRAP_TIMEOUT_SECONDS = 1800
IMPORT_TIMEOUT_SECONDS = 600
IMAGE_CONFIG = (
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "ENV LANG=C.UTF-8",
    'CMD ["python3"]',
)


class BaseImageError(Exception):
    """The base image cannot be made; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="spaceport_runner.base_image", description=__doc__)
    parser.add_argument("--tag", default=DEFAULT_TAG, help="name of the image (default: %(default)s)")
    parser.add_argument("--force", action="store_true", help="make it again although it is there")
    options = parser.parse_args(arguments)
    try:
        made = make_base_image(options.tag, options.force)
    except BaseImageError as error:
        print(f"base image: {error}", file=sys.stderr)
        return 1
    print(f"base image: {options.tag} {'made' if made else 'was there already'}")
    return 0


def make_base_image(tag: str, force: bool = False) -> bool:
    """
    Make the image unless it is there; says whether it was made.

    Raises: BaseImageError.
    """
    cli = _docker_program()
    if not force and _has_image(cli, tag):
        return False
    _check_machine()
    with tempfile.TemporaryDirectory(prefix="spaceport-base-") as folder:
        root = Path(folder) / "root"
        _bootstrap(root)
        _tidy(root)
        shutil.copy2(uv.find_uv_bin(), root / "usr/local/bin/uv")
        _import(cli, root, tag)
    return True


def _docker_program() -> str:
    cli = shutil.which("docker")
    if cli is None:
        raise BaseImageError("there is no docker program on this machine")
    return cli


def _has_image(cli: str, tag: str) -> bool:
    done = _run([cli, "image", "inspect", "--format", "{{.Id}}", tag], timeout_seconds=60)
    if done.returncode != 0 and "no such image" not in done.stderr.lower():
        raise BaseImageError(f"the Docker Engine does not answer: {done.stderr.strip()}")
    return done.returncode == 0


def _check_machine() -> None:
    if os.geteuid() != 0:
        raise BaseImageError("debootstrap needs root: run `sudo make base-image`")
    if shutil.which("debootstrap") is None:
        raise BaseImageError("debootstrap is missing: run `apt-get install debootstrap`")


def _bootstrap(root: Path) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", DEBIAN_SUITE, str(root)]
    if mirror := os.environ.get(MIRROR_VARIABLE):
        command.append(mirror)
    print(f"base image: installing Debian {DEBIAN_SUITE} with {', '.join(PACKAGES)} (about a minute)", flush=True)
    done = _run(command, BOOTSTRAP_TIMEOUT_SECONDS)
    if done.returncode != 0:
        last_lines = "\n".join((done.stdout + done.stderr).splitlines()[-10:])
        raise BaseImageError(f"debootstrap failed:\n{last_lines}")


def _tidy(root: Path) -> None:
    for leftover in LEFTOVERS:
        for path in (root / leftover).glob("*"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    # Docker puts its own in place of these; what debootstrap copied from this machine must not travel.
    (root / "etc/hostname").unlink(missing_ok=True)


def _import(cli: str, root: Path, tag: str) -> None:
    changes = [argument for change in IMAGE_CONFIG for argument in ("--change", change)]
    pack = ["tar", "--create", "--numeric-owner", "--one-file-system", f"--directory={root}", "."]
    with subprocess.Popen(pack, stdout=subprocess.PIPE) as packing:
        done = subprocess.run(
            [cli, "import", *changes, "-", tag],
            stdin=packing.stdout,
            env=docker_environment(),
            capture_output=True,
            text=True,
            timeout=IMPORT_TIMEOUT_SECONDS,
            check=False,
        )
    if done.returncode != 0 or packing.returncode != 0:
        raise BaseImageError(f"docker import failed: {done.stderr.strip()}")


def _run(command: list[str], timeout_seconds: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            env=docker_environment() | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BaseImageError(f"{command[0]} took longer than {timeout_seconds:.0f} seconds") from error


if __name__ == "__main__":
    sys.exit(main())
