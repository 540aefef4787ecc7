"""Routers joined to one answer as FastAPI's own inclusion does, and stand in the document as there."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

from spaceport.joined_routes import join_routes


class Trouble(BaseModel):
    error: str


TROUBLES: dict[int | str, dict[str, Any]] = {"4XX": {"model": Trouble, "description": "why not"}}


def animals() -> APIRouter:
    router = APIRouter(prefix="/animals", tags=["animals"])

    @router.get("/{name}", responses={418: {"description": "a teapot"}})
    def animal(name: str, legs: int = 4) -> dict[str, Any]:
        return {"name": name, "legs": legs}

    @router.post("/{name}", include_in_schema=False)
    def feed(name: str) -> str:
        return f"{name} is fed"

    return router


def everything() -> APIRouter:
    router = APIRouter()

    @router.get("/{path:path}")
    def anything(path: str) -> str:
        return f"nothing at {path}"

    return router


def made(join: Callable[[FastAPI, APIRouter], object]) -> FastAPI:
    app = FastAPI()
    join(app, animals())
    join(app, everything())
    return app


def joined(app: FastAPI, part: APIRouter) -> None:
    join_routes(app.router, [part], TROUBLES)


def included(app: FastAPI, part: APIRouter) -> None:
    app.include_router(part, responses=TROUBLES)


def test_the_document_is_the_one_of_included_routers() -> None:
    assert made(joined).openapi() == made(included).openapi()


def test_routes_are_asked_in_their_order_and_for_all_methods() -> None:
    for client in (TestClient(made(joined)), TestClient(made(included))):
        assert client.get("/animals/cat?legs=3").json() == {"name": "cat", "legs": 3}
        assert client.get("/animals/cat?legs=many").status_code == 422
        assert client.post("/animals/cat").json() == "cat is fed"
        assert client.get("/plants/fern").json() == "nothing at plants/fern"
        assert client.post("/plants/fern").status_code == 405
