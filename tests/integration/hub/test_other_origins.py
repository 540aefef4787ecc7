"""Pages of other origins call the API and fetch files; what is not there is told to them as JSON."""

import httpx
from huggingface_hub import HfApi
from tests.integration.hub.conftest import Hub


def test_files_and_unknown_calls_answer_pages_of_other_origins(hub: Hub) -> None:
    api = HfApi(hub.url, hub.person("ada").token)
    api.create_repo("tiny", repo_type="dataset")
    api.upload_file(path_or_fileobj=b"a\n", path_in_repo="a.txt", repo_id="ada/tiny", repo_type="dataset")
    url = f"{hub.url}/datasets/ada/tiny/resolve/main/a.txt"
    preflight = httpx.options(url, headers={"Origin": "https://elsewhere.example"})
    file = httpx.get(url)
    unknown = [httpx.get(f"{hub.url}{path}") for path in ("/api", "/api/jobs/ada", "/api/buckets/ada/b", "/api/papers")]

    assert preflight.status_code == 204
    assert file.headers["access-control-allow-origin"] == "*"
    assert "X-Repo-Commit" in file.headers["access-control-expose-headers"]
    assert [each.status_code for each in unknown] == [404] * 4
    assert all(each.json()["error"] for each in unknown)
