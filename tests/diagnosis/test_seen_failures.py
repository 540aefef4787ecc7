"""The same repos without an engine: what runners reported of them when these files were written."""

from pathlib import Path

import pytest

from spaceport.domain.diagnosis.decide import BUILD, CERTAIN, SEEN_FROM_OUTSIDE, START

from .conftest import CASES, Case, Failure, all_cases
from .test_real_failures import assert_explained

SEEN = [(case, path) for case in all_cases() for path in sorted(case.folder.glob("seen-*.json"))]


@pytest.mark.parametrize(("case", "path"), SEEN, ids=lambda value: getattr(value, "name", value))
def test_a_failure_that_was_seen_is_explained_in_plain_words(case: Case, path: Path) -> None:
    assert_explained(case, Failure.from_json(path.read_text()))


def test_each_rule_has_a_failing_repo_and_each_repo_a_rule() -> None:
    rules = {rule.name for rule in (*CERTAIN, *BUILD, *START, *SEEN_FROM_OUTSIDE)}
    folders = {path.parent.name for path in CASES.glob("*/README.md")}

    assert {name for name in rules if not any(folder == name or folder.startswith(f"{name}-") for folder in folders)} == set()
    assert {folder for folder in folders if not any(folder == name or folder.startswith(f"{name}-") for name in rules)} == set()


def test_each_repo_that_fails_on_an_engine_was_seen_there() -> None:
    missing = [f"{case.name} on {engine}" for case in all_cases() for engine in case.engines if not case.seen_path(engine).exists()]

    assert missing == []
