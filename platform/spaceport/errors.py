"""Everything that can go wrong and that a person may read about. No HTTP here: see ``api.errors`` for statuses."""

from collections.abc import Sequence


class SpaceportError(Exception):
    """Root of the tree. The message says what happened and what the reader can do; it never holds a secret."""


class SettingsError(SpaceportError):
    """A setting is missing or makes no sense."""


class InvalidName(SpaceportError):
    """A name of a user or repo that breaks the rules."""


class InvalidCard(SpaceportError):
    """The front matter of a README cannot be used. ``problems`` holds one line for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class NotAuthenticated(SpaceportError):
    """Nobody, or somebody with a wrong password or token."""


class AccessDenied(SpaceportError):
    """A known user without the right to do this."""


class GatedRepo(AccessDenied):
    """The repo is there for everybody to see; its files are for those who were let in."""


class NotFound(SpaceportError):
    """Root of what is not there, or not for this reader."""


class SpaceNotFound(NotFound):
    """No such Space, or a private one."""


class RepoDisabled(SpaceportError):
    """An admin closed the repo to everybody but admins."""

    def __init__(self) -> None:
        super().__init__("Access to this resource is disabled.")


class SpaceMoved(SpaceportError):
    """The repo, a Space or another, has another name by now, ``full_name``, and whoever asks may know it."""

    def __init__(self, full_name: str) -> None:
        super().__init__(f"this repo is {full_name} now")
        self.full_name = full_name


class RevisionNotFound(NotFound):
    """The repo is there, the revision is not."""


class EntryNotFound(NotFound):
    """The revision is there, the path is not."""


class UserNotFound(NotFound):
    """No such user."""


class BuildNotFound(NotFound):
    """No such build."""


class AlreadyExists(SpaceportError):
    """Something of that name exists."""


class Conflict(SpaceportError):
    """The request does not fit the state things are in."""


class MergeConflict(Conflict):
    """Two sides changed the same files in different ways. ``files`` holds their paths."""

    def __init__(self, files: Sequence[str]) -> None:
        shown = ", ".join(files[:10]) + (f" and {len(files) - 10} more" if len(files) > 10 else "")
        super().__init__(f"this cannot be merged: both sides changed {shown}")
        self.files = list(files)


class BranchMoved(SpaceportError):
    """A commit was made for a head that the branch has not any more."""


class BadRequest(SpaceportError):
    """The request cannot be understood; the message says what is allowed."""


class BadPath(BadRequest):
    """Nothing can be stored at this path of a repo."""


class NotSupported(SpaceportError):
    """A Hub has this, this Spaceport has not; the message says what to use instead."""


class TooManyAttempts(SpaceportError):
    """
    Asked or failed too often for now; the message says how long to wait.

    ``allowed`` is how often within ``window_seconds``, 0 where it is no matter of time.
    """

    def __init__(self, message: str, wait_seconds: int = 60, allowed: int = 0, window_seconds: int = 0) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds
        self.allowed = allowed
        self.window_seconds = window_seconds


class NoRoom(SpaceportError):
    """The hub's disk is as full as it may be; trying again at once does not help."""


class Unavailable(SpaceportError):
    """A part of Spaceport that this needs does not answer right now; trying again helps."""


class OAuthError(SpaceportError):
    """
    An app that signs people in did something wrong, or was refused; ``code`` is what its library reads.

    Source: RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5, OpenID Connect Core section 3.1.2.6.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
