"""A hub with something of everything, for all that looks at every page: audits, counts of queries, pictures."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from spaceport.build_history import record_build
from spaceport.domain.account import Caller, User
from spaceport.domain.build import BuildStatus
from spaceport.domain.code_line import CodeLine, Side
from spaceport.domain.release import ReleaseStatus
from spaceport.domain.repo import RepoType
from spaceport.domain.space import Rest, Space
from spaceport.domain.stage import Stage
from spaceport.notify.commands import create_webhook
from spaceport.notify.notices import NoticeStep
from spaceport.notify.watching import turn_watch
from spaceport.organizations import create_organization
from spaceport.repos.branches import create_branch
from spaceport.repos.commits.operations import AddFile
from spaceport.repos.commits.write import write_commit
from spaceport.repos.discussions.opening import open_discussion, open_pull_request
from spaceport.repos.discussions.talking import comment
from spaceport.repos.repo_creation import create_repo
from spaceport.rollout.config_commands import set_secret, set_variable
from spaceport.rollout.domain_commands import add_domain
from spaceport.rollout.timer_commands import add_timer
from spaceport_runner.contract import build_log_path, run_log_path
from spaceport_runner.log_file import CappedLog, now_timestamp

from .conftest import Hub

MODEL_CARD = """---
license: apache-2.0
pipeline_tag: text-classification
library_name: transformers
language: en
tags: [weather, tiny]
---
# Cloud reader

Tells what kind of cloud a sentence describes.

| Measure | Value |
|---|---|
| Accuracy | 0.94 |

```python
from transformers import pipeline

pipe = pipeline("text-classification", model="ada/cloud-reader")
```
"""
DATASET_CARD = """---
license: cc-by-4.0
task_categories: [text-classification]
language: en
---
# Cloud sentences

