"""Texts that are translated later. They are in the catalogues from where they are marked."""


def marked(message: str) -> str:
    """``message`` itself: for what is translated later, with ``translated``."""
    return message


def marked_pair(one: str, many: str) -> tuple[str, str]:
    """The same, for ``counted``."""
    return one, many
