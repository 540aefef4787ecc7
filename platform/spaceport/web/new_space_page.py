"""The form for a new Space."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.names import NAME_RULE
from spaceport.domain.repo import RepoType
from spaceport.domain.visibility import Visibility, visibility_of
from spaceport.errors import AlreadyExists, BadRequest, InvalidName, NotAuthenticated, Unavailable
from spaceport.repos.creation import create_space
from spaceport.rollout.visit_commands import set_visibility
from spaceport.services import Services
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.visitor import Visitor, visitor_of
from spaceport_runner.template import Template, load_templates


@dataclass(frozen=True)
class SdkTile:
    """``refusal`` says why this Spaceport cannot run it."""

    name: str
    title: str
    text: str
    refusal: str | None = None


@dataclass(frozen=True)
class NewSpace:
    """What was typed, and what is wrong with it."""

    name: str = ""
    sdk: str = "gradio"
    visibility: Visibility = Visibility.PUBLIC
    name_error: str | None = None
    sdk_error: str | None = None


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def tiles_now() -> tuple[SdkTile, ...]:
        templates = load_templates(web.services.settings.templates_dir)
        return sdk_tiles(templates.values(), can_build_dockerfile(web.services))

    def show(request: Request, visitor: Visitor, form: NewSpace, status: int = 200) -> Response:
        tiles = tiles_now()
        return web.renderer.page(
            request, visitor, "new_space.html", status=status, form=form, tiles=tiles, name_rule=NAME_RULE
        )

    @router.get("/new-space", include_in_schema=False)
    def form(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor.caller.user is None:
            raise NotAuthenticated("sign in to make a Space")
        return show(request, visitor, NewSpace())

    @router.post("/new-space", include_in_schema=False)
    def create(
        request: Request,
        csrf: Annotated[str, Form()] = "",
        name: Annotated[str, Form()] = "",
        sdk: Annotated[str, Form()] = "gradio",
        visibility: Annotated[str, Form()] = "public",
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        name, wanted = name.strip(), visibility_of(RepoType.SPACE, visibility, None) or Visibility.PUBLIC
        tile = {tile.name: tile for tile in tiles_now()}.get(sdk)
        problem: dict[str, str] = {}
        if tile is None or tile.refusal:
            problem["sdk_error"] = (tile.refusal if tile else None) or gettext("Choose one of these.")
        else:
            try:
                space = create_space(web.services, visitor.caller, name, sdk=sdk, private=wanted.is_private)
            except AlreadyExists:
                problem["name_error"] = gettext(
                    "You have a Space of the name %(name)s already: choose another one.", name=name
                )
            except (InvalidName, BadRequest) as error:
                problem["name_error"] = str(error)
            else:
                if wanted is Visibility.PROTECTED:
                    set_visibility(web.services, space, visitor.caller, wanted)
                return leads_to(f"/spaces/{space.full_name}", "created")
        return show(request, visitor, NewSpace(name, sdk, wanted, **problem), status=400)

    return router


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
