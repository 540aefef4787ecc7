"""What a Dockerfile says about where its server listens."""

import re
from collections.abc import Iterator

from spaceport.domain.advice.finding import Finding

_EXPOSE = re.compile(r"^\s*EXPOSE\s+(\d{1,5})\b", re.IGNORECASE)
_START = re.compile(r"^\s*(?:CMD|ENTRYPOINT)\b", re.IGNORECASE)
_HOST = re.compile(r"--(?:host|address|server\.address|bind|ip)[\"',=\s]+(127\.0\.0\.1|localhost|\[?::1\]?)")
_ANY_HOST = re.compile(r"--(?:host|uds|fd)\b")
_PORT = re.compile(r"--(?:port|server\.port)[\"',=\s]+(\d{1,5})\b")


def dockerfile_findings(path: str, content: bytes, port: int) -> list[Finding]:
    """Only constants are looked at: what a variable holds, nobody knows here."""
    text = content.decode("utf-8", "replace")
    return [finding for number, line in _lines(text) for finding in _of_line(path, number, line, port)]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Instructions with the number of their first line; a backslash at the end goes on in the next."""
    begun, kept = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        begun = begun or number
        if line.rstrip().endswith("\\"):
            kept += line.rstrip()[:-1] + " "
            continue
        yield begun, kept + line
        begun, kept = 0, ""


def _of_line(path: str, number: int, line: str, port: int) -> Iterator[Finding]:
    if (exposed := _EXPOSE.match(line)) and int(exposed[1]) != port:
        hint = f"visitors come to port {port}: write app_port: {exposed[1]} into README.md if the app listens there"
        yield Finding(path, number, f"EXPOSE {exposed[1]}, but {hint}")
    if not _START.match(line):
        return
    if loopback := _HOST.search(line):
        yield Finding(path, number, f"the app listens on {loopback[1]}: visitors cannot reach it, use --host 0.0.0.0")
    elif "uvicorn" in line and not _ANY_HOST.search(line) and "gunicorn" not in line:
        yield Finding(path, number, "uvicorn listens on 127.0.0.1 by itself: add --host 0.0.0.0")
    if (listens := _PORT.search(line)) and int(listens[1]) != port:
        yield Finding(path, number, f"the app listens on port {listens[1]}: visitors come to port {port} (app_port)")
