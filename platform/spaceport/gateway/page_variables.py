"""The public variables of a static Space, put into its pages as ``window.huggingface.variables``."""

import json
import os
import re
from collections.abc import Mapping
from functools import lru_cache

#: How much of a page is read to find the place; what does not begin as a page until then gets the script at its front.
_START_BYTES = 64 * 1024
_GAP = rb"(?:\s|<!--.*?-->)*"
_ATTRIBUTES = rb"(?:\s(?:\"[^\"]*\"|'[^']*'|[^>\"'])*)?"
#: All that must stay in front: a script before the doctype would change how the page is drawn, and one behind a policy
#: of the page (a meta element) could be forbidden by it.
_BEFORE = re.compile(
    rb"(?:\xef\xbb\xbf)?" + _GAP + rb"(?:<!doctype[^>]*>" + _GAP + rb")?"
    rb"(?:<html" + _ATTRIBUTES + rb">" + _GAP + rb")?(?:<head" + _ATTRIBUTES + rb">)?",
    re.IGNORECASE | re.DOTALL,
)


def start_with_variables(file: int, variables: Mapping[str, str]) -> tuple[bytes, int]:
    """
    What to send instead of the beginning of a page, and how many bytes of the file it covers.

    Raises: OSError when the file cannot be read.
    """
    start = os.pread(file, _START_BYTES, 0)
    match = _BEFORE.match(start)
    covered = match.end() if match else 0
    return start[:covered] + _script(tuple(sorted(variables.items()))), covered


@lru_cache(maxsize=256)
def _script(variables: tuple[tuple[str, str], ...]) -> bytes:
    # Escaped so that no value can end the script element.
    text = json.dumps(dict(variables)).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f"<script>(window.huggingface=window.huggingface||{{}}).variables={text};</script>".encode()
