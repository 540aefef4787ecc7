"""Likes in the database."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from spaceport.adapters import tables
from spaceport.adapters.hub_tables import likes
from spaceport.adapters.rows import Rows
from spaceport.domain.account import AccountKind, User
from spaceport.domain.like import Like
from spaceport.domain.repo import RepoType
from spaceport.domain.trending import LIKE, raised


class SqlLikes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, likes, Like)
        self._users = Rows(connection, tables.users, User, {"kind": AccountKind})

    def add(self, like: Like) -> None:
        self._rows.add(like)
        self._count(like, 1)

    def remove(self, like: Like) -> None:
        is_it = (likes.c.repo_id == like.repo_id) & (likes.c.user_id == like.user_id)
        self._count(like, -self._connection.execute(delete(likes).where(is_it)).rowcount)

    def get(self, repo_id: str, user_id: str) -> Like | None:
        return self._rows.one(likes.c.repo_id == repo_id, likes.c.user_id == user_id)

    def liked_of(self, user_id: str, repo_ids: Sequence[str]) -> frozenset[str]:
        is_theirs = (likes.c.user_id == user_id) & likes.c.repo_id.in_(repo_ids)
        return frozenset(self._connection.execute(select(likes.c.repo_id).where(is_theirs)).scalars())

    def likers(self, repo_id: str, limit: int, offset: int = 0) -> list[User]:
        newest = select(likes.c.user_id).where(likes.c.repo_id == repo_id)
        newest = newest.order_by(likes.c.created_at.desc(), likes.c.user_id).limit(limit).offset(offset)
        ids = list(self._connection.execute(newest).scalars())
        users = {user.id: user for user in self._users.many(tables.users.c.id.in_(ids))}
        return [users[user_id] for user_id in ids if user_id in users]

    def of_user(self, user_id: str, limit: int, offset: int = 0) -> list[Like]:
        order = (likes.c.created_at.desc(), likes.c.repo_id)
        return self._rows.many(likes.c.user_id == user_id, order_by=order, limit=limit, offset=offset)

    def _count(self, like: Like, change: int) -> None:
        """A like that is taken back takes what is left of it from the score, as if it were of now."""
        table = tables.spaces if like.repo_type == RepoType.SPACE else tables.repos
        is_it = table.c.id == like.repo_id
        score = self._connection.execute(select(table.c.trending).where(is_it)).scalar()
        if score is not None and change:
            values = {"likes": table.c.likes + change, "trending": raised(score, change * LIKE, like.created_at)}
            self._connection.execute(update(table).where(is_it).values(values))
