"""How the ``git`` program is called: a fixed configuration, nothing from the machine's or the user's own."""

import os
from pathlib import Path

#: Namespace of refs that never leave the hub.
HIDDEN_REFS = "refs/spaceport"
#: Messages of git's object check that only speak of old, harmless commits.
_HARMLESS = ("zeroPaddedFilemode", "badTimezone", "missingSpaceBeforeDate")


def git_arguments(data_dir_hooks: Path, max_push_bytes: int) -> list[str]:
    """``git`` and its settings; the subcommand follows."""
    settings = {
        "safe.directory": "*",
        "core.hooksPath": str(data_dir_hooks),
        "transfer.hideRefs": HIDDEN_REFS,
        "transfer.fsckObjects": "false",
        "uploadpack.allowFilter": "true",
        "uploadpack.allowReachableSHA1InWant": "true",
        # For this filter git walks a folder as often as it appears, however many billion times that is.
        "uploadpackfilter.sparse:oid.allow": "false",
        "receive.fsckObjects": "true",
        "receive.maxInputSize": str(max_push_bytes),
        # Larger files are read piece by piece. They are refused later, in words that help.
        "core.bigFileThreshold": "32m",
        "receive.advertisePushOptions": "true",
        # In the foreground, so that no process outlives the push that started it.
        "gc.autoDetach": "false",
        "maintenance.autoDetach": "false",
    }
    settings.update({f"receive.fsck.{message}": "ignore" for message in _HARMLESS})
    return ["git", *(part for key, value in settings.items() for part in ("-c", f"{key}={value}"))]


def git_environment(**extra: str) -> dict[str, str]:
    """A clean environment: nothing of the hub's own, whose variables may hold secrets."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        **extra,
    }
