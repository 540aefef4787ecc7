"""Files uploaded with a browser: chosen, or dropped on the page; as a commit or as a pull request."""

from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, NoRoom
from spaceport.hub_path import revision_and_path
from spaceport.repos.commits.landing import open_quarantine
from spaceport.web.committing import MENDABLE, branch_head, commit_from_page, commit_rights, find_changeable
from spaceport.web.context import Web
from spaceport.web.file_place import place_of
from spaceport.web.forms import check_form, check_origin
from spaceport.web.repo_pages import head_context
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.upload_intake import SentForm, take_form
from spaceport.web.uploading import operations_of, uploads_of
from spaceport.web.visitor import Visitor, visitor_of


@dataclass(frozen=True)
class Place:
    """Where files go, and what stands in the form beside them."""

    kind: RepoType
    repo: Space | Repo
    revision: str
    folder: str
    message: str = ""
    description: str = ""
    problem: str = ""


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_page, _add_deed)


def _add_page(router: APIRouter, web: Web, kind: RepoType) -> None:
    @router.get(f"/{kind.prefix}{{owner}}/{{name}}/upload/{{rest:path}}", include_in_schema=False)
    def upload(request: Request, owner: str, name: str, rest: str) -> Response:
        visitor = visitor_of(request)
        return _show(web, request, visitor, _place(web, request, visitor, kind, owner, name))


def _add_deed(router: APIRouter, web: Web, kind: RepoType) -> None:
    @router.post(f"/{kind.prefix}{{owner}}/{{name}}/upload/{{rest:path}}", include_in_schema=False)
    async def take(request: Request, owner: str, name: str, rest: str) -> Response:
        """Who may not do this is told before the files are read."""
        check_origin(request)
        visitor = await run_in_threadpool(visitor_of, request)
        place = await run_in_threadpool(_place, web, request, visitor, kind, owner, name)
        form = SentForm()
        try:
            await take_form(
                request,
                web.services.settings,
                web.services.objects.staging,
                form,
                lambda fields: check_form(request, visitor, fields.get("csrf", "")),
            )
            return await run_in_threadpool(_commit, web, request, visitor, place, form)
        except (*MENDABLE, NoRoom) as error:
            typed = replace(
                place,
                message=form.fields.get("message", ""),
                description=form.fields.get("description", ""),
                problem=str(error),
            )
            return await run_in_threadpool(_show, web, request, visitor, typed)
        except ClientDisconnect:
            # Nobody reads this answer.
            return Response(status_code=400)
        finally:
            await run_in_threadpool(form.remove_files)


def _place(web: Web, request: Request, visitor: Visitor, kind: RepoType, owner: str, name: str) -> Place:
    """Raises: SpaceNotFound, NotAuthenticated, AccessDenied, GatedRepo, RevisionNotFound."""
    repo = find_changeable(web.services, visitor.caller, kind, owner, name)
    revision, folder = revision_and_path(request, "upload")
    branch_head(web.services, repo, revision)
    return Place(kind, repo, revision, folder.strip("/"))


def _commit(web: Web, request: Request, visitor: Visitor, place: Place, form: SentForm) -> Response:
    # Of a form without files nothing was checked yet.
    check_form(request, visitor, form.fields.get("csrf", ""))
    services, repo, caller = web.services, place.repo, visitor.caller
    uploads = uploads_of(form.files, place.folder)
    if not uploads:
        raise BadRequest("choose at least one file")
    title = f"Upload {uploads[0].path if len(uploads) == 1 else f'{len(uploads):,} files'}"
    with open_quarantine(services, repo) as inside:
        head = branch_head(services, repo, place.revision)
        operations = operations_of(services, repo, caller, head, uploads, inside)
        return commit_from_page(
            services,
            repo,
            caller,
            place.revision,
            operations,
            form.fields.get("message", "").strip() or title,
            form.fields.get("description", ""),
            as_pull_request=form.fields.get("is_proposal") == "true",
            quarantine=inside,
        )


def _show(web: Web, request: Request, visitor: Visitor, place: Place) -> Response:
    sha = branch_head(web.services, place.repo, place.revision)
    return web.renderer.page(
        request,
        visitor,
        "upload.html",
        status=400 if place.problem else 200,
        tab="files",
        asked=place,
        may=commit_rights(visitor.caller, place.repo),
        **place_of(web.services, place.repo, place.revision, sha, place.folder),
        **head_context(web.services, visitor.caller, place.kind, place.repo),
    )
