"""One Parquet file of any repo as a table of its own, to be read like a split of a dataset. Pure."""

from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.viewer.gather import MAX_PARQUET_BYTES
from spaceport.repos.viewer.layout import Config, Layout, Split
from spaceport.repos.viewer.table import PARQUET, Dataset, Table

_CONFIG = "file"
_ENDINGS = (".parquet", ".pq")


def is_table(path: str, size_bytes: int) -> bool:
    """Whether a file of this name and size is shown as a table."""
    return path.lower().endswith(_ENDINGS) and 0 < size_bytes <= MAX_PARQUET_BYTES


def table_of_file(repo: Space | Repo, sha: str, path: str) -> Table:
    """``sha`` is the commit that has the file. No other file of it is looked at, whatever the table names."""
    # No split of a dataset has a slash in its name, so that none takes the place of another's rows.
    config = Config(_CONFIG, PARQUET, (Split(f"/{path}", (path,)),))
    return Table(Dataset(repo.id, repo.full_name, sha, Layout((config,), None), frozenset()), config, config.splits[0])
