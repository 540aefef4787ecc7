"""What pages show of a folder and of a file: rows with their last commits, text with numbered lines, pictures."""

import mimetypes
from dataclasses import dataclass, replace
from urllib.parse import quote

from spaceport.domain.front_matter import body_of
from spaceport.highlighting import highlighted
from spaceport.markdown import CardPlace, render_card
from spaceport.repos.commits.listing import Commit
from spaceport.repos.pointers import format_pointer
from spaceport.repos.tree_listing import Listed, TreeListing
from spaceport.translating import gettext
from spaceport.web.csv_table import CsvTable, read_csv_table
from spaceport.web.notebook import MAX_NOTEBOOK_BYTES, Cell, read_notebook

#: Rows of a page; of each the last commit is looked for.
ROWS = 100
#: What is shown of a text; the whole of it can be downloaded.
MAX_TEXT_BYTES = 512 * 1024
MAX_LINES = 5_000
_SHOWN_AS_THEY_ARE = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/svg+xml")


@dataclass(frozen=True)
class Row:
    """``url`` is the path, encoded. ``size_bytes`` of a large file is its own; None for a folder."""

    name: str
    url: str
    is_folder: bool
    size_bytes: int | None
    is_large: bool
    commit: Commit | None


@dataclass(frozen=True)
class FolderPage:
    """``newest`` is the commit that changed this folder last."""

    rows: tuple[Row, ...]
    total: int
    has_more: bool
    newest: Commit | None


@dataclass(frozen=True)
class FileView:
    """
    One of ``html`` (clean), ``lines``, ``notebook``, ``table`` and ``picture`` (``image``, ``audio`` or ``video``,
    shown from ``resolve_url``) is there, or none of them, and ``note`` says why. ``sha256`` is that of a large file.
    ``colours`` are the lines as HTML (clean), where the language is known.
    """

    size_bytes: int
    resolve_url: str
    raw_url: str
    sha256: str | None = None
    html: str = ""
    lines: tuple[str, ...] | None = None
    colours: tuple[str, ...] | None = None
    notebook: tuple[Cell, ...] = ()
    table: CsvTable | None = None
    picture: str = ""
    note: str = ""
    has_source: bool = False

    @property
    def pointer(self) -> str:
        """What git has of a large file."""
        return format_pointer(self.sha256, self.size_bytes).decode() if self.sha256 else ""


def url_of(text: str, keep: str = "") -> str:
    return quote(text, safe=keep)


def folder_page(listing: TreeListing, path: str, page: int) -> FolderPage:
    """Folders first, then files, each in the order of git. Raises: EntryNotFound, TreeTooLarge."""
    found = sorted(listing.rows(path, recursive=False), key=lambda row: not row.is_folder)
    shown = found[page * ROWS : (page + 1) * ROWS]
    this = listing.find(path) if path else None
    commits = listing.last_commits([*shown, *([this] if this else [])])
    rows = tuple(_row(listing, row, commits.get(row.raw)) for row in shown)
    newest = commits.get(this.raw) if this else max(commits.values(), key=lambda commit: commit.at, default=None)
    return FolderPage(rows, len(found), (page + 1) * ROWS < len(found), newest)


def file_view(listing: TreeListing, row: Listed, base: str, revision: str, sha: str, plain: bool) -> FileView:
    """A large file is shown where a browser can by itself; its text is not read here."""
    path = quote(row.raw, safe="/")
    size = listing.size_bytes(row)
    pointer = listing.pointer(row, size)
    view = FileView(
        size_bytes=pointer.size_bytes if pointer else size,
        resolve_url=f"{base}/resolve/{url_of(revision)}/{path}",
        raw_url=f"{base}/raw/{url_of(revision)}/{path}",
        sha256=pointer.sha256 if pointer else None,
    )
    kind = mimetypes.guess_type(row.path)[0] or ""
    if kind in _SHOWN_AS_THEY_ARE or kind.startswith(("audio/", "video/")):
        return replace(view, picture=kind.partition("/")[0])
    if pointer is not None:
        return replace(view, note=gettext("A large file: it is not shown here."))
    text = listing.text(row, MAX_TEXT_BYTES)
    if text is None:
        return replace(view, note=gettext("Not a text: it is not shown here."))
    is_notebook = row.path.lower().endswith(".ipynb")
    if is_notebook and not plain and size <= MAX_NOTEBOOK_BYTES:
        place = CardPlace(f"{base}/resolve/{sha}/", f"{base}/blob/{url_of(revision)}/", _folder_of(row.path))
        cells = read_notebook(listing.text(row, MAX_NOTEBOOK_BYTES) or "", place)
        if cells is not None:
            return replace(view, notebook=cells, has_source=True)
    is_markdown = row.path.lower().endswith((".md", ".markdown"))
    if is_markdown and not plain:
        place = CardPlace(f"{base}/resolve/{sha}/", f"{base}/blob/{url_of(revision)}/", _folder_of(row.path))
        return replace(view, html=render_card(body_of(text), place), has_source=True)
    table = read_csv_table(row.path, text)
    if table is not None and not plain:
        return replace(view, table=table, has_source=True)
    return _as_lines(view, row.path, text, is_markdown or is_notebook or table is not None)


def _as_lines(view: FileView, path: str, text: str, has_source: bool) -> FileView:
    text = text.replace("\r\n", "\n").removesuffix("\n")
    lines = text.split("\n")
    is_cut = len(lines) > MAX_LINES or view.size_bytes > MAX_TEXT_BYTES
    note = "The rest is left out here: download the file to see all of it." if is_cut else ""
    colours = highlighted(path, text)
    return replace(
        view,
        lines=tuple(lines[:MAX_LINES]),
        colours=colours[:MAX_LINES] if colours is not None and len(colours) == len(lines) else None,
        note=note,
        has_source=has_source,
    )


def _row(listing: TreeListing, row: Listed, commit: Commit | None) -> Row:
    name, url = row.path.rpartition("/")[2], quote(row.raw, safe="/")
    if row.is_folder:
        return Row(name, url, True, None, False, commit)
    size = listing.size_bytes(row)
    pointer = listing.pointer(row, size)
    return Row(name, url, False, pointer.size_bytes if pointer else size, pointer is not None, commit)


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]
