"""A Space of one's own made of another one: its code with the history, its variables, none of its secrets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pygit2

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller, User
from spaceport.domain.config import MAX_KEYS, Secret, Variable, check_key, check_value, current_versions
from spaceport.domain.events import Event, EventKind
from spaceport.domain.front_matter import read_front_matter, with_key
from spaceport.domain.history import HappeningKind
from spaceport.domain.mount import Mount, mounts_of, row_of
from spaceport.domain.names import check_name, new_id
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, SpaceNotFound
from spaceport.hardware_room import check_hardware
from spaceport.interfaces import Transaction
from spaceport.owner_usage import check_hardware_quota, check_storage
from spaceport.repos.copying import copy_git
from spaceport.repos.creation import add_space, check_free, namespace_of, signature_of
from spaceport.repos.large_files import note_storage
from spaceport.repos.mounting import copied_mounts, left_out
from spaceport.repos.new_folder import kept_if_done
from spaceport.repos.paths import MAIN, repo_path
from spaceport.repos.publish import publish_main
from spaceport.services import Services


def duplicate(
    services: Services,
    space: Space,
    caller: Caller,
    owner: str,
    name: str,
    private: bool = True,
    hardware: str | None = None,
    sleep_seconds: int | None = None,
    variables: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    without: Collection[str] = (),
    mounts: Sequence[Mount] | None = None,
) -> Space:
    """
    A copy for the caller: git history kept, /data empty. It mounts ``mounts``, or else what the original mounts, as far
    as both the caller and the owner of the copy may have it.

    ``variables`` are set above the copied ones. Secrets are never copied: those of the original that are neither in
    ``secrets`` (values) nor in ``without`` (names) are asked for, and nothing is built or started until they are set or
    dropped.

    Raises: InvalidName, BadRequest, UserNotFound, AccessDenied, AlreadyExists, Unavailable when the repo cannot be
    copied, and as ``require``.
    """
    require(caller, Action.DUPLICATE, space)
    namespace = namespace_of(services, caller, owner)
    check_name(name, "Space name")
    _check_values(services, hardware, {**(variables or {}), **(secrets or {})})
    with services.database.read() as tx:
        check_free(tx, namespace.name, name)
        if hardware is not None:
            check_hardware_quota(tx, services.settings, namespace.id, hardware)
    if mounts is None:
        mounts = copied_mounts(services, caller, namespace.id, mounts_of(space))
    space_id = new_id()
    sha = copy_git(services, space, space_id, lambda repo: _name_origin(repo, space, caller.name))
    with kept_if_done(repo_path(services.settings.data_dir, space_id)), services.database.begin() as tx:
        source = tx.spaces.get(space.id)
        if source is None:
            raise SpaceNotFound(f"no Space {space.full_name}")
        check_storage(tx, services.settings, namespace.id, source.used_bytes)
        copy = _add_row(services, tx, source, space_id, namespace, caller, name, private, sha, mounts)
        tx.blobs.copy_grants(source.id, copy.id)
        note_storage(tx, copy.id)
        _add_configuration(services, tx, source, copy, caller, variables or {}, secrets or {}, without)
        tx.spaces.update(copy.id, sleep_seconds=sleep_seconds, **({"hardware": hardware} if hardware else {}))
    if source.has_app:
        publish_main(services, copy.id, caller.name)
    services.events.publish(Event(EventKind.CHANGED, copy.id))
    with services.database.read() as tx:
        return tx.spaces.get(copy.id) or copy


def _check_values(services: Services, hardware: str | None, values: Mapping[str, str]) -> None:
    if hardware is not None:
        check_hardware(services, hardware)
    if len(values) > MAX_KEYS:
        raise BadRequest(f"a Space has at most {MAX_KEYS} variables and secrets")
    for key, value in values.items():
        check_value(check_key(key), value)


def _add_row(
    services: Services,
    tx: Transaction,
    source: Space,
    space_id: str,
    owner: User,
    caller: Caller,
    name: str,
    private: bool,
    sha: str | None,
    mounts: Sequence[Mount],
) -> Space:
    """With an app, ``main`` is published after this, as a push would be; without one nothing waits for it."""
    card = {**source.card, "duplicated_from": source.full_name}
    head = None if source.has_app else sha
    copy = add_space(services, tx, space_id, owner, caller, name, source.sdk, private, card, head)
    changes: dict[str, Any] = {
        "duplicated_from": source.full_name,
        "volume_bytes": source.volume_bytes,
        "mounts": [row_of(mount) for mount in mounts],
    }
    tx.spaces.update(copy.id, **changes)
    return replace(copy, **changes)


def _add_configuration(
    services: Services,
    tx: Transaction,
    source: Space,
    copy: Space,
    caller: Caller,
    variables: Mapping[str, str],
    secrets: Mapping[str, str],
    without: Collection[str],
) -> None:
    now, by = services.clock.now(), caller.name
    copied = {variable.key: variable for variable in tx.configs.variables(source.id) if variable.key not in secrets}
    for key, value in variables.items():
        description = copied[key].description if key in copied else ""
        copied[key] = Variable("", copy.id, key, value, description, now, by)
    for variable in copied.values():
        tx.configs.put_variable(replace(variable, id=new_id(), space_id=copy.id, updated_at=now, updated_by=by))
    for key, value in secrets.items():
        if value:
            tx.configs.add_secret(Secret(new_id(), copy.id, key, 1, services.sealer.seal(value), "", now, by))
    asked = current_versions(tx.configs.secrets(source.id))
    missing = sorted(key for key in asked if not secrets.get(key) and key not in without and key not in copied)
    tx.spaces.update(copy.id, missing_secrets=missing)
    details = {"command": "duplicate", "from": source.full_name, "missing_secrets": missing}
    summary = f"duplicated from {source.full_name}"
    if paths := left_out(source, copy):
        summary += f", without what it mounts at {', '.join(paths)}"
    tx.history.add(copy.id, now, HappeningKind.COMMAND, by, summary, details)


def _name_origin(repo: Any, source: Space, author: str) -> None:
    """One commit on top that says in the card where it comes from; a README without a card stays as it is."""
    if MAIN not in repo.references:
        return
    head = repo.references[MAIN].peel(pygit2.Commit)
    if "README.md" not in head.tree or not isinstance(head.tree["README.md"], pygit2.Blob):
        return
    try:
        readme = head.tree["README.md"].data.decode()
    except UnicodeDecodeError:
        return
    marked = with_key(readme, "duplicated_from", source.full_name)
    if marked == readme or read_front_matter(marked).problems:
        return
    builder = repo.TreeBuilder(head.tree)
    builder.insert("README.md", repo.create_blob(marked.encode()), head.tree["README.md"].filemode)
    who = signature_of(author)
    repo.create_commit(MAIN, who, who, f"Duplicate from {source.full_name}", builder.write(), [head.id])
