"""What pages show of the gate of a repo: to who asks to be let in, and to its owner."""

from typing import Any

from spaceport.domain.access import is_kept_out
from spaceport.domain.access_request import AccessRequest, RequestStatus
from spaceport.domain.account import Caller
from spaceport.domain.gate import gate_of
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import BadRequest
from spaceport.interfaces import Transaction
from spaceport.repos.gating import grant, handle
from spaceport.services import Services

#: Requests of one kind on the page; the API has all of them.
_MAX_REQUESTS = 200


def gate_context(services: Services, caller: Caller, repo: Space | Repo) -> dict[str, Any]:
    """What ``_gate.html`` needs: ``gate`` is None for who is in. Reads the database: call it from a thread."""
    if not is_kept_out(caller, repo):
        return {"gate": None}
    asked = None
    if caller.user is not None:
        with services.database.read() as tx:
            asked = tx.access_requests.of_person(repo.id, caller.user.id)
    return {"gate": gate_of(repo.card, isinstance(repo, Space)), "asked": asked}


def requests_of(tx: Transaction, repo: Space | Repo) -> list[tuple[str, AccessRequest]]:
    """Who asked or was let in, those that wait first: name and request."""
    if not repo.gated:
        return []
    order = (RequestStatus.PENDING, RequestStatus.ACCEPTED, RequestStatus.REJECTED)
    found = [each for status in order for each in tx.access_requests.of_repo(repo.id, status, _MAX_REQUESTS, 0)]
    people = tx.accounts.users_by_ids({each.user_id for each in found})
    return [(people[each.user_id].name, each) for each in found if each.user_id in people]


def answer_request(services: Services, repo: Space | Repo, caller: Caller, user: str, status: str) -> None:
    """
    What the owner's form says: ``accepted``, ``rejected``, or ``grant`` for who did not ask.

    Raises: BadRequest, UserNotFound, NotFound, and as ``require``.
    """
    if status == "grant":
        grant(services, repo, caller, user.strip())
        return
    if status not in (RequestStatus.ACCEPTED, RequestStatus.REJECTED):
        raise BadRequest("accept or reject")
    handle(services, repo, caller, RequestStatus(status), user.strip())
