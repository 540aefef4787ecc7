"""transformers and datasets as they are installed, against a live hub: what one machine pushes another loads."""

from pathlib import Path

import httpx
import pytest
from tests.clients.process import ClientMachine, clients_python

from .conftest import Hub

pytestmark = pytest.mark.clients


def machine(hub: Hub, home: Path, who: str) -> ClientMachine:
    python = clients_python()
    assert python is not None
    return ClientMachine(home, hub.url, hub.person(who).token, python)


def test_transformers_loads_what_it_pushed_and_again_without_a_hub(hub: Hub, tmp_path: Path) -> None:
    """Models whole and in shards, tokenizers, pipelines, branches and pull requests; private ones with a token."""
    pushed = machine(hub, tmp_path / "pusher", "ada").program("transformers_push")
    owner = machine(hub, tmp_path / "owner", "ada")
    names = "whole,sharded,piped,whole@raised,whole@refs/pr/1"
    seen = owner.program("transformers_pull", names, "guess")
    away = owner.program("transformers_pull", names, HF_HUB_OFFLINE="1", HF_ENDPOINT="http://127.0.0.1:1")
    stranger = machine(hub, tmp_path / "stranger", "eve").program("transformers_pull", "whole,sharded,absent")

    for repo in ("whole", "sharded", "piped"):
        assert seen[repo] == away[repo] == pushed["logits"]
    for revision in ("whole@raised", "whole@refs/pr/1"):
        assert seen[revision] == away[revision] == pushed["changed"]
    assert seen["task"] == "text-classification"
    assert stranger["whole"] == pushed["logits"]
    assert "is not a valid model identifier" in stranger["absent"]
    assert stranger["sharded"] == stranger["absent"].replace("ada/absent", "ada/sharded")
    check_what_the_hub_knows(hub)


def check_what_the_hub_knows(hub: Hub) -> None:
    headers = {"Authorization": f"Bearer {hub.person('ada').token}"}
    whole, sharded = (
        httpx.get(f"{hub.url}/api/models/ada/{name}", headers=headers).json() for name in ("whole", "sharded")
    )

    assert (whole["library_name"], whole["pipeline_tag"]) == ("transformers", "text-classification")
    assert whole["config"]["architectures"] == ["BertForSequenceClassification"]
    assert whole["safetensors"]["total"] == sharded["safetensors"]["total"] > 0
    assert len([each for each in sharded["siblings"] if each["rfilename"].endswith(".safetensors")]) > 1
    assert sharded["private"]


def test_datasets_loads_what_was_pushed_as_tables_and_as_files(hub: Hub, tmp_path: Path) -> None:
    pushed = machine(hub, tmp_path / "pusher", "ada").program("datasets_push")
    seen = machine(hub, tmp_path / "owner", "ada").program("datasets_pull")
    stranger = machine(hub, tmp_path / "stranger", "eve").program("datasets_pull", "secret")

    assert pushed["shards"] == ["data/train-00000-of-00001.parquet"]
    assert seen["table"] == {"train": 30, "test": 10}
    assert seen["slice"] == ["row 2", "row 3"]
    assert (seen["small"], seen["configs"], seen["splits"]) == ({"train": 3}, ["default", "small"], ["train", "test"])
    assert (seen["shrunk"], seen["branch"], seen["secret"]) == ({"train": 2}, 7, 5)
    assert seen["csv"] == {"train": 40, "test": 3}
    assert seen["json"] == seen["parquet"] == {"train": 40}
    assert seen["streamed"] == [28, 29]
    assert seen["streamed csv"] == [{"text": f"row {number}", "number": number} for number in range(3)]
    assert seen["streamed pictures"] == ["ten", "twenty"]
    assert seen["pictures"] == [[10, 10], [200, 200]]
    assert seen["folder"] == [["ten", 10], ["twenty", 20]]
    assert "doesn't exist on the Hub or cannot be accessed" in stranger["secret"]
