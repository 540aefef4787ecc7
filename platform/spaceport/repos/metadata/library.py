"""Library, formats and task of a model, from the names of its files and a few values in them."""

from collections.abc import Iterator, Mapping
from typing import Any

from spaceport.domain.tasks import LIBRARIES, PIPELINE_TAGS
from spaceport.repos.metadata.architectures import first_architecture, of_class

#: A file at the root -> the library that writes it; the first that is there wins.
_MARKS = (
    ("adapter_config.json", "peft"),
    ("model_index.json", "diffusers"),
    ("config_setfit.json", "setfit"),
    ("config_sentence_transformers.json", "sentence-transformers"),
    ("modules.json", "sentence-transformers"),
    ("open_clip_config.json", "open_clip"),
    ("keras_metadata.pb", "keras"),
)
#: End of a file's name -> tag. Source: what the Hub shows for such files.
_FORMATS = (
    (".safetensors", "safetensors"),
    (".gguf", "gguf"),
    (".onnx", "onnx"),
    ("tf_model.h5", "tf"),
    (".msgpack", "jax"),
    (".ot", "rust"),
    (".mlmodel", "coreml"),
    (".tflite", "tflite"),
    (".keras", "keras"),
    ("openvino_model.xml", "openvino"),
)
_PYTORCH_ENDS = (".pt", ".pth", ".ckpt")
_TASK_OF_LIBRARY = {
    "sentence-transformers": "sentence-similarity",
    "setfit": "text-classification",
    "diffusers": "text-to-image",
    "timm": "image-classification",
    "stable-baselines3": "reinforcement-learning",
}


def formats_of(paths: frozenset[str]) -> list[str]:
    """Tags of the formats that weights are there in."""
    return list(dict.fromkeys(_formats(sorted(paths))))


def library_of(card: Mapping[str, Any], paths: frozenset[str], config: Mapping[str, Any] | None) -> str | None:
    """The card's word wins, then what only that library writes, then a tag."""
    named = card.get("library_name")
    if isinstance(named, str) and named:
        return named[:96]
    marked = next((library for path, library in _MARKS if path in paths), None)
    if marked:
        return marked
    tags = [str(tag) for tag in card["tags"]] if isinstance(card.get("tags"), list) else []
    tagged = next((tag for tag in tags if tag in LIBRARIES), None)
    if tagged:
        return tagged
    if config and ("model_type" in config or "architectures" in config):
        return "transformers"
    return "gguf" if any(path.endswith(".gguf") for path in paths) else None


def task_of(card: Mapping[str, Any], library: str | None, config: dict[str, Any] | None) -> str | None:
    """``pipeline_tag``: of the card, of its tags, of the class in config.json, of the library."""
    named = card.get("pipeline_tag")
    if isinstance(named, str) and named:
        return named[:96]
    tags = [str(tag) for tag in card["tags"]] if isinstance(card.get("tags"), list) else []
    tagged = next((tag for tag in tags if tag in PIPELINE_TAGS), None)
    if tagged or library in _TASK_OF_LIBRARY:
        return tagged or _TASK_OF_LIBRARY[library or ""]
    return of_class(*first_architecture(config))[1]


def _formats(paths: list[str]) -> Iterator[str]:
    for path in paths:
        name = path.rpartition("/")[2]
        yield from (tag for end, tag in _FORMATS if name.endswith(end))
        if (name.startswith("pytorch_model") and name.endswith(".bin")) or name.endswith(_PYTORCH_ENDS):
            yield "pytorch"
        if name.startswith("events.out.tfevents"):
            yield "tensorboard"
