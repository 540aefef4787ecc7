"""From what happened to what people hear of: each row of history is looked at once."""

from collections.abc import Iterable, Sequence

from spaceport.callers import caller_for
from spaceport.domain.access import Action, can, is_own
from spaceport.domain.account import Caller, OrgRole, User
from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.names import new_id
from spaceport.domain.notice import Audience, Notice, NoticeKind, Topic, mentioned_in, topic_of
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
        called = _called(tx, happening, topic)
        people = _people(tx, repo, topic, called)
        if not topic.tells_actor:
            people = {user_id: user for user_id, user in people.items() if user.name != happening.actor}
        quiet, made = tx.notices.quiet_of(people), 0
        for user in people.values():
            kind = NoticeKind.MENTION if user.id in called else topic.kind
            if kind not in quiet.get(user.id, frozenset()) and _may_hear(caller_for(tx, user), repo, topic):
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


def _people(tx: Transaction, repo: Space | Repo, topic: Topic, called: Sequence[str]) -> dict[str, User]:
    """Who is to hear of it, if the rights allow it, by id."""
    if topic.for_user:
        return tx.accounts.users_by_ids([topic.for_user])
    watches = {watch.user_id: watch.level for watch in tx.watches.of_repo(repo.id)}
    wanted = set(_owners(tx, repo)) | set(called)
    if topic.audience is Audience.READERS:
        wanted |= {user_id for user_id, level in watches.items() if level is WatchLevel.WATCHING}
    if topic.discussion_id:
        wanted |= {event.author_id for event in tx.discussions.events(topic.discussion_id)}
    if topic.kind not in _SILENCED_BY_CHOICE_ONLY:
        wanted -= {user_id for user_id, level in watches.items() if level is WatchLevel.MUTED}
    return tx.accounts.users_by_ids(wanted)


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
