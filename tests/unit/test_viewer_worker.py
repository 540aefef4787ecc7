"""The worker of the dataset viewer as the process it is: what it may not do, and what it gives back."""

import json
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spaceport.repos.viewer.process import BadQuestion, Limits, UnreadableData, Workers, open_plain
from spaceport.repos.viewer.walls import Walls
from spaceport.repos.viewer.worker.database import connect
from spaceport.repos.viewer.worker.features import stored_features
from spaceport.repos.viewer.worker.rows import bounded

GENEROUS = Limits(memory_bytes=2 * 1024**3, seconds=60)


class Table:
    """A folder as the viewer keeps it, with one Parquet file."""

    def __init__(self, folder: Path, query: str) -> None:
        self.folder = folder
        self.scratch_number = 0
        for name in ("files", "assets"):
            (folder / name).mkdir()
        self.file = folder / "files" / "0000.parquet"
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({query}) TO '{self.file}' (FORMAT parquet)")
            counted = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(self.file)]).fetchone()
        assert counted is not None
        self.num_rows = counted[0]

    def ask(self, features: dict[str, Any], workers: Workers, **question: Any) -> dict[str, Any]:
        self.scratch_number += 1
        scratch = self.folder / f"scratch{self.scratch_number}"
        scratch.mkdir()
        asked = {
            "do": "rows",
            "source": str(self.folder / "files"),
            "files": [str(self.file)],
            "num_rows": [self.num_rows],
            "features": features,
            "assets": str(self.folder / "assets"),
            "offset": 0,
            "length": 100,
            **question,
        }
        return workers.ask(asked, [self.folder / "files"], [self.folder / "assets"], scratch)


def value(dtype: str) -> dict[str, str]:
    return {"dtype": dtype, "_type": "Value"}


def test_cells_are_json_and_long_ones_are_cut(tmp_path: Path) -> None:
    table = Table(
        tmp_path,
        "SELECT 'nan'::DOUBLE AS f, 1.50::DECIMAL(5,2) AS d, 'a'::BLOB AS b, {'x': [DATE '2024-01-02']} AS s, "
        "MAP{'k': 1} AS m, repeat('x', 300000) AS long, INTERVAL 90 SECOND AS i",
    )
    kinds = {"f": "float64", "d": "decimal128(5, 2)", "b": "binary", "long": "string", "i": "duration"}
    features = {**{name: value(dtype) for name, dtype in kinds.items()}, "s": {"x": {}}, "m": {}}
    row = table.ask(features, Workers(GENEROUS))["rows"][0]

    assert row["row"].pop("long") == "x" * 100_000
    assert row["truncated_cells"] == ["long"]
    expected = {"f": None, "d": "1.50", "b": "YQ==", "s": {"x": ["2024-01-02"]}, "m": {"k": 1}, "i": 90.0}
    assert row["row"] == expected


def test_cells_with_pictures_are_cut_like_others(tmp_path: Path) -> None:
    picture = "{'bytes': 'x'::BLOB, 'path': NULL}"
    table = Table(
        tmp_path,
        f"SELECT {{'picture': {picture}, 'text': repeat('x', 300000)}} AS beside, "
        f"[{picture} FOR _ IN range(3)] AS few, [{picture} FOR _ IN range(30000)] AS many",
    )
    image = {"_type": "Image"}
    pictures = {"feature": image, "_type": "List"}
    features = {"beside": {"picture": image, "text": value("string")}, "few": pictures, "many": pictures}
    answer = table.ask(features, Workers(GENEROUS))
    (row,) = answer["rows"]

    assert row["truncated_cells"] == ["beside", "many"]
    assert str(row["row"]["beside"]).startswith('{"picture": null, "text": "xxx')
    assert (row["row"]["few"], row["row"]["many"]) == ([None, None, None], None)
    assert [media["at"] for media in answer["media"]] == [["few", 0], ["few", 1], ["few", 2]]


def test_long_lists_are_cut_where_they_are_read(tmp_path: Path) -> None:
    """A page of vectors fits into little memory; maps, which say the same of themselves as lists, stay whole."""
    table = Table(tmp_path, "SELECT range(60000) AS n, ['a'] AS t, MAP{'k': 1} AS m, [[1]] AS nn")
    fields = {"key": value("string"), "value": value("int32")}
    items = {"n": value("int64"), "t": value("string"), "m": fields, "nn": {"feature": value("int32"), "_type": "List"}}
    features = {name: {"feature": item, "_type": "List"} for name, item in items.items()}
    (row,) = table.ask(features, Workers(GENEROUS))["rows"]

    assert row["truncated_cells"] == ["n"]
    assert len(row["row"].pop("n")) == 100_000
    assert row["row"] == {"t": ["a"], "m": {"k": 1}, "nn": [[1]]}
    assert {name: "[:50000]" in bounded(name, feature) for name, feature in features.items()} == {
        "n": True,
        "t": True,
        "m": False,
        "nn": True,
    }


def test_a_column_with_a_name_of_ours_is_refused(tmp_path: Path) -> None:
    """Else every row would have the wrong number."""
    table = Table(tmp_path, "SELECT 5 AS File_Row_Number")

    with pytest.raises(UnreadableData, match="File_Row_Number"):
        table.ask({}, Workers(GENEROUS), do="convert", format="parquet", out=str(table.folder / "files"))


