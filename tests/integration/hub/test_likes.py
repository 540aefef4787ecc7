"""Likes with the real client: one of a person, counted with the repo."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from tests.integration.hub.conftest import Hub

from spaceport.domain.repo import RepoType
from spaceport.repos.finding import find_any


def api_of(hub: Hub, name: str = "ada") -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


def like(hub: Hub, name: str, path: str, token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token or hub.person(name).token}"}
    return httpx.post(f"{hub.url}/api/{path}/like", headers=headers).status_code


def likes_of(hub: Hub, kind: RepoType, name: str) -> int:
    with hub.services.database.read() as tx:
        repo = find_any(tx, kind, "ada", name)
    assert repo is not None
    return repo.likes


def make_all(hub: Hub) -> None:
    hub.space(name="demo")
    for kind in ("model", "dataset"):
        api_of(hub).create_repo("tiny", repo_type=kind)


def test_likes_are_listed_and_counted(hub: Hub) -> None:
    make_all(hub)
    eve = api_of(hub, "eve")
    for path in ("models/ada/tiny", "datasets/ada/tiny", "spaces/ada/demo", "models/ada/tiny"):
        assert like(hub, "eve", path) == 200
    like(hub, "bob", "models/ada/tiny")

    liked = eve.list_liked_repos()
    assert (liked.total, liked.models, liked.datasets, liked.spaces) == (3, ["ada/tiny"], ["ada/tiny"], ["ada/demo"])
    assert [each.username for each in eve.list_repo_likers("ada/tiny")] == ["bob", "eve"]
    assert [each.username for each in eve.list_repo_likers("ada/demo", repo_type="space")] == ["eve"]
    assert likes_of(hub, RepoType.MODEL, "tiny") == 2
    assert likes_of(hub, RepoType.SPACE, "demo") == 1

    eve.unlike("ada/tiny")
    eve.unlike("ada/tiny")
    assert [each.username for each in eve.list_repo_likers("ada/tiny")] == ["bob"]
    assert (likes_of(hub, RepoType.MODEL, "tiny"), likes_of(hub, RepoType.DATASET, "tiny")) == (1, 1)


def test_a_person_who_likes_ten_times_at_once_counts_once(hub: Hub) -> None:
    make_all(hub)
    hub.person("eve")
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: like(hub, "eve", "models/ada/tiny"), range(10)))

    assert answers == [200] * 10
    assert likes_of(hub, RepoType.MODEL, "tiny") == 1


def test_likers_come_in_pages(hub: Hub) -> None:
    make_all(hub)
    for name in ("bob", "eve", "zoe"):
        like(hub, name, "models/ada/tiny")

    first = httpx.get(f"{hub.url}/api/models/ada/tiny/likers?limit=2")
    second = httpx.get(first.links["next"]["url"])

    assert [each["user"] for each in first.json()] == ["zoe", "eve"]
    assert [each["user"] for each in second.json()] == ["bob"]
    assert "next" not in second.links
    assert httpx.get(f"{hub.url}/api/models/ada/tiny/likers?cursor=x").status_code == 400


def test_private_repos_are_liked_by_who_sees_them_and_shown_to_nobody_else(hub: Hub) -> None:
    api_of(hub).create_repo("secret", private=True)
    assert like(hub, "ada", "models/ada/secret") == 200
    assert like(hub, "eve", "models/ada/secret") == 404
    assert like(hub, "ada", "models/ada/secret", hub.person("ada").read_token) == 403
    assert httpx.post(f"{hub.url}/api/models/ada/secret/like").status_code == 401

    assert api_of(hub).list_liked_repos("ada").models == ["ada/secret"]
    assert api_of(hub, "eve").list_liked_repos("ada").models == []
    with pytest.raises(RepositoryNotFoundError):
        list(api_of(hub, "eve").list_repo_likers("ada/secret"))
    with pytest.raises(HfHubHTTPError, match="no such user"):
        api_of(hub).list_liked_repos("nobody-of-that-name")


def test_likes_go_with_their_repo(hub: Hub) -> None:
    make_all(hub)
    like(hub, "eve", "models/ada/tiny")
    api_of(hub).delete_repo("tiny")
    assert api_of(hub, "eve").list_liked_repos().total == 0

    api_of(hub).create_repo("tiny")
    assert likes_of(hub, RepoType.MODEL, "tiny") == 0
