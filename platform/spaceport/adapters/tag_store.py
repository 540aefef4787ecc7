"""Tags of repos in the database."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from spaceport.adapters.hub_tables import repo_tags
from spaceport.domain.repo import MAX_TAG_LENGTH, RepoType


class SqlTags:
    """``stores.Tags`` over ``repo_tags``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace(self, repo_id: str, kind: RepoType, tags: Iterable[str]) -> None:
        self.remove(repo_id)
        wanted = dict.fromkeys(tag.replace("\0", "")[:MAX_TAG_LENGTH] for tag in tags)
        rows = [{"repo_id": repo_id, "repo_type": kind, "tag": tag} for tag in wanted]
        if rows:
            self._connection.execute(insert(repo_tags), rows)

    def of(self, repo_id: str) -> frozenset[str]:
        statement = select(repo_tags.c.tag).where(repo_tags.c.repo_id == repo_id)
        return frozenset(self._connection.execute(statement).scalars())

    def remove(self, repo_id: str) -> None:
        self._connection.execute(delete(repo_tags).where(repo_tags.c.repo_id == repo_id))
