"""Where a Space stands that waits for room, for whoever tells people about it."""

from spaceport.domain.room import Spot
from spaceport.errors import Unavailable
from spaceport.rollout.decide import CRASH_WINDOW_SECONDS
from spaceport.rollout.housing import Housing
from spaceport.rollout.world import crashes_within
from spaceport.services import Services


def spot_now(services: Services, space_id: str) -> Spot | None:
    """None where it does not wait, or nobody knows how much room there is."""
    now = services.clock.now()
    with services.database.read() as tx:
        space = tx.spaces.get(space_id)
        if space is None or space.waiting_since is None or space.target_release_id is None:
            return None
        release = tx.releases.get(space.target_release_id)
        try:
            runners = {runner.runner_id: runner for runner in services.fleet.runners()}
        except Unavailable:
            return None
        if release is None:
            return None
        is_back = bool(crashes_within(tx, space, now, CRASH_WINDOW_SECONDS))
        return Housing(services.settings).spot(tx, space, release, is_back, runners.get(release.runner_id), now)
