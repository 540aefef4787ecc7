"""Who somebody is, as an app may know it. Source: hub-api.md section 15, OpenID Connect Core section 5.1."""

from collections.abc import Collection
from typing import Any

from spaceport.domain.account import User
from spaceport.interfaces import Transaction
from spaceport.settings import Settings


def claims_of(tx: Transaction, settings: Settings, user: User, scopes: Collection[str]) -> dict[str, Any]:
    claims: dict[str, Any] = {"sub": user.id}
    if "profile" in scopes:
        claims |= {
            "name": user.fullname or user.name,
            "preferred_username": user.name,
            "profile": f"{settings.hub}/{user.name}",
            "picture": _picture(settings),
            "website": "",
            "isPro": False,
            "orgs": _organizations(tx, settings, user),
        }
    if "email" in scopes:
        claims |= {"email": user.email, "email_verified": False}
    return claims


def _organizations(tx: Transaction, settings: Settings, user: User) -> list[dict[str, Any]]:
    found = [(tx.accounts.user(each.org_id), each.role) for each in tx.accounts.memberships_of(user.id)]
    return [
        {
            "sub": org.id,
            "name": org.fullname or org.name,
            "preferred_username": org.name,
            "picture": _picture(settings),
            "isEnterprise": False,
            "roleInOrg": role,
        }
        for org, role in found
        if org is not None
    ]


def _picture(settings: Settings) -> str:
    """Nobody has one of their own here; clients show whatever address stands there."""
    return f"{settings.hub}/favicon.ico"
