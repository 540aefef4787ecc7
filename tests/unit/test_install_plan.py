"""What installing the dependencies of a Space takes."""

from pathlib import Path

import pytest

from spaceport_runner.engines.install_plan import (
    Places,
    build_environment,
    install_steps,
    refers_to_files,
)
from spaceport_runner.settings import PackageSources


@pytest.fixture
def places(tmp_path: Path) -> Places:
    source = tmp_path / "source"
    source.mkdir()
    return Places(tmp_path / "env", source, tmp_path / "cache", tmp_path / "tmp")


def test_the_spaces_requirements_and_the_templates_are_resolved_together(places: Places) -> None:
    (places.source / "requirements.txt").touch()
    (places.source / "pre-requirements.txt").touch()
    first, second = install_steps("uv", places, Path("/template.txt"), lock=None, no_cache=False)

    assert first[-2:] == ["-r", "pre-requirements.txt"]
    assert second[-4:] == ["-r", "requirements.txt", "-r", "/template.txt"]


def test_nothing_to_install_is_no_step(places: Places) -> None:
    assert install_steps("uv", places, None, lock=None, no_cache=True) == []


@pytest.mark.parametrize(
    "line",
    ["-r more.txt", "--requirement more.txt", "  -c limits.txt", "./pkg", "../pkg", "-e .", "pkg @ file:///x", "-f w"],
)
def test_lines_that_speak_of_files_need_the_whole_commit(line: str) -> None:
    assert refers_to_files(f"six\n{line}\n")


@pytest.mark.parametrize("line", ["six", "six==1.0 # see file:x", "--extra-index-url x", "a @ git+ssh://x", ""])
def test_other_lines_do_not(line: str) -> None:
    assert not refers_to_files(f"six\n{line}\n")


def test_a_build_inherits_nothing_but_which_certificates_to_trust(places: Places) -> None:
    machine = {"HF_TOKEN": "x", "SPACEPORT_KEY": "x", "UV_INDEX_URL": "x", "SSL_CERT_FILE": "/ca.pem", "HOME": "/root"}
    environment = build_environment(places, PackageSources(), machine)

    assert environment["SSL_CERT_FILE"] == "/ca.pem"
    assert environment["HOME"] == str(places.scratch)
    assert not {"HF_TOKEN", "SPACEPORT_KEY", "UV_INDEX_URL"} & environment.keys()


def test_the_operators_sources_reach_uv(places: Places) -> None:
    sources = PackageSources(Path("/own.pem"), "https://index.test/simple", Path("/wheels"))
    environment = build_environment(places, sources, {"SSL_CERT_FILE": "/ca.pem"})

    assert environment["SSL_CERT_FILE"] == "/own.pem"
    assert environment["UV_DEFAULT_INDEX"] == "https://index.test/simple"
    assert environment["UV_FIND_LINKS"] == "/wheels"
