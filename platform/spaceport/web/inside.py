"""What is in a file that is no text: the first rows of a Parquet file, the tensors of a safetensors file."""

from dataclasses import dataclass
from typing import Any

from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import EntryNotFound, Unavailable
from spaceport.repos.finding import folder_of
from spaceport.repos.large_files import usable_files
from spaceport.repos.metadata import LargeFiles
from spaceport.repos.metadata.safetensors import header_of
from spaceport.repos.tree import GitTree
from spaceport.repos.viewer.media_cells import addresses_of, rows_with_media
from spaceport.repos.viewer.process import UnreadableData
from spaceport.repos.viewer.single_file import is_table, table_of_file
from spaceport.translating import gettext, ngettext
from spaceport.web.context import Web
from spaceport.web.file_view import FileView
from spaceport.web.table_view import MAX_COLUMNS, Column, Row, cell_of, columns_of, rows_of

_ROWS = 20
_TENSORS = 500
#: Of the header of a safetensors file: some twenty thousand tensors.
_MAX_HEADER_BYTES = 2 * 1024**2
_MAX_NOTES, _MAX_NOTE_CHARACTERS = 20, 500


@dataclass(frozen=True)
class Inside:
    """
    A table, and what there is to say above it in ``facts``; ``notes`` are names and texts that the file itself has.

    While it is being read it ``is_waiting``; what cannot be read has a ``problem``.
    """

    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    more_columns: int = 0
    facts: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    is_waiting: bool = False
    problem: str = ""


def look_inside(web: Web, repo: Space | Repo, sha: str, path: str, file: FileView, asker: str) -> Inside | None:
    """None for other kinds of files. Never waits for a reader. Who asks may see the files of the repo."""
    if is_table(path, file.size_bytes):
        return _rows_inside(web, repo, sha, path, asker)
    if path.lower().endswith(".safetensors"):
        return _tensors_inside(web, repo, sha, path)
    return None


def _rows_inside(web: Web, repo: Space | Repo, sha: str, path: str, asker: str) -> Inside:
    table = table_of_file(repo, sha, path)
    try:
        known = web.viewer.first_rows(table, asker, _ROWS)
    except Unavailable:
        known = None
    except UnreadableData as error:
        return Inside(problem=str(error))
    if known is None:
        return Inside(is_waiting=True)
    about, answer = known
    columns = tuple(columns_of(about.features))
    rows = rows_of(about.features, rows_with_media(answer, addresses_of(web.services, repo, table, "")))
    facts = (
        ngettext("%(shown)s row", "%(shown)s rows", about.total_rows, shown=f"{about.total_rows:,}"),
        ngettext("%(num)s column", "%(num)s columns", len(about.features)),
    )
    return Inside(columns, tuple(rows), max(0, len(about.features) - MAX_COLUMNS), facts)


def _tensors_inside(web: Web, repo: Space | Repo, sha: str, path: str) -> Inside:
    large = LargeFiles(web.services.objects, usable_files(web.services, repo.id))
    with GitTree(folder_of(web.services, repo), sha) as tree:
        header = header_of(_OneFile(tree, large), path, _MAX_HEADER_BYTES)
    if header is None:
        return Inside(problem=gettext("Its header cannot be read, or is too large to be shown."))
    notes = header.get("__metadata__")
    tensors = [(name, about) for name, about in header.items() if name != "__metadata__" and isinstance(about, dict)]
    rows = tuple(
        Row(number, [cell_of(value, None) for value in (name, *_words_of(about))])
        for number, (name, about) in enumerate(tensors[:_TENSORS], 1)
    )
    facts = [ngettext("%(shown)s tensor", "%(shown)s tensors", len(tensors), shown=f"{len(tensors):,}")]
    if len(tensors) > _TENSORS:
        facts.append(gettext("these are the first %(number)s", number=_TENSORS))
    columns = (Column(gettext("Tensor"), ""), Column(gettext("Type"), ""), Column(gettext("Shape"), ""))
    return Inside(columns, rows, facts=tuple(facts), notes=_notes_of(notes))


def _words_of(tensor: dict[str, Any]) -> tuple[str, str]:
    shape = tensor.get("shape")
    return str(tensor.get("dtype")), " × ".join(str(size) for size in shape) if isinstance(shape, list) else ""


def _notes_of(notes: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(notes, dict):
        return ()
    found = list(notes.items())[:_MAX_NOTES]
    return tuple((str(name)[:_MAX_NOTE_CHARACTERS], str(text)[:_MAX_NOTE_CHARACTERS]) for name, text in found)


class _OneFile:
    """A file of a commit by its path; a large one is read where it is."""

    paths = frozenset[str]()

    def __init__(self, tree: GitTree, large: LargeFiles) -> None:
        self._tree = tree
        self._large = large

    def start(self, path: str, first: int, length: int) -> bytes | None:
        try:
            blob = self._tree.file(path)
        except EntryNotFound:
            return None
        pointer = self._tree.pointer(blob.object_id, blob.size_bytes)
        if pointer is not None:
            return self._large.start(pointer, first, length)
        return self._tree.read(blob.object_id)[first : first + length]
