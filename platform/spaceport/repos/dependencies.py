"""Which files of a commit decide what gets installed."""

import hashlib
import re
from collections.abc import Mapping

#: Lines of a requirements file that lead to other files of the repo: options that name one, paths, local archives.
_REFERS_TO_FILES = re.compile(
    r"""^\s*(?:
        -r|--requirement|-c|--constraint|-e|--editable|-f|--find-links
        |\.{1,2}(?:/|$|\s|\[)|/|~|file:
        |[^\s@;]+\s*@\s*(?:file:|\.{0,2}/)
        |[^\s:@;\#]*[\\/][^\s]*
        |[^\s:]+\.(?:whl|tar\.gz|zip)\b
    )""",
    re.VERBOSE,
)


def hash_dependency_files(contents: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file by path."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in sorted(contents.items())}


def refers_to_other_files(requirements: bytes) -> bool:
    """
    Whether installing these requirements reads further files of the repo.

    On doubt it says yes: a build too many costs seconds, a stale environment costs an afternoon.
    """
    text = requirements.decode("utf-8", "replace").removeprefix("\ufeff").replace("\\\n", " ")
    return any(_REFERS_TO_FILES.match(line) for line in text.splitlines())
