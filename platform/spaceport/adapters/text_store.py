"""The words of repos in the database."""

from sqlalchemy import Connection, insert, select, update

from spaceport.adapters.search_tables import repo_texts
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.search_words import card_words, head_words
from spaceport.domain.space import Space

#: Fields of a repo whose words are in its head.
HEAD_FIELDS = frozenset({"owner", "name", "card", "description", "tags"})


class SqlTexts:
    """``stores.Texts``; the stores of Spaces and repos keep the words of heads as their rows are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_card(self, repo_id: str, readme: str) -> None:
        statement = update(repo_texts).where(repo_texts.c.repo_id == repo_id)
        self._connection.execute(statement.values(card=card_words(readme)))

    def put_head(self, repo: Space | Repo) -> None:
        if isinstance(repo, Space):
            kind, title = RepoType.SPACE, repo.title
            description = str(repo.card.get("short_description") or "")
        else:
            kind, title, description = repo.type, str(repo.card.get("pretty_name") or ""), ""
        head = head_words(repo, (repo.owner, repo.name), title, description)
        is_it = repo_texts.c.repo_id == repo.id
        before = self._connection.execute(select(repo_texts.c.head).where(is_it)).scalar()
        if before is None:
            values = {"repo_id": repo.id, "repo_type": kind, "head": head}
            self._connection.execute(insert(repo_texts).values(**values))
        elif before != head:
            self._connection.execute(update(repo_texts).where(is_it).values(head=head))
