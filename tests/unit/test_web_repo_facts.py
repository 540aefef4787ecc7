"""What stands beside the card of a repo."""

from datetime import UTC, datetime

from spaceport.domain.repo import Repo, RepoType
from spaceport.web.repo_facts import facts_of

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def _repo(kind: RepoType, *tags: str, task: str | None = None, library: str | None = None) -> Repo:
    return Repo(
        "r1", kind, "u1", "ada", "one", False, NOW, NOW, tags=list(tags), pipeline_tag=task, library_name=library
    )


def test_each_fact_leads_to_the_list_of_what_shares_it() -> None:
    tags = ("en", "zh", "license:mit", "base_model:google/bert", "base_model:finetune:google/bert", "region:us", "mine")
    facts = facts_of(_repo(RepoType.MODEL, *tags, task="fill-mask", library="transformers"))
    assert [(fact.title, fact.values) for fact in facts] == [
        ("Task", (("fill-mask", "/models?pipeline_tag=fill-mask"),)),
        ("Library", (("transformers", "/models?library=transformers"),)),
        ("Language", (("en", "/models?filter=en"), ("zh", "/models?filter=zh"))),
        ("Licence", (("mit", "/models?filter=license%3Amit"),)),
        ("Base model", (("google/bert", "/models?filter=base_model%3Agoogle%2Fbert"),)),
    ]


def test_of_many_values_the_first_are_told() -> None:
    (fact,) = facts_of(_repo(RepoType.DATASET, *(f"language:l{number}" for number in range(20))))
    assert (len(fact.values), fact.more) == (8, 12)


def test_nothing_is_told_of_a_repo_without_tags() -> None:
    assert facts_of(_repo(RepoType.DATASET)) == []
