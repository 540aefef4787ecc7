"""What a tag tells of a repo: a task, a library, a language, a licence. Source: hub-api.md section 5.1."""

from spaceport.domain.repo import RepoType
from spaceport.domain.tasks import LIBRARIES, PIPELINE_TAGS

#: The type of tags that people chose freely.
OTHER = "other"


def type_of(kind: RepoType, tag: str) -> tuple[str, str]:
    """Type and label. Models have tasks, libraries and languages as bare tags; all others have ``type:label``."""
    type_, _, label = tag.partition(":")
    if label:
        return type_, label
    if kind is RepoType.MODEL and tag in PIPELINE_TAGS:
        return "pipeline_tag", tag
    if kind is RepoType.MODEL and tag in LIBRARIES:
        return "library", tag
    is_language = kind is RepoType.MODEL and len(tag) == 2 and tag.isalpha()
    return ("language", tag) if is_language else (OTHER, tag)
