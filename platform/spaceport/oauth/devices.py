"""Signing in a device that has no browser: it shows a code, a person types it, the device asks until it is answered."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from spaceport.domain.account import User
from spaceport.domain.oauth import DEVICE_SECONDS, DeviceCode, DeviceStatus
from spaceport.domain.oauth_rules import new_user_code, typed_user_code
from spaceport.domain.oauth_scopes import effective, in_order, scopes_in
from spaceport.errors import AlreadyExists, NotFound, OAuthError, TooManyAttempts
from spaceport.identity import hash_secret
from spaceport.interfaces import Transaction
from spaceport.oauth.apps import KnownApp, ensure_command_line, find_app
from spaceport.oauth.consent import put_grant
from spaceport.oauth.tokens import Issued, begin_session
from spaceport.services import Services

#: Codes that one address may have at a time: they are short, and each one more makes guessing easier.
MAX_PER_ADDRESS = 50
_TRIES = 5
#: Added whenever a device asks too often. Source: RFC 8628 section 3.5.
_SLOWER_SECONDS = 5


@dataclass(frozen=True)
class DeviceStart:
    """``device_code`` is the device's secret, in clear here and nowhere else."""

    device_code: str
    device: DeviceCode


def start_device(services: Services, client_id: str, scope: str, address: str) -> DeviceStart:
    """
    Without a ``scope``, all that the app may ask for.

    Raises: OAuthError, TooManyAttempts. Source: RFC 8628 section 3.1.
    """
    now, secret = services.clock.now(), secrets.token_urlsafe(32)
    for _ in range(_TRIES):
        try:
            with services.database.begin() as tx:
                ensure_command_line(tx, now)
                known = find_app(tx, services.settings, client_id)
                if known.space is not None:
                    raise OAuthError("unauthorized_client", "apps of Spaces sign people in by /oauth/authorize")
                tx.sign_ins.forget_expired(now)
                if tx.sign_ins.devices_from(address) >= MAX_PER_ADDRESS:
                    raise TooManyAttempts("too many devices wait to be signed in: try again in some minutes")
                device = DeviceCode(
                    id=hash_secret(secret),
                    user_code=new_user_code(),
                    app_id=known.app.id,
                    scopes=in_order(effective(scopes_in(scope)) if scope.strip() else known.terms.scopes),
                    address=address,
                    created_at=now,
                    expires_at=now + timedelta(seconds=DEVICE_SECONDS),
                )
                tx.sign_ins.add_device(device)
                return DeviceStart(secret, device)
        except AlreadyExists:
            # Another device has this user code.
            continue
    raise TooManyAttempts("no free code was found: try again")


def waiting_device(services: Services, typed: str) -> DeviceCode:
    """The device that shows this code and was not answered. Raises: NotFound."""
    with services.database.read() as tx:
        device = tx.sign_ins.device_by_user_code(typed_user_code(typed))
    is_over = device is not None and device.expires_at <= services.clock.now()
    if device is None or is_over or device.status is not DeviceStatus.PENDING:
        raise NotFound("no device shows this code, or it is over: look again, or begin anew on the device")
    return device


def answer_device(services: Services, user: User, typed: str, is_allowed: bool) -> DeviceCode:
    """The person's word. Raises: NotFound."""
    device, now = waiting_device(services, typed), services.clock.now()
    with services.database.begin() as tx:
        current = tx.sign_ins.device(device.id)
        if current is None or current.status is not DeviceStatus.PENDING:
            raise NotFound("this code was answered already")
        if is_allowed:
            # With fewer scopes than all it acts in the person's own namespace only.
            grant = put_grant(tx, device.app_id, user, device.scopes, (), now)
            tx.sign_ins.update_device(device.id, status=DeviceStatus.APPROVED, grant_id=grant.id)
        else:
            tx.sign_ins.update_device(device.id, status=DeviceStatus.DENIED)
    return device


def redeem_device(services: Services, known: KnownApp, device_code: str) -> Issued:
    """Raises: OAuthError. Source: RFC 8628 section 3.5."""
    with services.database.begin() as tx:
        answer = _redeem(services, tx, known, hash_secret(device_code))
    # What was noted of a device that has to wait stays noted: raised here, outside of the transaction.
    if isinstance(answer, OAuthError):
        raise answer
    return answer


def _redeem(services: Services, tx: Transaction, known: KnownApp, device_id: str) -> Issued | OAuthError:
    device, now = tx.sign_ins.device(device_id), services.clock.now()
    if device is None or device.app_id != known.app.id or device.status is DeviceStatus.USED:
        return OAuthError("invalid_grant", "this device code is unknown or used: begin anew")
    if device.expires_at <= now:
        return OAuthError("expired_token", "nobody typed the code in time: begin anew")
    if device.status is DeviceStatus.DENIED:
        return OAuthError("access_denied", "the person said no")
    grant = tx.sign_ins.grant(device.grant_id) if device.grant_id else None
    if device.status is DeviceStatus.APPROVED and grant is not None:
        tx.sign_ins.update_device(device.id, status=DeviceStatus.USED)
        return begin_session(services, tx, known, grant, device.scopes)
    interval = device.interval_seconds
    is_early = device.last_polled_at is not None and (now - device.last_polled_at).total_seconds() < interval - 1
    if is_early:
        interval += _SLOWER_SECONDS
    tx.sign_ins.update_device(device.id, last_polled_at=now, interval_seconds=interval)
    if is_early:
        return OAuthError("slow_down", f"ask every {interval} seconds")
    return OAuthError("authorization_pending", "nobody has typed the code yet")
