"""Scopes of OAuth: which there are, what each lets an app do in words, and which rights of a token follow."""

from collections.abc import Collection, Iterable, Sequence

from spaceport.domain.scopes import EVERYWHERE, Right

#: Whoever signs in says who they are.
ALWAYS = ("openid", "profile")
#: In the order of the consent page. Source: spaces-reference.md section 1.12; words: what they do on this hub.
WORDS = {
    "openid": "know that it is you",
    "profile": "see your name, and the organizations you belong to",
    "email": "see your e-mail address",
    "read-repos": "read your repos, private ones too",
    "gated-repos": "read the files of gated repos that let you in",
    "write-repos": "read, change, create and delete your repos",
    "manage-repos": "read, change, create and delete your repos, and their settings",
    "write-discussions": "open discussions and pull requests, comment and like in your name",
}
#: Known to the public Hub and without a meaning on this one: cards may name them, nobody is asked, nothing is given.
WITHOUT_MEANING = frozenset(
    {
        *("read-billing", "read-memberships", "contribute-repos", "read-collections", "write-collections"),
        *("inference-api", "read-endpoints", "write-endpoints", "jobs", "webhooks"),
    }
)
ALL_SCOPES = frozenset(WORDS)
#: Scopes that reach into the repos of organizations, where the person lets them.
_AT_NAMESPACES = {"read-repos": Right.READ, "write-repos": Right.WRITE, "manage-repos": Right.WRITE}
_EVERYWHERE = {"gated-repos": Right.GATED, "write-discussions": Right.DISCUSSION}


def scopes_in(text: str) -> list[str]:
    """The words of a ``scope`` parameter, each once."""
    return list(dict.fromkeys(text.split()))


def effective(wanted: Iterable[str]) -> frozenset[str]:
    """What can be given of them, and what always is."""
    return ALL_SCOPES & {*wanted, *ALWAYS}


def in_order(scopes: Collection[str]) -> list[str]:
    """As they are written down and shown."""
    return [each for each in WORDS if each in scopes]


def wish_words(scopes: Collection[str]) -> list[str]:
    """What a person is asked for, one line each; that it is about the person goes without saying."""
    return [WORDS[each] for each in in_order(scopes) if each != "openid"]


def reaches_repos(scopes: Collection[str]) -> bool:
    """Whether it makes a difference in which organizations the app may act."""
    return any(each in _AT_NAMESPACES for each in scopes)


def token_rights(scopes: Collection[str], user_id: str, org_ids: Sequence[str]) -> dict[str, list[str]]:
    """
    What a fine-grained token of these scopes may do, and where: the person's own namespace and these organizations.

    ``openid profile`` alone gives no right at all.
    """
    at_namespaces = sorted({right for scope, right in _AT_NAMESPACES.items() if scope in scopes})
    everywhere = sorted({right for scope, right in _EVERYWHERE.items() if scope in scopes})
    rights = {each: [str(right) for right in at_namespaces] for each in (user_id, *org_ids) if at_namespaces}
    return rights | ({EVERYWHERE: [str(right) for right in everywhere]} if everywhere else {})
