"""Workers on the admin's page: what each does, and that one whose process is gone is not called idle."""

from datetime import datetime
from typing import Any

import pytest

from spaceport.domain.drain import Drain
from spaceport.web.admin_workers import WorkerRow, worker_row
from spaceport_runner.contract import WORKER_LIFETIME_SECONDS
from tests.unit.factories import NOW, ago

#: As RQ tells it: in UTC, without a zone.
HEARD_JUST_NOW = ago(3).replace(tzinfo=None)
A_MINUTE_AGO = ago(60)


def row_of(
    heard_at: datetime | None = HEARD_JUST_NOW,
    runner: str = "local",
    started_at: datetime = A_MINUTE_AGO,
    **drains: Any,
) -> WorkerRow:
    worker = {"name": "local/2-0123456789ab", "state": "idle", "job_id": None, "last_heartbeat": heard_at}
    return worker_row(worker, {}, drains, {runner: started_at}, NOW)


def test_a_worker_is_heard_while_it_and_its_machine_give_signs_of_life() -> None:
    row = row_of()

    assert (row.is_heard, row.state, row.last_heartbeat) == (True, "idle", ago(3))
    assert row_of(None).is_heard


@pytest.mark.parametrize(
    "gone", [{"heard_at": ago(WORKER_LIFETIME_SECONDS + 1)}, {"runner": "far"}, {"started_at": ago(2)}]
)
def test_a_worker_whose_process_or_runner_is_gone_is_not_heard(gone: dict[str, Any]) -> None:
    assert not row_of(**gone).is_heard


def test_a_worker_is_drained_with_its_machine() -> None:
    drain = Drain("local", NOW, "root", "new memory", False)

    assert row_of(local=drain).drain == drain
