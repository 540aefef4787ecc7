"""Imports point one way, and the folders stay what they are."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLATFORM = ROOT / "platform" / "spaceport"
RUNNER = ROOT / "runner" / "spaceport_runner"
STEPS = ("repos", "builds", "rollout", "gateway", "notify")
#: Parts of the runner that both sides know: what travels, what templates say, how logs and Redis are reached.
SHARED_WITH_PLATFORM = ("contract", "template", "connection", "settings", "log_file", "made_once", "pythons", "sealing")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def who_imports(folder: Path, *prefixes: str) -> list[str]:
    """Files of a folder that import one of these modules or something in them."""
    return [
        str(path.relative_to(ROOT))
        for path in modules(folder)
        if any(name == prefix or name.startswith(f"{prefix}.") for name in imports_of(path) for prefix in prefixes)
    ]


def test_platform_is_a_folder_and_never_a_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert not (ROOT / "runner" / "__init__.py").exists()


def test_the_domain_knows_nothing_of_the_rest() -> None:
    ours = {name for path in modules(PLATFORM / "domain") for name in imports_of(path) if name.startswith("spaceport")}

    assert {name for name in ours if not name.startswith(("spaceport.domain", "spaceport.errors"))} == set()


@pytest.mark.parametrize("step", STEPS)
def test_steps_hand_over_and_never_call_each_other(step: str) -> None:
    others = [f"spaceport.{other}" for other in STEPS if other != step]

    assert who_imports(PLATFORM / step, *others) == []


def test_only_bootstrap_knows_the_adapters() -> None:
    allowed = {"platform/spaceport/bootstrap.py"}
    outside = [path for path in who_imports(PLATFORM, "spaceport.adapters") if "/adapters/" not in path]

    assert set(outside) == allowed


def test_the_git_program_reads_whole_histories_and_this_process_does_not() -> None:
    """libgit2 lets nothing else go on meanwhile: see ``repos.ancestry``."""
    words = (".merge_base(", ".merge_commits(", ".ahead_behind(", ".descendant_of(", "SortMode.T")
    walking = [path for path in modules(PLATFORM) if any(word in path.read_text() for word in words)]

    assert walking == []


def test_nothing_is_built_on_the_command_line() -> None:
    outside = [path for path in who_imports(PLATFORM, "spaceport.cli") if "/cli/" not in path]

    assert outside == ["platform/spaceport/__main__.py"]


def test_the_gateway_reaches_neither_database_nor_engine() -> None:
    assert who_imports(PLATFORM / "gateway", "sqlalchemy", "spaceport.adapters", "spaceport_runner", "docker") == []


def test_the_runner_never_imports_the_platform() -> None:
    assert who_imports(RUNNER, "spaceport") == []


def test_the_docker_sdk_stays_in_the_engines() -> None:
    everywhere = [*who_imports(PLATFORM, "docker"), *who_imports(RUNNER, "docker")]

    assert [path for path in everywhere if "/engines/" not in path] == []


def test_the_platform_knows_only_what_the_runner_shares() -> None:
    allowed = tuple(f"spaceport_runner.{name}" for name in SHARED_WITH_PLATFORM)
    found = {
        name
        for path in modules(PLATFORM)
        if path.relative_to(PLATFORM).as_posix() not in ("bootstrap.py", "cli/commands.py")
        for name in imports_of(path)
        if name.startswith("spaceport_runner.")
    }

    assert {name for name in found if not name.startswith(allowed)} == set()


def test_files_stay_small() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}: {len(path.read_text().splitlines())}"
        for folder in (PLATFORM, RUNNER)
        for path in modules(folder)
        if len(path.read_text().splitlines()) > 400
    ]

    assert too_long == []
