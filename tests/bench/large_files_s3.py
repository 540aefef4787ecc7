"""
The same where large files are in a bucket: ten at once through the hub, against the same files straight to and from the
server of S3 that the hub has behind it.

That server is moto's, in Python and slow: what is told is what the hub adds, not how fast a bucket is. It reads the
whole object for each range that is asked for, and the hub asks for ranges, so that downloads are measured against the
same ranges, too. A hub that keeps files in a bucket writes them to its own disk first, because an object cannot be
renamed once it is checked.
"""

import shutil
import statistics
import tempfile
from pathlib import Path

from spaceport.domain.repo import RepoType
from spaceport.repos.repo_creation import create_repo
from tests.bench.large_files import ROUNDS
from tests.bench.transfers import AT_ONCE, MIB, address_of, all_at_once, make_file
from tests.integration.hub.conftest import Hub, running_hub
from tests.s3_server import S3Server, running_s3

#: moto reads a whole object for each range of it: with larger ones its answers take minutes.
FILE_BYTES = 16 * MIB


def run() -> dict[str, float]:
    """Medians, as ``large_files.run``. Raises: AssertionError where there is no server (``make test-s3``)."""
    folder = Path(tempfile.mkdtemp(prefix="spaceport-bench-"))
    (folder / "data").mkdir()
    try:
        with running_s3() as s3:
            objects = s3(folder / "staging")
            with running_hub(folder / "data", objects, max_uncommitted_bytes_per_user=0) as hub:
                create_repo(hub.services, hub.person("ada").caller, RepoType.MODEL, "bench")
                return _measure(hub, s3, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(hub: Hub, s3: S3Server, folder: Path) -> dict[str, float]:
    """A new file in each round: what the bucket has already is not sent there again."""
    down, down_in_ranges, up = [], [], []
    for number in range(ROUNDS):
        file = make_file(folder / "file", FILE_BYTES)
        names = [f"bare/{number}-{each}" for each in range(AT_ONCE)]
        straight = all_at_once("put", [s3.address("PUT", name) for name in names], str(file))
        up.append(straight / all_at_once("put", [address_of(hub, "upload", file)] * AT_ONCE, str(file)))
        addresses = [s3.address("GET", name) for name in names]
        whole, ranges = (all_at_once(verb, addresses, str(FILE_BYTES)) for verb in ("get", "ranges"))
        seconds = all_at_once("get", [address_of(hub, "download", file)] * AT_ONCE, str(FILE_BYTES))
        down.append(whole / seconds)
        down_in_ranges.append(ranges / seconds)
    return {
        "file_mib": FILE_BYTES / MIB,
        "at_once": AT_ONCE,
        "download_to_bucket": statistics.median(down),
        "download_to_bucket_in_ranges": statistics.median(down_in_ranges),
        "upload_to_bucket": statistics.median(up),
    }
