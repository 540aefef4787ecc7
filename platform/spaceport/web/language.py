"""The language a page speaks: the reader's choice, or what the browser asks for."""

from fastapi import Request

from spaceport.domain.language import Language, language_of

#: Keeps a choice in the browser. No secret and no session: it says nothing of who reads.
LANGUAGE_COOKIE = "lang"


def asked_language(request: Request) -> Language:
    accepted = ",".join(request.headers.getlist("accept-language"))
    return language_of(accepted, request.cookies.get(LANGUAGE_COOKIE))
