"""
The whole road of a repo by ``huggingface_hub``, written so that every release since 0.23 runs it: prints what it saw.

Arguments: a name that no other run uses, and ``large`` for a file that hf_transfer fetches in parallel ranges.
"""

import hashlib
import json
import random
import sys
import warnings
from pathlib import Path
from typing import Any

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    DatasetCard,
    DatasetCardData,
    HfApi,
    HfFileSystem,
    ModelCard,
    ModelCardData,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.utils import (
    EntryNotFoundError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

warnings.simplefilter("ignore")
api = HfApi()
ME = api.whoami()["name"]
REPO = f"{ME}/{sys.argv[1]}"
LARGE_BYTES = 54_000_000 if "large" in sys.argv else 11_000_000
WEIGHTS = random.Random(REPO).randbytes(LARGE_BYTES)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files_of(folder: Path) -> list[str]:
    """Without what the client keeps beside them in a hidden folder."""
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(str(path) for path in paths if not any(part.startswith(".") for part in path.parts[:-1]))


def name_of_error(call: Any, *arguments: Any, **options: Any) -> str:
    """The first of the classes that clients tell apart."""
    try:
        call(*arguments, **options)
    except (RepositoryNotFoundError, RevisionNotFoundError, LocalEntryNotFoundError, EntryNotFoundError) as error:
        kinds = (RepositoryNotFoundError, RevisionNotFoundError, LocalEntryNotFoundError, EntryNotFoundError)
        return next(kind.__name__ for kind in kinds if isinstance(error, kind))
    except HfHubHTTPError as error:
        return f"{error.response.status_code}" if error.response is not None else "no answer"
    return "none"


def create() -> dict[str, Any]:
    first = api.create_repo(REPO, private=True)
    again = api.create_repo(REPO, exist_ok=True)
    return {
        "same": str(first) == str(again),
        "conflict": name_of_error(api.create_repo, REPO),
        "exists": api.repo_exists(REPO),
        "invisible": name_of_error(HfApi(token=False).repo_info, REPO),
        "files": sorted(api.list_repo_files(REPO)),
    }


def upload() -> dict[str, Any]:
    folder = Path("folder")
    (folder / "deep").mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(WEIGHTS)
    (folder / "deep" / "notes.txt").write_text("notes\n")
    (folder / "deep" / "left.log").write_text("not this one\n")
    api.upload_file(path_or_fileobj=b'{"a": 1}', path_in_repo="config.json", repo_id=REPO)
    api.upload_file(path_or_fileobj=b"\0" * 3_000_000, path_in_repo="zeros.bin", repo_id=REPO)
    done = api.upload_folder(folder_path=folder, repo_id=REPO, ignore_patterns=["*.log"], commit_message="Add a folder")
    same = api.upload_folder(folder_path=folder, repo_id=REPO, ignore_patterns=["*.log"])
    changed = api.create_commit(
        REPO,
        [
            CommitOperationAdd("new name.txt", b"new\n"),
            CommitOperationDelete("zeros.bin"),
            CommitOperationCopy("weights.safetensors", "copies/weights.safetensors"),
        ],
        commit_message="Change three",
    )
    with open(folder / "weights.safetensors", "rb") as opened:
        api.upload_file(path_or_fileobj=opened, path_in_repo="opened.bin", repo_id=REPO)
    entries = {each.path: each for each in api.list_repo_tree(REPO, recursive=True, expand=True)}
    (asked,) = api.get_paths_info(REPO, ["copies/weights.safetensors", "absent"])
    return {
        "commits": [len(done.oid), len(changed.oid)],
        "same": len(getattr(same, "oid", done.oid)),
        "paths": sorted(entries),
        "lfs": [asked.size == LARGE_BYTES, asked.lfs.sha256 == sha256(WEIGHTS)],
        "expanded": entries["new name.txt"].last_commit.title,
        "titles": [commit.title for commit in api.list_repo_commits(REPO)][:4],
    }


def propose() -> dict[str, Any]:
    proposed = api.create_commit(
        REPO, [CommitOperationAdd("proposed.txt", b"more\n")], commit_message="Propose", create_pr=True
    )
    number = proposed.pr_num
    before = api.file_exists(REPO, "proposed.txt")
    details = api.get_discussion_details(REPO, number)
    api.comment_discussion(REPO, number, "Fine.")
    api.merge_pull_request(REPO, number)
    merged = api.get_discussion_details(REPO, number)
    stale = name_of_error(
        api.create_commit,
        REPO,
        [CommitOperationAdd("late.txt", b"late\n")],
        commit_message="Late",
        parent_commit=api.list_repo_commits(REPO)[-1].commit_id,
    )
    return {
        "pull request": [proposed.pr_revision, details.is_pull_request, details.title],
        "file": [before, api.file_exists(REPO, "proposed.txt")],
        "status": merged.status,
        "events": [event.type for event in merged.events],
        "stale": stale,
    }


def download() -> dict[str, Any]:
    first = Path(hf_hub_download(REPO, "weights.safetensors"))
    again = Path(hf_hub_download(REPO, "weights.safetensors"))
    kept = Path(hf_hub_download(REPO, "weights.safetensors", local_files_only=True))
    part = Path(snapshot_download(REPO, allow_patterns=["*.txt", "*.json"], ignore_patterns=["new*"], cache_dir="part"))
    whole = Path(snapshot_download(REPO, local_dir="copy"))
    files = HfFileSystem()
    with files.open(f"{REPO}/weights.safetensors", "rb", block_size=2**20) as opened:
        opened.seek(5_000_000)
        ranged = opened.read(100) == WEIGHTS[5_000_000:5_000_100]
        tail = opened.seek(-10, 2) and opened.read() == WEIGHTS[-10:]
    return {
        "cached": first == again == kept,
        "bytes": sha256(first.read_bytes()) == sha256(WEIGHTS),
        "part": files_of(part),
        "whole": files_of(whole),
        "ranges": [ranged, tail],
        "globbed": sorted(files.glob(f"{REPO}/**/*.safetensors"))
        == [f"{REPO}/copies/weights.safetensors", f"{REPO}/weights.safetensors"],
        "read": files.read_text(f"{REPO}/config.json"),
        "absent": [
            name_of_error(hf_hub_download, REPO, "absent"),
            name_of_error(hf_hub_download, REPO, "config.json", revision="absent"),
            name_of_error(hf_hub_download, f"{ME}/absent", "config.json"),
            name_of_error(hf_hub_download, REPO, "new name.txt", local_files_only=True, cache_dir="empty"),
        ],
    }


def branch() -> dict[str, Any]:
    api.create_branch(REPO, branch="side")
    api.create_tag(REPO, tag="v1", tag_message="The first")
    api.upload_file(path_or_fileobj=b"side\n", path_in_repo="side.txt", repo_id=REPO, revision="side")
    api.delete_folder("copies", REPO, revision="side")
    refs = api.list_repo_refs(REPO, include_pull_requests=True)
    seen = {
        "branches": sorted(each.name for each in refs.branches),
        "tags": [each.name for each in refs.tags],
        "pull requests": [each.ref for each in refs.pull_requests or []],
        "on main": api.file_exists(REPO, "side.txt"),
        "on side": sorted(set(api.list_repo_files(REPO)) ^ set(api.list_repo_files(REPO, revision="side"))),
        "twice": name_of_error(api.create_branch, REPO, branch="side"),
    }
    api.super_squash_history(REPO, branch="side")
    seen["squashed"] = len(api.list_repo_commits(REPO, revision="side"))
    api.delete_branch(REPO, branch="side")
    api.delete_tag(REPO, tag="v1")
    seen["left"] = [each.name for each in api.list_repo_refs(REPO).branches]
    return seen


def send_card(repo: str, kind: str, data: ModelCardData | DatasetCardData) -> None:
    """Not by ``push_to_hub`` of the card, which before 2.4 has the public Hub check it, whatever the endpoint is."""
    content = f"---\n{data.to_yaml()}\n---\n# Tiny\n".encode()
    api.upload_file(path_or_fileobj=content, path_in_repo="README.md", repo_id=repo, repo_type=kind)


def cards() -> dict[str, Any]:
    model = ModelCardData(license="mit", pipeline_tag="text-classification", tags=["tiny"])
    rows = DatasetCardData(license="mit", language="en")
    api.create_repo(f"{REPO}-data", repo_type="dataset")
    send_card(REPO, "model", model)
    send_card(f"{REPO}-data", "dataset", rows)
    info = api.model_info(REPO, files_metadata=True)
    seen = {
        "model": [ModelCard.load(REPO).data.license, info.pipeline_tag, "tiny" in (info.tags or [])],
        "dataset": DatasetCard.load(f"{REPO}-data").data.language,
        "sizes": all(sibling.size is not None for sibling in info.siblings or []),
        "listed": [each.id == REPO for each in api.list_models(author=ME, search=sys.argv[1])],
        "by tag": [each.id == f"{REPO}-data" for each in api.list_datasets(author=ME, filter="license:mit")],
    }
    api.delete_repo(f"{REPO}-data", repo_type="dataset")
    return seen


def space() -> dict[str, Any]:
    repo = f"{REPO}-space"
    api.create_repo(
        repo, repo_type="space", space_sdk="gradio", space_variables=[{"key": "ONE", "value": "1"}], private=True
    )
    api.add_space_secret(repo, "KEY", "hidden")
    api.add_space_variable(repo, "TWO", "2")
    api.delete_space_variable(repo, "ONE")
    seen = {
        "sdk": api.space_info(repo).sdk,
        "stage": api.get_space_runtime(repo).stage,
        "variables": {key: variable.value for key, variable in api.get_space_variables(repo).items()},
        "paused": api.pause_space(repo).stage,
        "listed": [each.id == repo for each in api.list_spaces(author=ME, search=sys.argv[1])],
    }
    api.delete_space_secret(repo, "KEY")
    api.delete_repo(repo, repo_type="space")
    return seen


def delete() -> dict[str, Any]:
    api.delete_repo(REPO)
    return {
        "exists": api.repo_exists(REPO),
        "missing": [name_of_error(api.delete_repo, REPO), name_of_error(api.delete_repo, REPO, missing_ok=True)],
    }


steps = (create, upload, propose, download, branch, cards, space, delete)
print(json.dumps({step.__name__: step() for step in steps}))
