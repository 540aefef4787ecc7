"""What pull requests bring that no honest git writes: bytes that are no text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pygit2
import pytest

from spaceport.repos.ancestry import last_in_common
from spaceport.repos.discussions import pull_refs
from spaceport.repos.discussions.patch import patch_text


class OddRepo:
    """Commits of one file whose name, message and author are not UTF-8, made at the end of time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git: Any = pygit2.init_repository(str(folder), bare=True)

    def commit(self, content: bytes, parents: Sequence[Any] = ()) -> Any:
        blob = self.git.create_blob(content)
        tree = self._write(pygit2.enums.ObjectType.TREE, b"100644 f\xff\0" + bytes.fromhex(str(blob)))
        lines = [f"tree {tree}".encode(), *(f"parent {parent}".encode() for parent in parents)]
        lines += [role + b" n\xff <a@b> 99999999999999 +0000" for role in (b"author", b"committer")]
        return self._write(pygit2.enums.ObjectType.COMMIT, b"\n".join([*lines, b"", b"a \xff message\n"]))

    def _write(self, kind: Any, raw: bytes) -> Any:
        return self.git.odb.write(kind, raw)


@pytest.fixture
def odd(tmp_path: Path) -> OddRepo:
    return OddRepo(tmp_path / "odd.git")


def test_conflicts_of_odd_names_can_be_shown(odd: OddRepo) -> None:
    base = odd.commit(b"1\n")
    main, head = odd.commit(b"2\n", [base]), odd.commit(b"3\n", [base])

    assert pull_refs.conflicts(odd.git, base, main, head) == ("f\ufffd",)
    assert pull_refs.conflicts(odd.git, base, base, head) == ()


def test_patches_of_odd_and_large_files_are_text(odd: OddRepo) -> None:
    base = odd.commit(b"1\n")
    small, large = odd.commit(b"2\n", [base]), odd.commit(b"3\n" * 400_000, [base])

    assert "-1\n+2\n" in patch_text(odd.git, base, small)
    assert "differ" in patch_text(odd.git, base, large)
    for text in (patch_text(odd.git, base, small), patch_text(odd.git, base, large), patch_text(odd.git, None, small)):
        text.encode()


def test_a_history_that_has_nothing_in_common_is_all_new(odd: OddRepo) -> None:
    main, head = odd.commit(b"1\n"), odd.commit(b"2\n")

    assert last_in_common(odd.folder, str(main), str(head)) is None
    assert pull_refs.conflicts(odd.git, None, main, head) == ("f\ufffd",)
