"""Timers of a Space over the API (ours)."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from spaceport.api.finding import find_space, request_of
from spaceport.api.space_json import date_json
from spaceport.domain.access import Action
from spaceport.domain.timer import Timer, TimerRun
from spaceport.identity import caller_of
from spaceport.rollout import timer_commands as commands
from spaceport.services import Services


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore")

    action: str
    line: str
    zone: str = "UTC"


def make_timers_router(services: Services) -> APIRouter:
    router = APIRouter()
    path = "/api/spaces/{owner}/{name}/timers"

    @router.get(path)
    def timers(owner: str, name: str, request: Request) -> list[dict[str, Any]]:
        caller = caller_of(request)
        with services.database.read() as tx:
            found = tx.timers.of_space(find_space(tx, caller, owner, name, Action.REVEAL).id)
            runs = tx.timers.runs_of([timer.id for timer in found])
        return [timer_json(timer, runs.get(timer.id, [])) for timer in found]

    @router.post(path)
    def add(body: Body, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        return timer_json(commands.add_timer(services, space, caller, body.action, body.line, body.zone), [])

    @router.delete(f"{path}/{{timer_id}}")
    def remove(timer_id: str, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        commands.remove_timer(services, space, caller, timer_id)
        return {}

    return router


def timer_json(timer: Timer, runs: list[TimerRun]) -> dict[str, Any]:
    return {
        "id": timer.id,
        "action": str(timer.action),
        "line": timer.line,
        "zone": timer.zone,
        "createdBy": timer.created_by,
        "nextAt": date_json(timer.next_at),
        "runs": [
            {
                "dueAt": date_json(run.due_at),
                "at": date_json(run.at),
                "missed": run.missed,
                "result": str(run.result),
                "reason": run.words or None,
            }
            for run in runs
        ],
    }
