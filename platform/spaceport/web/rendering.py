"""Jinja2 templates to answers, with the headers that keep pages safe."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spaceport.domain.words import duration_words
from spaceport.interfaces import Clock
from spaceport.settings import Settings
from spaceport.web import looks, words
from spaceport.web.assets import Assets
from spaceport.web.visitor import Visitor

_PAGES = Path(__file__).parent / "pages"

#: Answers to what a button did, by the code that a redirect carries: a link cannot put words of its own on a page.
NOTICES = {
    "created": "The Space is made. Push an app to see it here.",
    "repo-created": "It is made. Push or upload files to fill it.",
    "repo-saved": "Saved.",
    "repo-deleted": "It is deleted.",
    "committed": "The change is committed.",
    "proposed": "The pull request is open.",
    "branch-made": "The branch is made.",
    "branch-gone": "The branch is deleted.",
    "asked": "You asked for access. The owner has to answer.",
    "let-in": "You have access to the files now.",
    "restarted": "Restarting. The present version keeps serving until the new one answers.",
    "rebuilding": "Building the last commit again.",
    "rebuilding-anew": "Rebuilding from nothing: every dependency is installed anew.",
    "rebuilding-locked": "Rebuilding with exactly the packages that worked.",
    "rolled-back": "Rolling back. The present version keeps serving until the earlier one answers.",
    "review": "The admins see that you ask for a review.",
    "saved": "Saved. If the app runs, it starts anew with this; the present start serves until the new one answers.",
    "moved": "The Space has its new name. The old address leads here.",
    "duplicated": "This is your copy.",
    "paused": "The Space is being stopped.",
    "waits-no-more": "The Space does not wait for room any more. It is paused until you start it again.",
    "started": "The Space is being started.",
    "cancelled": "The build is cancelled.",
    "deleted": "The Space is deleted.",
    "webhook-made": "The webhook is made. What happens from now on is sent to it.",
    "webhook-saved": "The webhook is changed.",
    "webhook-on": "The webhook is on: what happens from now on is sent to it.",
    "webhook-off": "The webhook is off: nothing that happens from now on is sent to it.",
    "webhook-removed": "The webhook is removed.",
    "sent-again": "It is being sent again.",
    "revoked": "The token is revoked: nothing accepts it any more.",
    "app-revoked": "The app is signed out: nothing that it holds is accepted any more.",
    "password": "The password is changed. All other browsers are signed out; tokens go on working.",
    "organization-made": "The organization is made. Say who else is in it.",
    "member-set": "The role is given.",
    "member-gone": "That member is out. What they made stays.",
    "browser-out": "That browser is signed out.",
    "others-out": "All other browsers are signed out.",
    "signed-out": "You are signed out.",
}


class Renderer:
    """Renders pages and parts of pages."""

    def __init__(self, settings: Settings, assets: Assets, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._environment = Environment(
            loader=FileSystemLoader(_PAGES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            browser_words=words.browser_words,
            duration=words.duration,
            exact=words.exact,
            first_line=words.first_line,
            from_epoch=words.from_epoch,
            in_words=duration_words,
            iso=words.iso,
            latency=words.latency,
            owner_path=words.owner_path,
            plural=words.plural,
            short_sha=words.short_sha,
            size=words.size,
        )
        self._environment.globals.update(asset=assets.url, sdk_icon=assets.sdk_icon, looks=looks, settings=settings)

    def part(self, template: str, **context: Any) -> str:
        """HTML without a page around it."""
        now = self._clock.now()
        return self._environment.get_template(template).render(
            now=now, ago=lambda moment: words.ago(moment, now), **context
        )

    def page(
        self,
        request: Request,
        visitor: Visitor,
        template: str,
        *,
        status: int = 200,
        frame_origin: str = "",
        form_target: str = "",
        goes_into_frames: bool = False,
        **context: Any,
    ) -> HTMLResponse:
        """
        A whole page. ``frame_origin`` is the only place it may frame, ``form_target`` where its forms lead, too. One
        that ``goes_into_frames`` is shown in those of our own pages: apps in them sign people in by it.
        """
        notice = NOTICES.get(request.query_params.get("done", ""))
        html = self.part(template, visitor=visitor, notice=notice, path=request.url.path, **context)
        return HTMLResponse(html, status_code=status, headers=page_headers(frame_origin, form_target, goes_into_frames))


def page_headers(frame_origin: str = "", form_target: str = "", goes_into_frames: bool = False) -> dict[str, str]:
    """
    The headers of every page.

    Scripts, styles and pictures come from here only, and nothing inline: what slips through escaping does not run.

    Source: W3C Content Security Policy Level 3.
    """
    policy = {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "frame-src": frame_origin or "'none'",
        "frame-ancestors": "'self'" if goes_into_frames else "'none'",
        "form-action": f"'self' {form_target}".rstrip(),
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        "Cache-Control": "no-store",
    }
