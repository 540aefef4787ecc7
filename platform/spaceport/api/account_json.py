"""People and organizations as the clients read them. Source: hub-api.md sections 3 and 11.1."""

from collections.abc import Mapping, Sequence
from typing import Any

from spaceport.api.space_json import date_json
from spaceport.domain.account import AccessToken, OrgRole, User
from spaceport.domain.repo import RepoType


def whoami_json(user: User, token: AccessToken | None, orgs: Sequence[tuple[User, OrgRole]]) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "type": "user",
        "id": user.id,
        "name": user.name,
        "fullname": user.fullname or user.name,
        "email": user.email,
        "emailVerified": False,
        "canPay": False,
        "isPro": False,
        "periodEnd": None,
        "avatarUrl": "",
        "orgs": [_own_org_json(org, role) for org, role in orgs],
    }
    if token is not None:
        access_token = {"displayName": token.name, "role": token.role, "createdAt": date_json(token.created_at)}
        answer["auth"] = {"type": "access_token", "accessToken": access_token}
    return answer


def _own_org_json(org: User, role: OrgRole) -> dict[str, Any]:
    return {
        **org_json(org),
        "type": "org",
        "id": org.id,
        "email": org.email,
        "roleInOrg": role,
        "canPay": False,
        "isEnterprise": False,
        "periodEnd": None,
    }


def org_json(org: User) -> dict[str, Any]:
    return {"name": org.name, "fullname": org.fullname or org.name, "avatarUrl": ""}


def org_overview_json(org: User, members: int, repos: Mapping[RepoType, int], is_member: bool) -> dict[str, Any]:
    return {
        **org_json(org),
        "_id": org.id,
        "details": org.bio,
        "isVerified": False,
        "isFollowing": False,
        "isEnterprise": False,
        "isMember": is_member,
        "numUsers": members,
        "numFollowers": 0,
        "numPapers": 0,
        **_numbers_json(repos),
    }


def person_json(user: User) -> dict[str, Any]:
    return {"user": user.name, "fullname": user.fullname or user.name, "avatarUrl": "", "type": "user"}


def user_overview_json(
    user: User, orgs: Sequence[User], repos: Mapping[RepoType, int], likes: int, discussions: int
) -> dict[str, Any]:
    """``likes``, ``discussions`` and ``repos`` are numbers of what the caller may see."""
    return {
        **person_json(user),
        "_id": user.id,
        "createdAt": date_json(user.created_at),
        "isPro": False,
        "isFollowing": False,
        "details": user.bio,
        "numLikes": likes,
        "numDiscussions": discussions,
        "numPapers": 0,
        "numUpvotes": 0,
        "numFollowing": 0,
        "numFollowers": 0,
        "orgs": [org_json(org) for org in orgs],
        **_numbers_json(repos),
    }


def _numbers_json(repos: Mapping[RepoType, int]) -> dict[str, int]:
    return {f"num{kind.plural.capitalize()}": repos[kind] for kind in RepoType}
