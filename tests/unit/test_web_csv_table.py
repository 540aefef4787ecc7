"""CSV files as tables."""

import pytest

from spaceport.web.csv_table import MAX_ROWS, read_csv_table


def texts(path: str, text: str) -> list[list[str]]:
    table = read_csv_table(path, text)
    assert table is not None
    return [[column.name for column in table.columns], *([cell.text for cell in row.cells] for row in table.rows)]


@pytest.mark.parametrize(
    ("path", "text"),
    [("a.csv", 'x,y\n1,"a, ""b"""\n'), ("a.CSV", 'x;y\r\n1;"a, ""b"""\r\n'), ("a.tsv", 'x\ty\n1\t"a, ""b"""')],
)
def test_fields_are_told_apart(path: str, text: str) -> None:
    assert texts(path, text) == [["x", "y"], ["1", 'a, "b"']]


def test_short_and_long_lines_fit_the_columns() -> None:
    assert texts("a.csv", "x,y\n1\n1,2,3\n\n4,5\n") == [["x", "y"], ["1", "null"], ["1", "2"], ["4", "5"]]


def test_long_tables_end() -> None:
    table = read_csv_table("a.csv", "x,y\n" + "1,2\n" * (MAX_ROWS + 5))

    assert table is not None
    assert len(table.rows) == MAX_ROWS
    assert table.has_more


@pytest.mark.parametrize(("path", "text"), [("a.csv", ""), ("a.txt", "x,y\n"), ("a.csv", "words\nmore\n")])
def test_what_is_no_table_is_none(path: str, text: str) -> None:
    assert read_csv_table(path, text) is None
