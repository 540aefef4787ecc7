"""The table of hardware flavors, from a TOML file of the operator."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from spaceport.domain.flavors import NEVER_SLEEPS, Flavors, HardwareFlavor

#: Names appear in addresses, in the API and in the columns of the database.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_KEYS = tuple(item.name for item in fields(HardwareFlavor) if item.name != "name")
_NEEDED = ("pretty_name", "cpus", "memory_bytes")
#: Whole numbers and the lowest each may be.
_LOWEST = {"memory_bytes": 32 * 1024**2, "pids": 16, "gpus": 0, "disk_bytes": 0, "sleep_seconds": NEVER_SLEEPS}


def read_hardware_file(path: Path) -> Flavors:
    """
    One table for each flavor, named by it; its keys are the fields of HardwareFlavor. The first one is the default.

    Raises: ValueError with everything that is wrong, in one line.
    """
    try:
        with open(path, "rb") as file:
            values = tomllib.load(file)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from error
    problems = [problem for name, flavor in values.items() for problem in _problems(name, flavor)]
    if not values:
        problems = ["it names no flavor: begin with a line such as [cpu-basic]"]
    if problems:
        raise ValueError(f"{path}: {'; '.join(problems)}")
    return Flavors(*(HardwareFlavor(name=name, **flavor) for name, flavor in values.items()))


def _problems(name: str, flavor: Any) -> list[str]:
    if not isinstance(flavor, dict):
        return [f"{name} must stand in a table, after a line such as [cpu-basic]"]
    problems = [] if _NAME.fullmatch(name) else [f"[{name}] must be of small letters, digits and -, at most 40"]
    problems += [f"[{name}] needs {key}" for key in _NEEDED if key not in flavor]
    for key, value in flavor.items():
        complaint = _complaint(key, value)
        if complaint:
            problems.append(f"[{name}] {key} {complaint}, not {value!r}")
    if flavor.get("gpus") and not flavor.get("accelerator"):
        problems.append(f"[{name}] has gpus and needs accelerator, their kind")
    return problems


def _complaint(key: str, value: Any) -> str | None:
    if key not in _KEYS:
        return f"is none of {', '.join(_KEYS)}"
    if key in ("pretty_name", "accelerator"):
        return None if isinstance(value, str) and value.strip() else "must be a text"
    if key == "cpus":
        ok = isinstance(value, int | float) and not isinstance(value, bool) and 0.05 <= value <= 1024
        return None if ok else "must be a number of cores from 0.05 to 1024"
    ok = isinstance(value, int) and not isinstance(value, bool) and value >= _LOWEST[key]
    return None if ok else f"must be a whole number of at least {_LOWEST[key]}"
