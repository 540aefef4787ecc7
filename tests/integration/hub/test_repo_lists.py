"""Lists, info and cards with the real ``huggingface_hub``."""

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, DatasetCard, HfApi, ModelCard, get_session
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from tests.integration.hub.conftest import Hub, change_files, git, make_work, running_hub, wait_until

from spaceport.domain.repo import RepoType
from spaceport.repos.paths import repo_path
from spaceport.repos.repair import RepairOfRepos

CARD = """---
license: apache-2.0
language: [en, fr]
tags: [tiny]
datasets: [squad]
base_model: ada/base
model-index:
- name: bert
  results:
  - task: {type: text-classification}
    dataset: {type: beans, name: Beans}
    metrics: [{type: accuracy, value: 0.9}]
---
# A model
"""
HEADER = json.dumps({"weight": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}}).encode()
CITATION = "@misc{words,\n  title={Words}\n}"
MODEL: dict[str, str | bytes] = {
    "README.md": CARD,
    "config.json": json.dumps({"architectures": ["BertForSequenceClassification"], "model_type": "bert"}),
    "sub/weights.bin": "x",
}


def api_of(hub: Hub, name: str | None = "ada") -> HfApi:
    return HfApi(endpoint=hub.url, token=hub.person(name).token if name else False)


def push(hub: Hub, folder: Path, name: str, files: dict[str, Any], kind: str = "model", **options: Any) -> None:
    api_of(hub).create_repo(f"ada/{name}", repo_type=kind, **options)
    work = make_work(folder / f"{kind}-{name}", files)
    prefix = {"model": "", "dataset": "datasets/", "space": "spaces/"}[kind]
    host = hub.url.removeprefix("http://")
    git(work, "push", "--force", f"http://ada:{hub.person('ada').token}@{host}/{prefix}ada/{name}", "HEAD:main")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Shared by tests that only read."""
    tmp_path = tmp_path_factory.mktemp("filled")
    (tmp_path / "data").mkdir()
    with running_hub(tmp_path / "data") as hub:
        fill(hub, tmp_path)
        yield hub


def fill(hub: Hub, tmp_path: Path) -> None:
    push(hub, tmp_path, "bert", MODEL | {"model.safetensors": struct.pack("<Q", len(HEADER)) + HEADER + b"\0" * 48})
    push(hub, tmp_path, "other", {"README.md": "---\nlicense: mit\n---\n"})
    push(hub, tmp_path, "secret", {"README.md": "---\nlicense: mit\n---\n"}, private=True)
    words = {
        "README.md": "---\nlicense: mit\nlanguage: en\ntask_categories: [text-classification]\n---\nWords.\n"
        f"```bibtex\n{CITATION}\n```\n",
        "a.csv": "a\n",
    }
    push(hub, tmp_path, "words", words, "dataset")
    demo = "---\nsdk: static\nmodels: [ada/bert]\ntags: [shiny]\n---\n"
    push(hub, tmp_path, "demo", {"README.md": demo, "index.html": "<p>"}, "space", space_sdk="static")


def test_models_are_filtered_sorted_and_paged(filled: Hub) -> None:
    api = api_of(filled, None)

    def found(**options: Any) -> list[str]:
        return [model.id for model in api.list_models(**options)]

    assert found() == ["ada/other", "ada/bert"]
    assert found(sort="created_at") == ["ada/other", "ada/bert"]
    assert found(search="BER") == found(pipeline_tag="text-classification") == ["ada/bert"]
    assert found(filter=["bert", "license:apache-2.0"]) == found(filter="language:fr") == ["ada/bert"]
    assert found(trained_dataset="squad") == found(filter="base_model:finetune:ada/base") == ["ada/bert"]
    assert found(author="ADA", limit=1) == ["ada/other"]
    assert found(author="nobody") == found(filter="absent") == found(gated=True) == found(inference="warm") == []
    assert found(num_parameters="min:1,max:1K") == ["ada/bert"]
    assert found(num_parameters="min:1K") == []
    assert found(apps="vllm") == ["ada/bert"]
    for sort in ("downloads", "likes", "last_modified", "trending_score"):
        assert set(found(sort=sort)) == {"ada/bert", "ada/other"}
    assert {model.id for model in api_of(filled).list_models()} == {"ada/bert", "ada/other", "ada/secret"}


def test_a_page_leads_to_the_next(filled: Hub) -> None:
    session = api_of(filled)
    ids: list[str] = []
    url: str | None = f"{filled.url}/api/models?limit=1&sort=createdAt&direction=-1"
    while url:
        response = get(url, filled.person("ada").token)
        ids += [item["id"] for item in response.json()]
        url = response.links.get("next", {}).get("url")

    assert ids == [model.id for model in session.list_models(sort="created_at")]
    assert len(ids) == 3
    assert get(f"{filled.url}/api/models?cursor=x", None).status_code == 400


def get(url: str, token: str | None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return get_session().get(url, headers=headers)


def test_a_model_tells_all_of_itself(filled: Hub) -> None:
    info = api_of(filled, None).model_info("ada/bert", securityStatus=True, files_metadata=True)

    assert info.pipeline_tag == "text-classification"
    assert info.library_name == "transformers"
    assert info.config == {"architectures": ["BertForSequenceClassification"], "model_type": "bert"}
    assert info.safetensors is not None
    assert (info.safetensors.parameters, info.safetensors.total) == ({"F32": 12}, 12)
    assert info.transformers_info is not None
    assert info.transformers_info.auto_model == "AutoModelForSequenceClassification"
    assert info.card_data is not None
    assert info.card_data.eval_results is not None
    assert info.card_data.eval_results[0].metric_value == 0.9
    assert info.spaces == ["ada/demo"]
    assert info.security_repo_status == {"scansDone": False, "filesWithIssues": []}
    assert info.siblings is not None
    assert {each.rfilename for each in info.siblings} >= {"README.md", "sub/weights.bin"}
    assert info.tags == [
        *("transformers", "safetensors", "bert", "text-classification", "tiny", "en", "fr", "dataset:squad"),
        *("base_model:ada/base", "base_model:finetune:ada/base", "model-index", "license:apache-2.0", "region:us"),
    ]


def test_expand_gives_what_was_asked_for_only(filled: Hub) -> None:
    api = api_of(filled, None)

    info = api.model_info("ada/bert", expand=["sha", "baseModels", "childrenModelCount", "downloadsAllTime"])
    listed = next(iter(api.list_models(search="bert", expand=["config", "safetensors", "trendingScore"])))

    assert (info.tags, info.siblings) == (None, None)
    assert info.sha
    assert info.base_models == {"relation": "finetune", "models": [{"_id": "ada/base", "id": "ada/base"}]}
    assert listed.config == {"architectures": ["BertForSequenceClassification"], "model_type": "bert"}
    assert listed.tags is None
    with pytest.raises(HfHubHTTPError, match='expected one of "author"'):
        list(api.list_models(expand=["foo"]))  # type: ignore[list-item]
    for each in (api.list_datasets, api.list_spaces):
        with pytest.raises(HfHubHTTPError, match="expected one of"):
            list(each(expand=["foo"]))  # type: ignore[operator]


def test_datasets_are_listed_and_told(filled: Hub) -> None:
    api = api_of(filled, None)

    listed = list(api.list_datasets(language="en", task_categories="text-classification", search="word", full=True))
    info = api.dataset_info("ada/words")

    assert [each.id for each in listed] == ["ada/words"]
    assert listed[0].siblings is not None
    assert list(api.list_datasets(size_categories="n<1K")) == []
    assert info.tags == [
        *("task_categories:text-classification", "language:en", "license:mit", "format:csv"),
        *("library:datasets", "region:us"),
    ]
    assert info.description is not None
    assert info.description.startswith("Words.")
    assert info.citation == api.dataset_info("ada/words", expand=["citation"]).citation == CITATION
    assert [each.citation for each in api.list_datasets(search="words", expand=["citation"])] == [CITATION]
    assert info.main_size is None
    told = api.dataset_info("ada/words", expand=["mainSize"]).main_size
    blobs = api.dataset_info("ada/words", files_metadata=True).siblings
    assert blobs is not None
    assert told == sum(each.size or 0 for each in blobs) > 0
    assert [each.main_size for each in api.list_datasets(search="words", expand=["mainSize"])] == [told]


def test_spaces_are_listed_and_told(filled: Hub) -> None:
    api = api_of(filled, None)

    def found(**options: Any) -> list[str]:
        return [space.id for space in api.list_spaces(**options)]

    assert (
        found(filter="shiny") == found(models="ada/bert") == found(linked=True) == found(search="dem") == ["ada/demo"]
    )
    assert found(datasets="ada/words") == found(filter="docker") == []
    full = next(iter(api.list_spaces(full=True)))
    assert full.runtime is not None
    assert full.models == ["ada/bert"]
    assert api.space_info("ada/demo", expand=["runtime"]).sdk is None


def test_what_is_there_and_what_is_not(filled: Hub) -> None:
    api, stranger = api_of(filled), api_of(filled, None)

    assert api.repo_exists("ada/secret")
    assert not stranger.repo_exists("ada/secret")
    assert not stranger.repo_exists("gpt2")
    with pytest.raises(RepositoryNotFoundError):
        stranger.dataset_info("words")


def test_cards_are_checked_before_they_are_sent(filled: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", filled.url)
    ModelCard(CARD).validate()
    with pytest.raises(ValueError, match="must be the identifier of a licence"):
        ModelCard("---\nlicense: My License\n---\n").validate()
    with pytest.raises(ValueError, match="config_name a more than once"):
        DatasetCard("---\nconfigs: [{config_name: a}, {config_name: a}]\n---\n").validate()


def test_a_push_with_a_wrong_card_is_refused(hub: Hub, tmp_path: Path) -> None:
    api_of(hub).create_repo("ada/wrong")
    work = make_work(tmp_path / "wrong", {"README.md": "---\nlicense: My License\n---\n"})
    host = hub.url.removeprefix("http://")
    address = f"http://ada:{hub.person('ada').token}@{host}/ada/wrong"
    refused = git(work, "push", "--force", address, "HEAD:main", check=False)
    assert refused.code != 0
    assert 'README.md: "license" must be the identifier of a licence' in refused.output

    change_files(work, {"README.md": "---\nlicense: mit\n---\n"})
    git(work, "push", "--force", address, "HEAD:main")
    assert api_of(hub).model_info("ada/wrong").tags == ["license:mit", "region:us"]


def test_a_download_is_counted_once_for_each_client_and_commit(hub: Hub, tmp_path: Path) -> None:
    push(hub, tmp_path, "bert", {"config.json": "{}", "other.txt": "x"})

    def fetch(name: str, file: str, counter: str = "1") -> None:
        headers = {"Authorization": f"Bearer {hub.person(name).token}", "X-HF-Download-Counter": counter}
        assert get_session().get(f"{hub.url}/ada/bert/resolve/main/{file}", headers=headers).status_code == 200

    def downloads() -> int | None:
        return api_of(hub).model_info("ada/bert").downloads

    fetch("ada", "config.json")
    fetch("ada", "other.txt")
    fetch("bob", "other.txt", counter="0")
    wait_until(lambda: downloads() == 1)
    fetch("bob", "other.txt")
    wait_until(lambda: downloads() == 2)


def test_tags_by_type(filled: Hub) -> None:
    models = get(f"{filled.url}/api/models-tags-by-type", None).json()
    datasets = get(f"{filled.url}/api/datasets-tags-by-type", None).json()

    assert {"type": "language", "label": "fr", "id": "fr"} in models["language"]
    assert {"type": "pipeline_tag", "label": "text-classification", "id": "text-classification"} in models[
        "pipeline_tag"
    ]
    assert {"type": "language", "label": "en", "id": "language:en"} in datasets["language"]


def test_the_command_line_lists(filled: Hub, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        environment = {
            "HF_ENDPOINT": filled.url,
            "HF_HOME": str(tmp_path),
            "COLUMNS": "400",
            "HF_TOKEN": filled.person("ada").token,
        }
        command = [str(Path(sys.executable).parent / "hf"), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "ada/bert" in run("models", "ls", "--search", "bert", "--format", "json")
    assert "ada/words" in run("datasets", "ls", "--format", "json")
    assert "ada/demo" in run("spaces", "ls", "--format", "json")
    assert "transformers" in run("models", "info", "ada/bert")


def test_what_a_killed_hub_missed_is_taken_up(hub: Hub, tmp_path: Path) -> None:
    """At once by the first round, later by those that look only where a branch moved."""
    repair = RepairOfRepos()
    push(hub, tmp_path, "bert", {"README.md": "---\nlicense: mit\n---\n"})
    with hub.services.database.begin() as tx:
        repo = tx.repos.by_name(RepoType.MODEL, "ada", "bert")
        assert repo is not None
        tx.repos.update(repo.id, tags=[], pipeline_tag=None)
        tx.tags.remove(repo.id)
    folder = repo_path(hub.services.settings.data_dir, repo.id, RepoType.MODEL)
    assert [repair.publish_missed(hub.services), repair.publish_missed(hub.services)] == [1, 0]
    assert [model.id for model in api_of(hub).list_models(filter="license:mit")] == ["ada/bert"]

    work = make_work(tmp_path / "later", {"README.md": "---\nlicense: isc\n---\n"})
    git(work, "push", "--force", str(folder), "main")
    assert [repair.publish_missed(hub.services), repair.publish_missed(hub.services)] == [1, 0]
    assert [model.id for model in api_of(hub).list_models(filter="license:isc")] == ["ada/bert"]


def test_the_headers_of_all_shards_are_told_at_once(hub: Hub) -> None:
    api = api_of(hub)
    api.create_repo("ada/sharded")
    shards = {f"model-{number}-of-2.safetensors": f"layer.{number}" for number in (1, 2)}
    index = {"metadata": {"total_size": 96}, "weight_map": {tensor: shard for shard, tensor in shards.items()}}
    files = {"model.safetensors.index.json": json.dumps(index).encode()}
    for shard, tensor in shards.items():
        header = json.dumps({tensor: {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}}).encode()
        files[shard] = struct.pack("<Q", len(header)) + header + b"\0" * 48
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    api.create_commit("ada/sharded", operations, commit_message="Add shards")

    assert api.get_sharded_safetensors_metadata("ada/sharded") == api.get_safetensors_metadata("ada/sharded")
    address = f"{hub.url}/api/models/ada/sharded/safetensors-metadata"
    one = httpx.get(f"{address}/model-1-of-2.safetensors").json()
    assert list(one) == ["headers"]
    assert list(one["headers"]["model-1-of-2.safetensors"]) == ["layer.1"]
    assert httpx.get(f"{address}/nothing.safetensors").headers["x-error-code"] == "EntryNotFound"
    assert httpx.get(f"{address}/.gitattributes").status_code == 400
    api.update_repo_settings("ada/sharded", gated="manual")
    assert httpx.get(f"{address}/model-1-of-2.safetensors").headers["x-error-code"] == "GatedRepo"
