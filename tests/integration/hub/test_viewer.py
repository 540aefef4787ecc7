"""The dataset viewer of a live hub: real workers read real files."""

import json
from pathlib import Path
from typing import Any

import duckdb
import httpx
from huggingface_hub import CommitOperationAdd, HfApi

from .conftest import Hub, wait_until

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000030000000208020000001216f14d0000001049444154789c63f8cf"
    "c0c0c000a298a1340000170e02fec1a7ce9d0000000049454e44ae426082"
)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "


class Asker:
    """Asks the viewer, and again as long as it says so."""

    def __init__(self, hub: Hub, token: str | None = None) -> None:
        self.base = f"{hub.url}/datasets-server"
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        found: list[httpx.Response] = []

        def is_ready() -> bool:
            found.append(httpx.get(f"{self.base}{path}", params=parameters, headers=self.headers, timeout=60))
            return found[-1].headers.get("x-error-code") != "ResponseNotReady"

        wait_until(is_ready)
        return found[-1]

    def json(self, path: str, **parameters: Any) -> dict[str, Any]:
        response = self.get(path, **parameters)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


def push(hub: Hub, name: str, files: dict[str, bytes | str], private: bool = False) -> str:
    """As ada; returns the commit."""
    api = HfApi(endpoint=hub.url, token=hub.person("ada").token)
    api.create_repo(f"ada/{name}", repo_type="dataset", private=private, exist_ok=True)
    operations = [
        CommitOperationAdd(path, content if isinstance(content, bytes) else content.encode())
        for path, content in files.items()
    ]
    return api.create_commit(f"ada/{name}", operations, commit_message="Data", repo_type="dataset").oid


def parquet_of(folder: Path, query: str, **metadata: Any) -> bytes:
    target = folder / "made.parquet"
    pairs = ", ".join(f"{key}: '{json.dumps(value)}'" for key, value in metadata.items())
    extra = f", KV_METADATA {{{pairs}}}" if pairs else ""
    duckdb.connect().execute(f"COPY ({query}) TO '{target}' (FORMAT parquet{extra})")
    return target.read_bytes()


def test_rows_of_tables_are_read_where_they_are(hub: Hub, tmp_path: Path) -> None:
    card = (
        "---\nconfigs:\n- {config_name: words, data_files: words/*.csv}\n- config_name: more\n  data_files:\n"
        "  - {split: train, path: words/1.csv}\n  - {split: test, path: [words/2.csv]}\n---\n"
    )
    words = {
        "words/1.csv": 'id,word,score,ok\n1,one,1.5,true\n2,"two, too",,false\n',
        "words/2.csv": "id,word,score,ok\n3,NA,2,true\n",
    }
    lines = (
        '{"id": 1, "tags": ["a"], "at": "2024-01-02", "in": {"x": 1}, "any": 1}\n{"id": 2, "more": null, "any": "x"}\n'
    )
    numbers = {
        "data/train-00000-of-00002.parquet": parquet_of(tmp_path, "SELECT i, 'x' AS text FROM range(25000) t(i)"),
        "data/train-00001-of-00002.parquet": parquet_of(tmp_path, "SELECT i + 25000 AS i FROM range(10) t(i)"),
    }
    sha = push(hub, "words", {"README.md": card, **words})
    push(hub, "lines", {"dev.jsonl": lines})
    push(hub, "numbers", numbers)
    viewer = Asker(hub)

    assert viewer.json("/is-valid", dataset="ada/words")["viewer"] is True
    assert [(each["config"], each["split"]) for each in viewer.json("/splits", dataset="ada/words")["splits"]] == [
        ("words", "train"),
        ("more", "train"),
        ("more", "test"),
    ]
    first = viewer.get("/first-rows", dataset="ada/words", config="words", split="train")
    assert first.headers["x-revision"] == sha
    assert [(each["name"], each["type"]["dtype"]) for each in first.json()["features"]] == [
        ("id", "int64"),
        ("word", "string"),
        ("score", "float64"),
        ("ok", "bool"),
    ]
    assert [row["row"] for row in first.json()["rows"]] == [
        {"id": 1, "word": "one", "score": 1.5, "ok": True},
        {"id": 2, "word": "two, too", "score": None, "ok": False},
        {"id": 3, "word": None, "score": 2.0, "ok": True},
    ]
    nested = viewer.json("/first-rows", dataset="ada/lines", config="default", split="validation")
    assert {each["name"]: each["type"] for each in nested["features"]} == {
        "id": {"dtype": "int64", "_type": "Value"},
        "tags": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"},
        "at": {"dtype": "timestamp[s]", "_type": "Value"},
        "in": {"x": {"dtype": "int64", "_type": "Value"}},
        "more": {"dtype": "null", "_type": "Value"},
        "any": {"_type": "Json"},
    }
    assert nested["rows"][0]["row"] == {
        "id": 1,
        "tags": ["a"],
        "at": "2024-01-02T00:00:00",
        "in": {"x": 1},
        "any": 1,
        "more": None,
    }
    where = {"dataset": "ada/numbers", "config": "default", "split": "train"}
    page = viewer.json("/rows", offset=24998, length=4, **where)
    assert [(row["row_idx"], row["row"]["i"]) for row in page["rows"]] == [(n, n) for n in range(24998, 25002)]
    assert (page["num_rows_total"], page["partial"]) == (25010, False)
    assert viewer.json("/rows", offset=25010, **where)["rows"] == []
    at_its_host = httpx.get(f"{hub.url}/splits?dataset=ada/words", headers={"Host": "datasets-server.hub.example"})
    assert at_its_host.json() == viewer.json("/splits", dataset="ada/words")


