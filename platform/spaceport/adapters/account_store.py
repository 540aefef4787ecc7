"""Users, organizations and their members, tokens and sessions in the database."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select, true

from spaceport.adapters import access_tables, hub_tables, tables
from spaceport.adapters.rows import Rows
from spaceport.adapters.visibility import visible
from spaceport.domain.access_request import RequestStatus
from spaceport.domain.account import AccessToken, AccountKind, Caller, Membership, OrgRole, Session, User
from spaceport.domain.profile import Profile
from spaceport.domain.repo import RepoType


class SqlAccounts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._users = Rows(connection, tables.users, User, {"kind": AccountKind})
        self._tokens = Rows(connection, tables.access_tokens, AccessToken)
        self._sessions = Rows(connection, tables.sessions, Session)
        self._memberships = Rows(connection, hub_tables.memberships, Membership, {"role": OrgRole})
        self.add_user = self._users.add
        self.add_membership = self._memberships.add
        self.update_membership = self._memberships.update
        self.add_token = self._tokens.add
        self.add_session = self._sessions.add

    def user(self, user_id: str) -> User | None:
        return self._users.one(tables.users.c.id == user_id)

    def users_by_ids(self, user_ids: Collection[str]) -> dict[str, User]:
        return {user.id: user for user in self._users.by_ids(user_ids)}

    def user_by_name(self, name: str) -> User | None:
        return self._users.one(func.lower(tables.users.c.name) == name.lower())

    def users(self) -> list[User]:
        return self._users.many(order_by=tables.users.c.name)

    def storage_of(self, user_ids: Collection[str] | None = None) -> dict[str, int]:
        found: dict[str, int] = {}
        for table, more in ((tables.spaces, func.coalesce(tables.spaces.c.volume_used_bytes, 0)), (tables.repos, 0)):
            statement = select(table.c.owner_id, func.sum(table.c.used_bytes + more)).group_by(table.c.owner_id)
            theirs = true() if user_ids is None else table.c.owner_id.in_(list(user_ids))
            for owner_id, taken in self._connection.execute(statement.where(theirs)):
                found[str(owner_id)] = found.get(str(owner_id), 0) + int(taken)
        return found

    def set_password_hash(self, user_id: str, password_hash: str) -> None:
        self._users.update(user_id, password_hash=password_hash)

    def set_profile(self, user_id: str, profile: Profile) -> None:
        self._users.update(user_id, **asdict(profile))

    def token_by_hash(self, token_hash: str) -> AccessToken | None:
        return self._tokens.one(tables.access_tokens.c.token_hash == token_hash)

    def note_token_use(self, token_id: str, at: datetime) -> None:
        self._tokens.update(token_id, last_used_at=at)

    def tokens_of(self, user_id: str) -> list[AccessToken]:
        table = tables.access_tokens
        is_personal = table.c.oauth_session_id.is_(None)
        return self._tokens.many(table.c.user_id == user_id, is_personal, order_by=table.c.created_at)

    def readers_tokens(self, owner_id: str) -> list[AccessToken]:
        users, memberships = tables.users, hub_tables.memberships
        members = select(memberships.c.user_id).where(memberships.c.org_id == owner_id)
        readers = select(users.c.id).where(
            or_(users.c.id == owner_id, users.c.is_admin.is_(True), users.c.id.in_(members))
        )
        return self._tokens.many(tables.access_tokens.c.user_id.in_(readers))

    def admitted_tokens(self, repo_id: str) -> list[AccessToken]:
        asked = access_tables.access_requests.c
        admitted = select(asked.user_id).where(asked.repo_id == repo_id, asked.status == RequestStatus.ACCEPTED)
        return self._tokens.many(tables.access_tokens.c.user_id.in_(admitted))

    def remove_token(self, user_id: str, token_id: str) -> None:
        table = tables.access_tokens
        self._connection.execute(delete(table).where(table.c.user_id == user_id, table.c.id == token_id))

    def session(self, session_id: str) -> Session | None:
        return self._sessions.one(tables.sessions.c.id == session_id)

    def remove_session(self, session_id: str) -> None:
        self._connection.execute(delete(tables.sessions).where(tables.sessions.c.id == session_id))

    def sessions_of(self, user_id: str) -> list[Session]:
        table = tables.sessions
        return self._sessions.many(table.c.user_id == user_id, order_by=table.c.created_at.desc())

    def signed_in_at(self) -> dict[str, datetime]:
        table = tables.sessions
        # With the type of the column: SQLite itself would give text.
        newest = func.max(table.c.created_at, type_=table.c.created_at.type)
        statement = select(table.c.user_id, newest).group_by(table.c.user_id)
        return {str(user_id): at for user_id, at in self._connection.execute(statement)}

    def token_counts(self) -> dict[str, int]:
        table = tables.access_tokens
        statement = select(table.c.user_id, func.count()).group_by(table.c.user_id)
        statement = statement.where(table.c.oauth_session_id.is_(None))
        return {str(user_id): int(count) for user_id, count in self._connection.execute(statement)}

    def remove_sessions(self, user_id: str, but: str = "") -> None:
        table = tables.sessions
        self._connection.execute(delete(table).where(table.c.user_id == user_id, table.c.id != but))

    def memberships_of(self, user_id: str) -> list[Membership]:
        return self._memberships.many(hub_tables.memberships.c.user_id == user_id)

    def members(self, org_id: str) -> list[Membership]:
        table = hub_tables.memberships
        return self._memberships.many(table.c.org_id == org_id, order_by=table.c.created_at)

    def remove_membership(self, membership_id: str) -> None:
        table = hub_tables.memberships
        self._connection.execute(delete(table).where(table.c.id == membership_id))

    def numbers_of_repos(self, owner_id: str, caller: Caller) -> dict[RepoType, int]:
        numbers: dict[RepoType, int] = {}
        for kind in RepoType:
            table = tables.spaces if kind is RepoType.SPACE else tables.repos
            is_of_kind = true() if kind is RepoType.SPACE else table.c.type == kind
            theirs = table.c.owner_id == owner_id
            statement = select(func.count()).select_from(table).where(theirs, is_of_kind, visible(table, caller))
            numbers[kind] = int(self._connection.execute(statement).scalar_one())
        return numbers
