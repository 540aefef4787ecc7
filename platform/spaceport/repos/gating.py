"""Who is let into a gated repo: asking, answering, granting."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from spaceport.domain.access import Action, require
from spaceport.domain.access_request import AccessRequest, RequestStatus
from spaceport.domain.account import Caller
from spaceport.domain.events import Event, EventKind
from spaceport.domain.gate import check_answers, gate_of
from spaceport.domain.history import HappeningKind
from spaceport.domain.names import new_id
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import AccessDenied, BadRequest, NotAuthenticated, NotFound
from spaceport.interfaces import Transaction
from spaceport.organizations import find_person
from spaceport.repos.finding import kind_of
from spaceport.services import Services

#: Rows of history about requests that are kept of each repo.
_TOLD_KEPT = 200
_ANSWERS = {
    RequestStatus.PENDING: "puts a request for access back into the line",
    RequestStatus.ACCEPTED: "accepts a request for access",
    RequestStatus.REJECTED: "rejects a request for access",
}


def ask_access(services: Services, repo: Space | Repo, caller: Caller, answers: Mapping[str, Any]) -> AccessRequest:
    """
    Ask to be let in: at once where the gate is automatic. Asking again changes nothing; neither does it after a no.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied for a token that may only read, BadRequest when the repo is
    not gated or an answer is missing.
    """
    require(caller, Action.READ, repo)
    if caller.user is None:
        raise NotAuthenticated(f"sign in to ask for access to {repo.full_name}")
    if not caller.may_write_anything:
        raise AccessDenied("this token may not ask for access: sign in on the web, or use one with the role write")
    require_gated(repo)
    kept = check_answers(gate_of(repo.card), answers)
    status = RequestStatus.ACCEPTED if repo.gated == "auto" else RequestStatus.PENDING
    with services.database.begin() as tx:
        known = tx.access_requests.of_person(repo.id, caller.user.id)
        if known is not None:
            return known
        asked = AccessRequest(new_id(), repo.id, caller.user.id, status, services.clock.now(), kept or None)
        tx.access_requests.add(asked)
        _tell(tx, services, repo, caller, asked, "asks for access")
    _open_doors(services, repo)
    return asked


def handle(
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    status: RequestStatus,
    user: str | None = None,
    request_id: str | None = None,
    rejection_reason: str | None = None,
) -> None:
    """
    Accept, reject, or put back into the line.

    Raises: BadRequest when the repo is not gated or the request has this status, NotFound, UserNotFound, and as
    ``require`` for CONFIGURE.
    """
    require_handler(repo, caller)
    with services.database.begin() as tx:
        found = _find(tx, repo, user, request_id)
        if found.status is status:
            raise BadRequest(f"this request is {status} already")
        reason = rejection_reason if status is RequestStatus.REJECTED else None
        tx.access_requests.update(found.id, status=status, rejection_reason=reason, handled_by=caller.name)
        answered = replace(found, status=status, rejection_reason=reason)
        _tell(tx, services, repo, caller, answered, _ANSWERS[status], by_owner=True)
        if found.status is RequestStatus.ACCEPTED and isinstance(repo, Space):
            _end_visits(tx, repo)
    _open_doors(services, repo)


def grant(services: Services, repo: Space | Repo, caller: Caller, user: str) -> AccessRequest:
    """
    Let somebody in who did not ask.

    Raises: BadRequest when the repo is not gated or the person is in the list, UserNotFound, and as ``require``.
    """
    require_handler(repo, caller)
    with services.database.begin() as tx:
        person = find_person(tx, user)
        known = tx.access_requests.of_person(repo.id, person.id)
        if known is not None:
            raise BadRequest(f"{person.name} is in the list already, {known.status}: handle that request")
        granted = AccessRequest(
            new_id(),
            repo.id,
            person.id,
            RequestStatus.ACCEPTED,
            services.clock.now(),
            handled_by=caller.name,
            granted=True,
        )
        tx.access_requests.add(granted)
        _tell(tx, services, repo, caller, granted, "lets somebody in", by_owner=True)
    _open_doors(services, repo)
    return granted


def _end_visits(tx: Transaction, space: Space) -> None:
    """Nobody knows whose a cookie is: all end, and who is still let in gets a new one from the Space's page."""
    current = tx.spaces.get(space.id)
    if current is not None:
        tx.spaces.update(space.id, links_version=current.links_version + 1)


def _open_doors(services: Services, repo: Space | Repo) -> None:
    """Whose tokens open the app is part of the route of a Space."""
    if isinstance(repo, Space):
        services.events.publish(Event(EventKind.COMMANDED, repo.id))


def require_handler(repo: Space | Repo, caller: Caller) -> None:
    """Raises: BadRequest, and as ``require``."""
    require(caller, Action.CONFIGURE, repo)
    require_gated(repo)


def require_gated(repo: Space | Repo) -> None:
    """Raises: BadRequest."""
    if not repo.gated:
        raise BadRequest(f"{repo.full_name} is not gated: nobody has to ask")


def _find(tx: Transaction, repo: Space | Repo, user: str | None, request_id: str | None) -> AccessRequest:
    if request_id is not None:
        found = tx.access_requests.get(request_id)
    elif user is not None:
        found = tx.access_requests.of_person(repo.id, find_person(tx, user).id)
    else:
        raise BadRequest('give "user" or "requestId"')
    if found is None or found.repo_id != repo.id:
        raise NotFound("no such access request")
    return found


def _tell(
    tx: Transaction,
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    request: AccessRequest,
    words: str,
    by_owner: bool = False,
) -> None:
    """Only who may write to the repo reads this; what somebody answered to the questions of the gate is not told."""
    details = {
        "type": str(kind_of(repo)),
        "user_id": request.user_id,
        "status": str(request.status),
        "reason": request.rejection_reason,
        "by_owner": by_owner,
    }
    now = services.clock.now()
    tx.history.add(repo.id, now, HappeningKind.ACCESS, caller.name, f"{caller.name} {words}", details)
    tx.history.trim(repo.id, _TOLD_KEPT, (HappeningKind.ACCESS,))
