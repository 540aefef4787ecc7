"""Who is asking: passwords, tokens, sessions, and the caller of a request."""

import base64
import binascii
import hashlib
import secrets
import string
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.requests import HTTPConnection

from spaceport import doing
from spaceport.callers import caller_for
from spaceport.domain.access import is_over
from spaceport.domain.account import ANONYMOUS, AccessToken, Caller, Session, User
from spaceport.domain.names import check_namespace, new_id
from spaceport.errors import BadRequest, NotAuthenticated
from spaceport.network import network_of
from spaceport.services import Services
from spaceport.session_cookie import session_cookie_of
from spaceport.sign_in_limit import SignInLimit

TOKEN_PREFIX = "hf_"
#: The role of a token that is for some repos only; such a token alone has scopes.
FINE_GRAINED = "fineGrained"
TOKEN_ROLES = ("read", "write", FINE_GRAINED)
#: The exact text stops clients from taking a bad token for a missing repo. Source: hub-api.md section 2.5.
INVALID_CREDENTIALS = "Invalid credentials in Authorization header"
MIN_PASSWORD_LENGTH = 8
_MAX_PASSWORD_LENGTH = 1024
_USE_NOTED_EVERY = timedelta(hours=1)
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
#: Of all names together: who tries one password with many names is refused before it costs a processor.
MAX_FAILURES_OF_NETWORK = 200
_failed_sign_ins, _failed_from = SignInLimit(), SignInLimit(most=MAX_FAILURES_OF_NETWORK)


@cache
def _hasher() -> PasswordHasher:
    # Source: OWASP password storage cheat sheet, argon2id with 19 MiB and two passes.
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _hash_of_nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """Raises: BadRequest when it is too short or too long."""
    if not MIN_PASSWORD_LENGTH <= len(password) <= _MAX_PASSWORD_LENGTH:
        raise BadRequest(f"a password has {MIN_PASSWORD_LENGTH} to {_MAX_PASSWORD_LENGTH} characters")
    return _hasher().hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Takes the same time for somebody who does not exist (``password_hash`` None)."""
    try:
        _hasher().verify(password_hash or _hash_of_nobody(), password[: _MAX_PASSWORD_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def new_token() -> str:
    """A new secret token: ``hf_`` and 34 letters and digits, the form clients and secret scanners know."""
    alphabet = string.ascii_letters + string.digits
    return TOKEN_PREFIX + "".join(secrets.choice(alphabet) for _ in range(34))


def hash_secret(secret: str) -> str:
    """What is kept of tokens and session cookies: they are long and random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def create_user(services: Services, name: str, password: str, is_admin: bool = False) -> User:
    """Raises: InvalidName, BadRequest for a bad password, AlreadyExists."""
    user = User(new_id(), check_namespace(name), hash_password(password), is_admin, services.clock.now())
    with services.database.begin() as tx:
        tx.accounts.add_user(user)
    doing.tell(f"user {user.name} made", user.name)
    return user


def set_password(services: Services, user: User, password: str, session_id: str = "") -> None:
    """All browsers are signed out, but for the one with this session. Tokens stay. Raises: BadRequest."""
    password_hash = hash_password(password)
    with services.database.begin() as tx:
        tx.accounts.set_password_hash(user.id, password_hash)
        tx.accounts.remove_sessions(user.id, but=session_id)


