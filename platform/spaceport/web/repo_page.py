"""The page of a model or a dataset: its card, and what is known of it."""

from pathlib import Path

from fastapi import APIRouter, Request, Response

from spaceport.domain.access import Action, can
from spaceport.domain.front_matter import body_of, read_front_matter
from spaceport.domain.repo import Repo, RepoType
from spaceport.errors import EntryNotFound, RevisionNotFound
from spaceport.identity import asker_of
from spaceport.markdown import CardPlace, render_card
from spaceport.repos.cards import README
from spaceport.repos.paths import repo_path
from spaceport.repos.tree import GitTree
from spaceport.web.context import Web
from spaceport.web.gate import gate_context
from spaceport.web.repo_facts import facts_of
from spaceport.web.repo_pages import find_repo, head_context
from spaceport.web.snippets import use_snippet
from spaceport.web.viewer_page import preview_context
from spaceport.web.visitor import visitor_of

#: A longer card is shown up to there; the file has all of it.
_MAX_CARD_BYTES = 512 * 1024
#: Tags beside the card; the API has all of them.
_MAX_TAGS = 60


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    for kind in (RepoType.DATASET, RepoType.MODEL):
        _add_page(router, web, kind)
    return router


def _add_page(router: APIRouter, web: Web, kind: RepoType) -> None:
    services = web.services
    path = f"/{kind.prefix}{{owner}}/{{name}}"

    @router.get(path, include_in_schema=False)
    def page(request: Request, owner: str, name: str) -> Response:
        visitor = visitor_of(request)
        repo = find_repo(services, visitor.caller, kind, owner, name)
        assert isinstance(repo, Repo)
        readme = _readme(repo_path(services.settings.data_dir, repo.id, kind), repo)
        has_preview = kind is RepoType.DATASET and can(visitor.caller, Action.FETCH, repo)
        return web.renderer.page(
            request,
            visitor,
            "repo.html",
            tab="card",
            preview=preview_context(web, repo, asker_of(request)) if has_preview else None,
            card=card_html(repo, readme) if readme else None,
            card_trouble=_card_trouble(readme),
            facts=facts_of(repo),
            tags=repo.tags[:_MAX_TAGS],
            snippet=use_snippet(repo),
            git_url=f"{services.settings.hub}/{kind.prefix}{repo.full_name}",
            **gate_context(services, visitor.caller, repo),
            may_write=can(visitor.caller, Action.WRITE, repo),
            **head_context(services, visitor.caller, kind, repo),
        )


def _readme(folder: Path, repo: Repo) -> str:
    """That of the head; empty where there is none."""
    if repo.head_sha is None:
        return ""
    try:
        with GitTree(folder, repo.head_sha) as tree:
            return tree.read(tree.file(README).object_id)[:_MAX_CARD_BYTES].decode("utf-8", "replace")
    except (EntryNotFound, RevisionNotFound):
        return ""


def _card_trouble(readme: str) -> str | None:
    """What is wrong with a card that nothing was read of: a push with any other fault is refused."""
    matter = read_front_matter(readme)
    return matter.problems[0] if matter.block is None and matter.problems else None


def card_html(repo: Repo, readme: str) -> str | None:
    """The card, clean; None where it says nothing."""
    base = f"/{repo.type.prefix}{repo.full_name}"
    body = body_of(readme).strip()
    place = CardPlace(f"{base}/resolve/{repo.head_sha}/", f"{base}/blob/main/")
    return render_card(body, place) if body else None
