"""Files written, changed, renamed and deleted in the browser."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, EntryNotFound
from spaceport.hub_path import revision_and_path
from spaceport.repos.commits.operations import AddFile, Delete, Operation
from spaceport.repos.finding import folder_of
from spaceport.repos.tree_listing import TreeListing
from spaceport.translating import gettext
from spaceport.web.committing import MENDABLE, branch_head, commit_from_page, commit_rights, find_changeable
from spaceport.web.context import Web
from spaceport.web.file_view import MAX_TEXT_BYTES, url_of
from spaceport.web.first_app import first_app_of
from spaceport.web.forms import check_form
from spaceport.web.repo_pages import head_context
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.visitor import Visitor, visitor_of

Text = Annotated[str, Form()]


@dataclass(frozen=True)
class Draft:
    """What stands in the form; ``old_path`` is empty for a new file, ``parent`` the commit it was read from."""

    path: str
    content: str
    parent: str
    old_path: str = ""
    message: str = ""
    description: str = ""
    problem: str = ""


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_forms, _add_deeds)


class _Editor:
    def __init__(self, web: Web, kind: RepoType) -> None:
        self._web = web
        self._kind = kind

    def find(self, visitor: Visitor, owner: str, name: str) -> Space | Repo:
        return find_changeable(self._web.services, visitor.caller, self._kind, owner, name)

    def head(self, repo: Space | Repo, revision: str) -> str:
        return branch_head(self._web.services, repo, revision)

    def read(self, repo: Space | Repo, sha: str, path: str) -> str:
        """Raises: EntryNotFound, BadRequest for what is no text, or too long for a form."""
        with TreeListing(folder_of(self._web.services, repo), sha) as listing:
            row = listing.find(path)
            if row is None or row.is_folder:
                raise EntryNotFound(f"no file {path[:200]!r} in this commit")
            text = listing.text(row, MAX_TEXT_BYTES + 1)
            is_large = listing.pointer(row, listing.size_bytes(row)) is not None
            if text is None or is_large or "\ufffd" in text or listing.size_bytes(row) > MAX_TEXT_BYTES:
                raise BadRequest(
                    gettext("%(path)s cannot be edited here: it is no text, or a long one. Use git", path=path[:200])
                )
            return text

    def start_of(self, repo: Space | Repo, path: str) -> str:
        """What stands in the form of a new file: a first app, in a Space that has none, else nothing."""
        if not isinstance(repo, Space) or repo.has_app:
            return ""
        first = first_app_of(repo.sdk, self._web.services.settings.base_image)
        return first.content if path == first.path else ""

    def show(self, request: Request, visitor: Visitor, repo: Space | Repo, revision: str, draft: Draft) -> Response:
        context: dict[str, Any] = head_context(self._web.services, visitor.caller, self._kind, repo)
        return self._web.renderer.page(
            request,
            visitor,
            "edit.html",
            status=400 if draft.problem else 200,
            tab="files",
            revision=revision,
            revision_url=url_of(revision),
            draft=draft,
            may=commit_rights(visitor.caller, repo),
            **context,
        )

    def commit(
        self,
        request: Request,
        visitor: Visitor,
        repo: Space | Repo,
        revision: str,
        draft: Draft,
        operations: list[Operation],
        as_pull_request: bool,
    ) -> Response:
        """Do it and lead to what came of it, or show the form again with what is wrong."""
        verb = "Delete" if not any(isinstance(each, AddFile) for each in operations) else "Update"
        message = draft.message.strip() or f"{verb if draft.old_path else 'Create'} {draft.path or draft.old_path}"
        try:
            return commit_from_page(
                self._web.services,
                repo,
                visitor.caller,
                revision,
                operations,
                message,
                draft.description,
                draft.parent or None,
                as_pull_request,
            )
        except MENDABLE as error:
            return self.show(request, visitor, repo, revision, replace(draft, problem=str(error)))


def _add_forms(router: APIRouter, web: Web, kind: RepoType) -> None:
    editor = _Editor(web, kind)

    @router.get(f"/{kind.prefix}{{owner}}/{{name}}/edit/{{rest:path}}", include_in_schema=False)
    def edit(request: Request, owner: str, name: str, rest: str) -> Response:
        visitor = visitor_of(request)
        repo = editor.find(visitor, owner, name)
        revision, path = revision_and_path(request, "edit")
        sha = editor.head(repo, revision)
        draft = Draft(path, editor.read(repo, sha, path), sha, old_path=path)
        return editor.show(request, visitor, repo, revision, draft)

    @router.get(f"/{kind.prefix}{{owner}}/{{name}}/new/{{rest:path}}", include_in_schema=False)
    def new(
        request: Request, owner: str, name: str, rest: str, file: Annotated[str, Query(max_length=255)] = ""
    ) -> Response:
        visitor = visitor_of(request)
        repo = editor.find(visitor, owner, name)
        revision, folder = revision_and_path(request, "new")
        folder = folder.strip("/")
        path = (f"{folder}/" if folder else "") + file
        draft = Draft(path, editor.start_of(repo, path), editor.head(repo, revision))
        return editor.show(request, visitor, repo, revision, draft)


def _add_deeds(router: APIRouter, web: Web, kind: RepoType) -> None:
    editor = _Editor(web, kind)

    @router.post(f"/{kind.prefix}{{owner}}/{{name}}/edit/{{rest:path}}", include_in_schema=False)
    def save(
        request: Request,
        owner: str,
        name: str,
        rest: str,
        csrf: Text = "",
        path: Text = "",
        old_path: Text = "",
        content: Text = "",
        message: Text = "",
        description: Text = "",
        parent: Text = "",
        action: Text = "commit",
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = editor.find(visitor, owner, name)
        revision, _ = revision_and_path(request, "edit")
        draft = Draft(path.strip(), content, parent, old_path, message, description)
        if action == "delete":
            operations: list[Operation] = [Delete(old_path)]
        else:
            operations = _written(editor, repo, draft)
        return editor.commit(request, visitor, repo, revision, draft, operations, action == "propose")


def _written(editor: _Editor, repo: Space | Repo, draft: Draft) -> list[Operation]:
    """Browsers send the ends of lines as CR LF, whatever was typed: a file keeps those that it had."""
    text = draft.content.replace("\r\n", "\n")
    if draft.old_path and draft.parent and "\r\n" in editor.read(repo, draft.parent, draft.old_path):
        text = text.replace("\n", "\r\n")
    added = AddFile(draft.path, text.encode())
    is_renamed = draft.old_path and draft.old_path != draft.path
    return [Delete(draft.old_path), added] if is_renamed else [added]
