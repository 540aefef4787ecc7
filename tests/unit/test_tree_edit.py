"""Trees changed path by path, at a cost that has an end."""

import hashlib
from collections.abc import Callable

import pytest

from spaceport.errors import BadRequest, EntryNotFound
from spaceport.repos.commits.tree_edit import FILE, FOLDER, Item, TreeEdit


class MemoryStore:
    def __init__(self) -> None:
        self.folders: dict[str, dict[str, Item]] = {}
        self.entries_written = 0

    def read_folder(self, object_id: str) -> dict[str, Item]:
        return dict(self.folders[object_id])

    def write_folder(self, items: dict[str, Item]) -> str:
        self.entries_written += len(items)
        object_id = hashlib.sha1(repr(sorted(items.items(), key=str)).encode()).hexdigest()
        self.folders[object_id] = dict(items)
        return object_id

    def paths(self, object_id: str, prefix: str = "") -> dict[str, str]:
        found = {}
        for name, item in self.folders[object_id].items():
            path = f"{prefix}{name}"
            found |= self.paths(item.object_id, f"{path}/") if item.is_folder else {path: item.object_id}
        return found


def edit_of(store: MemoryStore, *paths: str) -> TreeEdit:
    edit = TreeEdit(store, store.write_folder({}))
    for path in paths:
        edit.put(path, "id")
    return TreeEdit(store, edit.write())


def copy(edit: TreeEdit, old: str, new: str) -> None:
    found = edit.find(old)
    assert found is not None
    edit.put(new, found.object_id, found.mode)


def test_files_come_move_and_go() -> None:
    store = MemoryStore()
    edit = edit_of(store, "a/b/c", "a/d", "e")
    copy(edit, "a", "f/g")
    edit.remove("a/b/c")
    edit.put("a/b2/c", "new")
    edit.remove("e")

    assert store.paths(edit.write()) == {"a/d": "id", "a/b2/c": "new", "f/g/b/c": "id", "f/g/d": "id"}


def test_a_folder_without_files_is_gone() -> None:
    store = MemoryStore()
    edit = edit_of(store, "a/b/c", "d")
    edit.remove("a/b/c")

    assert edit.find("a") is None
    with pytest.raises(EntryNotFound):
        edit.remove("a")
    edit.put("a", "a file now")
    assert store.paths(edit.write()) == {"a": "a file now", "d": "id"}


def test_an_empty_tree_is_one() -> None:
    store = MemoryStore()
    edit = edit_of(store, "a")
    edit.remove("a")

    assert store.paths(edit.write()) == {}


def change_and_copy(edit: TreeEdit) -> None:
    for number in range(50_000):
        edit.put(f"a/new{number}", "id")
        copy(edit, "a", f"copies/{number}")


def copy_and_change(edit: TreeEdit) -> None:
    for number in range(50_000):
        copy(edit, "a", f"copies/{number}")
        edit.put(f"copies/{number}/new", "id")


def empty_and_copy(edit: TreeEdit) -> None:
    for number in range(2_000):
        edit.remove(f"a/{number}/x")
    for number in range(50_000):
        copy(edit, "a", f"copies/{number}")


@pytest.mark.parametrize("attack", [change_and_copy, copy_and_change, empty_and_copy])
def test_copies_of_a_large_folder_have_an_end(attack: Callable[[TreeEdit], None]) -> None:
    """Each copy writes it anew, reads it anew, or looks at all that is not in it any more."""
    store = MemoryStore()
    edit = edit_of(store, "a/kept", *(f"a/{number}/x" for number in range(2_000)))
    with pytest.raises(BadRequest, match="make several commits"):
        attack(edit)

    assert store.entries_written < 600_000


def test_a_large_honest_commit_is_far_from_the_limit() -> None:
    store = MemoryStore()
    edit = edit_of(store, *(f"{number % 100}/{number}" for number in range(50_000)))
    for number in range(50_000):
        edit.put(f"{number % 100}/{number}", "changed")

    assert set(store.paths(edit.write()).values()) == {"changed"}
    assert Item(FOLDER, "x").is_folder
    assert Item(FILE, "x").is_file
