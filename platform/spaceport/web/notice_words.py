"""Notices as people read them, and where they lead. Pure."""

from dataclasses import dataclass

from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.custom_domain import GRACE, RECORD_GONE
from spaceport.domain.discussion import Discussion
from spaceport.domain.notice import TALK, Notice, NoticeKind
from spaceport.domain.notice_folding import times_of
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.translating import gettext, marked, translated

#: What somebody may choose to hear of, in the order of the form.
KIND_WORDS = {
    NoticeKind.BUILD: marked("The build of a Space failed"),
    NoticeKind.CRASH: marked("A Space ended with an error, or its new version did not start"),
    NoticeKind.STOP: marked("An admin or the platform stopped a Space, or suspended a domain of it"),
    NoticeKind.DISCUSSION: marked("Somebody opened a discussion or a pull request"),
    NoticeKind.REPLY: marked("Somebody answered, merged, closed or opened again"),
    NoticeKind.MENTION: marked("Somebody wrote your name with an @ in front"),
    NoticeKind.ACCESS: marked("Somebody asks for access, or answered you"),
}
_TONES = {NoticeKind.BUILD: "failed", NoticeKind.CRASH: "failed", NoticeKind.STOP: "queued"}
_DEEDS = {
    "commented": marked("%(actor)s commented on %(what)s #%(number)s of %(name)s"),
    "open": marked("%(actor)s opened %(what)s #%(number)s of %(name)s"),
    "closed": marked("%(actor)s closed %(what)s #%(number)s of %(name)s"),
    "merged": marked("%(actor)s merged %(what)s #%(number)s of %(name)s"),
    "draft": marked("%(actor)s changed %(what)s #%(number)s of %(name)s"),
}
#: Many calls in one line.
_IN_TALK = marked("%(actor)s mentioned you %(times)s times in %(what)s #%(number)s of %(name)s")
_IN_REPO = marked("%(actor)s mentioned you %(times)s times in discussions of %(name)s")
_ANSWERS = {
    "asks": marked("%(actor)s asks for access to %(name)s"),
    "accepted": marked("%(actor)s gave you access to %(name)s"),
    "rejected": marked("%(actor)s rejected your request for access to %(name)s"),
    "pending": marked("Your request for access to %(name)s waits again"),
}


@dataclass(frozen=True)
class Line:
    """A row of the page: one sentence, and below it a title or a reason where there is one."""

    notice: Notice
    words: str
    below: str = ""

    @property
    def tone(self) -> str:
        return _TONES.get(self.notice.kind, "")


def line_of(notice: Notice, repo: Space | Repo, discussion: Discussion | None) -> Line:
    """What is there by now is called by its name of now."""
    if notice.kind in TALK:
        return Line(notice, _talk_words(notice, repo), discussion.title if discussion else "")
    return Line(notice, _repo_words(notice, repo), translated(str(notice.details.get("reason") or "")))


def place_of(notice: Notice, repo: Space | Repo, caller: Caller) -> str:
    """The page that says more, as far as this person may see it."""
    kind = RepoType.SPACE if isinstance(repo, Space) else repo.type
    base, details = f"/{kind.prefix}{repo.full_name}", notice.details
    if notice.kind in TALK:
        comment = details.get("comment")
        return f"{base}/discussions/{details.get('number')}" + (f"#comment-{comment}" if comment else "")
    if notice.kind is NoticeKind.ACCESS and details.get("verb") == "asks" and can(caller, Action.CONFIGURE, repo):
        return f"{base}/settings#requests"
    if notice.kind is NoticeKind.BUILD and can(caller, Action.LOGS, repo):
        return f"{base}/builds/{details.get('build')}"
    if notice.kind is NoticeKind.CRASH and can(caller, Action.LOGS, repo):
        return f"{base}/logs"
    return base


def _talk_words(notice: Notice, repo: Space | Repo) -> str:
    number = notice.details.get("number")
    what = gettext("pull request") if notice.details.get("isPullRequest") else gettext("discussion")
    values = {"actor": notice.actor, "what": what, "number": number, "name": repo.full_name}
    if notice.kind is NoticeKind.MENTION and (times := times_of(notice)) > 1:
        words = _IN_REPO if notice.details.get("inRepo") else _IN_TALK
        return gettext(words, times=times, **values)
    if notice.kind is NoticeKind.MENTION:
        return gettext("%(actor)s mentions you in %(what)s #%(number)s of %(name)s", **values)
    verb = "open" if notice.kind is NoticeKind.DISCUSSION else str(notice.details.get("verb"))
    return gettext(_DEEDS.get(verb, _DEEDS["draft"]), **values)


def _repo_words(notice: Notice, repo: Space | Repo) -> str:
    name, actor, verb = repo.full_name, notice.actor, str(notice.details.get("verb"))
    if notice.kind is NoticeKind.BUILD:
        return gettext("The build of %(name)s failed", name=name)
    if notice.kind is NoticeKind.CRASH and (release := notice.details.get("release")):
        return gettext("Version %(release)s of %(name)s did not start", release=release, name=name)
    if notice.kind is NoticeKind.CRASH:
        return gettext("The app of %(name)s does not run", name=name)
    if notice.kind is NoticeKind.STOP and notice.details.get("command") == "stopped":
        return gettext("%(actor)s stopped %(name)s", actor=actor, name=name)
    if notice.kind is NoticeKind.STOP and notice.details.get("command") == f"domain {RECORD_GONE}":
        return gettext(
            "The DNS record of the domain %(domain)s of %(name)s is gone: it is suspended in %(days)s days without it",
            domain=notice.details.get("domain"),
            name=name,
            days=GRACE.days,
        )
    if notice.kind is NoticeKind.STOP and (domain := notice.details.get("domain")):
        return gettext(
            "The domain %(domain)s of %(name)s is suspended: its DNS record is gone", domain=domain, name=name
        )
    if notice.kind is NoticeKind.STOP:
        return gettext("The platform suspended %(name)s", name=name)
    return gettext(_ANSWERS.get(verb, _ANSWERS["pending"]), actor=actor, name=name)
