"""Cards of models and datasets: what refuses a push, and in which words."""

from typing import Any

import pytest
import yaml

from spaceport.domain.card_check import NO_CARD, CardCheck, check_readme
from spaceport.domain.repo import RepoType
from spaceport.domain.tasks import SIZE_CATEGORIES, size_category

RESULT = {
    "task": {"type": "text-classification"},
    "dataset": {"type": "beans", "name": "Beans"},
    "metrics": [{"type": "accuracy", "value": 0.9}],
}


def check(kind: RepoType = RepoType.MODEL, /, **values: Any) -> CardCheck:
    return check_readme(
        f"---\n{yaml.safe_dump({key.replace('_dash_', '-'): values[key] for key in values})}---\n", kind
    )


def test_a_readme_without_front_matter_is_only_warned_about() -> None:
    assert check_readme("# Hello", RepoType.DATASET) == CardCheck(warnings=(NO_CARD,))


def test_front_matter_that_never_ends_refuses_a_space_and_warns_others() -> None:
    readme = "---\nlicense: mit\n# Hello"
    where = "write another --- on a line of its own after line 2"
    said = (f"the front matter begins with --- on line 1 and never ends: {where}",)

    assert check_readme(readme, RepoType.MODEL) == CardCheck(warnings=said)
    assert check_readme(readme, RepoType.SPACE).problems == said


def test_a_complete_model_card_passes() -> None:
    found = check(
        license="apache-2.0",
        language=["en", "zh-CN", "code"],
        tags=["a", 1],
        pipeline_tag="text-classification",
        library_name="transformers",
        datasets=["squad", "ada/data"],
        base_model="ada/base",
        base_model_relation="adapter",
        metrics=["accuracy"],
        model_dash_index=[{"name": "demo", "results": [RESULT]}],
    )

    assert found.problems == ()
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"license": "My License"}, '"license" must be the identifier of a licence'),
        ({"license": 2}, '"license" must be'),
        ({"language": "English"}, '"language" must be the code of a language'),
        ({"language": {"a": 1}}, '"language" must be'),
        ({"tags": "one"}, '"tags" must be a list of strings'),
        ({"pipeline_tag": ["a"]}, '"pipeline_tag" must be a string'),
        ({"datasets": {"a": 1}}, '"datasets" must be a string or a list of strings'),
        ({"base_model_relation": "cousin"}, '"base_model_relation" must be one of [adapter, merge, '),
    ],
)
def test_a_wrong_value_of_a_model_is_named(values: dict[str, Any], said: str) -> None:
    problems = check(**values).problems

    assert len(problems) == 1
    assert problems[0].startswith(said)
    assert f"given: {next(iter(values.values()))}" in problems[0]


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("text", "must be a list of maps"),
        ([], "must be a list of maps"),
        ([{"results": []}], "must have a string as [0].name"),
        ([{"name": "a"}], "must have a list as [0].results"),
        ([{"name": "a", "results": [{**RESULT, "task": None}]}], "must have a map as [0].results[0].task"),
        ([{"name": "a", "results": [{**RESULT, "dataset": {"type": "x"}}]}], "[0].results[0].dataset.name"),
        ([{"name": "a", "results": [{**RESULT, "metrics": [{"type": "x"}]}]}], "[0].results[0].metrics[0]"),
    ],
)
def test_a_malformed_model_index_is_refused(index: Any, said: str) -> None:
    problems = check(model_dash_index=index).problems

    assert len(problems) == 1
    assert said in problems[0]


def test_a_model_index_without_results_passes() -> None:
    assert check(model_dash_index=[{"name": "demo", "results": []}]).problems == ()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"size_categories": ["many"]}, f"must be one of [{', '.join(SIZE_CATEGORIES)}]"),
        ({"configs": [{"config_name": "a"}, {"config_name": "a"}]}, "has config_name a more than once"),
        ({"configs": [{"data_files": "a"}, {"data_files": "b"}]}, "has config_name default more than once"),
        ({"configs": "a"}, "must be a list of maps"),
        ({"configs": [{"config_name": "a", "data_files": [{"path": "x"}]}]}, "maps with split and path"),
        ({"configs": [{"config_name": n, "default": True} for n in "ab"]}, "default: true in one entry at most"),
        ({"dataset_info": [{"config_name": "a"}, {"config_name": "a"}]}, "has config_name a more than once"),
        ({"dataset_info": "x"}, "must be a map or a list of maps"),
        ({"viewer": "no"}, "must be a boolean"),
    ],
)
def test_a_wrong_value_of_a_dataset_is_named(values: dict[str, Any], said: str) -> None:
    problems = check(RepoType.DATASET, **values).problems

    assert len(problems) == 1
    assert said in problems[0]


def test_the_card_that_datasets_writes_passes() -> None:
    found = check(
        RepoType.DATASET,
        dataset_info={
            "features": [{"name": "a", "dtype": "int64"}],
            "splits": [{"name": "train", "num_bytes": 24, "num_examples": 3}],
            "download_size": 1,
        },
        configs=[{"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*"}]}],
        task_categories=["text-classification"],
        size_categories=["n<1K"],
    )

    assert found.problems == ()


def test_norwegian_is_a_language() -> None:
    assert check_readme("---\nlanguage: no\n---\n", RepoType.MODEL).values == {"language": "no"}
    assert check_readme("---\nlanguage: [en, no]\n---\n", RepoType.MODEL).values == {"language": ["en", "no"]}


def test_names_that_look_like_numbers_stay_as_written() -> None:
    assert check_readme("---\npretty_name: 2048\n---\n", RepoType.DATASET).values == {"pretty_name": "2048"}


def test_what_passes_may_still_be_warned_about() -> None:
    found = check(license="ada-1.0", pipeline_tag="mind-reading", base_model="/tmp/model")

    assert found.problems == ()
    assert [line.split('"')[1] for line in found.warnings] == ["license", "pipeline_tag", "base_model"]


@pytest.mark.parametrize(("rows", "category"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**13, "n>1T")])
def test_numbers_of_rows_have_a_category(rows: int, category: str) -> None:
    assert size_category(rows) == category
