"""The checks at the door, on trees that exist only in memory."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from spaceport.repos.checks import Inspection, inspect_commit
from spaceport.repos.dependencies import refers_to_other_files
from spaceport.repos.files import Limits
from spaceport.repos.tree import Entry, Kind
from spaceport_runner.contract import Capabilities
from spaceport_runner.template import load_templates

README = "---\nsdk: gradio\n---\n"
TEMPLATES = load_templates(Path(__file__).parents[2] / "templates")
SANDBOX = Capabilities(engine="sandbox", dockerfile=False, apt_packages=False, python_versions=("3.11.2", "3.12"))
DOCKER = Capabilities(engine="docker", dockerfile=True, apt_packages=True, python_versions=("3.11",))


class Tree:
    """Files by path; a value may be an Entry for what is no plain file."""

    tree_id = "t" * 40

    def __init__(self, files: Mapping[str, str | Entry]) -> None:
        self._files = files

    def entries(self) -> Iterator[Entry]:
        for path, content in self._files.items():
            if isinstance(content, Entry):
                yield content
            else:
                yield Entry(path, path, Kind.FILE, len(content), path)

    def read(self, object_id: str) -> bytes:
        content = self._files[object_id]
        assert isinstance(content, str)
        return content.encode()


class LinkTree(Tree):
    """One symbolic link, ``folder/link``."""

    def __init__(self, target: str) -> None:
        super().__init__({"README.md": README, "app.py": ""})
        self._target = target

    def entries(self) -> Iterator[Entry]:
        yield from super().entries()
        yield Entry("folder/link", "folder/link", Kind.SYMLINK, len(self._target), "target")

    def read(self, object_id: str) -> bytes:
        return self._target.encode() if object_id == "target" else super().read(object_id)


def inspect(files: Mapping[str, str | Entry] | Tree, *capabilities: Capabilities, **limits: int) -> Inspection:
    tree = files if isinstance(files, Tree) else Tree(files)
    return inspect_commit(tree, capabilities or (SANDBOX,), TEMPLATES, Limits(**{"max_file_bytes": 1000, **limits}))


def test_a_good_commit_has_no_problems() -> None:
    found = inspect({"README.md": README, "app.py": "", "requirements.txt": "numpy\n"})

    assert found.problems == ()
    assert found.card is not None
    assert list(found.dependency_files) == ["requirements.txt"]
    assert found.tree is None


def test_dependency_files_are_hashed_and_code_is_not() -> None:
    before = inspect({"README.md": README, "app.py": "1", "requirements.txt": "numpy\n"})
    after = inspect({"README.md": README, "app.py": "2", "requirements.txt": "numpy\n"})
    other = inspect({"README.md": README, "app.py": "1", "requirements.txt": "pandas\n"})

    assert before.dependency_files == after.dependency_files != other.dependency_files


@pytest.mark.parametrize(
    ("readme", "wanted"),
    [
        (README, "app.py"),
        ("---\nsdk: gradio\napp_file: src/main.py\n---\n", "src/main.py"),
        ("---\nsdk: static\n---\n", "index.html"),
        ("---\nsdk: docker\n---\n", "Dockerfile"),
    ],
)
def test_the_missing_app_file_is_named(readme: str, wanted: str) -> None:
    (problem,) = inspect({"README.md": readme, "other.txt": ""}, DOCKER).problems

    assert problem.startswith(f"no application file: looked for {wanted} ")


def test_a_dockerfile_needs_an_engine_that_builds_it() -> None:
    files = {"README.md": "---\nsdk: docker\n---\n", "Dockerfile": "FROM scratch"}
    refused, taken = inspect(files, SANDBOX), inspect(files, SANDBOX, DOCKER)

    assert refused.problems == (
        "this Spaceport runs the sandbox engine, which cannot build a Dockerfile: use sdk: gradio or static, or ask "
        "the admin to run Spaceport where a Docker Engine is",
    )
    assert taken.problems == ()
    assert taken.tree == Tree.tree_id


def test_debian_packages_need_an_engine_that_installs_them() -> None:
    files = {"README.md": README, "app.py": "", "packages.txt": "ffmpeg"}

    assert "packages.txt" in inspect(files, SANDBOX).problems[0]
    assert inspect(files, DOCKER).problems == ()


@pytest.mark.parametrize(("version", "ok"), [("3.11", True), ("3.11.9", True), ("3.12", True), ("3.7", False)])
def test_the_python_version_must_be_there(version: str, ok: bool) -> None:
    found = inspect({"README.md": f"---\nsdk: gradio\npython_version: {version}\n---\n", "app.py": ""})

    assert (found.problems == ()) is ok
    assert ok or "available: 3.11.2, 3.12" in found.problems[0]


def test_a_python_near_the_one_asked_for_stands_in_and_is_told() -> None:
    found = inspect({"README.md": "---\nsdk: gradio\npython_version: 3.13\n---\n", "app.py": ""})

    assert found.problems == ()
    assert found.warnings == ("README.md: python_version 3.13 is not available here: this Space runs with Python 3.12",)


def test_without_a_known_engine_nothing_is_refused_for_it() -> None:
    files = {"README.md": "---\nsdk: docker\n---\n", "Dockerfile": ""}

    assert inspect_commit(Tree(files), (), TEMPLATES, Limits(1000)).problems == ()


def test_large_files_come_with_the_command_that_moves_them() -> None:
    found = inspect({"README.md": README, "app.py": "", "my model.bin": "x" * 1001})

    assert any("my model.bin has" in line and "the limit is" in line for line in found.problems)
    assert "move large files out of plain git: git lfs migrate import --include='my model.bin'" in found.problems


@pytest.mark.parametrize(
    "path", ["a/../b", ".git/hooks/x", "sub/.GIT/config", "a\nb", "a\x1b[31mb", f"{'x' * 256}.py", "a/" * 500 + "b"]
)
def test_paths_that_could_do_harm_are_refused(path: str) -> None:
    entry = Entry(path, "shown", Kind.FILE, 0, "x")

    assert "cannot be stored" in inspect({"README.md": README, "app.py": "", "x": entry}).problems[0]


def test_names_that_are_not_utf8_are_refused() -> None:
    entry = Entry(None, "caf?", Kind.FILE, 0, "x")

    assert "not UTF-8" in inspect({"README.md": README, "app.py": "", "x": entry}).problems[0]


@pytest.mark.parametrize(
    ("target", "ok"),
    [("../app.py", True), ("file", True), ("../../etc", False), ("/etc/passwd", False), ("a/../../..", False)],
)
def test_links_must_stay_inside(target: str, ok: bool) -> None:
    assert (inspect(LinkTree(target)).problems == ()) is ok


def test_too_many_files_are_refused_early() -> None:
    files = {"README.md": README, "app.py": "", **{f"f{number}": "" for number in range(10)}}

    assert inspect(files, max_files=5).problems[0] == "the commit has more than 5 files"


def test_the_list_of_problems_stays_readable() -> None:
    files = {"README.md": README, "app.py": "", **{f"f{number}": "x" * 1001 for number in range(100)}}
    found = inspect(files).problems

    assert len(found) < 20
    assert "... and 90 more like this" in found


@pytest.mark.parametrize(
    "line",
    [
        "-r other.txt",
        "--requirement=other.txt",
        "-c pins.txt",
        "-e .",
        ".",
        "./wheels/x.whl",
        "../lib",
        "/opt/x",
        "file:///x",
        "mylib @ file:lib",
        "mylib@./lib",
        "vendor/lib",
        "x-1.0-py3-none-any.whl",
        "-f wheels",
        "  -r other.txt",
    ],
)
def test_requirements_that_read_other_files_are_noticed(line: str) -> None:
    assert refers_to_other_files(f"numpy\n{line}\n".encode())


@pytest.mark.parametrize(
    "line",
    [
        "numpy",
        "torch==2.4.0+cpu ; python_version < '3.12'",
        "# see docs/install.md",
        "transformers[torch]>=4",
        "git+https://example.org/a/b.git",
        "lib @ https://example.org/x.whl",
        "lib @ git+https://example.org/x",
        "--extra-index-url https://example.org/whl/cpu",
        "https://example.org/x-1.0.whl",
        "numpy  # a/b",
    ],
)
def test_plain_requirements_depend_on_nothing_else(line: str) -> None:
    assert not refers_to_other_files(f"{line}\n".encode())


@pytest.mark.parametrize("key", ["app_build_command: make", "hf_oauth_scopes: [jobs]"])
def test_what_this_version_does_not_do_is_told_and_refuses_nothing(key: str) -> None:
    inspection = inspect({"README.md": f"---\nsdk: gradio\n{key}\n---\n", "app.py": ""})

    assert inspection.problems == ()
    assert any(key.partition(":")[0] in warning for warning in inspection.warnings)
