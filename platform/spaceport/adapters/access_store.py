"""Access requests in the database."""

from sqlalchemy import Connection, select

from spaceport.adapters.access_tables import access_requests
from spaceport.adapters.rows import Rows
from spaceport.domain.access_request import AccessRequest, RequestStatus


class SqlAccessRequests:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, access_requests, AccessRequest, {"status": RequestStatus})
        self.add = self._rows.add
        self.update = self._rows.update

    def get(self, request_id: str) -> AccessRequest | None:
        return self._rows.one(access_requests.c.id == request_id)

    def of_person(self, repo_id: str, user_id: str) -> AccessRequest | None:
        return self._rows.one(access_requests.c.repo_id == repo_id, access_requests.c.user_id == user_id)

    def of_repo(self, repo_id: str, status: RequestStatus, limit: int, offset: int = 0) -> list[AccessRequest]:
        table = access_requests
        order = (table.c.created_at, table.c.id)
        return self._rows.many(
            table.c.repo_id == repo_id, table.c.status == status, order_by=order, limit=limit, offset=offset
        )

    def repos_open_to(self, user_id: str) -> frozenset[str]:
        table = access_requests
        statement = select(table.c.repo_id).where(table.c.user_id == user_id, table.c.status == RequestStatus.ACCEPTED)
        return frozenset(self._connection.execute(statement).scalars())
