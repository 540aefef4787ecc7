"""The hub as one app: API, git, pages, and what runners ask for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

from spaceport.api.body_limit import BodyLimit
from spaceport.api.errors import install_error_handlers
from spaceport.api.headers import ApiHeaders
from spaceport.api.logs import make_router as make_logs_router
from spaceport.api.plain_path import PlainPath
from spaceport.api.router import make_router as make_api_router
from spaceport.api.startup import make_unknown_router
from spaceport.api.viewer_host import ViewerHost
from spaceport.auditing import Auditing, trim_audit
from spaceport.joined_routes import join_routes
from spaceport.live import Live
from spaceport.repos import collecting
from spaceport.repos.hooks import install_hooks
from spaceport.repos.repair import INTERVAL_SECONDS, RepairOfRepos, clear_leftovers, repair_unpublished
from spaceport.repos.router import make_router as make_repos_router
from spaceport.repos.viewer.collecting import collect_tables
from spaceport.repos.viewer.viewer import Viewer
from spaceport.repos.xet.collecting import collect_xorbs
from spaceport.services import Services
from spaceport.web.router import make_router as make_web_router

log = structlog.get_logger()
#: What nobody needs any more; xorbs after the files they became.
_COLLECTIONS = (collecting.collect_large_files, collect_xorbs, collect_tables, trim_audit)


def make_app(services: Services, has_rounds: bool = True) -> FastAPI:
    """
    The order of the routers matters: pages come last, because they answer whatever is left with a page.

    Without rounds nothing is repaired or collected, which a test needs that writes what no push could have brought.
    """
    live = Live(services)
    viewer = Viewer(services)
    # What a killed hub left half done.
    repairs = (repair_unpublished, RepairOfRepos().publish_missed, clear_leftovers)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        install_hooks(services.settings.data_dir)
        rounds = ((INTERVAL_SECONDS, repairs), (collecting.INTERVAL_SECONDS, _COLLECTIONS)) if has_rounds else ()
        tasks = [asyncio.create_task(_for_ever(services, seconds, steps)) for seconds, steps in rounds]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.to_thread(viewer.close)
        await live.close()

    app = FastAPI(title="Spaceport", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.services = services
    app.state.live = live
    # Innermost: a body that is too long never was a request.
    app.add_middleware(Auditing, services=services)
    app.add_middleware(BodyLimit)
    app.add_middleware(ApiHeaders)
    app.add_middleware(ViewerHost)
    app.add_middleware(PlainPath)
    install_error_handlers(app)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    parts = (
        make_repos_router(services),
        make_logs_router(services, live),
        make_api_router(services, live, viewer),
        make_unknown_router(),
        make_web_router(services, live, viewer),
    )
    join_routes(app.router, parts)
    return app


async def _for_ever(services: Services, interval_seconds: float, tasks: Sequence[Callable[[Services], object]]) -> None:
    """At the start, and then again and again."""
    while True:
        try:
            for task in tasks:
                await asyncio.to_thread(task, services)
        except Exception:
            # Whatever it was (a locked database, a full disk), the next round may find it gone.
            log.exception("a round did not finish", of=[task.__name__ for task in tasks])
        await asyncio.sleep(interval_seconds)
