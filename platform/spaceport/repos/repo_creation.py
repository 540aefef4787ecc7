"""A new model or dataset: its row, and its repo with the first commit."""

from spaceport.domain.account import Caller
from spaceport.domain.history import HappeningKind
from spaceport.domain.names import check_name, new_id
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.trending import first_score
from spaceport.errors import AlreadyExists
from spaceport.interfaces import Transaction
from spaceport.repos.creation import make_repo, namespace_of
from spaceport.repos.describing import describe_repo, store_description
from spaceport.repos.first_attributes import first_attributes
from spaceport.repos.new_folder import kept_if_done
from spaceport.repos.paths import repo_path
from spaceport.services import Services


def create_repo(
    services: Services, caller: Caller, kind: RepoType, name: str, owner: str | None = None, private: bool = False
) -> Repo:
    """
    Make a model or dataset. The repo is there before the row, as with Spaces.

    Raises: NotAuthenticated, AccessDenied, InvalidName, UserNotFound, AlreadyExists.
    """
    namespace = namespace_of(services, caller, owner)
    check_name(name, f"{kind} name")
    now, repo_id = services.clock.now(), new_id()
    files = {".gitattributes": first_attributes(kind)}
    sha = make_repo(services.settings.data_dir, repo_id, files, namespace.name, kind)
    repo = Repo(
        id=repo_id,
        type=kind,
        owner_id=namespace.id,
        owner=namespace.name,
        name=name,
        private=private,
        created_at=now,
        modified_at=now,
        head_sha=sha,
        creator_id=caller.user.id if caller.user else None,
        trending=first_score(now),
    )
    with kept_if_done(repo_path(services.settings.data_dir, repo_id, kind)):
        description = describe_repo(services, repo, sha)
        with services.database.begin() as tx:
            add_repo(tx, repo, caller, {"command": "created"})
            store_description(tx, repo, description)
    return repo


def add_repo(tx: Transaction, repo: Repo, caller: Caller, details: dict[str, str]) -> None:
    """
    The row of a new model or dataset; an old name of another one leads there no more.

    Raises: AlreadyExists.
    """
    if tx.repos.by_name(repo.type, repo.owner, repo.name) is not None:
        raise AlreadyExists(f"You already created this {repo.type} repo: {repo.full_name}")
    tx.repos.add(repo)
    tx.repo_redirects.remove_name(repo.type, repo.owner, repo.name)
    summary = f"created by {caller.name}"
    tx.history.add(repo.id, repo.created_at, HappeningKind.COMMAND, caller.name, summary, details)


def remove_repo(services: Services, repo: Repo, caller: Caller) -> None:
    """The row goes now, and with it every way to the repo; the folder follows by way of the trash."""
    with services.database.begin() as tx:
        # Written down first: the history names repos as they are called at that moment.
        details = {"command": "deleted", "type": str(repo.type)}
        summary = f"deleted by {caller.name}"
        tx.history.add(repo.id, services.clock.now(), HappeningKind.COMMAND, caller.name, summary, details)
        tx.repos.remove(repo.id)
