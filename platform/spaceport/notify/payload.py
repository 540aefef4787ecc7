"""From a row of history to what a webhook is told. Pure."""

from dataclasses import dataclass
from typing import Any

from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.notify.talk import Talk, talk_json

#: What commands are called in the history, and the Hub's word for it.
_REPO_ACTIONS = {"created": "create", "deleted": "delete", "move": "move"}
#: The Hub's scopes for what the Hub tells; ours for the rest. Source: hub-api.md section 11.5.
_SCOPES = {
    HappeningKind.PUSH: "repo.content",
    HappeningKind.CONFIG: "repo.config",
    HappeningKind.STAGE: "space.stage",
    HappeningKind.BUILD: "space.build",
    HappeningKind.RELEASE: "space.release",
    HappeningKind.COMMAND: "space.command",
    HappeningKind.REPAIR: "space.repair",
    HappeningKind.ACCESS: "repo.access",
}
#: Kinds whose rows say what type the repo is of: all types have them.
_TYPED = (HappeningKind.COMMAND, HappeningKind.DISCUSSION, HappeningKind.ACCESS)


@dataclass(frozen=True)
class Told:
    """What kind of news it is, in the words of webhooks."""

    action: str
    scope: str

    @property
    def domain(self) -> str:
        return self.scope.partition(".")[0]


def told_of(happening: Happening) -> Told:
    """``create``, ``delete`` and ``move`` of the repo itself, an update of a part of it otherwise."""
    action = _REPO_ACTIONS.get(str(happening.details.get("command", "")))
    if happening.kind is HappeningKind.COMMAND and action:
        return Told(action, "repo")
    if happening.kind is HappeningKind.DISCUSSION:
        return Told(str(happening.details["action"]), str(happening.details["scope"]))
    return Told("update", _SCOPES[happening.kind])


def type_of(happening: Happening, repo: Space | Repo | None) -> RepoType:
    """What kind of repo the news is of; that a model or dataset is gone, the news itself says of which kind it was."""
    if isinstance(repo, Repo):
        return repo.type
    if isinstance(repo, Space) or happening.kind not in _TYPED:
        return RepoType.SPACE
    return RepoType(happening.details.get("type", RepoType.SPACE))


def payload_of(
    happening: Happening, repo: Space | Repo | None, told: Told, hub_url: str, talk: Talk | None = None
) -> dict[str, Any]:
    """
    The message but for its ``webhook`` part. ``repo`` is None when it is gone by now.

    Source: hub-api.md section 11.5, version 3. ``happening`` is ours: the row itself.
    """
    name = happening.space_name
    kind = type_of(happening, repo)
    web, api = f"{hub_url}/{kind.prefix}{name}", f"{hub_url}/api/{kind.plural}/{name}"
    payload: dict[str, Any] = {
        "event": {"action": told.action, "scope": told.scope},
        "repo": {
            "type": str(kind),
            "name": name,
            "id": happening.space_id,
            "private": repo.private if repo else True,
            "headSha": repo.head_sha if repo else None,
            "owner": {"id": repo.owner_id if repo else None},
            "url": {"web": web, "api": api},
        },
        "happening": happening_json(happening),
    }
    if isinstance(repo, Space):
        payload["repo"]["subdomain"] = repo.subdomain
    if happening.kind is HappeningKind.DISCUSSION:
        payload |= talk_json(happening, talk or Talk(), web, api)
    if happening.kind is HappeningKind.PUSH:
        payload["updatedRefs"] = [
            {key: happening.details.get(key) for key in ("ref", "oldSha", "newSha")},
        ]
    if happening.kind is HappeningKind.CONFIG:
        payload["updatedConfig"] = happening.details
    if told.action == "move":
        payload["movedTo"] = {"name": happening.details.get("to")}
    return payload


def happening_json(happening: Happening) -> dict[str, Any]:
    """A row of history as the event stream and webhooks tell it."""
    return {
        "number": happening.number,
        "at": happening.at.isoformat(),
        "kind": str(happening.kind),
        "actor": happening.actor,
        "summary": happening.summary,
        "details": happening.details,
    }
