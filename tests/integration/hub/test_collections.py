"""Collections with the real client."""

import httpx
import pytest
from huggingface_hub import Collection, HfApi
from huggingface_hub.errors import HfHubHTTPError
from tests.integration.hub.conftest import Hub


def api_of(hub: Hub, name: str = "ada", token: str | None = None) -> HfApi:
    return HfApi(hub.url, token or hub.person(name).token)


def filled(hub: Hub) -> Collection:
    """A collection of ada's with a model, a dataset and a Space."""
    ada = api_of(hub)
    hub.space(name="demo")
    for kind in ("model", "dataset"):
        ada.create_repo("tiny", repo_type=kind)
    made = ada.create_collection("Nice things: the best!", description="Mine")
    ada.add_collection_item(made.slug, "ada/tiny", "model", note="small")
    ada.add_collection_item(made.slug, "ada/tiny", "dataset")
    return ada.add_collection_item(made.slug, "ada/demo", "space")


def names(collection: Collection) -> list[str]:
    return [f"{each.item_type} {each.item_id}" for each in collection.items]


def test_a_collection_is_made_and_filled(hub: Hub) -> None:
    made = filled(hub)

    seen = api_of(hub, "eve").get_collection(made.slug)
    assert seen.slug.startswith("ada/nice-things-the-best-")
    assert (seen.title, seen.description, seen.private, seen.position) == ("Nice things: the best!", "Mine", False, 0)
    assert names(seen) == ["model ada/tiny", "dataset ada/tiny", "space ada/demo"]
    assert [(each.position, each.note) for each in seen.items] == [(0, "small"), (1, None), (2, None)]
    assert seen.url == f"{hub.url}/collections/{seen.slug}"


def test_one_of_that_title_is_there_already(hub: Hub) -> None:
    ada = api_of(hub)
    made = ada.create_collection("Nice things")

    assert ada.create_collection("Nice  things", exists_ok=True).slug == made.slug
    with pytest.raises(HfHubHTTPError) as refused:
        ada.create_collection("Nice things")
    assert refused.value.response.status_code == 409
    assert refused.value.response.json()["slug"] == made.slug


def test_title_and_order_change_and_old_addresses_stay(hub: Hub) -> None:
    ada, made = api_of(hub), filled(hub)
    second = ada.create_collection("Second")
    changed = ada.update_collection_metadata(
        second.slug, title="Other", description="New", private=True, theme="pink", position=0
    )

    assert (changed.title, changed.description, changed.private) == ("Other", "New", True)
    assert (changed.theme, changed.position) == ("pink", 0)
    assert changed.slug.startswith("ada/other-")
    assert ada.get_collection(second.slug).slug == changed.slug
    assert ada.get_collection(made.slug).position == 1
    with pytest.raises(HfHubHTTPError, match="theme"):
        ada.update_collection_metadata(second.slug, theme="plaid")


def test_items_are_moved_annotated_and_taken_out(hub: Hub) -> None:
    ada, made = api_of(hub), filled(hub)
    last = made.items[-1]
    ada.update_collection_item(made.slug, last.item_object_id, note="watch this", position=0)
    assert names(ada.get_collection(made.slug)) == ["space ada/demo", "model ada/tiny", "dataset ada/tiny"]
    assert ada.get_collection(made.slug).items[0].note == "watch this"

    ada.delete_collection_item(made.slug, last.item_object_id)
    ada.delete_collection_item(made.slug, last.item_object_id, missing_ok=True)
    with pytest.raises(HfHubHTTPError) as refused:
        ada.delete_collection_item(made.slug, last.item_object_id)
    assert refused.value.response.status_code == 404
    assert [each.position for each in ada.get_collection(made.slug).items] == [0, 1]
    with pytest.raises(HfHubHTTPError) as refused:
        ada.add_collection_item(made.slug, "ada/tiny", "model")
    assert refused.value.response.status_code == 409
    assert len(ada.add_collection_item(made.slug, "ada/tiny", "model", exists_ok=True).items) == 2