def test_lines_of_a_text_end_in_different_ways(tmp_path: Path) -> None:
    source, out, scratch = tmp_path / "source", tmp_path / "out", tmp_path / "scratch"
    for folder in (source, out, scratch):
        folder.mkdir()
    (source / "a.txt").write_bytes(b"a\r\n\nb c\r\n")
    question = {"files": [str(source / "a.txt")], "size_bytes": 9, "source": str(source), "out": str(out)}
    answer = Workers(GENEROUS).ask(
        {"do": "convert", "format": "text", "options": {}, **question}, [source], [out], scratch
    )

    assert answer["num_rows"] == [3]


def test_json_is_answered_so_that_everybody_can_read_it(tmp_path: Path) -> None:
    """Half characters in keys, and lists in lists in lists."""
    half, deep = r'{"\ud800": "\udfff"}', "[" * 400 + "]" * 400
    table = Table(tmp_path, f"SELECT '{half}' AS half, '{deep}' AS deep")
    row = table.ask({"half": {"_type": "Json"}, "deep": {"_type": "Json"}}, Workers(GENEROUS))["rows"][0]["row"]

    json.dumps(row, ensure_ascii=False).encode()
    assert row["half"] == {"?": "?"}
    assert json.dumps(row["deep"]).count("[") < 100


def test_files_that_a_question_needs_beside_its_memory_have_a_limit(tmp_path: Path) -> None:
    """Else DuckDB takes nine tenths of what the disk has left."""
    connection = connect(2**30, [tmp_path], tmp_path)
    found = connection.execute("SELECT current_setting('max_temp_directory_size'), current_setting('temp_directory')")

    assert found.fetchone() == ("4.0 GiB", str(tmp_path))
    with pytest.raises(duckdb.Error, match="locked"):
        connection.execute("SET max_temp_directory_size = '90GiB'")


def test_a_worker_reads_nothing_but_its_own_folder(tmp_path: Path) -> None:
    """The library is locked even where bubblewrap is missing."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    folder = tmp_path / "table"
    folder.mkdir()
    table = Table(folder, "SELECT 1 AS a")
    where = {"do": "find", "order": "", "parameters": []}

    for condition in (
        f"a IN (SELECT a FROM read_csv('{secret}'))",
        f"a IN (SELECT length(content) FROM read_text('{secret}'))",
        "a IN (SELECT a FROM read_csv('http://127.0.0.1:1/x.csv'))",
        "a IN (SELECT length(content) FROM read_text('/proc/self/environ'))",
        "a IN (SELECT length(getenv('PATH')))",
    ):
        with pytest.raises((UnreadableData, BadQuestion)):
            table.ask({"a": value("int32")}, Workers(GENEROUS), condition=condition, **where)
    assert table.ask({"a": value("int32")}, Workers(GENEROUS), condition="a = 1", **where)["num_rows_total"] == 1


def test_memory_and_time_are_limited(tmp_path: Path) -> None:
    table = Table(tmp_path, "SELECT 1 AS a FROM range(1000)")
    question = {"do": "find", "parameters": [], "condition": "true"}
    slow = "(SELECT count(*) FROM range(100000000) x, range(100000000) y WHERE hash(x) = hash(y) + a)"

    with pytest.raises(UnreadableData, match="memory"):
        table.ask({"a": value("int32")}, Workers(Limits(200 * 1024**2, 60)), order="repeat('x', 500000000)", **question)
    with pytest.raises(UnreadableData, match=r"longer than 2 seconds|memory or time"):
        table.ask({"a": value("int32")}, Workers(Limits(2 * 1024**3, 2)), order=slow, **question)


@pytest.mark.bubblewrap
def test_walls_leave_a_worker_nothing_but_its_folders(tmp_path: Path) -> None:
    command = Walls.look().around([tmp_path], [])

    assert str(tmp_path) in command
    assert "--unshare-all" in command
    assert not {"/", "/etc", "/home", "/root"} & set(command[: command.index("--chdir")])


def test_links_that_a_worker_leaves_behind_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("not for you")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "plain").write_text(json.dumps({}))

    for name in ("link", "pipe"):
        with pytest.raises(OSError):
            open_plain(tmp_path / name)
    os.close(open_plain(tmp_path / "plain"))


def test_features_in_a_file_are_believed_only_where_they_are_some() -> None:
    def stored(features: object) -> object:
        return stored_features(json.dumps({"info": {"features": features}}).encode())

    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"a": deep}
    text = {"dtype": "string", "_type": "Value"}
    good = {"a": text, "b": [text], "c": {"x": text}, "d": {"feature": text, "_type": "List"}, "e": {"_type": "Image"}}
    bad = {"f": 5, "g": {"_type": "List"}, "h": {"names": 3, "_type": "ClassLabel"}, "i": {"_type": "Value"}, "j": deep}

    assert stored({**good, **bad}) == good
    for other in (None, [], 5, "x"):
        assert stored(other) is None
    assert stored_features(b"{") is None
    assert stored_features(b"[" * 100_000) is None
