"""The store of the audit log; the real one is in ``adapters``."""

from datetime import datetime
from typing import Protocol

from spaceport.domain.audit import AuditPlace, AuditQuery, AuditRecord


class Audit(Protocol):
    """Records, newest first."""

    def add(self, record: AuditRecord, /) -> None: ...
    def find(self, query: AuditQuery, limit: int, after: AuditPlace | None = None) -> list[AuditRecord]:
        """Those behind a place, when one is given."""
        ...

    def find_newer(self, query: AuditQuery, limit: int, before: AuditPlace) -> list[AuditRecord]:
        """Those right in front of a place."""
        ...

    def trim(self, before: datetime) -> int:
        """Forget what is older; how many that were."""
        ...
