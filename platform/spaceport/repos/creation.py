"""A new Space: its row, and its repo with the first commit."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pygit2
import yaml

from spaceport import doing
from spaceport.domain.access import can_create_in, no_right_to_create
from spaceport.domain.account import Caller, User
from spaceport.domain.card import COLORS, check_values
from spaceport.domain.events import Event, EventKind
from spaceport.domain.names import check_name, loopback_address_for, new_id, subdomain_for
from spaceport.domain.repo import RepoType
from spaceport.domain.space import Space
from spaceport.domain.trending import first_score
from spaceport.errors import AccessDenied, AlreadyExists, BadRequest, InvalidCard, NotAuthenticated, UserNotFound
from spaceport.interfaces import Transaction
from spaceport.owner_usage import allowed_of
from spaceport.repos.describing import describe_space
from spaceport.repos.first_attributes import first_attributes
from spaceport.repos.new_folder import kept_if_done
from spaceport.repos.paths import repo_path, repos_dir
from spaceport.services import Services
from spaceport.settings import Settings
from spaceport_runner.template import Template, load_templates, sdks_of, template_for

FIRST_MESSAGE = "initial commit"
_EMOJIS = ("🚀", "🌍", "🐠", "🦀", "🌻", "🎨", "🎵", "🔭", "🧭", "🪁", "🐙", "🍀", "📚", "⚡", "🧩", "🌊")
#: Highest in precedence of all attributes: an export-ignore in a Space's .gitattributes must not make files vanish
#: between the push and the build (git archive honours it).
_OWN_ATTRIBUTES = "* -export-ignore -export-subst\n"


def create_space(
    services: Services,
    caller: Caller,
    name: str,
    owner: str | None = None,
    sdk: str = "gradio",
    private: bool = False,
    title: str | None = None,
    emoji: str | None = None,
    sdk_version: str | None = None,
    facts: Mapping[str, str] | None = None,
) -> Space:
    """
    Make a Space that waits for its first push. ``facts`` are more keys of its card, such as ``license``.

    The repo is there before the row: a Space without a repo never exists, a repo without a Space is cleared away by
    ``repos.repair``.

    Raises: NotAuthenticated, AccessDenied, InvalidName, InvalidCard, BadRequest, UserNotFound, AlreadyExists.
    """
    namespace = namespace_of(services, caller, owner)
    check_name(name, "Space name")
    template = _template(services, sdk)
    card = {**_first_card(template, title or _title(name), emoji, sdk_version), **(facts or {})}
    if problems := check_values(card, (template.sdk,)):
        raise InvalidCard(problems)
    with services.database.read() as tx:
        check_free(tx, namespace.name, name)
    space_id = new_id()
    sha = make_repo(services.settings.data_dir, space_id, _first_files(card), namespace.name, RepoType.SPACE)
    with kept_if_done(repo_path(services.settings.data_dir, space_id)):
        space = _add_row(services, space_id, namespace, caller, name, sdk, private, card, sha)
    services.events.publish(Event(EventKind.CHANGED, space.id))
    doing.tell(f"created by {caller.name}", f"{RepoType.SPACE.prefix}{space.full_name}")
    return space


def namespace_of(services: Services, caller: Caller, owner: str | None) -> User:
    """
    Whom a new repo will belong to: oneself, an organization where one may create repos, or for an admin anybody.

    Raises: NotAuthenticated, AccessDenied, UserNotFound.
    """
    if caller.user is None:
        raise NotAuthenticated("sign in to create a repo")
    namespace: User | None = caller.user
    if owner and owner.lower() != caller.user.name.lower():
        with services.database.read() as tx:
            namespace = tx.accounts.user_by_name(owner)
    if namespace is None and caller.user.is_admin:
        raise UserNotFound(f"no user {owner[:96]!r}" if owner else "no such user")
    if namespace is None or not can_create_in(caller, namespace.id):
        raise AccessDenied(no_right_to_create(caller, owner or caller.user.name))
    return namespace


def _template(services: Services, sdk: str) -> Template:
    templates = load_templates(services.settings.templates_dir)
    found = template_for(templates, sdk)
    if found is None:
        raise BadRequest(f'"sdk" must be one of [{", ".join(sdks_of(templates))}]; given: {sdk[:50]}')
    return found


def check_free(tx: Transaction, owner: str, name: str) -> None:
    """Raises: AlreadyExists."""
    if tx.spaces.by_name(owner, name) is not None:
        raise AlreadyExists(f"You already created this space repo: {owner}/{name}")


def check_quota(tx: Transaction, settings: Settings, owner: User) -> None:
    """
    Whether one more Space fits, by the settings or by what an admin decided for this owner.

    Raises: AccessDenied, and never AlreadyExists: clients take a 409 for a Space that is there.
    """
    allowed = allowed_of(tx, settings, owner).spaces
    if allowed is None:
        return
    used = tx.spaces.count_of(owner.id)
    if used >= allowed:
        raise AccessDenied(
            f"{owner.name} has {used} of {allowed} Spaces that are allowed (quota for Spaces): delete one, or ask the "
            "admin for more"
        )


def _add_row(
    services: Services,
    space_id: str,
    owner: User,
    caller: Caller,
    name: str,
    sdk: str,
    private: bool,
    card: dict[str, Any],
    sha: str,
) -> Space:
    with services.database.begin() as tx:
        return add_space(services, tx, space_id, owner, caller, name, sdk, private, card, sha)


def add_space(
    services: Services,
    tx: Transaction,
    space_id: str,
    owner: User,
    creator: Caller,
    name: str,
    sdk: str,
    private: bool,
    card: dict[str, Any],
    sha: str | None,
) -> Space:
    """
    The row of a new Space, at addresses that are free; an old name of another Space leads there no more.

    Raises: AlreadyExists, AccessDenied when the owner has as many as are allowed.
    """
    check_free(tx, owner.name, name)
    check_quota(tx, services.settings, owner)
    now = services.clock.now()
    space = Space(
        id=space_id,
        owner_id=owner.id,
        owner=owner.name,
        creator_id=creator.user.id if creator.user else None,
        name=name,
        subdomain=free_subdomain(tx, owner.name, name, space_id),
        loopback_address=_free_loopback_address(tx, space_id),
        sdk=sdk,
        private=private,
        created_at=now,
        modified_at=now,
        card=card,
        head_sha=sha,
        hardware=services.settings.flavors.default.name,
        stage_reason="nothing was pushed to main yet",
        stage_since=now,
        trending=first_score(now),
    )
    tx.spaces.add(space)
    describe_space(tx, space, "")
    tx.redirects.remove_name(owner.name, name)
    return space


def free_subdomain(tx: Transaction, owner: str, name: str, space_id: str) -> str:
    """The label of the Space's host; one that another name left behind is free again."""
    subdomain = subdomain_for(owner, name)
    attempt = 0
    while tx.spaces.subdomain_taken(subdomain):
        subdomain = subdomain_for(owner, name, taken=True, salt=f"{space_id}/{attempt}")
        attempt += 1
    return subdomain


