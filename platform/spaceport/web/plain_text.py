"""What a terminal would show of a line of output, without colours. Pure."""

import re

#: Sequences that start with ESC: colours and cursor moves, titles and links, and single letters.
#: Source: ECMA-48 section 5.4 (CSI) and 5.6 (OSC, ended by BEL or ST as xterm does).
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -~])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain(text: str) -> str:
    """Without escape sequences; of a progress bar that overwrites itself only its last state."""
    text = _ESCAPES.sub("", text).rstrip("\r")
    return _CONTROLS.sub("", text.rsplit("\r", 1)[-1])
