"""From what happened to what people hear of: each row of history is looked at once."""

from collections.abc import Iterable

from spaceport.callers import caller_for
from spaceport.domain.access import Action, can, is_own
from spaceport.domain.account import Caller, OrgRole, User
from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.names import new_id
from spaceport.domain.notice import Audience, Notice, NoticeKind, Topic, kind_for, mentioned_in, topic_of
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.domain.watch import WatchLevel
from spaceport.interfaces import Clock, Database, Transaction

_BATCH = 200
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
        with self._database.read() as tx:
            if tx.history.last_number() <= tx.history.cursor(_CURSOR):
                return 0
        made = 0
        with self._database.begin() as tx:
            happened = tx.history.since(tx.history.cursor(_CURSOR), _BATCH)
            for happening in happened:
                made += self._tell(tx, happening)
            tx.history.set_cursor(_CURSOR, happened[-1].number if happened else tx.history.last_number())
        return made

    def _tell(self, tx: Transaction, happening: Happening) -> int:
        if happening.kind is HappeningKind.DISCUSSION and happening.details.get("action") == "delete":
            tx.notices.forget(str(happening.details["discussion"]))
            return 0
        topic = topic_of(happening)
        repo = tx.spaces.get(happening.space_id) or tx.repos.get(happening.space_id) if topic else None
        if topic is None or repo is None:
            return 0
        called, hearing = _called(tx, happening, topic), _hearing(tx, repo, topic)
        people = tx.accounts.users_by_ids((hearing | set(called)) - _deaf(tx, repo, topic))
        if not topic.tells_actor:
            people = {user_id: user for user_id, user in people.items() if user.name != happening.actor}
        quiet, made = tx.notices.quiet_of(people), 0
        for user in people.values():
            kind = kind_for(topic, user.id in called, user.id in hearing, quiet.get(user.id, ()))
            if kind is not None and _may_hear(caller_for(tx, user), repo, topic):
                tx.notices.put(self._notice(happening, topic, kind, user))
                made += 1
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


def _may_hear(caller: Caller, repo: Space | Repo, topic: Topic) -> bool:
    may_write = topic.audience is Audience.READERS or is_own(caller, repo)
    return may_write and can(caller, Action.READ, repo)


def _hearing(tx: Transaction, repo: Space | Repo, topic: Topic) -> set[str]:
    """Ids of those who are to hear of it without being called, if the rights allow it."""
    if topic.for_user:
        return {topic.for_user}
    hearing = set(_owners(tx, repo))
    if topic.audience is Audience.READERS:
        hearing |= {watch.user_id for watch in tx.watches.of_repo(repo.id) if watch.level is WatchLevel.WATCHING}
    if topic.discussion_id:
        hearing |= {event.author_id for event in tx.discussions.events(topic.discussion_id)}
    return hearing


def _deaf(tx: Transaction, repo: Space | Repo, topic: Topic) -> set[str]:
    """Ids of those who said that they want no news of this repo."""
    if topic.for_user or topic.kind in _SILENCED_BY_CHOICE_ONLY:
        return set()
    return {watch.user_id for watch in tx.watches.of_repo(repo.id) if watch.level is WatchLevel.MUTED}


def _owners(tx: Transaction, repo: Space | Repo) -> Iterable[str]:
    """The rule of ``is_own``, asked the other way round."""
    yield repo.owner_id
    for member in tx.accounts.members(repo.owner_id):
        is_creator = member.role is OrgRole.CONTRIBUTOR and member.user_id == repo.creator_id
        if member.role in (OrgRole.WRITE, OrgRole.ADMIN) or is_creator:
            yield member.user_id


def _called(tx: Transaction, happening: Happening, topic: Topic) -> tuple[str, ...]:
    """Ids of those whom a comment calls by name; nobody where it is hidden by now."""
    comment_id = topic.details.get("comment")
    if not topic.discussion_id or not comment_id:
        return ()
    comment = tx.discussions.event(topic.discussion_id, str(comment_id))
    names = mentioned_in(str(comment.data.get("content", ""))) if comment else []
    found = (tx.accounts.user_by_name(name) for name in names)
    return tuple(user.id for user in found if user is not None and user.name != happening.actor)
