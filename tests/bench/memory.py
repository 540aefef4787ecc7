"""
How much memory the hub takes for a file of ten gigabytes: sent by git-lfs's road, fetched again, and sent by Xet.

The hub is a process of its own, and the kernel says what it had at most. Needs twice the size on the disk, and minutes.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.utils import disable_progress_bars

from tests.integration.hub.test_flat_memory import MIB, HubProcess, fetch, hub_process, send

SIZE_BYTES = 10_000 * MIB
#: Left free while it runs.
_SPARE_BYTES = 15 * 1024**3


def run(size_bytes: int = SIZE_BYTES) -> dict[str, float]:
    """
    In MiB: the peak before, and what each of three roads added to it.

    Raises: RuntimeError where the disk has no room.
    """
    if shutil.disk_usage(tempfile.gettempdir()).free < 2 * size_bytes + _SPARE_BYTES:
        raise RuntimeError(
            f"{2 * size_bytes / 1e9:.0f} GB and {_SPARE_BYTES / 1e9:.0f} to spare are needed on the disk"
        )
    with _folder() as folder, hub_process(folder / "data") as hub:
        send(hub, MIB)
        fetch(hub, MIB)
        before = hub.forget_peak()
        figures = {"file_mib": size_bytes / MIB, "before_mib": before / MIB}
        send(hub, size_bytes)
        figures["added_by_lfs_upload_mib"] = (hub.peak_bytes() - before) / MIB
        hub.forget_peak()
        assert fetch(hub, size_bytes) == size_bytes
        figures["added_by_download_mib"] = (hub.peak_bytes() - before) / MIB
        hub.forget_peak()
        _send_by_xet(hub, folder / "holes.bin", size_bytes)
        figures["added_by_xet_upload_mib"] = (hub.peak_bytes() - before) / MIB
    return figures


def _send_by_xet(hub: HubProcess, path: Path, size_bytes: int) -> None:
    """A file of holes: it takes no room here, is one chunk again and again on the wire, and whole in the hub."""
    with path.open("wb") as file:
        file.write(b"not the file that came by git-lfs")
        file.truncate(size_bytes)
    disable_progress_bars()
    HfApi(hub.url, hub.token).upload_file(path_or_fileobj=path, path_in_repo="holes.bin", repo_id="ada/tiny")


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="spaceport-bench-"))
    (folder / "data").mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
