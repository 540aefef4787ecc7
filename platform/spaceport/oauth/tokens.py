"""Codes and refresh tokens become access tokens: one session each, every secret good once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from spaceport.domain.account import AccessToken, User
from spaceport.domain.names import new_id
from spaceport.domain.oauth import REFRESH_SECONDS, OAuthGrant, OAuthSession
from spaceport.domain.oauth_rules import proves
from spaceport.domain.oauth_scopes import ALL_SCOPES, token_rights
from spaceport.errors import OAuthError
from spaceport.identity import hash_secret, new_token
from spaceport.interfaces import Transaction
from spaceport.oauth.apps import KnownApp, has_secret
from spaceport.services import Services

#: Processes of one machine may renew at the same moment; later, a spent refresh token is a stolen one.
_RACE = timedelta(seconds=60)


@dataclass(frozen=True)
class Issued:
    """What an app gets; secrets in clear, never kept. ``nonce`` belongs into the identity token."""

    access_token: str
    expires_in: int
    scopes: list[str]
    user: User
    refresh_token: str | None = None
    nonce: str | None = None


def exchange_code(services: Services, known: KnownApp, form: Mapping[str, str], secret: str | None) -> Issued:
    """
    The app shows that it is the one that asked: by its secret, or by the proof of its challenge (PKCE).

    A code that comes a second time was stolen: what was made of it is taken back.

    Raises: OAuthError. Source: RFC 6749 sections 4.1.3 and 10.5, RFC 7636 section 4.6.
    """
    _check_secret(services, known, secret)
    with services.database.begin() as tx:
        issued = _exchange(services, tx, known, form, has_shown_secret=secret is not None)
    # The error of a stolen code is raised here: within the transaction it would bring the session back.
    if issued is None:
        raise OAuthError("invalid_grant", "this code is unknown, used or over: sign in again")
    return issued


def _exchange(
    services: Services, tx: Transaction, known: KnownApp, form: Mapping[str, str], has_shown_secret: bool
) -> Issued | None:
    code, now = tx.sign_ins.code(hash_secret(form.get("code", ""))), services.clock.now()
    if code is None or code.app_id != known.app.id:
        return None
    if code.session_id is not None:
        tx.sign_ins.remove_session(code.session_id)
        return None
    if code.expires_at <= now or code.redirect_uri != form.get("redirect_uri"):
        return None
    verifier = form.get("code_verifier")
    if code.code_challenge is not None and not proves(verifier or "", code.code_challenge):
        raise OAuthError("invalid_grant", "code_verifier does not belong to the code_challenge of the beginning")
    if code.code_challenge is None and (verifier is not None or not has_shown_secret):
        raise OAuthError("invalid_grant", "show client_secret, or begin with code_challenge and show code_verifier")
    grant = tx.sign_ins.grant(code.grant_id)
    assert grant is not None
    ends_at = now + timedelta(seconds=known.terms.token_seconds)
    session = OAuthSession(new_id(), grant.id, code.scopes, code.org_ids, now, ends_at)
    tx.sign_ins.add_session(session)
    tx.sign_ins.update_code(code.id, session_id=session.id)
    return replace(_issue(services, tx, known, grant, session), nonce=code.nonce)


def begin_session(services: Services, tx: Transaction, known: KnownApp, grant: OAuthGrant, scopes: list[str]) -> Issued:
    """A session that can be renewed, for a device."""
    now, refresh = services.clock.now(), secrets.token_urlsafe(32)
    ends_at = now + timedelta(seconds=REFRESH_SECONDS)
    session = OAuthSession(new_id(), grant.id, scopes, grant.org_ids, now, ends_at, hash_secret(refresh))
    tx.sign_ins.add_session(session)
    return replace(_issue(services, tx, known, grant, session), refresh_token=refresh)


def refresh(services: Services, known: KnownApp, refresh_token: str, secret: str | None) -> Issued:
    """
    A new access token and a new refresh token; the one that was shown is spent.

    Raises: OAuthError. Source: RFC 6749 section 6, RFC 9700 section 4.14.2.
    """
    _check_secret(services, known, secret)
    with services.database.begin() as tx:
        issued = _refresh(services, tx, known, hash_secret(refresh_token))
    if issued is None:
        raise OAuthError("invalid_grant", "this refresh token is unknown, used or over: sign in again")
    return issued


def _refresh(services: Services, tx: Transaction, known: KnownApp, shown: str) -> Issued | None:
    session, now = tx.sign_ins.session_by_refresh(shown), services.clock.now()
    grant = tx.sign_ins.grant(session.grant_id) if session else None
    if session is None or grant is None or grant.app_id != known.app.id or session.expires_at <= now:
        return None
    if session.refresh_hash != shown:
        if session.rotated_at is None or now - session.rotated_at > _RACE:
            tx.sign_ins.remove_session(session.id)
        return None
    fresh = secrets.token_urlsafe(32)
    tx.sign_ins.update_session(
        session.id,
        refresh_hash=hash_secret(fresh),
        spent_hash=shown,
        rotated_at=now,
        expires_at=now + timedelta(seconds=REFRESH_SECONDS),
    )
    return replace(_issue(services, tx, known, grant, session), refresh_token=fresh)


def _issue(services: Services, tx: Transaction, known: KnownApp, grant: OAuthGrant, session: OAuthSession) -> Issued:
    user = tx.accounts.user(grant.user_id)
    assert user is not None
    secret, now = new_token(), services.clock.now()
    may_all = known.terms.is_trusted and set(session.scopes) >= ALL_SCOPES
    token = AccessToken(
        id=new_id(),
        user_id=user.id,
        name=known.name,
        role="write" if may_all else "fineGrained",
        token_hash=hash_secret(secret),
        created_at=now,
        scopes=None if may_all else token_rights(session.scopes, user.id, session.org_ids),
        expires_at=_end(now, known),
        oauth_session_id=session.id,
    )
    tx.accounts.add_token(token)
    tx.sign_ins.update_grant(grant.id, updated_at=now)
    return Issued(secret, known.terms.token_seconds, session.scopes, user)


def _end(now: datetime, known: KnownApp) -> datetime:
    return now + timedelta(seconds=known.terms.token_seconds)


def _check_secret(services: Services, known: KnownApp, secret: str | None) -> None:
    """A wrong secret is refused even where none is needed. Raises: OAuthError."""
    if secret is not None and not has_secret(services, known.app, secret):
        raise OAuthError("invalid_client", "wrong client_secret")
