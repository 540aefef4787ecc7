"""Lists of Spaces, models and datasets: one query for all of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    and_,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)

from spaceport.adapters import tables
from spaceport.adapters.hub_tables import repo_tags
from spaceport.adapters.name_search import indexed_ids, name_contains
from spaceport.adapters.rows import repo_rows, space_rows
from spaceport.adapters.visibility import visible
from spaceport.adapters.word_search import has_words, ids_with_words
from spaceport.domain.account import ANONYMOUS, Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.repo_query import Place, RepoQuery, Sample, Sort
from spaceport.domain.space import Space
from spaceport.domain.usage import RepoUsage
from spaceport.domain.visibility import Visibility

#: A condition that fewer rows fulfil is where a list begins; of all others each row is asked, in the order of the list.
_FEW = 1000
#: Words that more repos have are met soon in the order of any list.
_SOME = 20_000


class SqlListings:
    """
    ``stores.Listings``.

    Planners guess badly between "sort what fits" and "go along the order until enough fit", SQLite's above all. So
    it is decided here: each condition that has an index is asked for at most ``_FEW`` ids. Those that have fewer are
    intersected and sorted; when all have more, going along the index of the order meets fitting rows soon.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._spaces = space_rows(connection)
        self._repos = repo_rows(connection)
        self._fews: dict[RepoQuery, set[str] | None] = {}

    def page(self, query: RepoQuery, caller: Caller) -> list[Space | Repo]:
        if "\0" in "".join(query.texts):
            # Nothing stored has one, and PostgreSQL takes none.
            return []
        conditions, order = self._wanted(query, caller), _order(query)
        if query.kind is RepoType.SPACE:
            return [*self._spaces.many(*conditions, order_by=order, limit=query.limit)]
        return [*self._repos.many(*conditions, order_by=order, limit=query.limit)]

    def sample(self, query: RepoQuery, caller: Caller) -> Sample:
        if "\0" in "".join(query.texts):
            return Sample(0, {})
        table = _table(query.kind)
        first = select(table.c.id).where(*self._wanted(query, caller)).order_by(*_order(query)).limit(query.limit)
        ids = first.cte("first_ids")
        number = select(literal(""), func.count()).select_from(ids)
        tags = select(repo_tags.c.tag, func.count()).join(ids, ids.c.id == repo_tags.c.repo_id)
        counts = self._connection.execute(number.union_all(tags.group_by(repo_tags.c.tag)))
        found = {str(tag): int(count) for tag, count in counts}
        return Sample(found.pop("", 0), found)

    def names_using(self, kind: RepoType, tag: str, caller: Caller, limit: int) -> list[str]:
        table = _table(kind)
        statement = select(table.c.owner, table.c.name).where(_has_tag(table, kind, tag), visible(table, caller))
        statement = statement.order_by(table.c.trending.desc(), table.c.id).limit(limit)
        return [f"{owner}/{name}" for owner, name in self._connection.execute(statement)]

    def usage_of(self, owner_id: str, caller: Caller, limit: int, offset: int = 0) -> list[RepoUsage]:
        rows = _usage_rows(owner_id, caller)
        statement = select(rows).order_by(rows.c.used_bytes.desc(), rows.c.id).limit(limit).offset(offset)
        return [
            RepoUsage(f"{row.owner}/{row.name}", RepoType(row.type), row.modified_at, _visibility(row), row.used_bytes)
            for row in self._connection.execute(statement)
        ]

    def used_bytes_of(self, owner_id: str, caller: Caller) -> int:
        rows = _usage_rows(owner_id, caller)
        return int(self._connection.execute(select(func.coalesce(func.sum(rows.c.used_bytes), 0))).scalar_one())

    def number_with(self, kind: RepoType, tag: str, caller: Caller) -> int:
        table = _table(kind)
        statement = select(func.count()).select_from(table).where(_has_tag(table, kind, tag), visible(table, caller))
        return int(self._connection.execute(statement).scalar_one())

    def public_tags(self, kind: RepoType, limit: int) -> list[str]:
        table = _table(kind)
        statement = select(repo_tags.c.tag).join(table, table.c.id == repo_tags.c.repo_id)
        statement = statement.where(repo_tags.c.repo_type == kind, visible(table, ANONYMOUS)).group_by(repo_tags.c.tag)
        statement = statement.order_by(func.count().desc(), repo_tags.c.tag).limit(limit)
        return list(self._connection.execute(statement).scalars())

    def _wanted(self, query: RepoQuery, caller: Caller) -> list[ColumnElement[bool]]:
        table = _table(query.kind)
        conditions = [visible(table, caller), *self._conditions(query)]
        few = self._known_few(query)
        if few is not None:
            # Without the type the index of the order looks as useless as it is now.
            conditions.append(table.c.id.in_(few))
        elif query.kind is not RepoType.SPACE:
            conditions.append(table.c.type == query.kind)
        if query.words:
            conditions.append(self._with_words(query, is_short=few is not None))
        if query.after is not None:
            column = table.c[query.sort]
            place, last = tuple_(column, table.c.id), tuple_(_bound(column, query.after.value), query.after.repo_id)
            conditions.append(place > last if query.is_ascending else place < last)
        return conditions

    def _conditions(self, query: RepoQuery) -> Iterator[ColumnElement[bool]]:
        table = _table(query.kind)
        for text in query.searches:
            yield name_contains(table, text)
        for spellings in query.tags:
            yield exists().where(repo_tags.c.repo_id == table.c.id, repo_tags.c.tag.in_(spellings))
        if query.is_linked:
            yield exists().where(repo_tags.c.repo_id == table.c.id, _is_used_repo())
        if query.author:
            # Not the expression of the index: many are theirs, or ``_few`` would know them.
            yield func.lower(table.c.owner + literal_column("''")) == query.author.lower()
        if query.is_gated is not None:
            yield table.c.gated != "" if query.is_gated else table.c.gated == ""
        if query.hardware:
            yield tables.spaces.c.hardware == query.hardware
        if query.stages:
            yield tables.spaces.c.stage.in_(query.stages)
        if query.sdks:
            yield tables.spaces.c.sdk.in_(query.sdks)
        if query.min_parameters is not None:
            yield tables.repos.c.parameters >= query.min_parameters
        if query.max_parameters is not None:
            yield tables.repos.c.parameters <= query.max_parameters

    def _with_words(self, query: RepoQuery, is_short: bool) -> ColumnElement[bool]:
        """Texts are long: where some of many rows have the words, all ids of the index are cheaper than the texts."""
        table = _table(query.kind)
        has_them = has_words(table, query.words, query.place)
        ids = None if is_short else ids_with_words(self._connection, query.kind, query.words, query.place)
        if ids is None:
            return has_them
        number = select(func.count()).select_from(ids.limit(_SOME + 1).subquery())
        if int(self._connection.execute(number).scalar_one()) > _SOME:
            return has_them
        # Not the column of the index: the list goes along its order.
        return and_((table.c.id + literal_column("''")).in_(ids), has_them)

    def _known_few(self, query: RepoQuery) -> set[str] | None:
        """Asked once for pages and samples of the same conditions."""
        place = Place.ANYWHERE if query.place is Place.CARD else query.place
        key = replace(query, place=place, sort=Sort.TRENDING, is_ascending=False, limit=1, after=None)
        if key not in self._fews:
            self._fews[key] = self._few(key)
        return self._fews[key]

    def _few(self, query: RepoQuery) -> set[str] | None:
        """The ids that fulfil all conditions of which few do; None when there is no such condition."""
        few: set[str] | None = None
        for statement in self._narrow(query):
            found = self._at_most(statement)
            if found is not None:
                few = found if few is None else few & found
        if few is None and len(query.tags) > 1:
            # Each of the tags is common; all of them together may be nowhere.
            few = self._at_most(_with_all_tags(query))
        return few

    def _at_most(self, statement: Select[Any]) -> set[str] | None:
        found = set(self._connection.execute(statement.limit(_FEW + 1)).scalars())
        return found if len(found) <= _FEW else None

    def _narrow(self, query: RepoQuery) -> Iterator[Select[Any]]:
        table = _table(query.kind)
        of_type = literal(True) if query.kind is RepoType.SPACE else table.c.type == query.kind
        for spellings in query.tags:
            yield _with_tag(query.kind, spellings)
        for text in query.searches:
            statement = indexed_ids(self._connection, table, query.kind, text)
            if statement is not None:
                yield statement
        if query.words:
            statement = ids_with_words(self._connection, query.kind, query.words, query.place)
            if statement is not None:
                yield statement
        if query.sdks:
            # The sdk of a Space is one of its tags, and those have an index.
            yield _with_tag(query.kind, query.sdks)
        if query.hardware:
            yield select(table.c.id).where(tables.spaces.c.hardware == query.hardware)
        if query.stages:
            yield select(table.c.id).where(tables.spaces.c.stage.in_(query.stages))
        if query.author:
            yield select(table.c.id).where(of_type, func.lower(table.c.owner) == query.author.lower())
        if query.is_gated:
            yield select(table.c.id).where(of_type, table.c.gated > "")
        if query.min_parameters is not None or query.max_parameters is not None:
            number = tables.repos.c.parameters
            at_least, at_most = query.min_parameters or 0, query.max_parameters
            in_range = number >= at_least if at_most is None else number.between(at_least, at_most)
            yield select(table.c.id).where(of_type, in_range)


