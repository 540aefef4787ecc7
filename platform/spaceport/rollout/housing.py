"""From rows and runner reports to the spot of a Space that wants to start."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from spaceport.domain.holding import size_of
from spaceport.domain.instance import Role
from spaceport.domain.release import Release
from spaceport.domain.room import Claim, Size, Spot, Tenant, spot_of
from spaceport.domain.sleep import sleeps_at
from spaceport.domain.space import Desired, Rest, Space
from spaceport.hardware_room import whole_of
from spaceport.interfaces import Transaction
from spaceport.owner_usage import OwnerUse
from spaceport.settings import Settings
from spaceport_runner.contract import RunnerReport


class Housing:
    """Reads only. What is decided here holds for this moment: instances are rows as soon as they are wanted."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def spot(
        self, tx: Transaction, space: Space, release: Release, is_back: bool, runner: RunnerReport | None, now: datetime
    ) -> Spot | None:
        """None where nobody knows how much room there is: the runner gives no sign of life."""
        if runner is None:
            return None
        claim = self._claim(space, release, space.waiting_since or now, is_back)
        memory = OwnerUse(tx, self._settings)
        if refusal := memory.refusal(space.owner_id, release.hardware, space.id):
            return Spot(False, claim.size, fits_never=refusal.is_final, over_quota=refusal.words)
        if sleepers := memory.giving_way(space, release.hardware):
            return Spot(False, claim.size, sleepers=sleepers)
        spaces = {each.id: each for each in tx.spaces.all()}
        spot = spot_of(
            claim,
            self._others(tx, spaces, runner, memory),
            self._tenants(tx, spaces, runner, now),
            whole_of(runner, self._settings),
        )
        return replace(spot, sleepers=tuple(each for each in spot.sleepers if each != space.id))

    def _size(self, hardware: str) -> Size:
        return size_of(self._settings.flavors.sized(hardware))

    def _claim(self, space: Space, release: Release, since: datetime, is_back: bool = False) -> Claim:
        return Claim(space.id, space.owner_id, self._size(release.hardware), since, is_back)

    def _others(
        self, tx: Transaction, spaces: Mapping[str, Space], runner: RunnerReport, memory: OwnerUse
    ) -> list[Claim]:
        claims = []
        for space in spaces.values():
            if space.waiting_since is None or space.desired is not Desired.RUNNING or space.is_asleep:
                continue
            release = tx.releases.get(space.target_release_id) if space.target_release_id else None
            if release is None or release.runner_id != runner.runner_id:
                continue
            # Who waits for the owner's own Spaces is in nobody else's way.
            if memory.refusal(space.owner_id, release.hardware, space.id) is None:
                claims.append(self._claim(space, release, space.waiting_since))
        return claims

    def _tenants(
        self, tx: Transaction, spaces: Mapping[str, Space], runner: RunnerReport, now: datetime
    ) -> list[Tenant]:
        instances = [each for each in tx.instances.current() if each.runner_id == runner.runner_id]
        hardware = tx.releases.hardware_of({instance.release_id for instance in instances})
        tenants = []
        for instance in instances:
            space = spaces[instance.space_id]
            is_leaving = instance.role is Role.DRAINING or space.rest is Rest.STOPPED
            sleeps = sleeps_at(space, self._settings.flavors)
            tenants.append(
                Tenant(
                    space.id,
                    space.owner_id,
                    self._size(hardware.get(instance.release_id, space.hardware)),
                    is_leaving=is_leaving or space.desired is not Desired.RUNNING,
                    frozen_since=space.rest_since if space.is_asleep and space.rest is Rest.FROZEN else None,
                    sleeps_at=sleeps if sleeps is not None and sleeps > now else None,
                )
            )
        return tenants
