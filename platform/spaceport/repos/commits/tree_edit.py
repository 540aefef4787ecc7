"""A tree of git, changed path by path; folders are read when somebody looks into them, written when they changed."""

from dataclasses import dataclass
from typing import Protocol

from spaceport.errors import BadRequest, EntryNotFound

FILE, EXECUTABLE, FOLDER = 0o100644, 0o100755, 0o040000
#: Entries that one edit may read and write altogether: what changed is written anew for each copy of it, and each
#: copy that changes is read anew. Several times what a commit may have (``tree.MAX_ENTRIES``).
MAX_WORK = 500_000
#: Clients look for these words. Source: hub-api.md section 7.2.
NO_SUCH_FILE = "A file with this name doesn't exist"


@dataclass(frozen=True, slots=True)
class Item:
    """What a name in a folder stands for: mode and id, as git has them."""

    mode: int
    object_id: str

    @property
    def is_folder(self) -> bool:
        return self.mode == FOLDER

    @property
    def is_file(self) -> bool:
        """Symbolic links and submodules are none."""
        return self.mode in (FILE, EXECUTABLE)


class TreeStore(Protocol):
    """Where folders are read from and written to."""

    def read_folder(self, object_id: str) -> dict[str, Item]: ...
    def write_folder(self, items: dict[str, Item]) -> str: ...


class TreeEdit:
    """
    The files of a commit to be.

    A folder without files is gone by itself, as everywhere in git. Paths are checked before (``bad_path``). All methods
    raise BadRequest when it has cost too much.
    """

    def __init__(self, store: TreeStore, tree_id: str, max_work: int = MAX_WORK) -> None:
        self._root = _Folder(_Work(store, max_work), tree_id)

    def find(self, path: str) -> Item | None:
        """A file or folder as it is now; a changed folder is written for that."""
        folder, name = self._parent(path)
        return folder.item(name) if folder is not None else None

    def put(self, path: str, object_id: str, mode: int | None = None) -> None:
        """
        A file in place of the one before, which may leave it executable; or a folder with ``mode``.

        Raises: BadRequest where a file is in the way of a folder, or the reverse.
        """
        *parents, name = path.split("/")
        folder = self._root
        for depth, part in enumerate(parents, 1):
            if not folder.is_free_for_folder(part):
                raise BadRequest(f"{'/'.join(parents[:depth])!r} is a file: delete it before {path[:200]!r} is added")
            folder = folder.open_or_make(part)
        before = folder.item(name)
        if before is not None and (before.is_folder or mode == FOLDER):
            kind = "folder" if before.is_folder else "file"
            raise BadRequest(f"{path[:200]!r} is a {kind} already: delete it before something else gets that name")
        kept = EXECUTABLE if before is not None and before.mode == EXECUTABLE else FILE
        folder.set(name, Item(mode or kept, object_id))

    def remove(self, path: str) -> None:
        """A file, or a folder with everything in it. Raises: EntryNotFound."""
        folder, name = self._parent(path)
        if folder is None or not folder.remove(name):
            raise EntryNotFound(f"{NO_SUCH_FILE}: {path[:200]}")

    def write(self) -> str:
        """The id of the tree."""
        return self._root.write()

    def _parent(self, path: str) -> tuple["_Folder | None", str]:
        *parents, name = path.split("/")
        folder: _Folder | None = self._root
        for part in parents:
            folder = folder.open(part) if folder is not None else None
        return folder, name


class _Work:
    """Reads and writes folders, and counts what that costs."""

    def __init__(self, store: TreeStore, left: int) -> None:
        self._store = store
        self._left = left

    def spend(self, entries: int) -> None:
        """Raises: BadRequest."""
        self._left -= entries
        if self._left < 0:
            raise BadRequest("this commit copies and changes large folders again and again: make several commits")

    def read(self, object_id: str) -> dict[str, Item]:
        items = self._store.read_folder(object_id)
        self.spend(len(items))
        return items

    def write(self, items: dict[str, Item]) -> str:
        self.spend(len(items))
        return self._store.write_folder(items)


class _Folder:
    """One folder; without an id it is new."""

    def __init__(self, work: _Work, object_id: str | None) -> None:
        self._work = work
        self._object_id = object_id
        self._items = work.read(object_id) if object_id else {}
        self._opened: dict[str, _Folder] = {}
        self._is_changed = object_id is None

    def item(self, name: str) -> Item | None:
        return self._opened[name].settled() if name in self._opened else self._items.get(name)

    def open(self, name: str) -> "_Folder | None":
        if name not in self._opened:
            item = self._items.get(name)
            if item is None or not item.is_folder:
                return None
            self._opened[name] = _Folder(self._work, item.object_id)
        return self._opened[name]

    def is_free_for_folder(self, name: str) -> bool:
        item = self._items.get(name)
        return name in self._opened or item is None or item.is_folder

    def open_or_make(self, name: str) -> "_Folder":
        return self.open(name) or self._opened.setdefault(name, _Folder(self._work, None))

    def set(self, name: str, item: Item) -> None:
        self._opened.pop(name, None)
        self._is_changed |= self._items.get(name) != item
        self._items[name] = item

    def remove(self, name: str) -> bool:
        if self.item(name) is None:
            return False
        self._opened.pop(name, None)
        self._is_changed |= self._items.pop(name, None) is not None
        return True

    def settled(self) -> Item | None:
        """What stands for this folder in the one above: None while it is empty."""
        self._settle()
        return Item(FOLDER, self._write()) if self._items else None

    def write(self) -> str:
        """Its id, also when it is empty: for the root."""
        self._settle()
        return self._write()

    def _settle(self) -> None:
        """Take in what changed in the folders below."""
        self._work.spend(1 + len(self._opened))
        for name, opened in self._opened.items():
            item = opened.settled()
            if item != self._items.get(name):
                self._is_changed = True
                if item is None:
                    del self._items[name]
                else:
                    self._items[name] = item

    def _write(self) -> str:
        if self._is_changed or self._object_id is None:
            self._object_id = self._work.write(self._items)
            self._is_changed = False
        return self._object_id
