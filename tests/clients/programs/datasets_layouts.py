"""Which files of folders ``datasets`` takes for which split; prints them by folder and config, None for no data."""

import json
import sys
import tempfile
from pathlib import Path

from datasets import get_dataset_config_names, load_dataset_builder


def splits_of(folder: Path) -> dict[str, dict[str, list[str]]] | None:
    try:
        with tempfile.TemporaryDirectory() as cache:
            builders = {
                name: load_dataset_builder(str(folder), name, cache_dir=cache)
                for name in get_dataset_config_names(str(folder))
            }
    except (ValueError, OSError):
        return None
    return {
        name: {
            str(split): [Path(file).relative_to(folder.resolve()).as_posix() for file in files]
            for split, files in builder.config.data_files.items()
        }
        for name, builder in builders.items()
    }


print(json.dumps({folder.name: splits_of(folder) for folder in sorted(Path(sys.argv[1]).iterdir())}))
