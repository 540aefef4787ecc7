"""Objects of a commit that is not accepted yet, apart from those of the repo; as git does it for a push."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pygit2

from spaceport.repos.commits.tree_edit import Item
from spaceport.repos.creation import signature_of
from spaceport.repos.tree import open_repo

#: git's own prefix for such folders: ``git gc`` removes what a killed hub left behind.
_PREFIX = "tmp_objdir-"
#: More objects than this move into the repo as one pack.
_MAX_LOOSE = 100
_LOOSE_MODE, _FOLDER_MODE = 0o444, 0o755


class Quarantine:
    """
    Reads the repo, writes beside it. What was not kept is gone at the end.

    Raises: pygit2.GitError when there is no repo.
    """

    def __init__(self, repo_path: Path) -> None:
        self._objects = repo_path / "objects"
        open_repo(repo_path).free()
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._objects))
        odb = pygit2.Odb()
        odb.add_backend(pygit2.OdbBackendLoose(str(self.path), -1, False, _FOLDER_MODE, _LOOSE_MODE), 2)
        odb.add_disk_alternate(str(self._objects))
        self._odb = odb
        self.repo: Any = pygit2.Repository()
        self.repo.set_odb(odb)

    def __enter__(self) -> "Quarantine":
        return self

    def __exit__(self, *_: object) -> None:
        self.repo.free()
        shutil.rmtree(self.path, ignore_errors=True)

    def write_blob(self, content: bytes) -> str:
        return str(self._odb.write(pygit2.enums.ObjectType.BLOB, content))

    def read_blob(self, object_id: str) -> bytes:
        return bytes(self._odb.read(object_id)[1])

    def read_object(self, object_id: str) -> tuple[Any, bytes]:
        """Kind and content, as git has it."""
        kind, content = self._odb.read(object_id)
        return kind, bytes(content)

    def write_object(self, kind: Any, content: bytes) -> str:
        return str(self._odb.write(kind, content))

    def size_of(self, object_id: str) -> int:
        return int(self._odb.read_header(object_id)[1])

    def read_folder(self, object_id: str) -> dict[str, Item]:
        """Names that are no UTF-8 keep their bytes in a way of their own."""
        return {os.fsdecode(each.raw_name): Item(int(each.filemode), str(each.id)) for each in self.repo[object_id]}

    def write_folder(self, items: dict[str, Item]) -> str:
        """Source: git's ``base_name_compare``: folders sort as if their names ended in a slash."""
        rows = [(os.fsencode(name), item) for name, item in items.items()]
        rows.sort(key=lambda row: row[0] + b"/" if row[1].is_folder else row[0])
        raw = b"".join(b"%o %s\0%s" % (item.mode, name, bytes.fromhex(item.object_id)) for name, item in rows)
        return str(self._odb.write(pygit2.enums.ObjectType.TREE, raw))

    def write_commit(self, tree_id: str, parents: Sequence[str], message: str, author: str) -> str:
        """``author`` is the name of a user. Nothing leads to the commit yet."""
        signature = signature_of(author)
        return str(self.repo.create_commit(None, signature, signature, message, tree_id, list(parents)))

    def write_tag(self, name: str, sha: str, message: str, author: str) -> str:
        """A tag with a message; no ref leads to it yet."""
        lines = [f"object {sha}", "type commit", f"tag {name}", f"tagger {_stamp(author)}", "", message]
        return str(self._odb.write(pygit2.enums.ObjectType.TAG, "\n".join(lines).encode()))

    def tree_of(self, sha: str) -> str:
        return str(self.repo[sha].peel(pygit2.Commit).tree_id)

    def keep(self) -> None:
        """Move all objects into the repo; nothing leads to them yet."""
        loose = [path for path in self.path.glob("??/*") if path.is_file()]
        if len(loose) > _MAX_LOOSE:
            loose = self._pack(loose)
        for path in loose:
            target = self._objects / path.relative_to(self.path)
            target.parent.mkdir(exist_ok=True)
            path.replace(target)

    def _pack(self, loose: list[Path]) -> list[Path]:
        """The files of one pack with everything in it, in the order in which they may appear."""
        folder = self.path / "pack"
        folder.mkdir(exist_ok=True)
        builder = pygit2.PackBuilder(self.repo)
        for path in loose:
            builder.add(pygit2.Oid(hex=path.parent.name + path.name))
        builder.write(str(folder))
        for path in loose:
            path.unlink()
        # A pack is there once its index is.
        return sorted(folder.iterdir(), key=lambda path: path.suffix == ".idx")


def _stamp(author: str) -> str:
    """Who and when, as objects of git have it."""
    signature = signature_of(author)
    return f"{signature.name} <{signature.email}> {signature.time} +0000"
