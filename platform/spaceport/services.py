"""What the hub's requests work with: made once by ``bootstrap``, handed to every router."""

from dataclasses import dataclass

from spaceport.interfaces import BuildQueue, Clock, Database, EventBus, Fleet, Logs, Objects, RouteTable
from spaceport.settings import Settings
from spaceport_runner.sealing import Sealer


@dataclass(frozen=True)
class Services:
    """``internal_secret`` signs what hub, controller and runner say to each other, ``sealer`` seals Spaces' secrets."""

    settings: Settings
    database: Database
    events: EventBus
    queue: BuildQueue
    fleet: Fleet
    routes: RouteTable
    logs: Logs
    objects: Objects
    clock: Clock
    internal_secret: str
    sealer: Sealer
