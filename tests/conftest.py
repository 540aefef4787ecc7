"""What this machine offers to tests, said at the head of the run; what is missing is skipped, or fails in CI."""

import os
import subprocess
from collections.abc import Generator, Iterator
from functools import cache

import pytest
import structlog
from playwright.sync_api import expect

from tests.axe import axe_version
from tests.clients.process import clients_python
from tests.deaf_chromium import installed_chromium
from tests.postgresql import PostgresqlServer, postgresql_programs, running_postgresql
from tests.s3_server import s3_program

IN_CI = os.environ.get("CI") == "true"
BASE_IMAGE = os.environ.get("SPACEPORT_BASE_IMAGE", "spaceport/base")

_CLIENT_VERSIONS = (
    "from importlib.metadata import version\n"
    "print(*(f'{name} {version(name)}' for name in ('huggingface_hub', 'transformers', 'datasets', 'gradio')))"
)


def _first_line(*command: str) -> str | None:
    """The first line a command prints, None when it is not there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout.strip() or done.stderr.strip()).splitlines()[0] if done.stdout or done.stderr else ""


# A loaded machine takes longer than the five seconds that Playwright waits for what a page is to show.
expect.set_options(timeout=30_000)

# As processes do it, but for where it goes: else a traceback shows all that is in memory around it, page after page.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer(colors=False),
    ]
)


@cache
def found_services() -> dict[str, str | None]:
    """Marker -> what was found, None where it is missing."""
    engine = _first_line("docker", "version", "--format", "Docker Engine {{.Server.Version}}")
    base_image = _first_line("docker", "image", "inspect", "--format", "{{.Id}}", BASE_IMAGE) if engine else None
    programs = postgresql_programs()
    clients = clients_python()
    chromium = installed_chromium()
    return {
        "docker": f"{engine} with {BASE_IMAGE}" if engine and base_image else None,
        "axe": axe_version(),
        "browser": _first_line(chromium, "--version") if chromium else None,
        "git_lfs": _first_line("git-lfs", "version"),
        "bubblewrap": _first_line("bwrap", "--version"),
        "clients": _first_line(str(clients), "-c", _CLIENT_VERSIONS) if clients else None,
        "s3": s3_program(),
        "postgresql": _first_line(str(programs / "postgres"), "--version") if programs else None,
    }


_HOW_TO_GET = {
    "docker": f"a Docker Engine with the image {BASE_IMAGE} (make test-services, start dockerd, make base-image)",
    "axe": "axe-core (make test-axe)",
    "browser": "Chromium (make test-services)",
    "git_lfs": "git-lfs (make test-services)",
    "bubblewrap": "bubblewrap (make test-services)",
    "clients": "transformers, datasets, gradio and huggingface.js (make test-clients)",
    "s3": "moto_server, an S3 server (make test-s3)",
    "postgresql": "PostgreSQL's server programs (make test-services)",
}


def pytest_report_header() -> list[str]:
    lines = [f"{marker}: {found or 'MISSING: ' + _HOW_TO_GET[marker]}" for marker, found in found_services().items()]
    return ["services found on this machine:", *(f"  {line}" for line in lines)]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, found in found_services().items():
        if found is None and item.get_closest_marker(marker):
            reason = f"needs {_HOW_TO_GET[marker]}"
            if IN_CI:
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI everything required is present: a skip there hides something."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """For tests with the marker ``postgresql``."""
    programs = postgresql_programs()
    assert programs is not None
    with running_postgresql(programs) as server:
        yield server