def test_papers_and_collections_are_items_and_what_is_not_here_is_none(hub: Hub) -> None:
    ada, made = api_of(hub), filled(hub)
    other = ada.create_collection("Other")
    ada.add_collection_item(other.slug, "2307.09288", "paper")
    ada.add_collection_item(other.slug, made.slug, "collection")
    assert names(ada.get_collection(other.slug)) == ["paper 2307.09288", f"collection {made.slug}"]

    for item_id, item_type, status in (
        ("ada/absent", "model", 404),
        ("ada/bucket", "bucket", 404),
        ("ada/x", "thing", 400),
        ("not a paper", "paper", 400),
    ):
        with pytest.raises(HfHubHTTPError) as refused:
            ada.add_collection_item(other.slug, item_id, item_type)  # type: ignore[arg-type]
        assert refused.value.response.status_code == status

    ada.delete_collection(made.slug)
    assert names(ada.get_collection(other.slug)) == ["paper 2307.09288"]


def test_lists_are_filtered_and_come_in_pages(hub: Hub) -> None:
    ada, eve, made = api_of(hub), api_of(hub, "eve"), filled(hub)
    ada.add_collection_item(made.slug, "2307.09288", "paper")
    ada.add_collection_item(made.slug, "2307.09289", "paper")
    of_eve = eve.create_collection("Of eve")
    eve.add_collection_item(of_eve.slug, "ada/tiny", "dataset")

    assert [each.slug for each in ada.list_collections()] == [of_eve.slug, made.slug]
    assert [each.slug for each in ada.list_collections(owner=["ADA"])] == [made.slug]
    assert [each.slug for each in ada.list_collections(item="models/ada/tiny")] == [made.slug]
    assert len(list(ada.list_collections(item="datasets/ada/tiny", sort="upvotes"))) == 2
    assert list(ada.list_collections(item="models/ada/absent")) == []
    assert len(next(iter(ada.list_collections(owner="ada"))).items) == 4
    first = httpx.get(f"{hub.url}/api/collections?limit=1")
    assert [each["title"] for each in first.json()] == ["Of eve"]
    assert "position" not in first.json()[0]
    assert [each["slug"] for each in httpx.get(first.links["next"]["url"]).json()] == [made.slug]
    assert [each["title"] for each in httpx.get(f"{hub.url}/api/collections?q=NICE").json()] == [made.title]


def test_private_collections_and_items_are_for_their_owner(hub: Hub) -> None:
    ada, eve = api_of(hub), api_of(hub, "eve")
    secret = ada.create_collection("Secret", private=True)
    ada.create_repo("hidden", private=True)
    public = ada.create_collection("Public")
    ada.add_collection_item(public.slug, "ada/hidden", "model")

    assert [each.slug for each in ada.list_collections()] == [public.slug, secret.slug]
    assert [each.slug for each in eve.list_collections()] == [public.slug]
    assert ada.get_collection(public.slug).items[0].item_id == "ada/hidden"
    assert eve.get_collection(public.slug).items == []
    assert list(eve.list_collections(item="models/ada/hidden")) == []
    of_eve = eve.create_collection("Of eve")
    for action in (
        lambda: eve.get_collection(secret.slug),
        lambda: eve.add_collection_item(of_eve.slug, "ada/hidden", "model"),
        lambda: eve.add_collection_item(of_eve.slug, secret.slug, "collection"),
        lambda: eve.delete_collection(secret.slug),
        lambda: HfApi(hub.url, False).get_collection(secret.slug),
    ):
        with pytest.raises(HfHubHTTPError) as refused:
            action()
        assert refused.value.response.status_code == 404
    eve.delete_collection(secret.slug, missing_ok=True)
    reader = api_of(hub, token=hub.person("ada").read_token)
    for action in (
        lambda: eve.update_collection_metadata(public.slug, title="Mine"),
        lambda: eve.delete_collection(public.slug),
        lambda: eve.create_collection("Foreign", namespace="ada"),
        lambda: reader.create_collection("By a reader"),
        lambda: reader.delete_collection(public.slug),
    ):
        with pytest.raises(HfHubHTTPError) as refused:
            action()
        assert refused.value.response.status_code == 403
    ada.delete_collection(public.slug)
    ada.delete_collection(public.slug, missing_ok=True)
