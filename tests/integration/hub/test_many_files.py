"""A repo of ten thousand files: pushed, listed page by page, cloned."""

from pathlib import Path

import httpx
from huggingface_hub import HfApi

from .conftest import Hub, git

COUNT = 10_000


def test_ten_thousand_files_are_pushed_listed_and_cloned(hub: Hub, tmp_path: Path) -> None:
    token = hub.person("ada").token
    api = HfApi(hub.url, token)
    api.create_repo("many", repo_type="dataset")
    work, again = tmp_path / "work", tmp_path / "again"
    url = f"{hub.url.replace('//', f'//x:{token}@')}/datasets/ada/many"
    git(tmp_path, "clone", url, str(work))
    for number in range(COUNT):
        path = work / f"part-{number % 20}" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{number}\n")
    git(work, "add", "--all")
    git(work, "commit", "-m", "Add many files")
    git(work, "push", "origin", "HEAD:main")

    listed = {each.path for each in api.list_repo_tree("ada/many", repo_type="dataset", recursive=True)}
    first = httpx.get(f"{hub.url}/api/datasets/ada/many/tree/main", params={"recursive": "true"})
    git(tmp_path, "clone", "--depth", "1", url, str(again))

    # The folders are listed as well, and .gitattributes.
    assert len(listed) == COUNT + 20 + 1
    assert len(first.json()) < len(listed)
    assert 'rel="next"' in first.headers["link"]
    assert len(list(again.glob("part-*/*.txt"))) == COUNT
