"""The admin's table of users: what each takes and may, filtered, sorted, page by page."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.account import User
from spaceport.domain.quota import NO_LIMIT
from spaceport.identity import create_token
from spaceport.web.admin_users import ROWS, SORTS, UserRow, UsersWish, matching, page_of, read_wish, rows_of
from tests.unit.factories import NOW, ago
from tests.unit.services import make_bench


def make_row(name: str, **values: Any) -> UserRow:
    known: dict[str, Any] = dict.fromkeys(("spaces", "running", "memory_bytes", "disk_bytes", "tokens"), 0)
    known |= {"allowed": NO_LIMIT, "signed_in_at": None}
    return UserRow(User(name, name, "", False, NOW), **known | values)


def names(rows: list[UserRow], **wish: Any) -> list[str]:
    return [row.user.name for row in page_of(rows, UsersWish(**wish)).rows]


def test_users_are_shown_with_what_they_take_and_may(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, used_bytes=10, volume_used_bytes=5)
    settings = replace(bench.services.settings, max_spaces_per_user=3)
    create_token(bench.services, User("user", "ada", "", False, NOW), "laptop")
    with bench.services.database.read() as tx:
        rows = {row.user.name: row for row in rows_of(tx, settings, tx.accounts.users())}

    ada, root = rows["ada"], rows["root"]
    assert (ada.spaces, ada.allowed.spaces, ada.disk_bytes, ada.memory_bytes) == (1, 3, 15, 0)
    assert (ada.tokens, root.tokens) == (1, 0)
    assert (root.spaces, root.allowed.spaces) == (0, None)


def test_users_are_found_by_all_words_of_their_names() -> None:
    users = [User("1", "ada", "", False, NOW, fullname="Ada Lovelace"), User("2", "Bob", "", False, NOW)]

    assert [user.name for user in matching(users, "LOVE ada")] == ["ada"]
    assert [user.name for user in matching(users, "")] == ["ada", "Bob"]


@pytest.mark.parametrize("sort", SORTS)
def test_users_can_be_sorted_by_every_column(sort: str) -> None:
    rows = [make_row("b", disk_bytes=5, signed_in_at=ago(1)), make_row("A"), make_row("c", tokens=3)]

    assert len(names(rows, sort=sort, down=True)) == 3


def test_who_takes_most_comes_first_and_equal_ones_go_by_name() -> None:
    rows = [make_row("b"), make_row("A"), make_row("c", disk_bytes=7), make_row("d", disk_bytes=9)]

    assert names(rows, sort="disk", down=True) == ["d", "c", "A", "b"]
    assert names(rows) == ["A", "b", "c", "d"]


def test_users_are_shown_page_by_page_and_an_address_keeps_what_is_asked_for() -> None:
    rows = [make_row(f"u{number:03}") for number in range(ROWS + 1)]
    page = page_of(rows, UsersWish(sort="disk", down=True, words="u", page=9))

    assert [row.user.name for row in page.rows] == [f"u{ROWS:03}"]
    assert (page.found, page.has_more, page.wish.page) == (ROWS + 1, False, 2)
    assert page.wish.query(page=1) == "sort=disk&dir=down&filter=u"
    assert read_wish({"sort": "nonsense", "page": "-1", "filter": " ada "}) == UsersWish(words="ada")
