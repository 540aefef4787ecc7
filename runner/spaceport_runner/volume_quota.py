"""How much an app may have in its /data, in bytes and in files. Pure."""

from dataclasses import dataclass

from spaceport_runner.file_count import Count
from spaceport_runner.reasons import bytes_in_words

#: A file for each so many bytes of the quota, as many as a new ext4 has room for. Source: mke2fs.conf, inode_ratio.
BYTES_PER_FILE = 16 * 1024
#: Small volumes may have more than that. No volume may have more than can be counted while its app runs.
LEAST_FILES = 100_000
MOST_FILES = 1_000_000


@dataclass(frozen=True)
class Quota:
    """What may be there at most."""

    used_bytes: int
    files: int

    def is_exceeded_by(self, count: Count) -> bool:
        """An incomplete count, too, proves that there is too much; that there is not, only a complete one does."""
        return count.used_bytes > self.used_bytes or count.files > self.files

    def beside(self, found: Count) -> "Quota":
        """For an app that finds too much already: it may use it to make room, but not add to it."""
        return Quota(max(self.used_bytes, found.used_bytes), max(self.files, found.files))


def quota_of(volume_bytes: int) -> Quota:
    """Of a volume of that size."""
    return Quota(volume_bytes, min(MOST_FILES, max(LEAST_FILES, volume_bytes // BYTES_PER_FILE)))


def volume_full(found: Count, quota: Quota) -> str:
    """Why an app was stopped whose /data has outgrown its quota, and is not started again."""
    at_least = "" if found.is_complete else "at least "
    if found.used_bytes > quota.used_bytes:
        held = f"{at_least}{bytes_in_words(found.used_bytes)} of at most {bytes_in_words(quota.used_bytes)}"
    else:
        held = f"{at_least}{found.files} files of at most {quota.files}"
    return (
        f"/data is full: it holds {held}; push a version that makes room, put a copy back, or ask for a larger volume"
    )
