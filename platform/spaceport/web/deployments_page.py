"""What was deployed, by whom, with which result; one deployment in all detail; going back to one."""

from collections.abc import Mapping

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from spaceport.builds.locks import kept_lock
from spaceport.domain.access import Action
from spaceport.domain.build import Build
from spaceport.domain.instance import Instance
from spaceport.domain.push import Push
from spaceport.domain.release import Release
from spaceport.domain.space import Space
from spaceport.errors import Conflict, RevisionNotFound
from spaceport.interfaces import Transaction
from spaceport.live import Snapshot, serving_release_id, snapshot_of
from spaceport.repos.diff import CommitDiff, diff_of
from spaceport.repos.paths import repo_path
from spaceport.web.context import Web
from spaceport.web.deployment_rows import DeploymentRow, deployment_rows, release_row
from spaceport.web.finding import find_release, find_space
from spaceport.web.log_lines import last_lines
from spaceport.web.rendering import page_headers
from spaceport.web.space_view import view_context
from spaceport.web.visitor import visitor_of

#: Rows at first, and at most.
_ROWS = 30
_MOST_ROWS = 1000
#: Runs of one release that its page lists.
_RUNS = 20


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/spaces/{owner}/{name}/deployments", include_in_schema=False)
    def deployments(
        request: Request, owner: str, name: str, rows: int = Query(_ROWS, ge=1, le=_MOST_ROWS), part: bool = False
    ) -> Response:
        visitor = visitor_of(request)
        with web.services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.ENTER)
            snapshot = snapshot_of(tx, space)
            found, lock_refusal = _rows(tx, snapshot, rows), _lock_refusal(tx, space)
        context = view_context(snapshot, visitor.caller, web.services) | {
            "rows": found,
            "limit": rows,
            "has_more": len(found) == rows and rows < _MOST_ROWS,
            "more_rows": min(rows * 4, _MOST_ROWS),
            "lock_refusal": lock_refusal,
        }
        if part:
            html = web.renderer.part("_deployments.html", visitor=visitor, **context)
            return HTMLResponse(html, headers=page_headers())
        return web.renderer.page(request, visitor, "deployments.html", tab="deployments", **context)

    @router.get("/spaces/{owner}/{name}/deployments/{number}", include_in_schema=False)
    def deployment(request: Request, owner: str, name: str, number: int) -> Response:
        visitor = visitor_of(request)
        with web.services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.ENTER)
            snapshot = snapshot_of(tx, space)
            row, before = _row(tx, snapshot, number)
            instances = _instances(tx, space, row)
            build = tx.builds.get(row.release.build_id) if row.release else None
        diff, trouble = _diff(web, space, row, before)
        context = view_context(snapshot, visitor.caller, web.services)
        is_told = row.cause is not None and context["rights"].logs
        ended = last_lines(web.services, space, _ended(instances)) if is_told else None
        return web.renderer.page(
            request,
            visitor,
            "deployment.html",
            tab="deployments",
            row=row,
            before=before,
            diff=diff,
            diff_trouble=trouble,
            instances=instances,
            image_build=build,
            **context | {"last_lines": ended},
        )

    return router


def _rows(tx: Transaction, snapshot: Snapshot, limit: int) -> list[DeploymentRow]:
    space = snapshot.space
    # One more than shown: the oldest is compared with the one before it.
    releases = tx.releases.of_space(space.id, limit=limit + 1)
    builds = tx.builds.of_space(space.id, limit=limit)
    pushes = _pushes(tx, space, builds, {release.build_id for release in releases})
    return deployment_rows(space, releases, builds, pushes, serving_release_id(snapshot), limit)


def _pushes(tx: Transaction, space: Space, builds: list[Build], built: set[str]) -> Mapping[str, Push]:
    return tx.pushes.by_shas(space.id, {build.sha for build in builds if build.id not in built})


def _lock_refusal(tx: Transaction, space: Space) -> str | None:
    """Why a rebuild cannot take the versions that worked; None when it can."""
    push = tx.pushes.latest(space.id)
    if push is None:
        return "nothing was pushed yet"
    try:
        kept_lock(tx, space, push)
    except Conflict as error:
        return str(error)
    return None


def _row(tx: Transaction, snapshot: Snapshot, number: int) -> tuple[DeploymentRow, Release | None]:
    """Raises: NotFound."""
    space = snapshot.space
    release = find_release(tx, space, number)
    before = tx.releases.by_number(space.id, number - 1)
    source = tx.releases.get(release.source_release_id) if release.source_release_id else None
    return release_row(space, release, before, source, release.id == serving_release_id(snapshot)), before


def _instances(tx: Transaction, space: Space, row: DeploymentRow) -> list[Instance]:
    assert row.release is not None
    found = tx.instances.of_space(space.id, limit=_RUNS * 5)
    return [instance for instance in found if instance.release_id == row.release.id][:_RUNS]


def _ended(instances: list[Instance]) -> Instance | None:
    """The run that ended last for a reason."""
    return next((each for each in instances if each.ended_at is not None and each.reason), None)


def _diff(web: Web, space: Space, row: DeploymentRow, before: Release | None) -> tuple[CommitDiff | None, str | None]:
    """The change of the code, None where there is none; and why it cannot be told."""
    if before is not None and before.sha == row.sha:
        return None, None
    repo = repo_path(web.services.settings.data_dir, space.id)
    try:
        return diff_of(repo, before.sha if before else None, row.sha), None
    except RevisionNotFound as error:
        return None, str(error)
