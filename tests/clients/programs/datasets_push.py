"""Pushes tables, splits, configs and pictures with ``datasets``, and plain files of the formats that it loads."""

import io
import json

from datasets import Dataset, DatasetDict, Features, Image, Value
from huggingface_hub import CommitOperationAdd, HfApi
from PIL import Image as Picture

ROWS = [{"text": f"row {number}", "number": number} for number in range(40)]
api = HfApi()


def picture_bytes(shade: int) -> bytes:
    buffer = io.BytesIO()
    Picture.new("RGB", (4, 4), (shade, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def push_tables() -> None:
    table = Dataset.from_list(ROWS)
    DatasetDict({"train": table.select(range(30)), "test": table.select(range(30, 40))}).push_to_hub("ada/table")
    table.select(range(3)).push_to_hub("ada/table", config_name="small", num_shards=2)
    table.select(range(5)).push_to_hub("ada/secret", private=True)
    # Again and smaller: the shards of before have to go.
    table.push_to_hub("ada/shrunk", num_shards=4)
    table.select(range(2)).push_to_hub("ada/shrunk")
    table.select(range(7)).push_to_hub("table-without-owner", revision="other")


def push_pictures() -> None:
    features = Features({"image": Image(), "shade": Value("int64")})
    shades = [{"image": {"bytes": picture_bytes(shade), "path": None}, "shade": shade} for shade in (10, 200)]
    Dataset.from_list(shades, features=features).push_to_hub("ada/pictures")


def push_files() -> None:
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    csv = "text,number\n" + "".join(f"{row['text']},{row['number']}\n" for row in ROWS)
    metadata = "file_name,caption\na.png,ten\nb.png,twenty\n"
    buffer = io.BytesIO()
    Dataset.from_list(ROWS).to_parquet(buffer)
    files = {
        "ada/csv": {"train.csv": csv.encode(), "test.csv": csv[:40].encode().rpartition(b"\n")[0]},
        "ada/json": {"data/train.jsonl": lines.encode()},
        "ada/parquet": {"data/train-00000-of-00001.parquet": buffer.getvalue()},
        "ada/folder": {
            "train/a.png": picture_bytes(10),
            "train/b.png": picture_bytes(20),
            "train/metadata.csv": metadata.encode(),
        },
    }
    for repo, contents in files.items():
        api.create_repo(repo, repo_type="dataset")
        operations = [CommitOperationAdd(path, content) for path, content in contents.items()]
        api.create_commit(repo, operations, commit_message="Add files", repo_type="dataset")


push_tables()
push_pictures()
push_files()
shards = [path for path in api.list_repo_files("ada/shrunk", repo_type="dataset") if path.endswith(".parquet")]
print(json.dumps({"shards": shards}))
