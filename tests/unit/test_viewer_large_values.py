"""Values that are too large to be read whole are cut and told so; lines that are too long are told of."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from spaceport.repos.viewer.process import Limits, UnreadableData, Workers
from spaceport.repos.viewer.worker.lines import check_lines

MIB = 1024**2
#: Too little for all the values below at once, plenty for what is shown of them; and as much as the viewer has.
LITTLE, USUAL = Limits(memory_bytes=384 * MIB, seconds=120), Limits(memory_bytes=2048 * MIB, seconds=120)


class Split:
    """The folders of one split, and a worker that is asked for it."""

    def __init__(self, folder: Path) -> None:
        self.folders = {name: folder / name for name in ("source", "files", "assets")}
        for each in self.folders.values():
            each.mkdir()
        self._scratch = folder

    def convert(self, file: Path, format: str) -> dict[str, Any]:
        question = {"do": "convert", "format": format, "options": {}, "files": [str(file)], "labels": [], "media": ""}
        source, files = self.folders["source"], self.folders["files"]
        more = {"source": str(source), "out": str(files), "size_bytes": file.stat().st_size, "metadata": []}
        return Workers(USUAL).ask(question | more, [source], [files], self._new_scratch())

    def rows(self, file: Path, about: dict[str, Any]) -> list[dict[str, Any]]:
        source, assets = file.parent, self.folders["assets"]
        question = {"do": "rows", "offset": 0, "length": 100, "source": str(source), "files": [str(file)]}
        known = {"num_rows": about["num_rows"], "features": about["features"], "assets": str(assets)}
        rows: list[dict[str, Any]] = Workers(LITTLE).ask(question | known, [source], [assets], self._new_scratch())[
            "rows"
        ]
        return rows

    def _new_scratch(self) -> Path:
        scratch = self._scratch / f"scratch{len(list(self._scratch.iterdir()))}"
        scratch.mkdir()
        return scratch


@pytest.fixture
def split(tmp_path: Path) -> Split:
    return Split(tmp_path)


def test_rows_whose_values_fill_the_memory_are_shown_without_them(split: Split) -> None:
    file = split.folders["source"] / "0.parquet"
    with duckdb.connect() as connection:
        vector = "[x + i + random() FOR x IN range(250000)]"
        connection.execute(f"COPY (SELECT i, {vector} AS v FROM range(60) r(i)) TO '{file}' (FORMAT parquet)")

    rows = split.rows(file, split.convert(file, "parquet"))

    assert [row["row"]["i"] for row in rows] == list(range(60))
    assert all(row["truncated_cells"] == ["v"] for row in rows)


@pytest.mark.parametrize(
    ("name", "format", "content"),
    [
        ("a.txt", "text", "{}\n"),
        ("a.csv", "csv", "a,b\n1,{}\n2,c\n"),
        ("a.jsonl", "json", '{{"a": "b"}}\n{{"a": "{}"}}\n'),
    ],
)
def test_a_line_that_is_too_long_is_the_reason(split: Split, name: str, format: str, content: str) -> None:
    file = split.folders["source"] / f"00000-{name}"
    file.write_text(content.format("x" * 40 * MIB))

    with pytest.raises(UnreadableData, match=rf"^{name} has a line of more than 16 MB"):
        split.convert(file, format)


def test_lines_are_measured_over_the_ends_of_blocks(tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    line = b"x" * (16 * MIB)
    file.write_bytes(b"short\n" + line + b"\n" + line + b"\n")
    check_lines([file])

    file.write_bytes(b"short\n" + line + b"y\n")
    with pytest.raises(ValueError, match=r"lines\.txt"):
        check_lines([file])