def test_images_and_sounds_are_shown_by_addresses_that_end(hub: Hub, tmp_path: Path) -> None:
    image = {"_type": "Image"}
    stored = {
        "info": {"features": {"photo": image, "sound": {"_type": "Audio"}, "pair": {"feature": image, "_type": "List"}}}
    }
    embedded = parquet_of(
        tmp_path,
        f"SELECT {{'bytes': '{_blob(PNG)}'::BLOB, 'path': 'x.png'}} AS photo, "
        f"{{'bytes': '{_blob(WAV)}'::BLOB, 'path': NULL}} AS sound, "
        "[{'bytes': NULL::BLOB, 'path': 'here.png'}] AS pair",
        huggingface=stored,
    )
    push(hub, "media", {"train.parquet": embedded, "here.png": PNG})
    push(hub, "folders", {"cat/1.png": PNG, "dog/2.png": PNG})
    captions = '{"file_name": "a.png", "text": "an a"}\n{"file_name": "../../b.png", "text": "no"}\n'
    push(hub, "captions", {"train/a.png": PNG, "train/b.png": PNG, "train/metadata.jsonl": captions})
    viewer = Asker(hub)

    row = viewer.json("/rows", dataset="ada/media", config="default", split="train")["rows"][0]["row"]
    assert (row["photo"]["height"], row["photo"]["width"]) == (2, 3)
    assert row["sound"][0]["type"] == "audio/wav"
    shown = httpx.get(row["photo"]["src"])
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert "sandbox" in shown.headers["content-security-policy"]
    part = httpx.get(row["sound"][0]["src"], headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert httpx.get(row["pair"][0]["src"]).content == PNG
    assert httpx.get(row["photo"]["src"][:-1] + "0").status_code == 403
    labelled = viewer.json("/first-rows", dataset="ada/folders", config="default", split="train")
    assert labelled["features"][1]["type"] == {"names": ["cat", "dog"], "_type": "ClassLabel"}
    assert [each["row"]["label"] for each in labelled["rows"]] == [0, 1]
    assert labelled["rows"][0]["row"]["image"]["width"] == 3
    captioned = viewer.json("/first-rows", dataset="ada/captions", config="default", split="train")["rows"]
    assert [each["row"]["text"] for each in captioned] == ["an a", "no"]
    assert httpx.get(captioned[0]["row"]["image"]["src"]).content == PNG
    assert captioned[1]["row"]["image"] is None
    HfApi(endpoint=hub.url, token=hub.person("ada").token).update_repo_settings(
        "ada/media", repo_type="dataset", private=True
    )
    assert httpx.get(row["photo"]["src"]).status_code == 404


def test_only_those_who_may_read_a_dataset_see_its_rows(hub: Hub) -> None:
    push(hub, "secret", {"a.csv": "x\n1\n"}, private=True)
    own, nobody, stranger = Asker(hub, hub.person("ada").read_token), Asker(hub), Asker(hub, hub.person("eve").token)
    where = {"dataset": "ada/secret", "config": "default", "split": "train"}

    assert own.json("/rows", **where)["rows"][0]["row"] == {"x": 1}
    for path in ("/is-valid", "/splits", "/first-rows", "/rows"):
        refused, absent = stranger.get(path, **where), stranger.get(path, **{**where, "dataset": "ada/nothing"})
        assert (refused.status_code, refused.json()) == (absent.status_code, absent.json()) == (404, absent.json())
        unknown = nobody.get(path, **where)
        assert (unknown.status_code, unknown.headers["x-error-code"]) == (401, "RepoNotFound")
    assert own.get("/rows", **{**where, "split": "test"}).headers["x-error-code"] == "SplitNotFoundError"
    assert own.get("/rows", **{**where, "config": "other"}).status_code == 404
    assert own.get("/rows", **where, length=101).headers["x-error-code"] == "InvalidParameter"
    assert own.get("/rows", dataset="ada/secret").headers["x-error-code"] == "MissingRequiredParameter"
    assert own.get("/nothing", **where).json()["error"].startswith("Not found")


def test_what_cannot_be_read_says_why(hub: Hub) -> None:
    push(hub, "broken", {"a.parquet": b"PAR1 this is none PAR1"})
    push(hub, "none", {"README.md": "---\nlicense: mit\n---\n"})
    push(hub, "mixed", {"train.csv": "a\n1\n", "test.json": "{}"})
    viewer = Asker(hub)

    broken = viewer.get("/rows", dataset="ada/broken", config="default", split="train")
    assert (broken.status_code, broken.headers["x-error-code"]) == (500, "DatasetGenerationError")
    assert broken.json()["cause_message"]
    assert viewer.json("/is-valid", dataset="ada/none")["viewer"] is False
    for name, why in (("none", "no data files"), ("mixed", "not all of one format")):
        refused = viewer.get("/splits", dataset=f"ada/{name}")
        assert why in refused.json()["error"]


def _blob(content: bytes) -> str:
    return "".join(f"\\x{byte:02X}" for byte in content)
