"""A model pushed to this hub is in the app's cache from the start, with no hub to ask."""

from pathlib import Path

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Repo
from tests.e2e.test_road import CARD

APP = """\
import os
os.environ["HF_HUB_OFFLINE"] = "1"
import gradio as gr
from huggingface_hub import hf_hub_download

path = hf_hub_download("admin/preloaded", "weights.txt")
gr.Interface(lambda name: open(path).read(), "textbox", "textbox", api_name="read").launch()
"""


def test_preloaded_files_are_there_without_a_network(workshop: Workshop, tmp_path: Path) -> None:
    platform = workshop.platform
    platform.api("POST", "/api/repos/create", json={"name": "preloaded", "type": "model"})
    remote = f"http://admin:{platform.token}@127.0.0.1:{platform.hub_port}/admin/preloaded"
    Repo(tmp_path / "model", remote).write(**{"weights.txt": "forty-two", "README.md": "# m\n"}).commit_and_push()
    space, repo = workshop.space("preloader")
    card = CARD.replace("sdk:", "preload_from_hub:\n  - admin/preloaded weights.txt\nsdk:")
    repo.write(**{"README.md": card, "app.py": APP})

    repo.commit_and_push()

    platform.wait_for_stage(space, "RUNNING")
    answer = platform.visit(space, "/config")
    assert answer.status_code == 200
    assert predict(platform.info(space)["host"]) == "forty-two"
    repo.write(**{"README.md": card.replace("admin/preloaded", "admin/nowhere")}).commit_and_push()
    runtime = platform.wait_for_stage(space, "RUNNING")
    assert "no public model admin/nowhere" in runtime["errorMessage"]


def predict(host: str) -> str:
    from gradio_client import Client

    return str(Client(host, verbose=False).predict("x", api_name="/read"))
