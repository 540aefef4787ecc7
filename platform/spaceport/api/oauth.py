"""
Signing people in to apps, as far as programs see it: discovery, tokens, devices, who somebody is.

The pages where people agree are ``web.consent_page`` and ``web.device_page``. Source: hub-api.md sections 3 and 15.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse

from spaceport.api.finding import base_url, signed_in
from spaceport.api.oauth_form import credentials_in, form_of
from spaceport.domain.oauth import DEVICE_INTERVAL_SECONDS, DEVICE_SECONDS
from spaceport.domain.oauth_scopes import WORDS
from spaceport.errors import AccessDenied, OAuthError
from spaceport.oauth import devices, tokens
from spaceport.oauth.apps import app_of_code, find_app
from spaceport.oauth.claims import claims_of
from spaceport.oauth.signing import ALGORITHM, public_keys, signed_identity
from spaceport.services import Services

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
Form = Annotated[Mapping[str, str], Depends(form_of)]
#: Secrets stay in nobody's cache. Source: RFC 6749 section 5.1.
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def make_oauth_router(services: Services) -> APIRouter:
    router = APIRouter()
    _add_discovery(router, services)
    _add_tokens(router, services)

    @router.get("/oauth/userinfo")
    @router.post("/oauth/userinfo")
    def userinfo(request: Request) -> dict[str, Any]:
        """For tokens that an app got by OAuth."""
        caller = signed_in(request)
        assert caller.user is not None
        session_id = caller.token.oauth_session_id if caller.token is not None else None
        with services.database.read() as tx:
            session = tx.sign_ins.session(session_id) if session_id else None
            if session is None:
                raise AccessDenied("only tokens that an app got by OAuth say who somebody is: see /api/whoami-v2")
            return claims_of(tx, services.settings, caller.user, session.scopes)

    return router


def _add_discovery(router: APIRouter, services: Services) -> None:
    @router.get("/.well-known/openid-configuration")
    def discovery(request: Request) -> JSONResponse:
        """
        Browsers go to the hub's public address; programs go on with the one they came by, which may be another.

        Source: OpenID Connect Discovery 1.0 section 3.
        """
        public, asked = services.settings.hub, base_url(request)
        answer = {
            "issuer": public,
            "authorization_endpoint": f"{public}/oauth/authorize",
            "token_endpoint": f"{asked}/oauth/token",
            "userinfo_endpoint": f"{asked}/oauth/userinfo",
            "jwks_uri": f"{asked}/oauth/jwks",
            "device_authorization_endpoint": f"{asked}/oauth/device",
            "scopes_supported": list(WORDS),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token", _DEVICE_GRANT],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": ["sub", "name", "preferred_username", "profile", "picture", "orgs", "email"],
        }
        return JSONResponse(answer, headers={"Access-Control-Allow-Origin": "*"})

    @router.get("/oauth/jwks")
    def jwks() -> dict[str, Any]:
        return public_keys(services.settings.data_dir)


def _add_tokens(router: APIRouter, services: Services) -> None:
    @router.post("/oauth/device")
    def start(request: Request, form: Form) -> JSONResponse:
        """A page may be asked for at the same address: ``verification_uri``."""
        client_id, _ = credentials_in(request, form)
        address = request.client.host if request.client else ""
        started = devices.start_device(services, client_id, form.get("scope", ""), address)
        page, code = f"{base_url(request)}/oauth/device", started.device.user_code
        answer = {
            "device_code": started.device_code,
            "user_code": code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={code}",
            "expires_in": DEVICE_SECONDS,
            "interval": DEVICE_INTERVAL_SECONDS,
        }
        return JSONResponse(answer, headers=_NOT_KEPT)

    @router.post("/oauth/token")
    def token(request: Request, form: Form) -> JSONResponse:
        client_id, secret = credentials_in(request, form)
        kind = form.get("grant_type", "")
        if kind not in ("authorization_code", "refresh_token", _DEVICE_GRANT):
            raise OAuthError("unsupported_grant_type", "grant_type is authorization_code, refresh_token or device_code")
        with services.database.read() as tx:
            if kind == "authorization_code" and not client_id:
                # huggingface.js shows the code and its proof alone.
                client_id = app_of_code(tx, form.get("code", ""))
            known = find_app(tx, services.settings, client_id)
        if kind == "authorization_code":
            issued = tokens.exchange_code(services, known, form, secret)
        elif kind == "refresh_token":
            issued = tokens.refresh(services, known, form.get("refresh_token", ""), secret)
        else:
            issued = devices.redeem_device(services, known, form.get("device_code", ""))
        return JSONResponse(_answer(services, client_id, issued), headers=_NOT_KEPT)


def _answer(services: Services, client_id: str, issued: tokens.Issued) -> dict[str, Any]:
    now = int(services.clock.now().timestamp())
    with services.database.read() as tx:
        claims = claims_of(tx, services.settings, issued.user, issued.scopes)
    claims |= {"iss": services.settings.hub, "aud": client_id, "iat": now, "exp": now + issued.expires_in}
    if issued.nonce is not None:
        claims["nonce"] = issued.nonce
    answer = {
        "access_token": issued.access_token,
        "token_type": "bearer",
        "expires_in": issued.expires_in,
        "scope": " ".join(issued.scopes),
        "id_token": signed_identity(services.settings.data_dir, claims),
    }
    return answer | ({"refresh_token": issued.refresh_token} if issued.refresh_token else {})
