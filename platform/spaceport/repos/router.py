"""Everything of repos that answers over HTTP: git itself, its hooks, and the commits runners fetch."""

from fastapi import APIRouter

from spaceport.joined_routes import join_routes
from spaceport.repos.archive import make_archive_router
from spaceport.repos.http import make_git_router
from spaceport.repos.lfs.router import make_lfs_router
from spaceport.repos.mount_door import make_mount_router
from spaceport.repos.receive import make_hook_router
from spaceport.repos.xet.cas import make_cas_router
from spaceport.services import Services


def make_router(services: Services) -> APIRouter:
    parts = (
        make_git_router(services),
        make_lfs_router(services),
        make_hook_router(services),
        make_archive_router(services),
        make_mount_router(services),
        make_cas_router(services),
    )
    return join_routes(APIRouter(), parts)
