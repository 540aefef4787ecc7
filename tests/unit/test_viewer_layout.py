import pytest

from spaceport.repos.viewer.layout import Layout, NoTables, find_layout
from spaceport.repos.viewer.patterns import matching
from spaceport.repos.viewer.searched_paths import SearchedPaths
from tests.unit.viewer_layouts import CASES, Case


def splits_of(layout: Layout) -> dict[str, dict[str, list[str]]]:
    return {config.name: {split.name: list(split.files) for split in config.splits} for config in layout.configs}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_splits_are_found_from_card_and_paths(case: Case) -> None:
    if case.expected is None:
        with pytest.raises(NoTables):
            find_layout({"configs": case.configs}, case.paths)
    else:
        assert splits_of(find_layout({"configs": case.configs}, case.paths)) == case.expected


def test_the_card_says_which_config_is_the_default() -> None:
    def default(*configs: dict[str, object]) -> str | None:
        described = [{"data_files": "a.csv", **config} for config in configs]
        return find_layout({"configs": described}, ["a.csv"]).default

    assert default({"config_name": "x"}) == "x"
    assert default({"config_name": "x"}, {"config_name": "y"}) is None
    assert default({"config_name": "x"}, {"config_name": "y", "default": True}) == "y"
    assert default({"config_name": "x"}, {"config_name": "default"}) == "default"


@pytest.mark.parametrize(
    "configs", ["x", [1], [{}], [{"config_name": "x", "data_files": 3}], [{"config_name": "x", "data_files": []}]]
)
def test_a_card_that_makes_no_sense_is_said_to_make_none(configs: object) -> None:
    with pytest.raises(NoTables, match=r"config|card"):
        find_layout({"configs": configs}, ["a.csv"])


def test_only_files_of_the_repo_are_taken() -> None:
    for pattern in ("https://elsewhere.example/a.csv", "/etc/passwd", "hf://datasets/a/b/c.csv"):
        with pytest.raises(NoTables, match="not in this repo"):
            find_layout({"configs": [{"config_name": "x", "data_files": pattern}]}, ["a.csv"])
    with pytest.raises(NoTables, match="no such file"):
        find_layout({"configs": [{"config_name": "x", "data_files": "../a.csv"}]}, ["a.csv"])


def test_patterns_that_would_take_for_ever_are_refused() -> None:
    for pattern in ("**/" * 20 + "x*.csv", "a**b", "x" * 2000 + "*"):
        with pytest.raises(NoTables):
            find_layout({"configs": [{"config_name": "x", "data_files": pattern}]}, ["a/" * 40 + "a.csv"])


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*a*a*a*a*a*a*a*a*a*a*a*a*x", f"{'a' * 200}.csv", False),
        ("*a*b*.csv", "xaxbxabx.csv", True),
        ("*ab*ab.csv", "abcab.csv", True),
        ("*ab*ab.csv", "ab.csv", False),
        ("**/*a*/**", f"{'a/' * 30}a.csv", True),
        ("**/*a*b/**", f"{'a/' * 30}a.csv", False),
        ("a?[bc]*.csv", "axb.csv", True),
    ],
)
def test_patterns_share_out_no_name_in_every_way(pattern: str, path: str, fits: bool) -> None:
    assert matching(pattern, [path]) == ([path] if fits else [])


@pytest.mark.parametrize("data_files", [None, "[z-a].csv", "[!]", "a/**/b/**/c/**/d.csv"])
def test_an_odd_pattern_of_a_card_is_no_error_of_ours(data_files: str | None) -> None:
    card = {"configs": [{"config_name": "a", "data_files": data_files}]}

    if data_files is None:
        assert find_layout(card, ["train.csv"]).default
    else:
        with pytest.raises(NoTables):
            find_layout(card, ["train.csv"])


def test_configs_times_files_have_a_limit() -> None:
    card = {"configs": [{"config_name": f"c{number}"} for number in range(100)]}

    with pytest.raises(NoTables, match="too many configs"):
        find_layout(card, [f"{number}.csv" for number in range(10_000)])


def test_patterns_times_files_have_a_limit() -> None:
    splits = [{"split": f"s{one}", "path": [f"*{one}x{two}.csv" for two in range(100)]} for one in range(10)]

    with pytest.raises(NoTables, match="too many patterns"):
        find_layout({"configs": [{"config_name": "a", "data_files": splits}]}, [f"{n}.csv" for n in range(10_000)])


def test_configs_that_ask_for_the_same_cost_as_much_as_one() -> None:
    card = {"configs": [{"config_name": f"c{number}", "data_dir": "data"} for number in range(20)]}
    layout = find_layout(card, [f"data/{number}.csv" for number in range(10_000)])

    assert {len(config.splits[0].files) for config in layout.configs} == {10_000}


def test_files_that_are_named_again_and_again_have_a_limit() -> None:
    card = {"configs": [{"config_name": "a", "data_files": ["*.csv"] * 1000}]}

    with pytest.raises(NoTables, match="too many files"):
        find_layout(card, [f"{number}.csv" for number in range(1001)])


@pytest.mark.parametrize("pattern", ["a/*.csv", "./a//*.csv", "a/[1]/x.csv", "a*/1/x.csv", "**/1/*", "a/1/x.csv"])
def test_only_the_folder_that_a_pattern_names_is_looked_through(pattern: str) -> None:
    paths = ["a.csv", "a/1/x.csv", "a/x.csv", "a0/1/x.csv", "ab/1/x.csv", "b/1/x.csv"]

    assert SearchedPaths(reversed(paths)).matching(pattern) == tuple(matching(pattern, paths))