def create_token(
    services: Services,
    user: User,
    name: str,
    role: str = "write",
    scopes: dict[str, list[str]] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """
    Make a token and return it, the only time anybody sees it. ``scopes`` are those of ``domain.scopes``.

    Raises: BadRequest when the role is unknown, or scopes and role do not fit.
    """
    if role not in TOKEN_ROLES:
        raise BadRequest(f"the role of a token is one of {', '.join(TOKEN_ROLES)}")
    if (role == FINE_GRAINED) != bool(scopes):
        raise BadRequest("a fine-grained token, and no other, says what it may do where")
    secret, now = new_token(), services.clock.now()
    label = name.strip()[:96] or "token"
    token = AccessToken(new_id(), user.id, label, role, hash_secret(secret), now, scopes, expires_at)
    with services.database.begin() as tx:
        tx.accounts.add_token(token)
    doing.tell(f"token {label} made, with the role {role}", user.name)
    return secret


def sign_in(services: Services, name: str, password: str, address: str = "", browser: str = "") -> str:
    """Start a session and return the value of its cookie. Raises: as ``check_password``."""
    user, now = check_password(services, name, password, address), services.clock.now()
    cookie = secrets.token_urlsafe(32)
    expires_at = now + timedelta(days=services.settings.session_days)
    session = Session(hash_secret(cookie), user.id, secrets.token_urlsafe(24), now, expires_at, browser)
    with services.database.begin() as tx:
        tx.accounts.add_session(session)
    return cookie


def check_password(services: Services, name: str, password: str, address: str = "") -> User:
    """
    The user of this name and password.

    Raises: NotAuthenticated, TooManyAttempts after many failures for this name, or very many for all, from there.
    """
    now = services.clock.now()
    doing.name_actor(name, "password")
    _failed_sign_ins.check(_key_of(name, address), now)
    _failed_from.check(network_of(address), now)
    with services.database.read() as tx:
        user = tx.accounts.user_by_name(name)
    if not verify_password(password, user.password_hash if user else None) or user is None:
        note_failure(name, address, now)
        raise NotAuthenticated("Wrong user name or password.")
    _failed_sign_ins.forget(_key_of(name, address))
    return user


def note_failure(name: str, address: str, now: datetime) -> None:
    """Somebody there did not know the password of this name."""
    _failed_sign_ins.add(_key_of(name, address), now)
    _failed_from.add(network_of(address), now)


def _key_of(name: str, address: str) -> str:
    return f"{name.lower()[:100]} {network_of(address)}"


def sign_out(services: Services, cookie: str) -> None:
    """End the session of this cookie; one that is not there is fine."""
    with services.database.begin() as tx:
        tx.accounts.remove_session(hash_secret(cookie))


def session_of(request: HTTPConnection) -> Session | None:
    """The session of a browser, for its ``csrf_token``; None when there is none or it is over. Asked for once."""
    if not hasattr(request.state, "session"):
        request.state.session = _session_of(request)
    known: Session | None = request.state.session
    return known


def _session_of(request: HTTPConnection) -> Session | None:
    services: Services = request.app.state.services
    cookie = session_cookie_of(request, services.settings)
    if not cookie:
        return None
    with services.database.read() as tx:
        session = tx.accounts.session(hash_secret(cookie))
    if session is not None and session.expires_at <= services.clock.now():
        with services.database.begin() as tx:
            tx.accounts.remove_session(session.id)
        return None
    return session


def caller_of(request: HTTPConnection) -> Caller:
    """
    Who sends this request: by Authorization header, else by session cookie, else nobody.

    A wrong token is refused even where nobody needs one. The caller is remembered in ``request.state.caller``. Reads
    the database: call it from a thread.

    Raises: NotAuthenticated.
    """
    known: Caller | None = getattr(request.state, "caller", None)
    if known is None:
        services: Services = request.app.state.services
        authorization = request.headers.get("authorization")
        known = caller_from_header(services, authorization) if authorization else _caller_from_cookie(request, services)
        request.state.caller = known
    return known


def asker_of(request: HTTPConnection) -> str:
    """
    Tells apart those who ask: the id of a user, else the address; of IPv6 the network, which is what one person has.

    Raises: NotAuthenticated.
    """
    user = caller_of(request).user
    if user is not None:
        return user.id
    return network_of(request.client.host if request.client else "")


def caller_from_header(services: Services, authorization: str | None) -> Caller:
    """
    ``Bearer <token>``, or ``Basic`` with any user name and the token as password.

    Raises: NotAuthenticated.
    """
    if not authorization:
        return ANONYMOUS
    token_text = _token_in(authorization)
    if not token_text.startswith(TOKEN_PREFIX):
        raise NotAuthenticated(INVALID_CREDENTIALS)
    with services.database.read() as tx:
        token = tx.accounts.token_by_hash(hash_secret(token_text))
        user = tx.accounts.user(token.user_id) if token else None
        if token is None or user is None or is_over(token, services.clock.now()):
            raise NotAuthenticated(INVALID_CREDENTIALS)
        caller = caller_for(tx, user, token)
    _note_use(services, token)
    return caller


def _note_use(services: Services, token: AccessToken) -> None:
    """Once an hour: what is read a thousand times a second must not be written as often."""
    now = services.clock.now()
    if token.last_used_at is None or now - token.last_used_at >= _USE_NOTED_EVERY:
        with services.database.begin() as tx:
            tx.accounts.note_token_use(token.id, now)


def _token_in(authorization: str) -> str:
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        name, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    # Some clients put the token where the user name belongs and leave the password empty.
    return password or name


def _caller_from_cookie(request: HTTPConnection, services: Services) -> Caller:
    if is_cross_site(request):
        return ANONYMOUS
    session = session_of(request)
    if session is None:
        return ANONYMOUS
    with services.database.read() as tx:
        user = tx.accounts.user(session.user_id)
        return caller_for(tx, user) if user else ANONYMOUS


def is_cross_site(request: HTTPConnection) -> bool:
    """
    Whether a page of somebody else sends this request to change something.

    Spaces live on hosts below ours, which browsers count as the same *site*: SameSite cookies do not stop them, so the
    origin must be our own.
    """
    if request.scope.get("method", "GET") in _SAFE_METHODS:
        return False
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and origin.split("://")[-1].lower() != request.headers.get("host", "").lower()
