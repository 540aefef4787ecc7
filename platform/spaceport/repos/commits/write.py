"""The one way by which the hub itself makes commits."""

from collections.abc import Callable, Sequence

from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, BranchMoved, EntryNotFound
from spaceport.repos.commits.landing import CommitResult, land, open_quarantine
from spaceport.repos.commits.operations import (
    MAX_MESSAGE_CHARACTERS,
    AddBlob,
    AddFile,
    AddLarge,
    Copy,
    Delete,
    Operation,
    check_operations,
)
from spaceport.repos.commits.path_rules import (
    ATTRIBUTES,
    MAX_RULES_BYTES,
    lfs_paths,
    rule_folders,
    with_rules,
)
from spaceport.repos.commits.quarantine import Quarantine
from spaceport.repos.commits.rights import require_commit
from spaceport.repos.commits.tree_edit import NO_SUCH_FILE, TreeEdit
from spaceport.repos.finding import folder_of
from spaceport.repos.pointers import format_pointer
from spaceport.repos.refs import branch_ref
from spaceport.services import Services

#: Clients look for this text. Source: hub-api.md section 7.2.
_OUTDATED = "The branch was updated since you opened this page. Please refresh and try again."
_MIN_PARENT = 7


def write_commit(
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    revision: str,
    operations: Sequence[Operation],
    message: str,
    description: str = "",
    parent: str | None = None,
    quarantine: Quarantine | None = None,
) -> CommitResult:
    """
    Commit operations, in their order, to a branch or a pull request (``refs/pr/N``); all of them or nothing.

    Checked like a push, and followed by the same: a Space is built and deployed. Two commits at once both arrive,
    unless ``parent`` (a full or short commit id) says on what this one builds. One that changes nothing returns the
    head as it is. ``quarantine`` is where the objects of ``AddBlob`` are.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, RevisionNotFound, BranchMoved, EntryNotFound, BadRequest,
    Unavailable.
    """
    ref = branch_ref(revision)
    require_commit(services, repo, caller, ref)
    change = changing(services, repo, caller, operations, message, description)

    def make(inside: Quarantine, head: str) -> str:
        if parent is not None and not (len(parent) >= _MIN_PARENT and head.startswith(parent.lower())):
            raise BranchMoved(_OUTDATED)
        return change(inside, head)

    if quarantine is not None:
        return land(services, repo, ref, caller.name, make, quarantine)
    with open_quarantine(services, repo) as own:
        return land(services, repo, ref, caller.name, make, own)


def changing(
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    operations: Sequence[Operation],
    message: str,
    description: str,
) -> Callable[[Quarantine, str], str]:
    """
    From a head to the commit with these operations on top of it, or to the head itself where they change nothing.

    Raises: BadRequest, at once or when it is called; EntryNotFound then.
    """
    check_operations(operations)
    text = check_message(message, description)
    sizes = large_sizes(services, repo, [each for each in operations if isinstance(each, AddLarge)])

    def change(inside: Quarantine, head: str) -> str:
        before = inside.tree_of(head)
        edit = TreeEdit(inside, before)
        for each in operations:
            _apply(edit, inside, each, sizes)
        _cover_large_files(services, repo, edit, inside, operations)
        tree_id = edit.write()
        return head if tree_id == before else inside.write_commit(tree_id, [head], text, caller.name)

    return change


def check_message(message: str, description: str) -> str:
    """The text of a commit. Raises: BadRequest."""
    title = " ".join(message.replace("\0", " ").split())
    if not title:
        raise BadRequest('"summary" must not be empty: say in a line what the commit does')
    text = f"{title}\n\n{description.replace(chr(0), ' ').strip()}".strip() + "\n"
    if len(text) > MAX_MESSAGE_CHARACTERS:
        raise BadRequest(f"the message has {len(text):,} characters; {MAX_MESSAGE_CHARACTERS:,} are allowed")
    return text.encode("utf-8", "replace").decode()


def large_sizes(services: Services, repo: Space | Repo, files: Sequence[AddLarge]) -> dict[str, int]:
    """Bytes by SHA-256 of the large files of a commit. Raises: BadRequest for one that the repo may not use."""
    sizes: dict[str, int] = {}
    if not files:
        return sizes
    with services.database.begin() as tx:
        for each in files:
            blob = tx.blobs.get(each.sha256) if tx.blobs.is_granted(repo.id, each.sha256) else None
            if blob is None:
                raise BadRequest(
                    f"the bytes of {each.path[:200]!r} (sha256 {each.sha256}) were not sent to {repo.full_name}: "
                    "upload them before the commit"
                )
            if each.size_bytes is not None and each.size_bytes != blob.size_bytes:
                raise BadRequest(f'"size" of {each.path[:200]!r} is {each.size_bytes}, but it has {blob.size_bytes}')
            # Renewed: it must not be collected before the commit is there.
            tx.blobs.renew(repo.id, each.sha256)
            sizes[each.sha256] = blob.size_bytes
    return sizes


def _apply(edit: TreeEdit, inside: Quarantine, each: Operation, sizes: dict[str, int]) -> None:
    match each:
        case AddFile():
            edit.put(each.path, inside.write_blob(each.content))
        case AddBlob():
            edit.put(each.path, each.object_id)
        case AddLarge():
            edit.put(each.path, inside.write_blob(format_pointer(each.sha256, sizes[each.sha256])))
        case Delete():
            edit.remove(each.path)
        case Copy():
            found = edit.find(each.old_path)
            if found is None:
                raise EntryNotFound(f"{NO_SUCH_FILE}: {each.old_path[:200]}")
            if each.path == each.old_path:
                return
            if each.is_move:
                edit.remove(each.old_path)
            edit.put(each.path, found.object_id, found.mode)


def _cover_large_files(
    services: Services, repo: Space | Repo, edit: TreeEdit, inside: Quarantine, operations: Sequence[Operation]
) -> None:
    """
    Add rules to ``.gitattributes`` for large files that none covers: else the next user of git commits their bytes.

    Not where the commit brings its own: it may mean it.
    """
    large = [each.path for each in operations if isinstance(each, AddLarge)]
    is_own = any(each.path == ATTRIBUTES for each in operations if not isinstance(each, Delete))
    if not large or is_own:
        return
    rules = read_rules(edit, inside, ATTRIBUTES, large)
    folder = folder_of(services, repo)
    # A path that another operation of this commit took away again needs no rule.
    uncovered = {path for path in large if edit.find(path) is not None} - lfs_paths(folder, rules, large)
    if uncovered:
        edit.put(ATTRIBUTES, inside.write_blob(with_rules(rules.get(ATTRIBUTES, b""), uncovered)))


def read_rules(edit: TreeEdit, inside: Quarantine, name: str, paths: Sequence[str]) -> dict[str, bytes]:
    """The files of this name that may speak of these paths."""
    found = {}
    for folder in rule_folders(paths):
        path = f"{folder}/{name}" if folder else name
        item = edit.find(path)
        if item is not None and item.is_file and inside.size_of(item.object_id) <= MAX_RULES_BYTES:
            found[path] = inside.read_blob(item.object_id)
    return found
