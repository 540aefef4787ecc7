"""Answers of the viewer in the form of its clients. Source: hub-api.md section 14.2."""

from collections.abc import Mapping
from typing import Any

from spaceport.repos.viewer.datasets import config_of
from spaceport.repos.viewer.formats import SHOWN
from spaceport.repos.viewer.media_cells import Addresses, rows_with_media
from spaceport.repos.viewer.table import About, Dataset, Table
from spaceport.repos.viewer.viewer import MAX_ROWS


def validity_json(dataset: Dataset) -> dict[str, bool]:
    is_shown = any(config.splits and config.format in SHOWN for config in dataset.layout.configs)
    return dict.fromkeys(("preview", "viewer", "search", "filter", "statistics"), is_shown)


def splits_json(dataset: Dataset, config_name: str | None = None) -> dict[str, Any]:
    """Of one config, or of all. Raises: SplitNotFound."""
    configs = dataset.layout.configs if config_name is None else (config_of(dataset, config_name),)
    splits = [
        {"dataset": dataset.full_name, "config": config.name, "split": split.name}
        for config in configs
        for split in config.splits
    ]
    return {"splits": splits, "pending": [], "failed": []}


def features_json(about: About) -> list[dict[str, Any]]:
    return [
        {"feature_idx": index, "name": name, "type": feature}
        for index, (name, feature) in enumerate(about.features.items())
    ]


def first_rows_json(table: Table, about: About, answer: Mapping[str, Any], addresses: Addresses) -> dict[str, Any]:
    rows = rows_with_media(answer, addresses)
    return {
        "dataset": table.dataset.full_name,
        "config": table.config.name,
        "split": table.split.name,
        "features": features_json(about),
        "rows": rows,
        "truncated": len(rows) < about.total_rows or about.is_partial,
    }


def page_json(about: About, answer: Mapping[str, Any], total: int, addresses: Addresses) -> dict[str, Any]:
    return {
        "features": features_json(about),
        "rows": rows_with_media(answer, addresses),
        "num_rows_total": total,
        "num_rows_per_page": MAX_ROWS,
        "partial": about.is_partial,
    }
