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


def test_tables_are_searched_filtered_and_measured(hub: Hub, tmp_path: Path) -> None:
    query = (
        "SELECT i AS n, CASE WHEN i % 4 = 0 THEN NULL ELSE 'Word ' || i END AS text, i % 2 AS kind, i / 2 AS half, "
        "i % 2 = 0 AS even, ['a', 'b'][:i % 3] AS tags, TIMESTAMP '2024-01-01' + INTERVAL (i) DAY AS day, "
        "['x', 'y', 'z'][i % 3 + 1] AS letter FROM range(100) t(i)"
    )
    label = {"names": ["odd", "even"], "_type": "ClassLabel"}
    made = parquet_of(tmp_path, query, huggingface={"info": {"features": {"kind": label}}})
    push(hub, "all", {"train.parquet": made, "test.parquet": made})
    viewer = Asker(hub)
    where = {"dataset": "ada/all", "config": "default", "split": "train"}

    def numbers(path: str, **question: Any) -> list[int]:
        page = viewer.json(path, **where, **question)
        assert page["num_rows_total"] == len(page["rows"]) or "length" in question
        assert all(row["row_idx"] == row["row"]["n"] for row in page["rows"])
        return [row["row"]["n"] for row in page["rows"]]

    assert numbers("/search", query="WORD 9") == [9, 19, 29, 39, 49, 59, 69, 79, 89, 90, 91, 93, 94, 95, 97, 98, 99]
    assert numbers("/filter", where="\"n\" >= 97 OR text = 'Word 3'") == [3, 97, 98, 99]
    assert numbers("/filter", where='"half">49 AND "even"=false AND LEN("tags")=0') == [99]
    assert numbers("/filter", where='"text" IS NULL', orderby='"n" DESC', length=2, offset=1) == [92, 88]
    for bad in (
        '"n" = (SELECT 1)',
        '"other" = 1',
        "n = 1; DROP TABLE x",
        "n = 'x'",
        "n = 1 --",
        "read_text('/etc/passwd') = 'x'",
    ):
        refused = viewer.get("/filter", **where, where=bad)
        assert (refused.status_code, refused.headers["x-error-code"]) == (422, "InvalidParameter"), bad
    measured = viewer.json("/statistics", **where)
    columns = {each["column_name"]: (each["column_type"], each["column_statistics"]) for each in measured["statistics"]}
    assert measured["num_examples"] == 100
    assert {name: kind for name, (kind, _) in columns.items()} == {
        "n": "int", "text": "string_text", "kind": "class_label", "half": "float", "even": "bool", "tags": "list",
        "day": "datetime", "letter": "string_label",
    }  # fmt: skip
    n = columns["n"][1]
    assert (n["min"], n["max"], n["mean"], n["median"], n["nan_count"]) == (0, 99, 49.5, 49.5, 0)
    assert n["histogram"] == {"hist": [10] * 10, "bin_edges": [*range(0, 100, 10), 99]}
    assert (columns["text"][1]["nan_count"], columns["text"][1]["nan_proportion"]) == (25, 0.25)
    assert columns["kind"][1]["frequencies"] == {"odd": 50, "even": 50}
    assert columns["letter"][1]["frequencies"] == {"x": 34, "y": 33, "z": 33}
    assert columns["tags"][1]["max"] == 2
    assert (columns["day"][1]["min"], columns["day"][1]["max"]) == ("2024-01-01 00:00:00", "2024-04-09 00:00:00")
    assert sum(columns["half"][1]["histogram"]["hist"]) == 100


def test_a_whole_dataset_is_told_of_and_comes_as_parquet(hub: Hub, tmp_path: Path) -> None:
    made = parquet_of(tmp_path, "SELECT 1 AS a, 'x' AS b")
    sha = push(hub, "stored", {"train.parquet": made})
    push(
        hub,
        "made",
        {"README.md": "---\nlicense: mit\n---\n# Made", "train.csv": "a,b\n1,x\n", "test.csv": "a,b\n2,y\n3,z\n"},
    )
    viewer = Asker(hub)

    stored = viewer.json("/parquet", dataset="ada/stored")
    assert {key: stored[key] for key in ("pending", "failed", "partial")} == {
        "pending": [],
        "failed": [],
        "partial": False,
    }
    (file,) = stored["parquet_files"]
    assert (file["filename"], file["size"]) == ("0000.parquet", len(made))
    moved = httpx.get(file["url"])
    assert (moved.status_code, moved.headers["location"]) == (302, f"/datasets/ada/stored/resolve/{sha}/train.parquet")
    assert httpx.get(file["url"], follow_redirects=True).content == made
    urls = httpx.get(f"{hub.url}/api/datasets/ada/made/parquet", timeout=60).json()
    while "error" in urls:
        urls = httpx.get(f"{hub.url}/api/datasets/ada/made/parquet", timeout=60).json()
    assert urls["default"]["test"] == [f"{hub.url}/api/datasets/ada/made/parquet/default/test/0.parquet"]
    assert httpx.get(f"{hub.url}/api/datasets/ada/made/parquet/default/test").json() == urls["default"]["test"]
    whole = httpx.get(urls["default"]["test"][0])
    assert httpx.get(urls["default"]["test"][0], headers={"Range": "bytes=-4"}).content == b"PAR1"
    (tmp_path / "test.parquet").write_bytes(whole.content)
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT * FROM '{tmp_path}/test.parquet'").fetchall() == [(2, "y"), (3, "z")]
    assert httpx.get(f"{hub.url}/api/datasets/ada/made/parquet/default/test/1.parquet").status_code == 404
    size = viewer.json("/size", dataset="ada/made")["size"]
    assert (size["dataset"]["num_rows"], size["configs"][0]["num_columns"], len(size["splits"])) == (3, 2, 2)
    info = viewer.get("/info", dataset="ada/made")
    assert info.headers["x-revision"]
    assert info.json()["dataset_info"]["default"]["splits"]["test"]["num_examples"] == 2
    assert viewer.json("/info", dataset="ada/made", config="default")["dataset_info"]["builder_name"] == "csv"
    croissant = viewer.json("/croissant", dataset="ada/made")
    assert (croissant["name"], croissant["license"]) == ("made", "mit")
    assert croissant["distribution"][1]["includes"] == ["test.csv", "train.csv"]
    assert [field["dataType"] for field in croissant["recordSet"][0]["field"]] == ["cr:Int64", "sc:Text"]
    assert httpx.get(f"{hub.url}/api/datasets/ada/made/croissant").json() == croissant


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
    address = row["photo"]["src"]
    assert httpx.get(address[:-1] + ("0" if address[-1] != "0" else "1")).status_code == 403
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
