"""Discussions and collections: the rules that need neither a database nor git."""

from typing import Any

import pytest

from spaceport.domain import collection as collections
from spaceport.domain.discussion import (
    Discussion,
    DiscussionStatus,
    check_mergeable,
    check_new_status,
    check_title,
    comment_data,
    edited,
    hidden,
    pull_number,
)
from spaceport.errors import BadRequest, Conflict
from tests.unit.factories import NOW


def make_discussion(**values: Any) -> Discussion:
    defaults: dict[str, Any] = {
        "id": "discussion",
        "repo_id": "repo",
        "repo_type": "model",
        "number": 1,
        "title": "A title",
        "status": DiscussionStatus.OPEN,
        "is_pull_request": True,
        "author_id": "user",
        "author": "ada",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Discussion(**defaults | values)


@pytest.mark.parametrize(
    ("ref", "number"),
    [
        ("refs/pr/1", 1),
        ("refs/pr/120", 120),
        ("refs/pr/0", None),
        ("refs/pr/01", None),
        ("refs/pr/1/head", None),
        ("refs/pr/", None),
        ("refs/pr/-1", None),
        ("refs/pr/\u0663", None),
        ("refs/pr/99999999999", None),
        ("refs/heads/1", None),
        ("1", None),
    ],
)
def test_only_refs_of_pull_requests_have_a_number(ref: str, number: int | None) -> None:
    assert pull_number(ref) == number


@pytest.mark.parametrize(
    ("status", "wanted", "error"),
    [
        (DiscussionStatus.OPEN, "closed", None),
        (DiscussionStatus.DRAFT, "open", None),
        (DiscussionStatus.DRAFT, "closed", None),
        (DiscussionStatus.CLOSED, "open", None),
        (DiscussionStatus.OPEN, "open", Conflict),
        (DiscussionStatus.MERGED, "open", Conflict),
        (DiscussionStatus.MERGED, "closed", Conflict),
        (DiscussionStatus.OPEN, "merged", BadRequest),
        (DiscussionStatus.OPEN, "draft", BadRequest),
    ],
)
def test_which_status_may_follow_which(status: DiscussionStatus, wanted: str, error: type[Exception] | None) -> None:
    if error is None:
        assert check_new_status(make_discussion(status=status), wanted) == wanted
    else:
        with pytest.raises(error):
            check_new_status(make_discussion(status=status), wanted)


def test_what_can_be_merged() -> None:
    check_mergeable(make_discussion())
    check_mergeable(make_discussion(status=DiscussionStatus.DRAFT))
    for values in ({"status": DiscussionStatus.CLOSED}, {"status": DiscussionStatus.MERGED}):
        with pytest.raises(Conflict):
            check_mergeable(make_discussion(**values))
    with pytest.raises(BadRequest):
        check_mergeable(make_discussion(is_pull_request=False))


def test_titles_are_one_line() -> None:
    assert check_title("  two\nlines \t here ") == "two lines here"


def test_a_comment_keeps_its_newest_versions_until_it_is_hidden() -> None:
    data = comment_data("0")
    for number in range(1, 31):
        data = edited(data, str(number), "ada", NOW.isoformat())

    assert (data["content"], data["edits"]) == ("30", 30)
    assert data["versions"] == [str(number) for number in range(10, 30)]
    gone = hidden(data, "root", NOW.isoformat())
    assert (gone["content"], gone["versions"], gone["hidden"]) == ("", [], True)
    with pytest.raises(Conflict):
        edited(gone, "again", "ada", NOW.isoformat())


def test_only_the_id_at_the_end_of_a_slug_counts() -> None:
    assert collections.collection_id(f"any-old-title-{'a1' * 12}") == "a1" * 12
    assert collections.collection_id("a1" * 12) == "a1" * 12
    assert collections.collection_id("no-id-here") is None
    assert collections.slug_title("  Nice things: the *best*! ") == "nice-things-the-best"
    assert collections.slug_title("\u65e5\u672c") == "collection"


@pytest.mark.parametrize(
    ("position", "order"), [(0, "cabd"), (1, "acbd"), (2, "abcd"), (3, "abdc"), (99, "abdc"), (-5, "cabd")]
)
def test_an_item_is_put_where_it_was_asked_to_be(position: int, order: str) -> None:
    assert "".join(collections.moved("abcd", "c", position)) == order
