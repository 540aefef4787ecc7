"""What the viewer says of a whole dataset: its files as Parquet, sizes, infos. Source: hub-api.md section 14.2."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from spaceport.repos.viewer.table import About, Dataset, Table
from spaceport.repos.viewer.viewer import Abouts

_SIZES = ("num_bytes_parquet_files", "num_bytes_memory", "num_rows")


def unfinished_json(abouts: Abouts) -> dict[str, Any]:
    """What each of these answers says besides: whether something is missing from it."""
    return {
        "pending": [_place(table) for table in abouts.pending],
        "failed": [{**_place(table), "error": str(error)} for table, error in abouts.failed],
        "partial": any(about.is_partial for _, about in abouts.known),
    }


def parquet_json(abouts: Abouts, base: str) -> dict[str, Any]:
    return {"parquet_files": parquet_files(abouts, base), **unfinished_json(abouts)}


def parquet_files(abouts: Abouts, base: str) -> list[dict[str, Any]]:
    """Below ``base``, the address of the hub."""
    return [
        {**_place(table), "url": parquet_url(base, table, number), "filename": parquet_name(number), "size": size}
        for table, about in abouts.known
        for number, size in enumerate(about.sizes)
    ]


def parquet_url(base: str, table: Table, number: int) -> str:
    names = "/".join(quote(name, safe="") for name in (table.config.name, table.split.name))
    return f"{base}/api/datasets/{table.dataset.full_name}/parquet/{names}/{number}.parquet"


def parquet_name(number: int) -> str:
    return f"{number:04d}.parquet"


def size_json(dataset: Dataset, abouts: Abouts) -> dict[str, Any]:
    splits: list[dict[str, Any]] = [
        {
            **_place(table),
            "num_bytes_parquet_files": sum(about.sizes),
            "num_bytes_memory": about.memory_bytes,
            "num_rows": about.total_rows,
            "num_columns": len(about.features),
        }
        for table, about in abouts.known
    ]
    sizes_of: dict[str, list[dict[str, Any]]] = {}
    for split in splits:
        sizes_of.setdefault(split["config"], []).append(split)
    configs = [
        {
            "dataset": dataset.full_name,
            "config": name,
            **_original(own),
            **{key: sum(split[key] for split in sizes_of[name]) for key in _SIZES},
            "num_columns": len(own[0][1].features),
        }
        for name, own in _by_config(abouts).items()
    ]
    whole = {key: sum(split[key] for split in splits) for key in _SIZES}
    of_dataset = {"dataset": dataset.full_name, **_original(abouts.known), **whole}
    return {"size": {"dataset": of_dataset, "configs": configs, "splits": splits}, **unfinished_json(abouts)}


def info_json(dataset: Dataset, abouts: Abouts, config: str | None) -> dict[str, Any]:
    """Of one config, or of all."""
    infos = _infos(dataset, abouts)
    return {"dataset_info": infos if config is None else infos.get(config, {}), **unfinished_json(abouts)}


def _infos(dataset: Dataset, abouts: Abouts) -> dict[str, dict[str, Any]]:
    """By config, as ``datasets.DatasetInfo``. Source: datasets 5.2, ``info.py``."""
    infos = {}
    short = dataset.full_name.rpartition("/")[2]
    for own in _by_config(abouts).values():
        config = own[0][0].config
        infos[config.name] = {
            "description": "",
            "citation": "",
            "homepage": "",
            "license": "",
            "features": own[0][1].features,
            "builder_name": config.format,
            "dataset_name": short,
            "config_name": config.name,
            "version": {"version_str": "0.0.0", "major": 0, "minor": 0, "patch": 0},
            "splits": {
                table.split.name: {
                    "name": table.split.name,
                    "num_bytes": about.memory_bytes,
                    "num_examples": about.total_rows,
                    "dataset_name": short,
                }
                for table, about in own
            },
            "download_size": sum(about.original_bytes for _, about in own),
            "dataset_size": sum(about.memory_bytes for _, about in own),
        }
    return infos


def _by_config(abouts: Abouts) -> dict[str, list[tuple[Table, About]]]:
    """In the order of the card: there can be thousands, and nothing here looks at each for each."""
    found: dict[str, list[tuple[Table, About]]] = {}
    for table, about in abouts.known:
        found.setdefault(table.config.name, []).append((table, about))
    return found


def _original(own: Sequence[tuple[Table, About]]) -> dict[str, int]:
    return {"num_bytes_original_files": sum(about.original_bytes for _, about in own)}


def _place(table: Table) -> dict[str, str]:
    return {"dataset": table.dataset.full_name, "config": table.config.name, "split": table.split.name}
