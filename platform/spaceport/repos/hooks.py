"""Puts the two hooks where git looks for them."""

import shlex
import sys
from pathlib import Path

from spaceport.repos.paths import hooks_dir

STAGES = ("pre-receive", "post-receive")


def install_hooks(data_dir: Path) -> Path:
    """
    Write the hooks of all repos; returns their folder.

    Done at every start of the hub: the interpreter and this package may have moved since the last one.
    """
    folder = hooks_dir(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).with_name("hook.py")
    for stage in STAGES:
        command = [sys.executable, "-I", "-S", str(script), stage]
        temporary = folder / f".{stage}.new"
        temporary.write_text(f"#!/bin/sh\nexec {' '.join(map(shlex.quote, command))}\n")
        temporary.chmod(0o755)
        temporary.replace(folder / stage)
    return folder
