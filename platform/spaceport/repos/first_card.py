"""The card that a repo begins with where nothing but its licence is known. Pure."""

import yaml


def card_of_license(license_id: str) -> bytes:
    """A README with front matter alone."""
    return f"---\n{yaml.safe_dump({'license': license_id})}---\n".encode()
