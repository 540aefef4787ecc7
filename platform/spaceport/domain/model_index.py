"""``model-index`` of a model's card: results of evaluations. Source: huggingface_hub ``repocard_data.py``."""

from collections.abc import Iterator
from typing import Any


def check_model_index(value: Any) -> str | None:
    """What is wrong, the first thing only; the words follow the key's name."""
    if not isinstance(value, list) or not value:
        return "must be a list of maps with name and results"
    return next(_complaints(value), None)


def _complaints(models: list[Any]) -> Iterator[str]:
    for number, model in enumerate(models):
        place = f"[{number}]"
        if not isinstance(model, dict) or not isinstance(model.get("name"), str) or not model["name"]:
            yield f"must have a string as {place}.name"
            continue
        results = model.get("results")
        if not isinstance(results, list):
            yield f"must have a list as {place}.results"
            continue
        for at, result in enumerate(results):
            yield from _complaints_of(result, f"{place}.results[{at}]")


def _complaints_of(result: Any, place: str) -> Iterator[str]:
    if not isinstance(result, dict):
        yield f"must have a map as {place}"
        return
    for part, keys in (("task", ("type",)), ("dataset", ("type", "name"))):
        values = result.get(part)
        if not isinstance(values, dict):
            yield f"must have a map as {place}.{part}"
            continue
        for key in keys:
            if not isinstance(values.get(key), str | int | float) or values[key] == "":
                yield f"must have a value as {place}.{part}.{key}"
    metrics = result.get("metrics")
    if not isinstance(metrics, list):
        yield f"must have a list as {place}.metrics"
        return
    for at, metric in enumerate(metrics):
        if not isinstance(metric, dict) or not isinstance(metric.get("type"), str) or "value" not in metric:
            yield f"must have type and value in {place}.metrics[{at}]"
