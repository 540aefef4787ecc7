"""What lists and clients want of the configuration files of a model."""

from typing import Any

from spaceport.repos.metadata.architectures import first_architecture, of_class
from spaceport.repos.metadata.repo_files import RepoFiles, read_json

_TOKENS = ("bos_token", "cls_token", "eos_token", "mask_token", "pad_token", "sep_token", "unk_token")
_PROCESSORS = (
    ("processor_config.json", "AutoProcessor"),
    ("preprocessor_config.json", "AutoProcessor"),
    ("tokenizer_config.json", "AutoTokenizer"),
    ("tokenizer.json", "AutoTokenizer"),
    ("vocab.json", "AutoTokenizer"),
    ("vocab.txt", "AutoTokenizer"),
)
#: Of one text that is kept: a chat template.
_MAX_TEXT = 64 * 1024


def config_of(files: RepoFiles) -> dict[str, Any] | None:
    """``config`` of a model's info; None when there is no configuration. Source: hub-api.md section 5.2."""
    found: dict[str, Any] = {}
    values = read_json(files, "config.json")
    classes = values.get("architectures")
    if isinstance(classes, list) and all(isinstance(each, str) for each in classes):
        found["architectures"] = classes[:20]
    if isinstance(values.get("model_type"), str):
        found["model_type"] = values["model_type"][:100]
    if isinstance(values.get("auto_map"), dict):
        found["auto_map"] = {key: str(value)[:200] for key, value in list(values["auto_map"].items())[:20]}
    method = (values.get("quantization_config") or {}) if isinstance(values.get("quantization_config"), dict) else {}
    if isinstance(method.get("quant_method"), str):
        found["quantization_config"] = {"quant_method": method["quant_method"][:50]}
    if "tokenizer_config.json" in files.paths:
        found["tokenizer_config"] = _tokens(read_json(files, "tokenizer_config.json"))
    if "model_index.json" in files.paths:
        pipeline = read_json(files, "model_index.json").get("_class_name")
        found["diffusers"] = {"_class_name": str(pipeline)[:200]} if pipeline else {}
    if "adapter_config.json" in files.paths:
        adapter = read_json(files, "adapter_config.json")
        names = ("base_model_name_or_path", "task_type")
        found["peft"] = {name: adapter[name][:300] for name in names if isinstance(adapter.get(name), str)}
    return found or None


def transformers_info(config: dict[str, Any] | None, paths: frozenset[str]) -> dict[str, str] | None:
    """How ``transformers`` loads it, for ``transformersInfo``; None when it cannot be told."""
    name, model_type = first_architecture(config)
    auto_model, task = of_class(name, model_type)
    if auto_model is None:
        return None
    processor = next((kind for path, kind in _PROCESSORS if path in paths), None)
    info = {"auto_model": auto_model, "pipeline_tag": task, "processor": processor}
    return {key: value for key, value in info.items() if value}


def mask_token_of(config: dict[str, Any] | None) -> str | None:
    token = ((config or {}).get("tokenizer_config") or {}).get("mask_token")
    return token if isinstance(token, str) else None


def _tokens(values: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in _TOKENS:
        token = values.get(name)
        # A token may be an object of the tokenizers library, with its text as ``content``.
        text = token.get("content") if isinstance(token, dict) else token
        if isinstance(text, str):
            kept[name] = text[:200]
    template = values.get("chat_template")
    if isinstance(template, str) and len(template) <= _MAX_TEXT:
        kept["chat_template"] = template
    return kept
