"""Sizes of /data by the names that clients know."""

from collections.abc import Mapping

from spaceport.domain.flavors import GIB


def parse_tiers(text: str) -> dict[str, int]:
    """
    ``small=2,medium=20`` in GiB to bytes by name.

    Raises: ValueError.
    """
    tiers = {}
    for part in text.split(","):
        name, _, size = (piece.strip() for piece in part.partition("="))
        if not name.isidentifier() or not size.isdecimal() or not 0 < int(size) <= 1024 * 1024:
            raise ValueError(f"{part.strip()!r} is not a name and a whole number of GiB, such as small=2")
        tiers[name] = int(size) * GIB
    return tiers


def tier_of(volume_bytes: int, tiers: Mapping[str, int]) -> str | None:
    """The name of this size, where it has one."""
    return next((name for name, size in tiers.items() if size == volume_bytes), None)
