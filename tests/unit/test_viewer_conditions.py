import pytest

from spaceport.repos.viewer.conditions import BadCondition, parse_order, parse_where, searched_columns, words_condition

COLUMNS = ("stars", "city", 'odd "name"', "tags", "len")


@pytest.mark.parametrize(
    ("text", "sql", "parameters"),
    [
        ('"stars" > 3', '(("stars" > ?))', (3,)),
        ("stars>=-1.5e3", '(("stars" >= ?))', (-1500.0,)),
        ("\"city\" = 'O''Hare; DROP TABLE x --'", '(("city" = ?))', ("O'Hare; DROP TABLE x --",)),
        ('"odd ""name""" <> true', '(("odd ""name""" <> ?))', (True,)),
        ("stars != 1 or stars = 2 and city = 'x'", '(("stars" <> ?) OR ("stars" = ? AND "city" = ?))', (1, 2, "x")),
        (
            "NOT (stars = 1 OR city IS NOT NULL) AND city is null",
            '(((NOT (("stars" = ?) OR ("city" IS NOT NULL))) AND "city" IS NULL))',
            (1,),
        ),
        ("stars NOT IN (1, 2)", '(("stars" NOT IN (?, ?)))', (1, 2)),
        ("stars BETWEEN 1 AND 2 AND LEN(tags) = 0", '(("stars" BETWEEN ? AND ? AND len("tags") = ?))', (1, 2, 0)),
        ("city NOT ILIKE '%slo'", '(("city" NOT ILIKE ?))', ("%slo",)),
        ("len = 3", '(("len" = ?))', (3,)),
    ],
)
def test_conditions_become_sql_with_parameters(text: str, sql: str, parameters: tuple[object, ...]) -> None:
    condition = parse_where(text, COLUMNS)

    assert condition.sql == sql
    assert condition.parameters == parameters


@pytest.mark.parametrize(
    "text",
    [
        "", "stars", "stars =", "stars = city", "other = 1", "1 = 1", "stars = 1 city = 2", "(stars = 1", "stars = 1)",
        "stars = 1; SELECT 1", "stars = 1 -- x", "stars = 1 /* x */", "stars IS 3", "stars IN ()", "stars BETWEEN 1",
        "stars NOT = 1", "stars = (SELECT 1)", "stars = pi()", "len(pi()) = 1", "stars = 'x", "stars = $1", "stars = ?",
        "stars = NULL", "\"stars\" = \"city\"", "(" * 50 + "stars = 1" + ")" * 50, "NOT " * 50 + "stars = 1",
        "stars IN (" + "1, " * 300 + "1)", "stars = " + "1" * 5000, "stars = 1 \x00",
    ],
)  # fmt: skip
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(BadCondition):
        parse_where(text, COLUMNS)


def test_orders_name_columns_and_directions() -> None:
    assert parse_order('"stars" DESC, city', COLUMNS) == '"stars" DESC NULLS LAST, "city" ASC NULLS LAST'
    for text in ("other", "stars DESC ASC", "stars,", "1", "stars; x", "random()"):
        with pytest.raises(BadCondition):
            parse_order(text, COLUMNS)


def test_a_search_looks_for_each_word_in_all_texts() -> None:
    text, image = {"dtype": "string", "_type": "Value"}, {"_type": "Image"}
    features = {"a": text, "n": {"dtype": "int64", "_type": "Value"}, "i": image, "s": {"x": text}, "l": [text]}

    assert searched_columns(features) == ["a", "s", "l"]
    condition = words_condition("Two  WORDS two", ["a", "b"])
    assert condition.sql.count("contains(lower(") == 4
    assert condition.parameters == ("two", "two", "words", "words")
    assert words_condition(" ", ["a"]).sql == words_condition("x", []).sql == "false"
