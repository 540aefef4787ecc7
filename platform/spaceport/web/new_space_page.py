"""The form for a new Space."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.licenses import LICENSES
from spaceport.domain.names import NAME_RULE
from spaceport.domain.repo import RepoType
from spaceport.domain.space import Space
from spaceport.domain.visibility import Visibility, visibility_of
from spaceport.errors import (
    AccessDenied,
    AlreadyExists,
    BadRequest,
    InvalidCard,
    InvalidName,
    NotAuthenticated,
    Unavailable,
)
from spaceport.hardware_room import refusals
from spaceport.sample_spaces import templates_of
from spaceport.services import Services
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.new_owners import owners_for
from spaceport.web.new_space import SpaceWish, make_space
from spaceport.web.visitor import Visitor, visitor_of
from spaceport_runner.template import Template, load_templates

Text = Annotated[str, Form()]


@dataclass(frozen=True)
class SdkTile:
    """``refusal`` says why this Spaceport cannot run it."""

    name: str
    title: str
    text: str
    refusal: str | None = None


@dataclass(frozen=True)
class Problem:
    """What is wrong with what was typed, and beside which field it is said: ``name``, ``sdk`` or neither."""

    words: str = ""
    field: str = ""


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    services = web.services

    def tiles_now() -> tuple[SdkTile, ...]:
        templates = load_templates(services.settings.templates_dir)
        return sdk_tiles(templates.values(), can_build_dockerfile(services))

    def samples_now() -> dict[str, Space]:
        with services.database.read() as tx:
            return {space.full_name: space for space in templates_of(tx, services)}

    def show(request: Request, visitor: Visitor, form: SpaceWish, problem: Problem | None = None) -> Response:
        flavors = services.settings.flavors
        return web.renderer.page(
            request,
            visitor,
            "new_space.html",
            status=400 if problem else 200,
            form=form,
            problem=problem or Problem(),
            owners=owners_for(services, visitor.caller),
            tiles=tiles_now(),
            samples=list(samples_now().values()),
            licenses=sorted(LICENSES),
            flavors=list(flavors.values()),
            refusals=refusals(services),
            name_rule=NAME_RULE,
        )

    @router.get("/new-space", include_in_schema=False)
    def form(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor.caller.user is None:
            raise NotAuthenticated("sign in to make a Space")
        return show(request, visitor, SpaceWish(owner=visitor.caller.user.name))

    @router.post("/new-space", include_in_schema=False)
    def create(
        request: Request,
        csrf: Text = "",
        owner: Text = "",
        name: Text = "",
        description: Text = "",
        license: Text = "",
        sdk: Text = "gradio",
        begin: Text = "",
        hardware: Text = "",
        visibility: Text = "public",
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        wanted = visibility_of(RepoType.SPACE, visibility, None) or Visibility.PUBLIC
        wish = SpaceWish(owner.strip(), name.strip(), description, license.strip(), sdk, begin, hardware, wanted)
        samples = samples_now()
        if begin not in samples and (refusal := refusal_of(tiles_now(), sdk)):
            return show(request, visitor, wish, Problem(refusal, "sdk"))
        try:
            space = make_space(services, visitor.caller, wish, samples)
        except AlreadyExists:
            words = gettext("There is a Space of the name %(name)s already: choose another one.", name=wish.name)
            return show(request, visitor, wish, Problem(words, "name"))
        except InvalidName as error:
            return show(request, visitor, wish, Problem(str(error), "name"))
        except (BadRequest, InvalidCard, AccessDenied, Unavailable) as error:
            return show(request, visitor, wish, Problem(str(error)))
        return leads_to(f"/spaces/{space.full_name}", "created")

    return router


def refusal_of(tiles: Iterable[SdkTile], sdk: str) -> str | None:
    """Why there can be no Space of this kind."""
    tile = next((tile for tile in tiles if tile.name == sdk), None)
    return tile.refusal if tile is not None else gettext("Choose one of these.")


def sdk_tiles(templates: Iterable[Template], dockerfile: bool) -> tuple[SdkTile, ...]:
    """The kinds of Space to choose from, with the reason beside one that cannot run here."""
    refusal = None if dockerfile else gettext("Needs a Docker Engine. This Spaceport has none: ask its admin.")
    return tuple(
        SdkTile(template.sdk, template.title, template.description, refusal if template.needs_dockerfile else None)
        for template in templates
    )


def can_build_dockerfile(services: Services) -> bool:
    """While no runner is known the choice is left open: the push is checked again at the door."""
    try:
        runners = services.fleet.runners()
    except Unavailable:
        return True
    return not runners or any(runner.capabilities.dockerfile for runner in runners)
