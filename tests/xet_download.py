"""Downloads in chunks by the real Xet client, each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

_CLIENT = """
import json, sys
import hf_xet

url, headers, name, size, start, end = sys.argv[1], json.loads(sys.argv[2]), *sys.argv[3:]
group = hf_xet.XetSession().new_download_stream_group(token_refresh_url=url, token_refresh_headers=headers)
limits = {"start": int(start), "end": int(end)} if start else {}
for block in group.download_stream(hf_xet.XetFileInfo(name, int(size)), **limits):
    sys.stdout.buffer.write(block)
"""


class DownloadFailed(Exception):
    """With all that the client said."""


def xet_download(
    refresh_url: str,
    name: str,
    size_bytes: int,
    cache: Path,
    token: str = "",
    part: tuple[int, int] | None = None,
    version: int | None = None,
) -> bytes:
    """
    A file by its xet hash, or the bytes from ``part[0]`` up to, not with, ``part[1]``.

    ``version`` is that of the reconstruction; None lets the client find out.

    Raises: DownloadFailed.
    """
    environment = {**os.environ, "HF_HOME": str(cache), "HF_XET_CACHE": str(cache / "xet")}
    if version is not None:
        environment["HF_XET_CLIENT_RECONSTRUCTION_API_VERSION"] = str(version)
    headers = json.dumps({"authorization": f"Bearer {token}"} if token else {})
    limits = [str(part[0]), str(part[1])] if part else ["", ""]
    arguments = [sys.executable, "-c", _CLIENT, refresh_url, headers, name, str(size_bytes), *limits]
    done = subprocess.run(arguments, env=environment, capture_output=True, timeout=120, check=False)
    if done.returncode:
        raise DownloadFailed(done.stderr.decode(errors="replace"))
    return done.stdout
