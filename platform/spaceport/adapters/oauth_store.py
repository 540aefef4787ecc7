"""Apps that sign people in, and their grants, in the database."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select

from spaceport.adapters.oauth_tables import oauth_apps, oauth_codes, oauth_devices, oauth_grants, oauth_sessions
from spaceport.adapters.rows import Rows
from spaceport.domain.oauth import (
    AuthorizationCode,
    DeviceCode,
    DeviceStatus,
    OAuthApp,
    OAuthGrant,
    OAuthSession,
)

#: A code that comes a second time is known for so long after its end.
_KEPT = timedelta(hours=1)


class SqlSignIns:
    """``stores.SignIns``; what hangs on what goes with it by the foreign keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._apps = Rows(connection, oauth_apps, OAuthApp)
        self._grants = Rows(connection, oauth_grants, OAuthGrant)
        self._sessions = Rows(connection, oauth_sessions, OAuthSession)
        self._codes = Rows(connection, oauth_codes, AuthorizationCode)
        self._devices = Rows(connection, oauth_devices, DeviceCode, {"status": DeviceStatus})
        self.add_app = self._apps.add
        self.update_app = self._apps.update
        self.add_grant = self._grants.add
        self.update_grant = self._grants.update
        self.add_session = self._sessions.add
        self.update_session = self._sessions.update
        self.add_code = self._codes.add
        self.update_code = self._codes.update
        self.add_device = self._devices.add
        self.update_device = self._devices.update

    def app(self, app_id: str) -> OAuthApp | None:
        return self._apps.one(oauth_apps.c.id == app_id)

    def app_of_space(self, space_id: str) -> OAuthApp | None:
        return self._apps.one(oauth_apps.c.space_id == space_id)

    def grant(self, grant_id: str) -> OAuthGrant | None:
        return self._grants.one(oauth_grants.c.id == grant_id)

    def grant_to(self, app_id: str, user_id: str) -> OAuthGrant | None:
        return self._grants.one(oauth_grants.c.app_id == app_id, oauth_grants.c.user_id == user_id)

    def grants_of(self, user_id: str) -> list[OAuthGrant]:
        return self._grants.many(oauth_grants.c.user_id == user_id, order_by=oauth_grants.c.updated_at.desc())

    def remove_grant(self, user_id: str, grant_id: str) -> None:
        table = oauth_grants
        self._connection.execute(delete(table).where(table.c.user_id == user_id, table.c.id == grant_id))

    def session(self, session_id: str) -> OAuthSession | None:
        return self._sessions.one(oauth_sessions.c.id == session_id)

    def session_by_refresh(self, refresh_hash: str) -> OAuthSession | None:
        table = oauth_sessions
        return self._sessions.one(or_(table.c.refresh_hash == refresh_hash, table.c.spent_hash == refresh_hash))

    def remove_session(self, session_id: str) -> None:
        self._connection.execute(delete(oauth_sessions).where(oauth_sessions.c.id == session_id))

    def code(self, code_id: str) -> AuthorizationCode | None:
        return self._codes.one(oauth_codes.c.id == code_id)

    def device(self, device_id: str) -> DeviceCode | None:
        return self._devices.one(oauth_devices.c.id == device_id)

    def device_by_user_code(self, user_code: str) -> DeviceCode | None:
        return self._devices.one(oauth_devices.c.user_code == user_code)

    def devices_from(self, address: str) -> int:
        statement = select(func.count()).select_from(oauth_devices).where(oauth_devices.c.address == address)
        return int(self._connection.execute(statement).scalar_one())

    def forget_expired(self, now: datetime) -> None:
        for table, before in ((oauth_codes, now - _KEPT), (oauth_devices, now), (oauth_sessions, now)):
            self._connection.execute(delete(table).where(table.c.expires_at <= before))
