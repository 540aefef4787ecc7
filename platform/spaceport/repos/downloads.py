"""Counts downloads: of each commit once for each client."""

import hashlib
import threading

from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.domain.trending import DOWNLOAD, raised
from spaceport.repos.finding import find_by_id, kind_of, update_repo
from spaceport.services import Services

#: Clients and commits that are remembered, 32 bytes each; forgotten with a restart, which is fine.
_MAX_SEEN = 100_000


class Downloads:
    """Of one hub. Safe to use from several threads."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._seen: dict[bytes, None] = {}

    def count(self, repo: Space | Repo, sha: str, client: str) -> None:
        """One download by ``client``, unless it had this commit before."""
        if not self._is_new(hashlib.sha256(f"{repo.id} {sha} {client}".encode()).digest()):
            return
        with self._services.database.begin() as tx:
            current = find_by_id(tx, kind_of(repo), repo.id)
            if current is not None:
                score = raised(current.trending, DOWNLOAD, self._services.clock.now())
                update_repo(tx, current, downloads=current.downloads + 1, trending=score)

    def _is_new(self, mark: bytes) -> bool:
        with self._lock:
            if mark in self._seen:
                return False
            if len(self._seen) >= _MAX_SEEN:
                self._seen = dict.fromkeys(list(self._seen)[_MAX_SEEN // 2 :])
            self._seen[mark] = None
            return True
