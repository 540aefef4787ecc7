from spaceport.web.table_view import Cell, cell_of, rows_of, type_words

TEXT, NUMBER = {"dtype": "string", "_type": "Value"}, {"dtype": "int64", "_type": "Value"}
LABEL = {"names": ["no", "yes"], "_type": "ClassLabel"}


def test_cells_say_what_they_hold() -> None:
    assert cell_of(None, TEXT) == Cell("nothing", "null")
    assert cell_of(1, LABEL) == Cell("label", "yes")
    assert cell_of(-1, LABEL) == Cell("label", "-1")
    assert cell_of(True, {"dtype": "bool", "_type": "Value"}) == Cell("data", "true")
    assert cell_of({"a": ["ü"]}, {"a": [TEXT]}) == Cell("data", '{"a": ["ü"]}')
    assert cell_of({"src": "/x", "width": 3, "height": 2}, {"_type": "Image"}).source == "/x"
    long = cell_of("x" * 10_000, TEXT)
    assert (len(long.text), len(long.rest)) == (201, 5_000)


def test_types_are_told_in_few_words() -> None:
    assert type_words({"feature": NUMBER, "_type": "List"}) == "list of int64"
    assert type_words({"a": TEXT}) == "struct"
    assert type_words([TEXT]) == "list of string"
    assert type_words(LABEL) == "label, 2 classes"
    assert type_words({"_type": "Image"}) == "image"


def test_a_row_has_a_cell_for_each_column_in_their_order() -> None:
    (row,) = rows_of({"a": NUMBER, "b": TEXT}, [{"row_idx": 7, "row": {"b": "x", "a": 1}, "truncated_cells": []}])

    assert row.number == 7
    assert [cell.text for cell in row.cells] == ["1", "x"]
