"""From what happened to what people hear of: each row of history is looked at once."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from spaceport.domain.access import Action, can, is_own
from spaceport.domain.account import Caller, Membership, OrgRole, User
from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.names import new_id
from spaceport.domain.notice import Audience, Notice, NoticeKind, Topic, kind_for, mentioned_in, topic_of
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.domain.watch import Watch, WatchLevel
from spaceport.interfaces import Clock, Database, Transaction
from spaceport.notify.reading import Write, read_on

_CURSOR = "notices"
#: What people ask to hear of with the button of a repo; answers to what they did themselves they hear of anyway.
_SILENCED_BY_CHOICE_ONLY = (NoticeKind.ACCESS,)


class NoticeStep:
    """
    Runs in the controller's process only, beside what makes deliveries for webhooks, from the same rows.

    A notice is for a person who may read the repo when it is written, and is shown as long as that stays so.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def take(self) -> int:
        """Make notices of everything that happened since the last call; returns how many."""
        return read_on(self._database, _CURSOR, self._plan)

    def _plan(self, tx: Transaction, happening: Happening) -> Write | None:
        if happening.kind is HappeningKind.DISCUSSION and happening.details.get("action") == "delete":
            return partial(_forget, str(happening.details["discussion"]))
        topic = topic_of(happening)
        repo = _repo_of(tx, happening.space_id) if topic else None
        made = self._notices(tx, happening, topic, repo) if topic and repo else []
        return partial(_put, made) if made else None

    def _notices(self, tx: Transaction, happening: Happening, topic: Topic, repo: Space | Repo) -> list[Notice]:
        members = tx.accounts.members(repo.owner_id)
        watches = tx.watches.of_repo(repo.id)
        called, hearing = _called(tx, happening, topic), _hearing(tx, repo, topic, members, watches)
        people = tx.accounts.users_by_ids((hearing | called) - _deaf(topic, watches))
        quiet, roles = tx.notices.quiet_of(people), {each.user_id: each.role for each in members}
        made = []
        for user in people.values():
            if user.name == happening.actor and not topic.tells_actor:
                continue
            kind = kind_for(topic, user.id in called, user.id in hearing, quiet.get(user.id, ()))
            if kind is not None and _may_hear(_caller(user, repo, roles), repo, topic):
                made.append(self._notice(happening, topic, kind, user))
        return made

    def _notice(self, happening: Happening, topic: Topic, kind: NoticeKind, user: User) -> Notice:
        return Notice(
            id=new_id(),
            user_id=user.id,
            repo_id=happening.space_id,
            kind=kind,
            subject=topic.subject,
            audience=topic.audience,
            actor=happening.actor,
            details=topic.details,
            at=happening.at,
        )


def _put(made: Sequence[Notice], tx: Transaction) -> int:
    """For those who are still there, of what is still there: accounts and repos may be gone by now."""
    there = tx.accounts.users_by_ids([notice.user_id for notice in made]) if _repo_of(tx, made[0].repo_id) else {}
    left = [notice for notice in made if notice.user_id in there]
    tx.notices.put_all(left)
    return len(left)


def _forget(subject: str, tx: Transaction) -> int:
    tx.notices.forget(subject)
    return 0


def _repo_of(tx: Transaction, repo_id: str) -> Space | Repo | None:
    return tx.spaces.get(repo_id) or tx.repos.get(repo_id)


def _caller(user: User, repo: Space | Repo, roles: Mapping[str, OrgRole]) -> Caller:
    """As far as this repo is concerned, without gates: these keep nobody from reading, but from fetching files."""
    return Caller(user, roles={repo.owner_id: roles[user.id]} if user.id in roles else {})


def _may_hear(caller: Caller, repo: Space | Repo, topic: Topic) -> bool:
    may_write = topic.audience is Audience.READERS or is_own(caller, repo)
    return may_write and can(caller, Action.READ, repo)


def _hearing(
    tx: Transaction, repo: Space | Repo, topic: Topic, members: Iterable[Membership], watches: Iterable[Watch]
) -> set[str]:
    """Ids of those who are to hear of it without being called, if the rights allow it."""
    if topic.for_user:
        return {topic.for_user}
    hearing = set(_owners(repo, members))
    if topic.audience is Audience.READERS:
        hearing |= {watch.user_id for watch in watches if watch.level is WatchLevel.WATCHING}
    return hearing | tx.discussions.author_ids(topic.discussion_id) if topic.discussion_id else hearing


def _deaf(topic: Topic, watches: Iterable[Watch]) -> set[str]:
    """Ids of those who said that they want no news of this repo."""
    if topic.for_user or topic.kind in _SILENCED_BY_CHOICE_ONLY:
        return set()
    return {watch.user_id for watch in watches if watch.level is WatchLevel.MUTED}


def _owners(repo: Space | Repo, members: Iterable[Membership]) -> Iterable[str]:
    """The rule of ``is_own``, asked the other way round."""
    yield repo.owner_id
    for member in members:
        is_creator = member.role is OrgRole.CONTRIBUTOR and member.user_id == repo.creator_id
        if member.role in (OrgRole.WRITE, OrgRole.ADMIN) or is_creator:
            yield member.user_id


def _called(tx: Transaction, happening: Happening, topic: Topic) -> frozenset[str]:
    """Ids of those whom a comment calls by name; nobody where it is hidden by now."""
    comment_id = topic.details.get("comment")
    if not topic.discussion_id or not comment_id:
        return frozenset()
    comment = tx.discussions.event(topic.discussion_id, str(comment_id))
    names = mentioned_in(str(comment.data.get("content", ""))) if comment else []
    found = (tx.accounts.user_by_name(name) for name in names)
    return frozenset(user.id for user in found if user is not None and user.name != happening.actor)
