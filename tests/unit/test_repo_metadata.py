"""What is read from the card and the files of a repo."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from spaceport.adapters.disk_objects import DiskObjects
from spaceport.domain.blob import StoredBlob
from spaceport.domain.repo import RepoType
from spaceport.repos.metadata import LargeFiles, Metadata, TreeFiles, read_metadata
from spaceport.repos.pointers import format_pointer
from spaceport.repos.tree import Entry, Kind


class Files:
    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self._files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self._files)

    def start(self, path: str, first: int, length: int) -> bytes | None:
        content = self._files.get(path)
        return None if content is None else content[first : first + length]


def safetensors(**tensors: tuple[str, list[int]]) -> bytes:
    header = {
        name: {"dtype": dtype, "shape": shape, "data_offsets": [0, 0]} for name, (dtype, shape) in tensors.items()
    }
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    return struct.pack("<Q", len(text)) + text


def text_of(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def gguf(*tensors: list[int], tokens: tuple[str, ...] = ("<s>", "</s>"), version: int = 3) -> bytes:
    """Its values are those of a small llama; a list of numbers is among them."""
    strings = {"general.architecture": "llama", "tokenizer.chat_template": "{{ messages }}"}
    numbers = {"llama.context_length": 4096, "tokenizer.ggml.bos_token_id": 0, "tokenizer.ggml.eos_token_id": 1}
    values = [text_of(key) + struct.pack("<I", 8) + text_of(value) for key, value in strings.items()]
    values.append(
        text_of("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, len(tokens)) + b"".join(map(text_of, tokens))
    )
    values.append(text_of("tokenizer.ggml.scores") + struct.pack("<IIQ2f", 9, 6, 2, 0.5, 1.5))
    values += [text_of(key) + struct.pack("<II", 4, value) for key, value in numbers.items()]
    infos = [
        text_of(f"blk.{number}") + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 2, 0)
        for number, shape in enumerate(tensors)
    ]
    head = b"GGUF" + struct.pack("<IQQ", version, len(infos), len(values))
    return head + b"".join(values) + b"".join(infos) + b"weights"


def model(files: Mapping[str, bytes | str] | None = None, **card: Any) -> Metadata:
    return read_metadata(Files(files or {}), RepoType.MODEL, card)


def dataset(files: Mapping[str, bytes | str] | None = None, **card: Any) -> Metadata:
    return read_metadata(Files(files or {}), RepoType.DATASET, card)


BERT = json.dumps({"architectures": ["BertForMaskedLM"], "model_type": "bert", "hidden_size": 8})


def test_a_model_is_known_by_its_files() -> None:
    found = model(
        {
            "config.json": BERT,
            "model.safetensors": safetensors(a=("F32", [2, 3]), b=("F32", [4]), c=("BF16", [])),
            "tokenizer_config.json": json.dumps({"mask_token": {"content": "[MASK]"}, "pad_token": "[PAD]"}),
        }
    )

    assert found.library_name == "transformers"
    assert found.pipeline_tag == "fill-mask"
    assert found.config == {
        "architectures": ["BertForMaskedLM"],
        "model_type": "bert",
        "tokenizer_config": {"mask_token": "[MASK]", "pad_token": "[PAD]"},
    }
    assert found.safetensors == {"parameters": {"BF16": 1, "F32": 10}, "total": 11}
    assert found.parameters == 11
    assert found.tags == ["transformers", "safetensors", "bert", "fill-mask", "region:us"]


def test_the_card_wins_over_the_files() -> None:
    found = model({"config.json": BERT}, pipeline_tag="feature-extraction", library_name="timm")

    assert found.pipeline_tag == "feature-extraction"
    assert found.library_name == "timm"


def test_tags_of_a_model_are_bare_and_typed() -> None:
    found = model(
        {"README.md": "---\na: 1\n---\nAs in https://arxiv.org/abs/1810.04805."},
        tags=["one", "one", "  two  "],
        language=["en", "fr"],
        license="mit",
        datasets=["squad", "not/an/id"],
        base_model="ada/base",
    )

    assert found.tags == [
        *("one", "two", "en", "fr", "dataset:squad", "arxiv:1810.04805", "base_model:ada/base"),
        *("base_model:finetune:ada/base", "license:mit", "region:us"),
    ]


@pytest.mark.parametrize(
    ("files", "card", "relation"),
    [
        ({"adapter_config.json": "{}"}, {}, "adapter"),
        ({"a.gguf": ""}, {}, "quantized"),
        ({}, {"base_model": ["a/b", "c/d"]}, "merge"),
        ({}, {"base_model_relation": "merge"}, "merge"),
    ],
)
def test_the_relation_to_a_base_model_is_guessed(files: dict[str, str], card: dict[str, Any], relation: str) -> None:
    assert f"base_model:{relation}:a/b" in model(files, **{"base_model": "a/b", **card}).tags


def test_shards_are_added_up() -> None:
    index = json.dumps({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})
    files = {
        "model.safetensors.index.json": index,
        "model-1.safetensors": safetensors(a=("F16", [10])),
        "model-2.safetensors": safetensors(b=("F16", [5, 2])),
    }

    assert model(files).safetensors == {"parameters": {"F16": 20}, "total": 20}
    del files["model-2.safetensors"]
    assert model(files).safetensors is None


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 7, struct.pack("<Q", 2**63), struct.pack("<Q", 5) + b"{", struct.pack("<Q", 4) + b"[[[["]
)
def test_broken_safetensors_are_no_safetensors(content: bytes) -> None:
    assert model({"model.safetensors": content}).safetensors is None


@pytest.mark.parametrize("config", ["", "[]", "[" * 100_000, '{"architectures": [1], "model_type": {}}', '"\\ud800"'])
def test_a_broken_config_is_no_config(config: str) -> None:
    assert model({"config.json": config}).config is None


@pytest.mark.parametrize(
    ("files", "library"),
    [
        ({"adapter_config.json": "{}"}, "peft"),
        ({"model_index.json": '{"_class_name": "StableDiffusionPipeline"}'}, "diffusers"),
        ({"modules.json": "[]", "config.json": BERT}, "sentence-transformers"),
        ({"model-q4.gguf": ""}, "gguf"),
        ({"readme.txt": ""}, None),
    ],
)
def test_libraries_are_known_by_what_only_they_write(files: dict[str, str], library: str | None) -> None:
    assert model(files).library_name == library


def test_a_model_that_sees_is_told_from_one_that_reads() -> None:
    def task_of(model_type: str) -> str | None:
        name = "XForConditionalGeneration"
        return model({"config.json": json.dumps({"architectures": [name], "model_type": model_type})}).pipeline_tag

    assert task_of("t5") == "text2text-generation"
    assert task_of("whisper") == "automatic-speech-recognition"
    assert task_of("qwen2_vl") == "image-text-to-text"


def test_tags_of_a_dataset_are_typed() -> None:
    found = dataset(
        {"README.md": "---\na: 1\n---\n\n# Words\n\nMany words.", "data/train.csv": "", "dataset_infos.json": "{}"},
        language="en",
        license=["mit"],
        task_categories=["text-classification"],
        tags=["small"],
        dataset_info={"splits": [{"num_examples": 1500}, {"num_examples": 1}]},
    )

    assert found.tags == [
        *("task_categories:text-classification", "language:en", "license:mit", "size_categories:1K<n<10K"),
        *("format:csv", "library:datasets", "region:us", "small"),
    ]
    assert found.description == "Words Many words."


def test_a_space_has_its_sdk_as_a_tag() -> None:
    found = read_metadata(Files({}), RepoType.SPACE, {"sdk": "gradio", "tags": ["x"], "license": "mit"})

    assert found.tags == ["gradio", "x", "license:mit", "region:us"]


def test_headers_of_large_files_are_read_where_they_are(tmp_path: Path) -> None:
    content = safetensors(a=("F32", [7]))
    stored = put(DiskObjects(tmp_path), content)
    tree = MemoryTree({"model.safetensors": format_pointer(stored.sha256, stored.size_bytes)})

    def parameters(usable: Mapping[str, int]) -> int | None:
        files = TreeFiles(tree, list(tree.entries()), LargeFiles(DiskObjects(tmp_path), usable))
        return read_metadata(files, RepoType.MODEL, {}).parameters

    assert parameters({stored.sha256: stored.size_bytes}) == 7
    assert parameters({}) is None


def put(objects: DiskObjects, content: bytes) -> StoredBlob:
    async def source() -> AsyncIterator[bytes]:
        yield content

    return asyncio.run(objects.put(source()))


class MemoryTree:
    tree_id = "t" * 40

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def entries(self) -> Iterator[Entry]:
        for path, content in self._files.items():
            yield Entry(path, path, Kind.FILE, len(content), path)

    def read(self, object_id: str) -> bytes:
        return self._files[object_id]


def test_a_gguf_file_tells_of_its_model() -> None:
    found = model({"tiny-q4.gguf": gguf([8, 4], [10]), "mmproj-model.gguf": b"other", "sub/a.gguf": b"other"})

    assert found.gguf == {
        "total": 42,
        "architecture": "llama",
        "context_length": 4096,
        "chat_template": "{{ messages }}",
        "bos_token": "<s>",
        "eos_token": "</s>",
    }
    assert found.parameters == 42
    assert "gguf" in found.tags


def test_the_parts_of_a_gguf_model_are_counted_together() -> None:
    parts = {f"big-{number:05d}-of-00003.gguf": gguf([number]) for number in (1, 2, 3)}

    assert model(parts).parameters == 6
    del parts["big-00002-of-00003.gguf"]
    assert model(parts).gguf is None


def test_what_is_no_gguf_file_tells_nothing() -> None:
    whole = gguf([8, 4])
    damaged = [whole[:length] for length in range(0, len(whole) - len("weights"), 7)]
    odd = [
        gguf([8, 4], version=1),
        b"GGUF" + struct.pack("<IQQ", 3, 2**63, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text_of("a") + struct.pack("<I", 77),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text_of("a") + struct.pack("<IIQ", 9, 10, 2**60),
        gguf([2**50, 2**50]),
        gguf(),
    ]

    assert [model({"a.gguf": content}).gguf for content in (*damaged, *odd)] == [None] * (len(damaged) + len(odd))
    assert "bos_token" not in (model({"a.gguf": gguf([1], tokens=())}).gguf or {})
