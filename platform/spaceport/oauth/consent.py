"""From what an app asks of a person to a code for it: checked, agreed to, remembered."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from spaceport.domain.account import Caller, User
from spaceport.domain.names import new_id
from spaceport.domain.oauth import CODE_SECONDS, AuthorizationCode, OAuthGrant
from spaceport.domain.oauth_rules import is_challenge, may_redirect
from spaceport.domain.oauth_scopes import effective, in_order, reaches_repos, scopes_in
from spaceport.errors import BadRequest, OAuthError
from spaceport.identity import hash_secret
from spaceport.interfaces import Transaction
from spaceport.oauth.apps import KnownApp, find_app
from spaceport.services import Services

#: Everything that may be asked with; hidden fields of the consent page, so that its answer is checked as the question.
PARAMETERS = (
    *("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt"),
    *("code_challenge", "code_challenge_method", "orgIds"),
)
_MAX_NONCE = 500


@dataclass(frozen=True)
class Ask:
    """What an app asks of a person, after all checks."""

    known: KnownApp
    redirect_uri: str
    scopes: frozenset[str]
    org_ids: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    prompt: str = ""


class RefusedAsk(OAuthError):
    """The app is known and may be told, by way of ``redirect_uri``."""

    def __init__(self, code: str, message: str, redirect_uri: str, state: str | None) -> None:
        super().__init__(code, message)
        self.redirect_uri = redirect_uri
        self.state = state


def read_ask(tx: Transaction, services: Services, given: Mapping[str, Sequence[str]], caller: Caller) -> Ask:
    """
    Raises: OAuthError or BadRequest where nobody may be sent back, RefusedAsk otherwise.

    Source: RFC 6749 section 4.1.1, RFC 7636 section 4.3, hub-api.md section 15.
    """
    values = {name: given[name][0] for name in PARAMETERS if given.get(name)}
    known = find_app(tx, services.settings, values.get("client_id", ""), caller)
    redirect_uri, state = values.get("redirect_uri", ""), values.get("state")
    if not may_redirect(redirect_uri, known.terms.origins):
        raise BadRequest(f"{known.name} wants to send you back to an address that is not its own")
    if problem := _problem(known, values, given):
        raise RefusedAsk(*problem, redirect_uri, state)
    wanted = effective(scopes_in(values.get("scope", "")))
    return Ask(
        known,
        redirect_uri,
        scopes=wanted,
        org_ids=_organizations(values.get("orgIds", ""), caller) if reaches_repos(wanted) else (),
        state=state,
        nonce=values.get("nonce"),
        code_challenge=values.get("code_challenge"),
        prompt=values.get("prompt", ""),
    )


def may_sign_in(tx: Transaction, known: KnownApp, caller: Caller) -> bool:
    """Whether the app is for this person: ``hf_oauth_authorized_org`` names organizations, whose members it lets in."""
    if not known.terms.org_names:
        return True
    orgs = [tx.accounts.user(org_id) for org_id in caller.roles]
    return any(org is not None and org.name.lower() in known.terms.org_names for org in orgs)


def is_agreed(grant: OAuthGrant | None, ask: Ask) -> bool:
    """Whether the person has agreed to all of this before."""
    if grant is None or "consent" in ask.prompt.split():
        return False
    return ask.scopes <= {*grant.scopes} and {*ask.org_ids} <= {*grant.org_ids}


def agree(services: Services, user: User, ask: Ask, org_ids: Collection[str]) -> str:
    """Remember what the person lets the app do, and return a code for it."""
    now = services.clock.now()
    code = secrets.token_urlsafe(32)
    with services.database.begin() as tx:
        tx.sign_ins.forget_expired(now)
        grant = put_grant(tx, ask.known.app.id, user, ask.scopes, org_ids, now)
        tx.sign_ins.add_code(
            AuthorizationCode(
                id=hash_secret(code),
                grant_id=grant.id,
                app_id=ask.known.app.id,
                redirect_uri=ask.redirect_uri,
                scopes=in_order(ask.scopes),
                org_ids=sorted(org_ids),
                created_at=now,
                expires_at=now + timedelta(seconds=CODE_SECONDS),
                nonce=ask.nonce,
                code_challenge=ask.code_challenge,
            )
        )
    return code


def put_grant(
    tx: Transaction, app_id: str, user: User, scopes: Collection[str], org_ids: Collection[str], now: datetime
) -> OAuthGrant:
    """Scopes that were agreed to stay so until the grant is revoked; organizations are those of the last answer."""
    known = tx.sign_ins.grant_to(app_id, user.id)
    if known is None:
        grant = OAuthGrant(new_id(), app_id, user.id, in_order(scopes), sorted(org_ids), now, now)
        tx.sign_ins.add_grant(grant)
        return grant
    together = in_order({*known.scopes, *scopes})
    tx.sign_ins.update_grant(known.id, scopes=together, org_ids=sorted(org_ids), updated_at=now)
    return known


def _problem(known: KnownApp, values: Mapping[str, str], given: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    if repeated := [name for name in PARAMETERS if len(given.get(name, ())) > 1]:
        return "invalid_request", f"{repeated[0]} is given more than once"
    if values.get("response_type") != "code":
        return "unsupported_response_type", "response_type must be code"
    challenge, method = values.get("code_challenge"), values.get("code_challenge_method")
    if (challenge is not None or method is not None) and (method != "S256" or not is_challenge(challenge or "")):
        return "invalid_request", "code_challenge must be one of the method S256"
    if len(values.get("nonce", "")) > _MAX_NONCE:
        return "invalid_request", f"nonce has more than {_MAX_NONCE} characters"
    if beyond := sorted(effective(scopes_in(values.get("scope", ""))) - known.terms.scopes):
        return "invalid_scope", f"{beyond[0]} is not among hf_oauth_scopes of {known.name}"
    return None


def _organizations(text: str, caller: Caller) -> tuple[str, ...]:
    """Those of ``orgIds`` that the person is a member of."""
    return tuple(each for each in dict.fromkeys(text.replace(",", " ").split()) if each in caller.roles)
