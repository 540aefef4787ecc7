"""The card of a model or a dataset, from the files of a commit."""

from collections.abc import Sequence
from pathlib import Path

from spaceport.domain.card_check import CardCheck, check_readme
from spaceport.domain.citation import citation_of
from spaceport.domain.repo import RepoType
from spaceport.errors import EntryNotFound
from spaceport.repos.tree import Entry, GitTree, Kind, TreeReader

README = "README.md"
#: A larger one is not read: the front matter has a limit of its own.
_MAX_README_BYTES = 2 * 1024**2


def read_repo_card(tree: TreeReader, entries: Sequence[Entry], kind: RepoType) -> CardCheck:
    """What the README says and what is wrong with it; a repo without one has an empty card."""
    readme = _find(entries)
    return CardCheck() if readme is None else check_readme(_read(tree, readme), kind)


def read_readme(tree: TreeReader, entries: Sequence[Entry]) -> str:
    """The README with its front matter; empty for a repo without one."""
    readme = _find(entries)
    return "" if readme is None else _read(tree, readme)


def read_citation(folder: Path, sha: str) -> str | None:
    """What the README of a commit asks to be cited by. Raises: RevisionNotFound."""
    with GitTree(folder, sha) as tree:
        try:
            readme = tree.file(README)
        except EntryNotFound:
            return None
        if readme.size_bytes > _MAX_README_BYTES:
            return None
        return citation_of(tree.read(readme.object_id).decode("utf-8", "replace"))


def _find(entries: Sequence[Entry]) -> Entry | None:
    readme = next((entry for entry in entries if entry.path == README and entry.kind is Kind.FILE), None)
    return None if readme is None or readme.size_bytes > _MAX_README_BYTES else readme


def _read(tree: TreeReader, readme: Entry) -> str:
    return tree.read(readme.object_id).decode("utf-8", "replace")
