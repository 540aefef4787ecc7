"""What a repo leaves behind in tables that know it by its id alone, whether it was a Space or not."""

from sqlalchemy import Connection, delete

from spaceport.adapters.access_tables import access_requests
from spaceport.adapters.community_tables import collection_items, discussion_numbers
from spaceport.adapters.hub_tables import discussions, likes, repo_tags
from spaceport.adapters.notice_tables import notices, watches
from spaceport.adapters.search_tables import repo_texts


def remove_leavings(connection: Connection, repo_id: str) -> None:
    """Goes with the row of the repo, in the same transaction."""
    for table in (access_requests, likes, discussions, discussion_numbers, repo_tags, repo_texts, notices, watches):
        connection.execute(delete(table).where(table.c.repo_id == repo_id))
    connection.execute(delete(collection_items).where(collection_items.c.target == repo_id))
