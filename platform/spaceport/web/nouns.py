"""Nouns, alone and counted, in the language of the request."""

from math import ceil

from spaceport.domain.repo import RepoType
from spaceport.translating import counted, gettext, marked_pair

#: All that is counted with ``plural``: one, and several.
COUNTED = {
    one.removeprefix("%(count)s "): (one, many)
    for one, many in (
        marked_pair("%(count)s account", "%(count)s accounts"),
        marked_pair("%(count)s build", "%(count)s builds"),
        marked_pair("%(count)s column", "%(count)s columns"),
        marked_pair("%(count)s commit", "%(count)s commits"),
        marked_pair("%(count)s core", "%(count)s cores"),
        marked_pair("%(count)s dataset", "%(count)s datasets"),
        marked_pair("%(count)s day", "%(count)s days"),
        marked_pair("%(count)s download", "%(count)s downloads"),
        marked_pair("%(count)s entry", "%(count)s entries"),
        marked_pair("%(count)s file", "%(count)s files"),
        marked_pair("%(count)s like", "%(count)s likes"),
        marked_pair("%(count)s line", "%(count)s lines"),
        marked_pair("%(count)s model", "%(count)s models"),
        marked_pair("%(count)s more file", "%(count)s more files"),
        marked_pair("%(count)s package", "%(count)s packages"),
        marked_pair("%(count)s result", "%(count)s results"),
        marked_pair("%(count)s secret", "%(count)s secrets"),
        marked_pair("%(count)s Space", "%(count)s Spaces"),
        marked_pair("%(count)s variable", "%(count)s variables"),
    )
}


def plural(count: float, noun: str) -> str:
    """``1 file``, ``1,200 files``. A noun that is not in the table stays English."""
    one, many = COUNTED.get(noun, (f"%(count)s {noun}", f"%(count)s {noun}s"))
    return counted(one, many, ceil(count)) % {"count": f"{count:,}"}


def cores(percent: float) -> str:
    """``1 core``, ``1.6 cores``: processor time in percent of one core, as all pages say it."""
    number = round(percent / 100, 1)
    return plural(int(number) if number.is_integer() else number, "core")


def noun(kind: RepoType) -> str:
    """``Space``, ``model``, ``dataset``, within a sentence."""
    return {
        RepoType.SPACE: gettext("Space"),
        RepoType.MODEL: gettext("model"),
        RepoType.DATASET: gettext("dataset"),
    }[kind]


def nouns(kind: RepoType) -> str:
    """``Spaces``, ``models``, ``datasets``, within a sentence."""
    return {
        RepoType.SPACE: gettext("Spaces"),
        RepoType.MODEL: gettext("models"),
        RepoType.DATASET: gettext("datasets"),
    }[kind]
