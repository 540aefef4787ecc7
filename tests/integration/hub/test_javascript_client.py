"""huggingface.js as it is installed, in Node, against a live hub."""

import json
import shutil
from pathlib import Path

import pytest
from tests.clients.process import JAVASCRIPT, PROGRAMS, ClientMachine, clients_python

from .conftest import Hub


@pytest.mark.clients
def test_huggingface_js_makes_fills_reads_and_removes_a_repo(hub: Hub, tmp_path: Path) -> None:
    node, python = shutil.which("node"), clients_python()
    assert node is not None
    assert python is not None
    machine = ClientMachine(tmp_path / "home", hub.url, hub.person("ada").token, python)
    seen = json.loads(machine.run([node, str(PROGRAMS / "hub_road.mjs"), str(JAVASCRIPT)]).splitlines()[-1])

    assert seen == {
        "me": "ada",
        "card": "---\nlicense: mit\n---\n",
        "hidden": False,
        "large": [True, True],
        "proposed": [True, True],
        "main": [".gitattributes", "plain.lfs.bin", "xet.bin"],
        "side": [".gitattributes", "deep", "deep/b.txt", "plain.lfs.bin", "xet.bin"],
        "exists": True,
        "size": 7_000_001,
        "commits": 5,
        "gone": False,
    }
