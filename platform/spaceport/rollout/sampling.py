"""How busy machines are, from what their runners report into the database, once a minute."""

from spaceport.domain.sample import MachineSample, minute_of
from spaceport.interfaces import Clock, Database, Fleet

#: What is old is thinned out this often.
_THIN_MINUTES = 60


class SampleStep:
    """Runs in the controller only, one thread."""

    def __init__(self, database: Database, fleet: Fleet, clock: Clock) -> None:
        self._database = database
        self._fleet = fleet
        self._clock = clock
        self._last_minute = 0

    def take(self) -> None:
        """A sample of each machine, if this minute has none yet. Raises: Unavailable."""
        minute = minute_of(self._clock.now())
        if minute == self._last_minute:
            return
        runners = self._fleet.runners()
        with self._database.begin() as tx:
            for runner in runners:
                tx.samples.put(
                    MachineSample(
                        runner.runner_id,
                        minute,
                        runner.cpus,
                        runner.cpu_percent,
                        runner.memory_bytes,
                        runner.memory_used_bytes,
                        runner.disk_bytes,
                        runner.disk_free_bytes,
                    )
                )
            if minute // _THIN_MINUTES != self._last_minute // _THIN_MINUTES:
                tx.samples.thin(minute)
        self._last_minute = minute
