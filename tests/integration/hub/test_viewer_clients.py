"""The dataset viewer beside the ``datasets`` library as it is installed: both must see the same."""

from pathlib import Path

import pytest
import yaml
from tests.clients.process import ClientMachine, clients_python
from tests.unit.viewer_layouts import CASES

from .conftest import Hub
from .test_viewer import PNG, Asker, parquet_of, push

pytestmark = pytest.mark.clients


def machine(hub: Hub, home: Path) -> ClientMachine:
    python = clients_python()
    assert python is not None
    return ClientMachine(home, hub.url, hub.person("ada").token, python)


def test_splits_are_those_that_datasets_finds(hub: Hub, tmp_path: Path) -> None:
    for number, case in enumerate(CASES):
        folder = tmp_path / "cases" / f"{number:03d}"
        folder.mkdir(parents=True)
        for path in case.paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("{}" if path.endswith(".json") else "")
        if case.configs:
            (folder / "README.md").write_text(f"---\n{yaml.safe_dump({'configs': case.configs})}---\n")
    found = machine(hub, tmp_path / "home").program("datasets_layouts", str(tmp_path / "cases"))

    assert list(found.values()) == [case.expected for case in CASES]


def test_features_and_rows_are_those_that_datasets_loads(hub: Hub, tmp_path: Path) -> None:
    features = {
        "label": {"names": ["no", "yes"], "_type": "ClassLabel"},
        "deep": {"a": {"feature": {"dtype": "int64", "_type": "Value"}, "_type": "List"}},
    }
    query = "SELECT i % 2 AS label, {'a': [i]} AS deep FROM range(3) t(i)"
    datasets = {
        "csv": {"train.csv": 'id,text,score,ok,day\n1,"a, ""b""\nc",1.5,True,2024-01-01\n2,NA,2,False\n'},
        "json": {
            "a.jsonl": '{"n": 1, "at": "2024-01-02 03:04:05", "tags": ["x"], "in": {"a": 1.5, "b": null}, "mixed": 1}\n'
            '{"n": 2, "at": "2024-01-03 03:04:05", "tags": [], "in": {"a": 2, "b": null}, "mixed": "x"}\n'
        },
        "list": {"a.json": '[{"n": 1, "text": "a"}, {"n": 2, "text": "b"}]'},
        "text": {"a.txt": 'one\n"two", 2\n\nfour\n'},
        "parquet": {
            "data/train-00000-of-00001.parquet": parquet_of(
                tmp_path, query, huggingface={"info": {"features": features}}
            )
        },
        "pictures": {"train/cat/1.png": PNG, "train/dog/2.png": PNG, "train/dog/3.png": PNG},
        "captions": {"train/1.png": PNG, "train/metadata.jsonl": '{"file_name": "1.png", "text": "one"}\n'},
    }
    for name, files in datasets.items():
        push(hub, name, files)
    viewer = Asker(hub)
    shown = {
        f"ada/{name}": viewer.json("/first-rows", dataset=f"ada/{name}", config="default", split="train")
        for name in datasets
    }
    for name in shown:
        viewer.json("/info", dataset=name)
    without_viewer = machine(hub, tmp_path / "home").program("datasets_features", *shown)
    with_viewer = machine(hub, tmp_path / "other").program("datasets_features", *shown, VIEWER="1")

    for name, seen in shown.items():
        loaded = without_viewer[name]
        assert {each["name"]: each["type"] for each in seen["features"]} == loaded["features"], name
        assert {column: [row["row"][column] for row in seen["rows"]] for column in loaded["rows"]} == loaded["rows"], (
            name
        )
        assert with_viewer[name] == {**loaded, "known": {"train": len(seen["rows"])}}, name