Two hundred sentences about clouds, with the kind of cloud each one describes.
"""
_KINDS = ("cirrus", "cumulus", "stratus", "nimbus")
_ROWS = "sentence,kind,height\n" + "".join(
    f"Sentence {number} about a {_KINDS[number % 4]},{_KINDS[number % 4]},{300 + number * 37 % 9000}\n"
    for number in range(200)
)
_BUILD_LINES = (
    "===== Build Queued at 2026-01-31 12:00:00 / Commit SHA: 3f2a91c =====",
    "Resolved 71 packages in 1.2s",
    "Installed 71 packages in 0.8s",
    " + gradio==6.31.0",
    "\x1b[32mBuilt in 4.1 s\x1b[0m",
)


@dataclass(frozen=True)
class View:
    """A page and who looks at it; nobody for visitors without an account."""

    path: str
    user: User | None = None


@dataclass(frozen=True)
class Town:
    """``views`` has one page of each kind, by a name that files can have."""

    ada: User
    root: User
    space: Space
    views: dict[str, View]


def build_town(hub: Hub) -> Town:
    ada, root = hub.user("ada"), hub.user("root", is_admin=True)
    space = _clouds(hub, ada)
    _others(hub, ada)
    failed = _failing(hub, ada)
    _repos(hub, ada)
    create_organization(hub.services, "weather-lab", ada, "The weather lab")
    _news(hub, ada)
    create_webhook(hub.services, Caller(ada), "https://example.org/hook", [{"type": "user", "name": "ada"}])
    with hub.services.database.read() as tx:
        [webhook] = tx.webhooks.of_user(ada.id)
        [instance, *_] = tx.instances.of_space(space.id, limit=1)
    views = {
        "home": View("/"),
        "home-search": View("/?search=cloud", ada),
        "spaces": View("/spaces?search=cloud", ada),
        "space": View("/spaces/ada/clouds", ada),
        "space-logs": View("/spaces/ada/clouds?logs=container", ada),
        "space-error": View("/spaces/ada/rain", ada),
        "space-asleep": View("/spaces/ada/fog"),
        "space-empty": View("/spaces/ada/blank", ada),
        "files": View("/spaces/ada/clouds/tree/main", ada),
        "file": View("/spaces/ada/clouds/blob/main/app.py", ada),
        "edit": View("/spaces/ada/clouds/edit/main/app.py", ada),
        "upload": View("/spaces/ada/clouds/upload/main", ada),
        "move": View("/spaces/ada/clouds/move/main/app.py", ada),
        "branches": View("/spaces/ada/clouds/branches", ada),
        "blame": View("/spaces/ada/clouds/blame/main/app.py", ada),
        "commits": View("/spaces/ada/clouds/commits/main", ada),
        "deployments": View("/spaces/ada/clouds/deployments", ada),
        "deployment": View("/spaces/ada/clouds/deployments/2", ada),
        "rollback": View("/spaces/ada/clouds/deployments/1/rollback", ada),
        "logs": View("/spaces/ada/rain/logs", ada),
        "build": View(f"/spaces/ada/rain/builds/{failed}", ada),
        "instance": View(f"/spaces/ada/clouds/instances/{instance.id}", ada),
        "settings": View("/spaces/ada/clouds/settings", ada),
        "visits": View("/spaces/ada/clouds/visits", ada),
        "duplicate": View("/spaces/ada/clouds/duplicate", ada),
        "models": View("/models"),
        "model": View("/ada/cloud-reader", ada),
        "model-files": View("/ada/cloud-reader/tree/main"),
        "model-settings": View("/ada/cloud-reader/settings", ada),
        "discussions": View("/ada/cloud-reader/discussions", ada),
        "discussion": View("/ada/cloud-reader/discussions/1", ada),
        "pull-request": View("/ada/cloud-reader/discussions/2", ada),
        "compare": View("/ada/cloud-reader/compare/main..longer-card", ada),
        "datasets": View("/datasets"),
        "dataset": View("/datasets/ada/cloud-sentences"),
        "dataset-rows": View("/datasets/ada/cloud-sentences/viewer"),
        "new-space": View("/new-space", ada),
        "new-model": View("/new", ada),
        "new-organization": View("/organizations/new", ada),
        "profile": View("/ada", ada),
        "organization": View("/weather-lab", ada),
        "own-profile": View("/settings/profile", ada),
        "account": View("/settings/account", ada),
        "tokens": View("/settings/tokens", ada),
        "apps": View("/settings/connected-apps", ada),
        "notifications": View("/notifications?all=true", ada),
        "notice-settings": View("/settings/notifications", ada),
        "webhooks": View("/settings/webhooks", ada),
        "webhook": View(f"/settings/webhooks/{webhook.id}", ada),
        "usage": View("/settings/usage", ada),
        "device": View("/oauth/device", ada),
        "admin": View("/admin", root),
        "audit-log": View("/admin/-/audit", root),
        "admin-users": View("/admin/-/users", root),
        "admin-user": View("/admin/-/users/ada", root),
        "admin-machines": View("/admin/-/machines", root),
        "admin-wakes": View("/admin/-/wakes", root),
        "admin-gateways": View("/admin/-/gateways", root),
        "admin-settings": View("/admin/-/settings", root),
        "machines": View("/admin/-/machines", root),
        "docs": View("/docs?q=secrets"),
        "guide": View("/docs/front-matter", ada),
        "sign-in": View("/login"),
        "not-found": View("/spaces/ada/nothing"),
    }
    return Town(ada, root, space, views)


def _clouds(hub: Hub, ada: User) -> Space:
    """A Space that serves its second release, with a past, variables, secrets, storage and logs."""
    card = {"title": "Clouds", "emoji": "⛅", "sdk": "gradio", "colorFrom": "blue", "colorTo": "indigo"}
    card["short_description"] = "Names the cloud in a picture"
    space = hub.space(ada, "clouds")
    owner = Caller(ada)
    set_variable(hub.services, space, owner, "MODEL", "ada/cloud-reader", "which model reads the clouds")
    add_domain(hub.services, space, owner, "clouds.example.org")
    add_timer(hub.services, space, owner, "restart", "0 3 * * mon-fri", "Europe/Berlin")
    set_secret(hub.services, space, owner, "WEATHER_KEY", "value", "of the weather service")
    for number, code in enumerate(
        ("print('one')\n", "import gradio as gr\n\ngr.Interface(str, 'text', 'text').launch()\n")
    ):
        sha = _commit(
            hub, space, ada, {"app.py": code, "requirements.txt": f"torch==2.{number}\n"}, f"Version {number}"
        )
        build = hub.build(space, f"Version {number}", 7200 - number * 3600, sha=sha, status=BuildStatus.SUCCEEDED)
        instance = hub.instance(space, build)
        with hub.services.database.begin() as tx:
            for live in tx.releases.live(space.id):
                tx.releases.update(live.id, status=ReleaseStatus.RETIRED)
            now = hub.services.clock.now()
            changes = {"lock": f"torch==2.{number}\n", "created_by": "ada", "message": f"Version {number}"}
            tx.releases.update(
                instance.release_id, status=ReleaseStatus.LIVE, live_at=now, build_seconds=4.1, **changes
            )
        _write_log(
            run_log_path(hub.services.settings.data_dir, space.id, instance.id), ("* Running on local URL",) * 40
        )
        _write_log(build_log_path(hub.services.settings.data_dir, build.id), _BUILD_LINES)
    volume = {"volume_bytes": 2**30, "volume_used_bytes": 2**28}
    return hub.change(space, stage=Stage.RUNNING, stage_reason=None, card=card, head_sha=sha, **volume)


def _others(hub: Hub, ada: User) -> None:
    now = hub.services.clock.now()
    card = {"emoji": "🌫️", "title": "Fog", "short_description": "Sees through it"}
    fog = hub.space(ada, "fog", card=card)
    hub.instance(fog, hub.build(fog, status=BuildStatus.SUCCEEDED))
    hub.change(fog, stage=Stage.SLEEPING, rest=Rest.STOPPED, rest_since=now - timedelta(hours=3))
    hub.space(ada, "blank", stage=Stage.NO_APP_FILE, stage_reason="nothing was pushed to main yet")
    building = hub.space(
        ada, "storm", card={"emoji": "🌩️"}, stage=Stage.BUILDING, stage_reason="installing dependencies"
    )
    hub.build(building, "Add lightning", status=BuildStatus.RUNNING, phase="installing dependencies")
    hub.space(ada, "salaam-" + "very-long-" * 7 + "name", card={"title": "مرحبا بالعالم", "short_description": "غيوم"})


def _failing(hub: Hub, ada: User) -> str:
    """A Space whose only build failed; the id of that."""
    reason, suggestion = (
        "dependency not found: there is no package named torchh",
        "check the spelling of torchh in requirements.txt",
    )
    changes = {"stage_reason": reason, "suggestion": suggestion, "build_failure": reason}
    space = hub.space(ada, "rain", card={"emoji": "🌧️", "title": "Rain"}, stage=Stage.BUILD_ERROR, **changes)
    build = hub.build(space, "Count drops", status=BuildStatus.FAILED, reason=reason, suggestion=suggestion)
    _write_log(
        build_log_path(hub.services.settings.data_dir, build.id), (*_BUILD_LINES[:2], f"\x1b[31m{reason}\x1b[0m")
    )
    return build.id


def _repos(hub: Hub, ada: User) -> None:
    owner = Caller(ada)
    model = create_repo(hub.services, owner, RepoType.MODEL, "cloud-reader")
    _commit(hub, model, ada, {"README.md": MODEL_CARD, "config.json": '{"model_type": "bert"}\n'}, "Add the model")
    open_discussion(hub.services, model, owner, "Which clouds are missing?", "**Fog** is one, I think.")
    open_pull_request(hub.services, model, owner, "Say more in the card", "A table would help.")
    with hub.services.database.read() as tx:
        changed = tx.repos.get(model.id)
    assert changed is not None
    notes = {"notes.md": "# Notes\n\nMeasured in May.\n", "config.json": '{"model_type": "bert", "labels": 4}\n'}
    sha = _commit(hub, changed, ada, notes, "Add notes", "refs/pr/2")
    said = comment(hub.services, changed, owner, 2, "Which **year**?", CodeLine("notes.md", Side.NEW, 3, sha))
    comment(hub.services, changed, owner, 2, "This one.", reply_to=said.id)
    comment(hub.services, changed, owner, 2, "Say four.", CodeLine("config.json", Side.NEW, 1, sha))
    _commit(hub, changed, ada, {"config.json": '{"model_type": "bert", "labels": 5}\n'}, "Count again", "refs/pr/2")
    create_branch(hub.services, changed, owner, "longer-card", "main")
    longer = {"README.md": MODEL_CARD + "\nRead from left to right.\n"}
    _commit(hub, changed, ada, longer, "Say how it reads", "longer-card")
    data = create_repo(hub.services, owner, RepoType.DATASET, "cloud-sentences")
    _commit(hub, data, ada, {"README.md": DATASET_CARD, "train.csv": _ROWS}, "Add the sentences")


def _news(hub: Hub, ada: User) -> None:
    """What ada hears of, and a repo of somebody else that she watches."""
    cyd = hub.user("cyd")
    theirs = create_repo(hub.services, Caller(cyd), RepoType.MODEL, "wind")
    turn_watch(hub.services, theirs, Caller(ada), True)
    with hub.services.database.read() as tx:
        model, rain = tx.repos.by_name(RepoType.MODEL, "ada", "cloud-reader"), tx.spaces.by_name("ada", "rain")
        assert model is not None
        assert rain is not None
        [build, *_] = tx.builds.of_space(rain.id)
    open_discussion(hub.services, theirs, Caller(cyd), "Which way does it blow?", "@ada may know")
    comment(hub.services, model, Caller(cyd), 1, "Fog is missing.")
    with hub.services.database.begin() as tx:
        reason = "dependency not found: there is no package named torchh"
        record_build(tx, build, hub.services.clock.now(), f"failed: {reason}", status="failed", reason=reason)
    NoticeStep(hub.services.database, hub.services.clock).take()


def _commit(hub: Hub, repo: Any, owner: User, files: dict[str, str], message: str, revision: str = "main") -> str:
    operations = [AddFile(path, content.encode()) for path, content in files.items()]
    return write_commit(hub.services, repo, Caller(owner), revision, operations, message).sha


def _write_log(path: Path, lines: tuple[str, ...]) -> None:
    with CappedLog(path, 10**6) as log:
        for line in lines:
            log.write(now_timestamp(), line)
