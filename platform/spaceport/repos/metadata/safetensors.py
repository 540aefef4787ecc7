"""Numbers of parameters, from the headers of safetensors files. Source: safetensors README, "Format"."""

from collections import Counter
from typing import Any

from spaceport.repos.metadata.repo_files import RepoFiles, parse_json, read_json

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
#: Of one header; the format itself allows 100 MB.
_MAX_HEADER_BYTES = 25 * 1024**2
_MAX_SHARDS = 1000


def parameters_of(files: RepoFiles) -> dict[str, Any] | None:
    """
    ``{"parameters": {dtype: number}, "total": number}``; None when there are no safetensors, or one cannot be read.

    Source: hub-api.md section 5.2; huggingface_hub ``_safetensors.py`` (which files count).
    """
    counts: Counter[str] = Counter()
    for path in _weight_files(files):
        header = header_of(files, path)
        if header is None:
            return None
        counts.update(_counts(header))
    total = sum(counts.values())
    return {"parameters": dict(sorted(counts.items())), "total": total} if total else None


def shards_of(files: RepoFiles, index: str) -> list[str]:
    """The files that an index names, which stand beside it."""
    weights = read_json(files, index).get("weight_map")
    folder = index[: index.rfind("/") + 1]
    names = sorted({str(path) for path in weights.values()})[:_MAX_SHARDS] if isinstance(weights, dict) else []
    return [folder + name for name in names]


def _weight_files(files: RepoFiles) -> list[str]:
    if SINGLE in files.paths:
        return [SINGLE]
    if INDEX in files.paths:
        return shards_of(files, INDEX)
    # Adapters and other libraries name theirs as they like; several beside each other may be variants of one model.
    at_root = [path for path in files.paths if path.endswith(".safetensors") and "/" not in path]
    return at_root if len(at_root) == 1 else []


def header_of(files: RepoFiles, path: str, max_bytes: int = _MAX_HEADER_BYTES) -> dict[str, Any] | None:
    """What stands before the tensors of a file; None where that cannot be read."""
    length_bytes = files.start(path, 0, 8)
    if length_bytes is None or len(length_bytes) < 8:
        return None
    length = int.from_bytes(length_bytes, "little")
    if not 2 <= length <= max_bytes:
        return None
    content = files.start(path, 8, length)
    return None if content is None or len(content) < length else parse_json(content)


def _counts(header: dict[str, Any]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name, tensor in header.items():
        shape = tensor.get("shape") if isinstance(tensor, dict) else None
        if name == "__metadata__" or not isinstance(shape, list):
            continue
        number = 1
        for size in shape:
            number *= size if isinstance(size, int) and 0 <= size < 2**40 else 0
        # What does not fit into the column of a database is no model.
        if number < 2**60:
            counts[str(tensor.get("dtype"))[:16]] += number
    return counts
