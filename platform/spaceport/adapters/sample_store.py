"""How busy machines were, in the database."""

from sqlalchemy import Connection, delete, or_

from spaceport.adapters.measure_tables import machine_samples
from spaceport.adapters.rows import Rows
from spaceport.domain.sample import COARSE_MINUTES, COARSE_STEP, FINE_MINUTES, MachineSample


class SqlSamples:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, machine_samples, MachineSample)

    def put(self, sample: MachineSample) -> None:
        table = machine_samples
        if self._rows.one(table.c.runner_id == sample.runner_id, table.c.minute == sample.minute) is None:
            self._rows.add(sample)

    def since(self, minute: int) -> list[MachineSample]:
        table = machine_samples
        return self._rows.many(table.c.minute >= minute, order_by=(table.c.minute, table.c.runner_id))

    def thin(self, now_minute: int) -> None:
        minute = machine_samples.c.minute
        is_between = (minute < now_minute - FINE_MINUTES) & (minute % COARSE_STEP != 0)
        statement = delete(machine_samples).where(or_(minute < now_minute - COARSE_MINUTES, is_between))
        self._connection.execute(statement)