def _table(kind: RepoType) -> Table:
    return tables.spaces if kind is RepoType.SPACE else tables.repos


def _order(query: RepoQuery) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    table = _table(query.kind)
    column = table.c[query.sort]
    return (column, table.c.id) if query.is_ascending else (column.desc(), table.c.id.desc())


def _usage_rows(owner_id: str, caller: Caller) -> Subquery:
    parts = []
    of_spaces = (tables.spaces, literal(str(RepoType.SPACE)), tables.spaces.c.is_app_open)
    for table, kind, is_app_open in (of_spaces, (tables.repos, tables.repos.c.type, false())):
        columns = (table.c.id, kind.label("type"), table.c.owner, table.c.name, table.c.modified_at)
        statement = select(*columns, table.c.private, is_app_open.label("is_app_open"), table.c.used_bytes)
        parts.append(statement.where(table.c.owner_id == owner_id, visible(table, caller)))
    return union_all(*parts).subquery()


def _visibility(row: Any) -> Visibility:
    if not row.private:
        return Visibility.PUBLIC
    return Visibility.PROTECTED if row.is_app_open else Visibility.PRIVATE


def _has_tag(table: Table, kind: RepoType, tag: str) -> ColumnElement[bool]:
    return table.c.id.in_(select(repo_tags.c.repo_id).where(repo_tags.c.repo_type == kind, repo_tags.c.tag == tag))


def _with_tag(kind: RepoType, spellings: tuple[str, ...]) -> Select[Any]:
    is_it = and_(repo_tags.c.repo_type == kind, repo_tags.c.tag.in_(spellings))
    return select(repo_tags.c.repo_id).where(is_it)


def _with_all_tags(query: RepoQuery) -> Select[Any]:
    first, *others = query.tags
    statement = _with_tag(query.kind, first)
    for spellings in others:
        other = repo_tags.alias()
        has_it = exists().where(other.c.repo_id == repo_tags.c.repo_id, other.c.tag.in_(spellings))
        statement = statement.where(has_it.correlate(repo_tags))
    return statement


def _is_used_repo() -> ColumnElement[bool]:
    return or_(repo_tags.c.tag.startswith("models:"), repo_tags.c.tag.startswith("datasets:"))


def _bound(column: Any, value: Any) -> Any:
    """The value as the column's own type writes it: times are text to SQLite."""
    return literal(value, column.type)