def _free_loopback_address(tx: Transaction, space_id: str) -> str:
    attempt = 0
    while tx.spaces.loopback_address_taken(address := loopback_address_for(space_id, attempt)):
        attempt += 1
    return address


def _title(name: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in name.replace("_", " ").replace("-", " ").split())


def _first_card(template: Template, title: str, emoji: str | None, sdk_version: str | None) -> dict[str, Any]:
    card = {
        "title": title,
        "emoji": emoji or secrets.choice(_EMOJIS),
        "colorFrom": secrets.choice(COLORS),
        "colorTo": secrets.choice(COLORS),
        "sdk": template.sdk,
        "sdk_version": (sdk_version or template.default_sdk_version) if template.default_sdk_version else None,
        "app_file": template.default_app_file,
        "pinned": False,
    }
    return {key: value for key, value in card.items() if value is not None}


def make_repo(data_dir: Path, repo_id: str, files: Mapping[str, str], author: str, kind: RepoType) -> str:
    """Build a repo with a first commit under a name that nobody reads, then rename it; returns the commit."""
    final = repo_path(data_dir, repo_id, kind)
    temporary = repos_dir(data_dir, kind) / f".{repo_id}.new"
    temporary.parent.mkdir(parents=True, exist_ok=True)
    repo = pygit2.init_repository(str(temporary), bare=True, initial_head="main")
    try:
        write_own_attributes(temporary)
        sha = _commit_first_files(repo, files, author)
    finally:
        repo.free()
    temporary.rename(final)
    return sha


def write_own_attributes(repo: Path) -> None:
    """What every repo here has, whatever is pushed to it."""
    (repo / "info").mkdir(exist_ok=True)
    (repo / "info" / "attributes").write_text(_OWN_ATTRIBUTES)


def _commit_first_files(repo: Any, files: Mapping[str, str], author: str) -> str:
    builder = repo.TreeBuilder()
    for path, text in files.items():
        builder.insert(path, repo.create_blob(text.encode()), pygit2.enums.FileMode.BLOB)
    signature = signature_of(author)
    return str(repo.create_commit("refs/heads/main", signature, signature, FIRST_MESSAGE, builder.write(), []))


def _first_files(card: dict[str, Any]) -> dict[str, str]:
    front_matter = yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=1000)
    readme = f"---\n{front_matter}---\n\n# {card['title']}\n"
    return {".gitattributes": first_attributes(RepoType.SPACE), "README.md": readme}


def signature_of(author: str) -> Any:
    """Who commits when the platform commits for somebody."""
    return pygit2.Signature(author, f"{author}@users.noreply.spaceport")
