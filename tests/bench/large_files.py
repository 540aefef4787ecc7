"""
Large files of the hub, ten at once: down against nginx serving the same file, up against the bare work of keeping it.

All take turns for a few rounds, so that a noisy machine is noisy for all. Ratios are bytes per second of the hub's by
the baseline's; 1 is as fast. The baseline of an upload is a program that hashes a copy and syncs it to the same disk,
without any network: nobody who keeps files for good can do less. Against nginx's downloads it is told, too.
"""

import contextlib
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from spaceport.domain.repo import RepoType
from spaceport.repos.repo_creation import create_repo
from tests.bench.gateway_vs_nginx import _free_port, _process
from tests.bench.transfers import AT_ONCE, MIB, address_of, all_at_once, keep_all_at_once, make_file
from tests.integration.hub.conftest import Hub, running_hub

ROUNDS = 3
#: Ten of a gigabyte each arrive at once; where the disk has no room for that and some more, smaller ones.
FILE_BYTES = (1024 if shutil.disk_usage(tempfile.gettempdir()).free > 30 * 1024**3 else 128) * MIB

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
        files = [make_file(folder / "files" / str(number), FILE_BYTES) for number in range(2)]
        with _nginx(folder) as nginx, running_hub(folder / "data", max_uncommitted_bytes_per_user=0) as hub:
            create_repo(hub.services, hub.person("ada").caller, RepoType.MODEL, "bench")
            all_at_once("put", [address_of(hub, "upload", files[0])], str(files[0]))
            return _measure(nginx, hub, files, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(nginx: str, hub: Hub, files: list[Path], folder: Path) -> dict[str, float]:
    down, up, served, kept = [], [], [], []
    get, put = address_of(hub, "download", files[0]), address_of(hub, "upload", files[1])
    for _ in range(ROUNDS):
        served.append(all_at_once("get", [f"{nginx}/{files[0].name}"] * AT_ONCE, str(FILE_BYTES)))
        down.append(all_at_once("get", [get] * AT_ONCE, str(FILE_BYTES)))
        kept.append(keep_all_at_once(folder, files[1]))
        up.append(all_at_once("put", [put] * AT_ONCE, str(files[1])))
    return {
        "file_mib": FILE_BYTES / MIB,
        "at_once": AT_ONCE,
        "nginx_mib_per_second": AT_ONCE * FILE_BYTES / MIB / statistics.median(served),
        "kept_mib_per_second": AT_ONCE * FILE_BYTES / MIB / statistics.median(kept),
        "download_to_nginx": _ratio(served, down),
        "upload_to_keeping": _ratio(kept, up),
        "upload_to_nginx_download": _ratio(served, up),
    }


def _ratio(baseline: list[float], measured: list[float]) -> float:
    """The median of the rounds, of the seconds that both took."""
    return statistics.median(a / b for a, b in zip(baseline, measured, strict=True))


@contextlib.contextmanager
def _nginx(folder: Path) -> Iterator[str]:
    port = _free_port()
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with _process(program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.log"), port=port):
        yield f"http://127.0.0.1:{port}"
