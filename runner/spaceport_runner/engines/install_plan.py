"""What installing the dependencies of a Space takes: steps and environment for uv. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spaceport_runner.lock import CONSTRAINTS_FILE, OVERRIDES_FILE
from spaceport_runner.settings import PackageSources

REQUIREMENTS_FILE = "requirements.txt"
PRE_REQUIREMENTS_FILE = "pre-requirements.txt"
#: A line of a requirements file that speaks of other files of the repo.
_REFERS_TO_FILES = re.compile(
    r"^\s*(-r|--requirement|-c|--constraint|-e|--editable|-f|--find-links|\.|[^#]*file:)", re.M
)
_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Places:
    """Where a build works: the new environment, the source (also the folder commands run in), cache and scratch."""

    environment: Path
    source: Path
    cache: Path
    scratch: Path

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    def beside(self, name: str) -> Path:
        """A file of the build's own, which installing reads."""
        return self.environment.with_name(name)


def install_steps(
    uv: str, places: Places, requirements: Path | None, lock: str | None, no_cache: bool
) -> list[list[str]]:
    """
    The commands that install everything.

    The Space's requirements and the template's (``requirements``, a file) are resolved in one go, so that a conflict
    between them is found instead of overwritten; what must be there before is installed before. A ``lock`` holds for
    both; its files lie beside the environment. ``no_cache`` asks indexes and rebuilds, whatever the cache holds.
    """
    install = [uv, "pip", "install", "--python", str(places.python)]
    if no_cache:
        install.append("--refresh")
    if lock is not None:
        install += ["--constraints", str(places.beside(CONSTRAINTS_FILE))]
        install += ["--overrides", str(places.beside(OVERRIDES_FILE))]
    steps = []
    if (places.source / PRE_REQUIREMENTS_FILE).is_file():
        steps.append([*install, "-r", PRE_REQUIREMENTS_FILE])
    files = [REQUIREMENTS_FILE] if (places.source / REQUIREMENTS_FILE).is_file() else []
    if requirements is not None:
        files.append(str(requirements))
    if files:
        steps.append([*install, *(part for file in files for part in ("-r", file))])
    return steps


def refers_to_files(requirements: str) -> bool:
    """Whether a requirements file speaks of other files, so that all of the source must be there to install it."""
    return _REFERS_TO_FILES.search(requirements) is not None


def build_environment(places: Places, packages: PackageSources, machine: Mapping[str, str]) -> dict[str, str]:
    """
    The environment of a build: nothing of the runner's own but which certificates this machine trusts.

    Packages are looked for in all indexes that a requirements file names, as pip does, and the repo's own
    configuration of uv is not read: a Space builds here as it does elsewhere.
    """
    environment = {name: machine[name] for name in _VARIABLES if name in machine}
    if packages.ca_bundle is not None:
        environment |= {name: str(packages.ca_bundle) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")}
    if packages.index_url:
        environment |= {"UV_DEFAULT_INDEX": packages.index_url, "PIP_INDEX_URL": packages.index_url}
    if packages.find_links is not None:
        environment |= {"UV_FIND_LINKS": str(packages.find_links), "PIP_FIND_LINKS": str(packages.find_links)}
    return environment | {
        "PATH": f"{places.environment / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(places.scratch),
        "TMPDIR": str(places.scratch),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "VIRTUAL_ENV": str(places.environment),
        "UV_CACHE_DIR": str(places.cache),
        "UV_LINK_MODE": "hardlink",
        "UV_NO_PROGRESS": "1",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_HTTP_TIMEOUT": "60",
    }
