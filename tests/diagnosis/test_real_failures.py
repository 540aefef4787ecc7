"""Each rule of the diagnosis has a repo that fails in its way: really built, really started, on each engine it can."""

import os
import re

import pytest

from spaceport.domain.diagnosis import Diagnosis, diagnose_build, diagnose_start

from .conftest import Breaker, Case, Failure, all_cases

#: Set to keep the reports of this run beside the repos, for the tests that need no engine.
KEEP = "KEEP_SEEN_FAILURES"


ENGINE_MARKS = {"sandbox": [pytest.mark.bubblewrap], "docker": [pytest.mark.docker]}
FAILURES = [
    pytest.param(engine, case, marks=ENGINE_MARKS[engine], id=f"{engine}-{case.name}")
    for engine in ENGINE_MARKS
    for case in all_cases()
    if engine in case.engines
]


@pytest.mark.registry
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("breaker", "case"), FAILURES, indirect=["breaker"])
def test_a_failing_repo_is_explained_in_plain_words(breaker: Breaker, case: Case) -> None:
    failure = breaker.failure_of(case)
    if os.environ.get(KEEP):
        case.seen_path(breaker.kind).write_text(failure.to_json())

    assert_explained(case, failure)


def assert_explained(case: Case, failure: Failure) -> None:
    found = diagnosed(case, failure)
    log = "\n".join(failure.tail)

    assert re.search(case.cause, found.cause), f"{found}\n{failure.reason}\n{log}"
    assert re.search(case.suggestion, found.suggestion or ""), f"{found}\n{failure.reason}\n{log}"
    assert found.rule == case.name or case.name.startswith(f"{found.rule}-"), f"{found}\n{failure.reason}\n{log}"
    assert "{" not in found.cause + (found.suggestion or "")
    assert "\n" not in found.cause + (found.suggestion or "")


def diagnosed(case: Case, failure: Failure) -> Diagnosis:
    diagnose = diagnose_build if case.fails_at == "build" else diagnose_start
    return diagnose(failure.tail, failure.exit_code, failure.reason)
