"""gradio's own tools, as they are: a folder is deployed, called by name and built into another app."""

from pathlib import Path

import pytest

from tests.clients.process import ClientMachine, clients_python
from tests.e2e.conftest import Workshop
from tests.e2e.platform import SAMPLES

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]

#: The questions of ``gradio deploy``: hardware, secrets, requirements, an action for GitHub.
ANSWERS = "\ny\nKEY\nhidden\n\nn\nn\n"


@pytest.mark.parametrize("platform", [pytest.param("sandbox", marks=pytest.mark.registry)], indirect=True)
def test_gradio_deploys_a_folder_that_is_called_and_loaded_by_name(workshop: Workshop, tmp_path: Path) -> None:
    platform, python = workshop.platform, clients_python()
    assert python is not None
    owner = ClientMachine(tmp_path / "owner", platform.hub, platform.token, python)
    stranger = ClientMachine(tmp_path / "stranger", platform.hub, None, python)
    owner.home.mkdir()
    (owner.home / "app.py").write_text((SAMPLES / "hello-gradio" / "app.py").read_text())
    workshop.adopt("deployed")

    told = owner.tool("gradio", "deploy", "--title", "deployed", "--app-file", "app.py", answers=ANSWERS)
    space = f"{platform.name}/deployed"
    platform.wait_for_stage(space, "RUNNING")
    secrets = platform.api("GET", f"/api/spaces/{space}/secrets").json()
    public = stranger.program("gradio_visit", space)
    platform.api("PUT", f"/api/spaces/{space}/settings", json={"private": True}).raise_for_status()
    private = owner.program("gradio_visit", space)
    refused = stranger.program("gradio_visit", space)

    assert space in told
    assert list(secrets) == ["KEY"]
    assert public == private == {"called": "Hello, Ada!", "loaded": "Hello, Grace!"}
    assert refused == {"called": "RepositoryNotFoundError", "loaded": None}
