"""All advice about one commit."""

from collections.abc import Mapping

from spaceport.domain.advice.app_code import app_code_findings
from spaceport.domain.advice.card_files import card_findings
from spaceport.domain.advice.dockerfile import dockerfile_findings
from spaceport.domain.advice.finding import Finding
from spaceport.domain.advice.requirements import requirements_findings
from spaceport.domain.advice.tokens import token_findings
from spaceport.domain.card import Card

#: What the advice is made from: text that people write. Larger files are something else.
MAX_FILE_BYTES = 256 * 1024
_SUFFIXES = (
    *(".py", ".txt", ".md", ".ini", ".cfg", ".toml", ".yaml", ".yml", ".json", ".env", ".sh", ".js", ".ts", ".html"),
    *(".ipynb", ".rs", ".go", ".R"),
)
_NAMES = ("Dockerfile", ".env")
DEFAULT_PORT = 7860
#: Findings that anybody reads.
MAX_FINDINGS = 20


def is_read(path: str, size_bytes: int) -> bool:
    """Whether the advice looks into a file at all."""
    name = path.rpartition("/")[2]
    return size_bytes <= MAX_FILE_BYTES and (name in _NAMES or name.startswith(".env") or path.endswith(_SUFFIXES))


def advise(card: Card, paths: frozenset[str], files: Mapping[str, bytes]) -> list[Finding]:
    """
    What the owner of these files should know; never a reason to refuse them.

    ``paths`` are all files there are, ``files`` holds the contents of those that ``is_read``. Nothing is executed, and
    no content makes it fail.
    """
    findings = card_findings(card, paths)
    port = card.app_port or DEFAULT_PORT
    for path, content in sorted(files.items()):
        if path.endswith(".py") and card.sdk != "static":
            findings += app_code_findings(path, content, port, is_app=path == (card.app_file or "app.py"))
        elif path in ("requirements.txt", "pre-requirements.txt") and card.sdk != "static":
            findings += requirements_findings(path, content, card, paths)
        elif path == "Dockerfile" and card.sdk == "docker":
            findings += dockerfile_findings(path, content, port)
        findings += token_findings(path, content)
    more = len(findings) - MAX_FINDINGS
    return findings if more <= 0 else [*findings[:MAX_FINDINGS], Finding("...", None, f"and {more} more like these")]
