"""Cards by way of ``huggingface_hub``, in a process with nothing set but ``HF_ENDPOINT`` and a token."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.integration.hub.conftest import Hub

_IMPORTS = """
from huggingface_hub import *
api = HfApi()
"""


def run(hub: Hub, folder: Path, script: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(folder / "home"),
        "HF_TOKEN": hub.person("ada").token,
    }
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS + textwrap.dedent(script)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_card_of_a_model_is_sent_loaded_and_changed(hub: Hub, tmp_path: Path) -> None:
    run(
        hub,
        tmp_path,
        """
        create_repo("ada/bert")
        results = [EvalResult("text-classification", "beans", "Beans", "accuracy", 0.9)]
        data = ModelCardData(license="mit", eval_results=results, model_name="bert")
        ModelCard(f"---\\n{data.to_yaml()}\\n---\\n# Bert\\n").push_to_hub("ada/bert")
        assert ModelCard.load("ada/bert").data.license == "mit"
        info = model_info("ada/bert")
        assert info.card_data.eval_results[0].metric_value == 0.9
        assert info.tags == ["model-index", "license:mit", "region:us"], info.tags

        metadata_update("ada/bert", {"tags": ["tiny"], "pipeline_tag": "fill-mask"})
        info = model_info("ada/bert")
        assert info.pipeline_tag == "fill-mask"
        assert info.tags == ["fill-mask", "tiny", "model-index", "license:mit", "region:us"], info.tags
        assert [each.id for each in list_models(filter="tiny", pipeline_tag="fill-mask")] == ["ada/bert"]
        """,
    )


def test_a_card_of_a_dataset_is_sent_and_loaded(hub: Hub, tmp_path: Path) -> None:
    run(
        hub,
        tmp_path,
        """
        create_repo("ada/words", repo_type="dataset")
        data = DatasetCardData(language="en", task_categories=["text-classification"], pretty_name="Words")
        DatasetCard(f"---\\n{data.to_yaml()}\\n---\\n# Words\\n").push_to_hub("ada/words")
        assert DatasetCard.load("ada/words").data.pretty_name == "Words"
        assert [each.id for each in list_datasets(language="en")] == ["ada/words"]
        """,
    )


def test_a_commit_with_a_wrong_card_is_refused(hub: Hub, tmp_path: Path) -> None:
    """The client asks first; without that the commit itself is refused in the same words."""
    run(
        hub,
        tmp_path,
        """
        import base64
        import json

        create_repo("ada/bert")
        before = model_info("ada/bert").sha
        wrong, words = b"---\\nlicense: My Own\\n---\\n", "must be the identifier of a licence"
        for call in (
            lambda: ModelCard(wrong.decode()).validate(),
            lambda: upload_file(path_or_fileobj=wrong, path_in_repo="README.md", repo_id="ada/bert"),
        ):
            try:
                call()
            except ValueError as error:
                assert words in str(error), error
            else:
                raise AssertionError("not refused")
        value = {"path": "README.md", "content": base64.b64encode(wrong).decode(), "encoding": "base64"}
        lines = [{"key": "header", "value": {"summary": "x"}}, {"key": "file", "value": value}]
        answer = get_session().post(
            f"{api.endpoint}/api/models/ada/bert/commit/main",
            content="\\n".join(json.dumps(line) for line in lines),
            headers={"Authorization": f"Bearer {get_token()}", "Content-Type": "application/x-ndjson"},
        )
        assert answer.status_code == 400, answer.text
        assert words in answer.json()["error"], answer.text
        assert model_info("ada/bert").sha == before
        """,
    )
