"""Clears away what the viewer keeps of repos that are gone."""

from spaceport.repos.viewer.store import Store
from spaceport.services import Services


def collect_tables(services: Services) -> None:
    with services.database.read() as tx:
        ids = {head.id for head in tx.repos.heads()} | {space.id for space in tx.spaces.facts()}
    store = Store(services.settings.data_dir, services.settings.viewer_cache_bytes)
    store.forget_others(ids)
    store.trim()
