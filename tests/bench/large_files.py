"""
Large files of the hub against nginx serving the same file: ten at once, down and up.

Both take turns for a few rounds, so that a noisy machine is noisy for both. Ratios are bytes per second of the hub's by
nginx's; 1 is as fast. Uploads are measured against the same downloads: nginx-light takes none.
"""

import contextlib
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from spaceport.domain.repo import RepoType
from spaceport.repos.repo_creation import create_repo
from tests.bench.gateway_vs_nginx import _free_port, _process
from tests.integration.hub.conftest import Hub, running_hub

AT_ONCE = 10
ROUNDS = 3
#: Ten of a gigabyte each arrive at once; where the disk has no room for that and some more, smaller ones.
FILE_BYTES = (1024 if shutil.disk_usage(tempfile.gettempdir()).free > 40 * 1024**3 else 128) * 1024**2
_MIB = 1024**2

#: ``get URL`` or ``put URL FILE``, as cheap as it can be, so that the server is what is measured.
_CLIENT = """
import socket, sys
from urllib.parse import urlsplit
url = urlsplit(sys.argv[2])
path = url.path + ("?" + url.query if url.query else "")
connection = socket.create_connection((url.hostname, url.port))
if sys.argv[1] == "put":
    import os
    size = os.path.getsize(sys.argv[3])
    connection.sendall(f"PUT {path} HTTP/1.1\\r\\nHost: bench\\r\\nContent-Length: {size}\\r\\n\\r\\n".encode())
    connection.sendfile(open(sys.argv[3], "rb"))
    sys.exit(not connection.recv(1000).startswith(b"HTTP/1.1 200"))
connection.sendall(f"GET {path} HTTP/1.1\\r\\nHost: bench\\r\\nConnection: close\\r\\n\\r\\n".encode())
buffer, total = bytearray(1024 * 1024), 0
while got := connection.recv_into(buffer):
    total += got
sys.exit(total < int(sys.argv[3]))
"""

_NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log crit;
events {{ worker_connections 64; }}
http {{
  access_log off; sendfile on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


def run() -> dict[str, float]:
    """Medians; ``file_mib`` and ``at_once`` say what was asked for."""
    folder = Path(tempfile.mkdtemp(prefix="spaceport-bench-"))
    (folder / "files").mkdir()
    (folder / "data").mkdir()
    try:
        files = [_make_file(folder / "files" / str(number)) for number in range(2)]
        with _nginx(folder) as nginx, running_hub(folder / "data") as hub:
            create_repo(hub.services, hub.person("ada").caller, RepoType.MODEL, "bench")
            _all_at_once("put", [_address(hub, "upload", files[0])], str(files[0]))
            return _measure(nginx, hub, files)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(nginx: str, hub: Hub, files: list[Path]) -> dict[str, float]:
    down, up, bare = [], [], []
    get, put = _address(hub, "download", files[0]), _address(hub, "upload", files[1])
    for _ in range(ROUNDS):
        bare.append(_all_at_once("get", [f"{nginx}/{files[0].name}"] * AT_ONCE, str(FILE_BYTES)))
        down.append(_all_at_once("get", [get] * AT_ONCE, str(FILE_BYTES)))
        up.append(_all_at_once("put", [put] * AT_ONCE, str(files[1])))
    return {
        "file_mib": FILE_BYTES / _MIB,
        "at_once": AT_ONCE,
        "nginx_mib_per_second": AT_ONCE * FILE_BYTES / _MIB / statistics.median(bare),
        "download_to_nginx": statistics.median(a / b for a, b in zip(bare, down, strict=True)),
        "upload_to_nginx": statistics.median(a / b for a, b in zip(bare, up, strict=True)),
    }


def _all_at_once(verb: str, addresses: list[str], argument: str) -> float:
    """Seconds until the last one is done."""
    start = time.monotonic()
    clients = [subprocess.Popen([sys.executable, "-S", "-c", _CLIENT, verb, url, argument]) for url in addresses]
    failed = [client.wait(300) for client in clients]
    assert not any(failed), f"{verb} failed"
    return time.monotonic() - start


def _make_file(path: Path) -> Path:
    with path.open("wb") as file:
        for _ in range(FILE_BYTES // _MIB):
            file.write(os.urandom(_MIB))
    return path


def _address(hub: Hub, operation: str, file: Path) -> str:
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    answer = httpx.post(
        f"{hub.url}/ada/bench.git/info/lfs/objects/batch",
        json={"operation": operation, "objects": [{"oid": sha256, "size": FILE_BYTES}]},
        headers={"Authorization": f"Bearer {hub.person('ada').token}"},
    )
    return str(answer.json()["objects"][0]["actions"][operation]["href"])


@contextlib.contextmanager
def _nginx(folder: Path) -> Iterator[str]:
    port = _free_port()
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with _process(program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.log"), port=port):
        yield f"http://127.0.0.1:{port}"
