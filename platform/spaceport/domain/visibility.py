"""Who sees a repo, and of a Space who gets into its app."""

from enum import StrEnum

from spaceport.domain.repo import RepoType
from spaceport.errors import BadRequest


class Visibility(StrEnum):
    """
    ``protected`` is for Spaces: what belongs to the repo is as private, and its app is open at its own address.

    Source: spaces-reference.md section 1.11.
    """

    PUBLIC = "public"
    PROTECTED = "protected"
    PRIVATE = "private"

    @property
    def is_private(self) -> bool:
        """Whether the repo is closed to all who have no right to it."""
        return self is not Visibility.PUBLIC


def visibility_of(kind: RepoType, text: str | None, private: bool | None) -> Visibility | None:
    """
    What is wanted: in a word, or as clients before 2.x say it; None where nothing was said.

    Raises: BadRequest.
    """
    if text is None:
        return None if private is None else Visibility.PRIVATE if private else Visibility.PUBLIC
    allowed = [each for each in Visibility if kind is RepoType.SPACE or each is not Visibility.PROTECTED]
    if text not in allowed:
        raise BadRequest(f'"visibility" must be one of [{", ".join(allowed)}]; given: {text[:50]}')
    return Visibility(text)
