"""Jinja2 templates to answers, with the headers that keep pages safe."""

import gzip
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spaceport.domain.language import Language
from spaceport.interfaces import Clock
from spaceport.settings import Settings
from spaceport.translating import counted, marked, spoken, translated
from spaceport.web import looks, nouns, words
from spaceport.web.assets import Assets
from spaceport.web.first_app import first_app_of
from spaceport.web.run_states import run_state
from spaceport.web.script_texts import messages_in, texts_of
from spaceport.web.visitor import Visitor

_PAGES = Path(__file__).parent / "pages"
#: Level of gzip: as small as the highest within a few percent, in a third of the time.
_PACKING = 5

#: Answers to what a button did, by the code that a redirect carries: a link cannot put words of its own on a page.
NOTICES = {
    "created": marked("The Space is made."),
    "repo-created": marked("It is made. Push or upload files to fill it."),
    "repo-saved": marked("Saved."),
    "profile-saved": marked("Saved."),
    "repo-deleted": marked("It is deleted."),
    "committed": marked("The change is committed."),
    "proposed": marked("The pull request is open."),
    "branch-made": marked("The branch is created."),
    "branch-gone": marked("The branch is deleted."),
    "asked": marked("You asked for access. The owner has to answer."),
    "let-in": marked("You have access to the files now."),
    "restarted": marked("Restarting. The present version keeps serving until the new one answers."),
    "rebuilding": marked("Building the last commit again."),
    "drained": marked("Drained: nothing new is built or started there; what runs goes on."),
    "quota-saved": marked("Saved. What runs goes on; the next start, file or Space is held to it."),
    "undrained": marked("It takes new work again."),
    "rebuilding-anew": marked("Rebuilding from nothing: every dependency is installed anew."),
    "rebuilding-locked": marked("Rebuilding with exactly the packages that worked."),
    "rolled-back": marked("Rolling back. The present version keeps serving until the earlier one answers."),
    "review": marked("The admins see that you ask for a review."),
    "saved": marked(
        "Saved. If the app runs, it starts anew with this; the present start serves until the new one answers."
    ),
    "moved": marked("The Space has its new name. The old address leads here."),
    "duplicated": marked("This is your copy."),
    "paused": marked("The Space is being stopped."),
    "waits-no-more": marked("The Space does not wait for room any more. It is paused until you start it again."),
    "started": marked("The Space is being started."),
    "cancelled": marked("The build is cancelled."),
    "deleted": marked("The Space is deleted."),
    "webhook-made": marked("The webhook is made. What happens from now on is sent to it."),
    "webhook-saved": marked("The webhook is changed."),
    "webhook-on": marked("The webhook is on: what happens from now on is sent to it."),
    "webhook-off": marked("The webhook is off: nothing that happens from now on is sent to it."),
    "webhook-removed": marked("The webhook is removed."),
    "sent-again": marked("It is being sent again."),
    "all-read": marked("All of it is marked as read."),
    "notices-chosen": marked("Saved. You hear of what is ticked."),
    "watch-gone": marked("Taken off the list."),
    "revoked": marked("The token is revoked: nothing accepts it any more."),
    "app-revoked": marked("The app is signed out: nothing that it holds is accepted any more."),
    "password": marked("The password is changed. All other browsers are signed out; tokens go on working."),
    "organization-made": marked("The organization is made. Say who else is in it."),
    "member-set": marked("The role is given."),
    "member-gone": marked("That member is out. What they made stays."),
    "browser-out": marked("That browser is signed out."),
    "others-out": marked("All other browsers are signed out."),
    "signed-out": marked("You are signed out."),
}


class Renderer:
    """Renders pages and parts of pages."""

    def __init__(self, settings: Settings, assets: Assets, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._script_messages = messages_in(assets.files)
        self._environment = Environment(
            loader=FileSystemLoader(_PAGES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        # The extension adds it when it is loaded. "newstyle": values are escaped, and named in the text.
        install = self._environment.install_gettext_callables  # type: ignore[attr-defined]
        install(translated, counted, newstyle=True)
        self._environment.filters.update(
            browser_words=words.browser_words,
            cores=nouns.cores,
            direction=words.direction,
            duration=words.duration,
            exact=words.exact,
            first_line=words.first_line,
            from_epoch=words.from_epoch,
            in_words=words.round_duration,
            iso=words.iso,
            latency=words.latency,
            noun=nouns.noun,
            nouns=nouns.nouns,
            owner_path=words.owner_path,
            plural=nouns.plural,
            short_sha=words.short_sha,
            size=words.size,
            translated=translated,
        )
        self._environment.globals.update(
            asset=assets.url,
            first_app=lambda sdk: first_app_of(sdk, settings.base_image),
            sdk_icon=assets.sdk_icon,
            looks=looks,
            run_state=run_state,
            settings=settings,
            languages=tuple(Language),
        )

    def part(self, template: str, **context: Any) -> str:
        """HTML without a page around it."""
        now = self._clock.now()
        return self._environment.get_template(template).render(
            now=now, ago=lambda moment: words.ago(moment, now), language=spoken(), **context
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
        notice = translated(NOTICES.get(request.query_params.get("done", ""), ""))
        html = self.part(
            template,
            visitor=visitor,
            notice=notice,
            path=request.url.path,
            script_texts=lambda: texts_of(self._script_messages),
            **context,
        )
        content, headers = html.encode(), page_headers(frame_origin, form_target, goes_into_frames)
        # Not where somebody is signed in: such a page has a secret, and its packed length tells whoever can put guesses
        # beside it how near they are. Source: breachattack.com.
        if visitor.name is None and "gzip" in request.headers.get("accept-encoding", ""):
            content = gzip.compress(content, _PACKING, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return HTMLResponse(content, status_code=status, headers=headers)


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
        "Vary": "Accept-Language, Cookie, Accept-Encoding",
    }
