"""What addresses of lists ask for, and what lists can be narrowed to."""

from typing import Any

import pytest
from starlette.datastructures import QueryParams

from spaceport.domain.flavors import BUILT_IN, Flavors
from spaceport.domain.repo import RepoType
from spaceport.domain.repo_query import Place, Sample, Sort
from spaceport.domain.stage import Stage
from spaceport.web.list_asking import Asked, read_asked
from spaceport.web.list_facets import Facet, facets_of


def asked(kind: RepoType, query: str) -> Asked:
    return read_asked(kind, QueryParams(query))


def test_an_address_leads_back_to_itself_without_what_no_list_knows() -> None:
    query = "search=a+b&language=fr&language=en&filter=a%26b&sort=likes&within=cards&cursor=x"

    assert asked(RepoType.MODEL, f"{query}&evil=1&sdk=gradio&part=true&sort=likes").url() == f"/models?{query}"
    assert asked(RepoType.SPACE, "search=%20&sort=size&cursor=").url() == "/spaces"


def test_filters_are_added_replaced_and_taken_away_from_the_first_page() -> None:
    models, spaces = asked(RepoType.MODEL, "language=fr&cursor=x"), asked(RepoType.SPACE, "sdk=gradio&within=cards")

    assert models.with_filter("language", "en") == "/models?language=fr&language=en"
    assert models.without("language", "fr") == models.first_page().replace("?language=fr", "") == "/models"
    assert spaces.with_filter("sdk", "static") == "/spaces?sdk=static"
    assert spaces.turned_to(Place.CARD, "y") == "/spaces?sdk=gradio&within=cards&cursor=y"


def test_a_space_is_asked_for_by_all_that_its_list_offers() -> None:
    query = "search=Bird&sdk=docker&sdk=gradio&hardware=t4&running=1&license=mit&filter=audio&author=ada&sort=likes"
    wish = asked(RepoType.SPACE, query).query(30)

    assert (wish.words, wish.place, wish.sdks, wish.hardware, wish.author) == (
        ("bird",),
        Place.HEAD,
        ("gradio",),
        "t4",
        "ada",
    )
    assert set(wish.stages) == {Stage.RUNNING, Stage.RUNNING_BUILDING}
    assert wish.tags == (("license:mit",), ("audio",))
    assert (wish.sort, wish.limit, wish.searches) == (Sort.LIKES, 30, ())


@pytest.mark.parametrize("value", ["translation", "task_categories:translation"])
def test_a_filter_may_be_written_with_its_type(value: str) -> None:
    assert asked(RepoType.DATASET, f"task_categories={value}").query(1).tags == (("task_categories:translation",),)


def test_a_search_without_words_finds_nothing_and_no_search_finds_all() -> None:
    assert asked(RepoType.MODEL, "search=%25").query(1).words == ("\x7fnothing",)
    assert asked(RepoType.MODEL, "search=+").query(1).words == ()


def facets(kind: RepoType, tags: dict[str, int], query: str = "", is_whole: bool = True, **values: Any) -> list[Facet]:
    flavors = values.get("flavors", Flavors(BUILT_IN.default))
    return facets_of(asked(kind, query), Sample(9, tags), is_whole, ("gradio", "docker"), flavors)


def test_tags_are_offered_by_what_they_tell() -> None:
    tags = {"fill-mask": 2, "transformers": 3, "fr": 1, "license:mit": 1, "tiny": 1, "region:us": 3, "dataset:squad": 1}

    found = {
        facet.title: [(option.label, option.count) for option in facet.options]
        for facet in facets(RepoType.MODEL, tags)
    }
    assert found == {
        "Task": [("fill-mask", 2)],
        "Library": [("transformers", 3)],
        "Language": [("fr", 1)],
        "Licence": [("mit", 1)],
        "Tag": [("tiny", 1)],
    }


def test_a_chosen_one_leads_to_the_list_without_it() -> None:
    sdk, tag = facets(RepoType.SPACE, {"gradio": 1, "docker": 2, "audio": 1}, "sdk=gradio&cursor=x")

    assert [(option.label, option.is_on, option.url) for option in sdk.options] == [
        ("docker", False, "/spaces?sdk=docker"),
        ("gradio", True, "/spaces"),
    ]
    assert (sdk.is_on, tag.is_on) == (True, False)


def test_a_list_that_is_longer_than_its_sample_is_not_counted() -> None:
    (tag,) = facets(RepoType.DATASET, {"b": 1, "a": 1, "c": 5}, is_whole=False)

    assert [(option.label, option.count) for option in tag.options] == [("c", None), ("a", None), ("b", None)]


def test_hardware_is_offered_where_there_is_a_choice() -> None:
    (hardware,) = facets(RepoType.SPACE, {}, flavors=BUILT_IN)

    assert [option.url for option in hardware.options][:2] == [
        "/spaces?hardware=cpu-basic",
        "/spaces?hardware=cpu-upgrade",
    ]
