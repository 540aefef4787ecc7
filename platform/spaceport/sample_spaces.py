"""Samples that people begin a Space with."""

from spaceport.domain.account import ANONYMOUS
from spaceport.domain.space import Space
from spaceport.interfaces import Transaction
from spaceport.samples import sample_folders
from spaceport.services import Services

_MANY = 1000


def templates_of(tx: Transaction, services: Services) -> list[Space]:
    """What everybody may take a copy of, by name: the samples that the admin keeps in public, without a gate."""
    settings = services.settings
    names = {folder.name for folder in sample_folders(settings.samples_dir)}
    found = tx.spaces.visible_to(ANONYMOUS, author=settings.admin_name, limit=_MANY)
    return sorted((each for each in found if each.name in names and not each.gated), key=lambda space: space.name)
