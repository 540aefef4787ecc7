"""What admins ask of machines: written down here, followed by controller and builders."""

from contextlib import suppress

from spaceport import doing
from spaceport.domain.access import require_admin
from spaceport.domain.account import Caller
from spaceport.domain.drain import Drain
from spaceport.domain.words import MAX_REASON_LENGTH
from spaceport.errors import NotFound, Unavailable
from spaceport.machines import machines_now
from spaceport.services import Services
from spaceport_runner.contract import builder_name

#: The page that the audit log leads to.
_PAGE = "admin/-/machines"


def drain(
    services: Services, machine: str, caller: Caller, reason: str = "", moves: bool = False, builder: int | None = None
) -> Drain:
    """
    A machine takes no new builds and starts no Spaces, or one of its builders takes no new builds; what runs goes on.

    With ``moves`` (of a whole machine) its Spaces are started on others first, and then end here. Doing it again
    changes the reason and ``moves``.

    Raises: AccessDenied for everybody but admins, NotFound.
    """
    name = _known(services, machine, caller, builder)
    why = " ".join(reason.split())[:MAX_REASON_LENGTH]
    with services.database.begin() as tx:
        before = tx.rulings.drains().get(name)
        since = before.since if before is not None else services.clock.now()
        made = Drain(name, since, caller.name, why, moves and builder is None)
        tx.rulings.put_drain(made)
    doing.tell(f"drained {name}{', and its Spaces move' if made.moves else ''}{f': {why}' if why else ''}", _PAGE)
    _tell(services)
    return made


def undrain(services: Services, machine: str, caller: Caller, builder: int | None = None) -> None:
    """It takes builds and Spaces again; doing it twice is fine. Raises: as ``drain``."""
    name = _known(services, machine, caller, builder)
    with services.database.begin() as tx:
        tx.rulings.remove_drain(name)
    doing.tell(f"{name} takes builds and Spaces again" if builder is None else f"{name} takes builds again", _PAGE)
    _tell(services)


def _known(services: Services, machine: str, caller: Caller, builder: int | None) -> str:
    require_admin(caller)
    state = next((each for each in machines_now(services) if each.name == machine), None)
    if state is None:
        raise NotFound(f"no machine {machine[:96]!r} has signed in: GET /api/admin/machines lists those that did")
    if builder is None:
        return machine
    name = builder_name(machine, builder)
    # One that does not report now may have as many as it wants to; what is drained can always be taken back.
    if state.is_heard and builder not in {each.number for each in state.builders}:
        raise NotFound(f"the machine {machine} has no builder {builder}: it has {len(state.builders)}")
    return name


def _tell(services: Services) -> None:
    """Builders hear of it at once; while Redis is away the controller tells them later."""
    with services.database.read() as tx:
        drains = tx.rulings.drains()
    with suppress(Unavailable):
        services.fleet.note_drained(drains)
