"""Clients of large files, each a process as cheap as it can be, so that the server is what is measured."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.integration.hub.conftest import Hub

AT_ONCE = 10
MIB = 1024**2
_TIMEOUT_SECONDS = 600

#: ``get URL BYTES``, ``ranges URL BYTES`` (the same in parts of four MiB), ``put URL FILE``, or ``keep TARGET FILE``:
#: what nobody can save who keeps a file for good, which is to read it, to hash it and to have it on the disk.
_CLIENT = """
import os, socket, sys
from urllib.parse import urlsplit
verb, where, argument = sys.argv[1:]
if verb == "keep":
    import hashlib
    digest = hashlib.sha256()
    with open(argument, "rb", buffering=0) as source, open(where, "xb", buffering=0) as target:
        while block := source.read(1024 * 1024):
            digest.update(block)
            target.write(block)
        os.fsync(target.fileno())
    sys.exit()
url = urlsplit(where)
path = url.path + ("?" + url.query if url.query else "")
connection = socket.create_connection((url.hostname, url.port))
if verb == "put":
    size = os.path.getsize(argument)
    connection.sendall(f"PUT {path} HTTP/1.1\\r\\nHost: bench\\r\\nContent-Length: {size}\\r\\n\\r\\n".encode())
    connection.sendfile(open(argument, "rb"))
    answer = connection.recv(1000)
    sys.exit(None if b" 200 " in answer.partition(b"\\r\\n")[0] else answer.decode("utf-8", "replace"))
wanted, buffer, total = int(argument), bytearray(1024 * 1024), 0
part = 4 * 1024 * 1024 if verb == "ranges" else wanted
for first in range(0, wanted, part):
    connection = connection if first == 0 else socket.create_connection((url.hostname, url.port))
    asked = f"Range: bytes={first}-{min(first + part, wanted) - 1}\\r\\n" if verb == "ranges" else ""
    head = f"GET {path} HTTP/1.1\\r\\nHost: {url.netloc}\\r\\nConnection: close\\r\\n{asked}\\r\\n"
    connection.sendall(head.encode())
    while got := connection.recv_into(buffer):
        total += got
sys.exit(total < wanted)
"""


def all_at_once(verb: str, places: Sequence[str], argument: str) -> float:
    """Seconds until the last one is done."""
    start = time.monotonic()
    clients = [subprocess.Popen([sys.executable, "-S", "-c", _CLIENT, verb, place, argument]) for place in places]
    failed = [client.wait(_TIMEOUT_SECONDS) for client in clients]
    assert not any(failed), f"{verb} failed"
    return time.monotonic() - start


def keep_all_at_once(folder: Path, file: Path) -> float:
    """The bare work of as many uploads: seconds to hash, write and sync a copy for each."""
    places = [folder / f"kept-{number}" for number in range(AT_ONCE)]
    try:
        return all_at_once("keep", [str(place) for place in places], str(file))
    finally:
        for place in places:
            place.unlink(missing_ok=True)


def make_file(path: Path, size_bytes: int) -> Path:
    with path.open("wb") as file:
        for _ in range(size_bytes // MIB):
            file.write(os.urandom(MIB))
    return path


def address_of(hub: Hub, operation: str, file: Path) -> str:
    """Where the repo ``ada/bench`` of the hub takes or gives the file."""
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    answer = httpx.post(
        f"{hub.url}/ada/bench.git/info/lfs/objects/batch",
        json={"operation": operation, "objects": [{"oid": sha256, "size": file.stat().st_size}]},
        headers={"Authorization": f"Bearer {hub.person('ada').token}"},
    )
    return str(answer.json()["objects"][0]["actions"][operation]["href"])
