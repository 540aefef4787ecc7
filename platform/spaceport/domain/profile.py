"""What a person or an organization says about themselves. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from spaceport.errors import BadRequest

#: Characters.
MAX_FULLNAME, MAX_BIO, MAX_WEBSITE = 200, 500, 300


@dataclass(frozen=True)
class Profile:
    """``website`` is an http or https address, or empty; so may be the others."""

    fullname: str = ""
    bio: str = ""
    website: str = ""


def check_profile(fullname: str, bio: str, website: str) -> Profile:
    """
    What was typed, without the blanks around it; an address without a scheme is taken for one of https.

    Raises: BadRequest.
    """
    profile = Profile(" ".join(fullname.split()), bio.replace("\r\n", "\n").strip(), website.strip())
    for name, value, most in (
        ("the full name", profile.fullname, MAX_FULLNAME),
        ("the text about you", profile.bio, MAX_BIO),
        ("the website", profile.website, MAX_WEBSITE),
    ):
        if len(value) > most:
            raise BadRequest(f"{name} has {len(value)} characters; {most} are allowed")
        if any(ord(letter) < 32 and letter != "\n" for letter in value):
            raise BadRequest(f"{name} has characters that cannot be shown")
    return Profile(profile.fullname, profile.bio, _check_website(profile.website) if profile.website else "")


def _check_website(address: str) -> str:
    whole = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(whole)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and "." in (parts.hostname or "")
    except ValueError:
        is_address = False
    if not is_address or any(letter.isspace() for letter in whole):
        raise BadRequest("the website is an address such as https://example.com")
    return whole
