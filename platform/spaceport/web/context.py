"""What every page needs: made once for the router."""

from dataclasses import dataclass

from fastapi import APIRouter

from spaceport.live import Live
from spaceport.repos.viewer.viewer import Viewer
from spaceport.services import Services
from spaceport.web.page_route import page_route
from spaceport.web.rendering import Renderer


@dataclass(frozen=True)
class Web:
    """Handed to each page module."""

    services: Services
    live: Live
    renderer: Renderer
    viewer: Viewer

    def new_router(self) -> APIRouter:
        """A router whose errors are pages."""
        return APIRouter(route_class=page_route(self.renderer))
