"""The SQL side of the stores of interfaces.py."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, delete, func, select, true, update

from spaceport.adapters import tables
from spaceport.adapters.access_store import SqlAccessRequests
from spaceport.adapters.account_store import SqlAccounts
from spaceport.adapters.attachment_store import SqlAttachments
from spaceport.adapters.audit_store import SqlAudit
from spaceport.adapters.blob_store import SqlBlobs
from spaceport.adapters.collection_store import SqlCollections
from spaceport.adapters.config_store import SqlConfigs
from spaceport.adapters.discussion_store import SqlDiscussions
from spaceport.adapters.domain_store import SqlDomains
from spaceport.adapters.history_store import SqlHistory
from spaceport.adapters.instance_store import SqlInstances
from spaceport.adapters.like_store import SqlLikes
from spaceport.adapters.listing_store import SqlListings
from spaceport.adapters.notice_store import SqlNotices, SqlWatches
from spaceport.adapters.oauth_store import SqlSignIns
from spaceport.adapters.redirect_store import SqlRedirects
from spaceport.adapters.repo_leavings import remove_leavings
from spaceport.adapters.repo_redirect_store import SqlRepoRedirects
from spaceport.adapters.repo_store import SqlRepos
from spaceport.adapters.rows import Rows, space_rows
from spaceport.adapters.ruling_store import SqlRulings
from spaceport.adapters.sample_store import SqlSamples
from spaceport.adapters.tag_store import SqlTags
from spaceport.adapters.text_store import HEAD_FIELDS, SqlTexts
from spaceport.adapters.timer_store import SqlTimers
from spaceport.adapters.visibility import visible
from spaceport.adapters.visit_store import SqlVisits
from spaceport.adapters.webhook_store import SqlWebhooks
from spaceport.adapters.xorb_store import SqlXorbs
from spaceport.domain.account import Caller
from spaceport.domain.build import ACTIVE, Build, BuildStatus
from spaceport.domain.instance import Role
from spaceport.domain.push import Push
from spaceport.domain.release import Release, ReleaseImage, ReleaseKind, ReleaseStatus
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.space_fact import SpaceFact
from spaceport.domain.stage import Stage


class SqlSpaces:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = space_rows(connection)
        self._texts = SqlTexts(connection)
        self.by_ids = self._rows.by_ids

    def add(self, space: Space, /) -> None:
        self._rows.add(space)
        self._texts.put_head(space)

    def update(self, space_id: str, /, **changes: Any) -> None:
        self._rows.update(space_id, **changes)
        if HEAD_FIELDS & changes.keys() and (changed := self.get(space_id)) is not None:
            self._texts.put_head(changed)

    def get(self, space_id: str) -> Space | None:
        return self._rows.one(tables.spaces.c.id == space_id)

    def by_name(self, owner: str, name: str) -> Space | None:
        table = tables.spaces
        return self._rows.one(func.lower(table.c.owner) == owner.lower(), func.lower(table.c.name) == name.lower())

    def all(self) -> list[Space]:
        return self._rows.many(order_by=tables.spaces.c.created_at)

    def facts(self) -> list[SpaceFact]:
        table = tables.spaces
        names = [item.name for item in fields(SpaceFact)]
        statement = select(*(table.c[name] for name in names)).where(table.c.desired != Desired.DELETED)
        enums = {"stage": Stage, "desired": Desired, "rest": Rest}
        rows = (dict(zip(names, row, strict=True)) for row in self._connection.execute(statement))
        return [SpaceFact(**row | {name: enum(row[name]) for name, enum in enums.items()}) for row in rows]

    def visible_to(self, caller: Caller, author: str = "", limit: int = 1000) -> list[Space]:
        table = tables.spaces
        by_author = func.lower(table.c.owner) == author.lower() if author else true()
        return self._rows.many(visible(table, caller), by_author, order_by=table.c.modified_at.desc(), limit=limit)

    def count_of(self, owner_id: str) -> int:
        table = tables.spaces
        is_theirs = (table.c.owner_id == owner_id) & (table.c.desired != Desired.DELETED)
        return int(self._connection.execute(select(func.count()).where(is_theirs)).scalar_one())

    def owner_ids(self, space_ids: Sequence[str]) -> dict[str, str]:
        table = tables.spaces
        statement = select(table.c.id, table.c.owner_id).where(table.c.id.in_(set(space_ids)))
        return {str(space_id): str(owner_id) for space_id, owner_id in self._connection.execute(statement)}

    def by_subdomain(self, subdomain: str) -> Space | None:
        return self._rows.one(tables.spaces.c.subdomain == subdomain)

    def subdomain_taken(self, subdomain: str) -> bool:
        return self._rows.one(tables.spaces.c.subdomain == subdomain) is not None

    def loopback_address_taken(self, address: str) -> bool:
        return self._rows.one(tables.spaces.c.loopback_address == address) is not None

    def remove(self, space_id: str) -> None:
        SqlTags(self._connection).remove(space_id)
        self._connection.execute(delete(tables.spaces).where(tables.spaces.c.id == space_id))
        remove_leavings(self._connection, space_id)


class SqlPushes:
    def __init__(self, connection: Connection) -> None:
        self._rows = Rows(connection, tables.pushes, Push)
        self.add = self._rows.add

    def latest(self, space_id: str) -> Push | None:
        table = tables.pushes
        found = self._rows.many(table.c.space_id == space_id, order_by=table.c.pushed_at.desc(), limit=1)
        return found[0] if found else None

    def by_shas(self, space_id: str, shas: Collection[str]) -> dict[str, Push]:
        table = tables.pushes
        found = self._rows.many(table.c.space_id == space_id, table.c.sha.in_(shas), order_by=table.c.pushed_at)
        return {push.sha: push for push in found}

    def by_sha(self, space_id: str, sha: str) -> Push | None:
        table = tables.pushes
        found = self._rows.many(
            table.c.space_id == space_id, table.c.sha == sha, order_by=table.c.pushed_at.desc(), limit=1
        )
        return found[0] if found else None


class SqlBuilds:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, tables.builds, Build, {"status": BuildStatus})
        self.add = self._rows.add

    def get(self, build_id: str) -> Build | None:
        return self._rows.one(tables.builds.c.id == build_id)

    def update(self, build_id: str, /, **changes: Any) -> None:
        """Final builds never change again: a late report finds nothing to update."""
        table = tables.builds
        statement = update(table).where(table.c.id == build_id, table.c.status.in_(ACTIVE))
        self._connection.execute(statement.values(**self._rows.clean(changes)))

    def active(self, space_id: str | None = None) -> list[Build]:
        table = tables.builds
        of_space = table.c.space_id == space_id if space_id else true()
        return self._rows.many(table.c.status.in_(ACTIVE), of_space, order_by=table.c.created_at.desc())

    def of_space(self, space_id: str, limit: int = 20) -> list[Build]:
        table = tables.builds
        return self._rows.many(table.c.space_id == space_id, order_by=table.c.created_at.desc(), limit=limit)

    def of_commits(self, space_id: str, shas: Iterable[str]) -> list[Build]:
        table = tables.builds
        is_of_them = (table.c.space_id == space_id) & table.c.sha.in_(list(shas))
        return self._rows.many(is_of_them, order_by=table.c.created_at.desc())

    def recent(self, limit: int = 50) -> list[Build]:
        return self._rows.many(order_by=tables.builds.c.created_at.desc(), limit=limit)


class SqlReleases:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, tables.releases, Release, {"kind": ReleaseKind, "status": ReleaseStatus})
        self.add = self._rows.add
        self.by_ids = self._rows.by_ids
        self.update = self._rows.update

    def get(self, release_id: str) -> Release | None:
        return self._rows.one(tables.releases.c.id == release_id)

    def of_space(self, space_id: str, limit: int = 20) -> list[Release]:
        table = tables.releases
        return self._rows.many(table.c.space_id == space_id, order_by=table.c.number.desc(), limit=limit)

    def of_commits(self, space_id: str, shas: Iterable[str]) -> list[Release]:
        table = tables.releases
        is_of_them = (table.c.space_id == space_id) & table.c.sha.in_(list(shas))
        return self._rows.many(is_of_them, order_by=table.c.number.desc())

    def by_number(self, space_id: str, number: int) -> Release | None:
        table = tables.releases
        return self._rows.one(table.c.space_id == space_id, table.c.number == number)

    def by_numbers(self, space_id: str, numbers: Collection[int]) -> dict[int, Release]:
        table = tables.releases
        found = self._rows.many(table.c.space_id == space_id, table.c.number.in_(numbers))
        return {release.number: release for release in found}

    def live(self, space_id: str) -> list[Release]:
        return self._with_status(space_id, ReleaseStatus.LIVE)

    def starting(self, space_id: str) -> list[Release]:
        return self._with_status(space_id, ReleaseStatus.STARTING)

    def last_good(self, space_id: str) -> Release | None:
        table = tables.releases
        found = self._rows.many(
            table.c.space_id == space_id, table.c.live_at.is_not(None), order_by=table.c.live_at.desc(), limit=1
        )
        return found[0] if found else None

    def images(self) -> list[ReleaseImage]:
        table = tables.releases
        names = [item.name for item in fields(ReleaseImage) if item.name != "release_id"]
        statement = select(table.c.id.label("release_id"), *(table.c[name] for name in names))
        statement = statement.where(table.c.image_gone.is_(False)).order_by(table.c.number.desc())
        rows = [row._asdict() for row in self._connection.execute(statement)]
        return [ReleaseImage(**{**row, "status": ReleaseStatus(row["status"])}) for row in rows]

    def made_at(self) -> dict[str, datetime]:
        releases, spaces, instances = tables.releases, tables.spaces, tables.instances
        targets = select(spaces.c.target_release_id).where(spaces.c.target_release_id.is_not(None))
        running = select(instances.c.release_id).where(instances.c.role != Role.GONE)
        statement = select(releases.c.id, releases.c.created_at).where(releases.c.id.in_(targets.union(running)))
        return {str(release_id): made_at for release_id, made_at in self._connection.execute(statement)}

    def next_number(self, space_id: str) -> int:
        table = tables.releases
        statement = select(func.coalesce(func.max(table.c.number), 0)).where(table.c.space_id == space_id)
        return int(self._connection.execute(statement).scalar_one()) + 1

    def mark_image(self, space_id: str, image: str, gone: bool) -> None:
        table = tables.releases
        of_image = (table.c.space_id == space_id) & (table.c.image == image)
        self._connection.execute(update(table).where(of_image).values(image_gone=gone))

    def hardware_of(self, release_ids: Iterable[str]) -> dict[str, str]:
        table = tables.releases
        statement = select(table.c.id, table.c.hardware).where(table.c.id.in_(list(release_ids)))
        return {str(release_id): str(hardware) for release_id, hardware in self._connection.execute(statement)}

    def _with_status(self, space_id: str, status: ReleaseStatus) -> list[Release]:
        table = tables.releases
        return self._rows.many(table.c.space_id == space_id, table.c.status == status, order_by=table.c.number.desc())


class SqlTransaction:
    """One connection inside a transaction, with the stores over it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def accounts(self) -> SqlAccounts:
        return SqlAccounts(self._connection)

    @cached_property
    def spaces(self) -> SqlSpaces:
        return SqlSpaces(self._connection)

    @cached_property
    def repos(self) -> SqlRepos:
        return SqlRepos(self._connection)

    @cached_property
    def listings(self) -> SqlListings:
        return SqlListings(self._connection)

    @cached_property
    def tags(self) -> SqlTags:
        return SqlTags(self._connection)

    @cached_property
    def texts(self) -> SqlTexts:
        return SqlTexts(self._connection)

    @cached_property
    def pushes(self) -> SqlPushes:
        return SqlPushes(self._connection)

    @cached_property
    def builds(self) -> SqlBuilds:
        return SqlBuilds(self._connection)

    @cached_property
    def releases(self) -> SqlReleases:
        return SqlReleases(self._connection)

    @cached_property
    def instances(self) -> SqlInstances:
        return SqlInstances(self._connection)

    @cached_property
    def configs(self) -> SqlConfigs:
        return SqlConfigs(self._connection)

    @cached_property
    def redirects(self) -> SqlRedirects:
        return SqlRedirects(self._connection)

    @cached_property
    def repo_redirects(self) -> SqlRepoRedirects:
        return SqlRepoRedirects(self._connection)

    @cached_property
    def history(self) -> SqlHistory:
        return SqlHistory(self._connection)

    @cached_property
    def webhooks(self) -> SqlWebhooks:
        return SqlWebhooks(self._connection)

    @cached_property
    def domains(self) -> SqlDomains:
        return SqlDomains(self._connection)

    @cached_property
    def timers(self) -> SqlTimers:
        return SqlTimers(self._connection)

    @cached_property
    def notices(self) -> SqlNotices:
        return SqlNotices(self._connection)

    @cached_property
    def watches(self) -> SqlWatches:
        return SqlWatches(self._connection)

    @cached_property
    def blobs(self) -> SqlBlobs:
        return SqlBlobs(self._connection)

    @cached_property
    def likes(self) -> SqlLikes:
        return SqlLikes(self._connection)

    @cached_property
    def discussions(self) -> SqlDiscussions:
        return SqlDiscussions(self._connection)

    @cached_property
    def collections(self) -> SqlCollections:
        return SqlCollections(self._connection)

    @cached_property
    def access_requests(self) -> SqlAccessRequests:
        return SqlAccessRequests(self._connection)

    @cached_property
    def xorbs(self) -> SqlXorbs:
        return SqlXorbs(self._connection)

    @cached_property
    def attachments(self) -> SqlAttachments:
        return SqlAttachments(self._connection)

    @cached_property
    def sign_ins(self) -> SqlSignIns:
        return SqlSignIns(self._connection)

    @cached_property
    def audit(self) -> SqlAudit:
        return SqlAudit(self._connection)

    @cached_property
    def samples(self) -> SqlSamples:
        return SqlSamples(self._connection)

    @cached_property
    def visits(self) -> SqlVisits:
        return SqlVisits(self._connection)

    @cached_property
    def rulings(self) -> SqlRulings:
        return SqlRulings(self._connection)
