"""The score of lists: newer counts more, and nothing needs to be computed anew as time passes."""

from datetime import timedelta

from spaceport.domain.trending import DOWNLOAD, LIKE, first_score, raised, shown_score
from tests.unit.factories import NOW

WEEK = timedelta(weeks=1)


def test_the_newer_of_two_stands_first() -> None:
    assert first_score(NOW) > first_score(NOW - timedelta(seconds=1))


def test_a_like_halves_every_week() -> None:
    score = raised(first_score(NOW), 1000 * LIKE, NOW)

    assert shown_score(score, NOW) == 1000
    assert shown_score(score, NOW + WEEK) == 500


def test_what_was_liked_lately_stands_before_what_was_liked_more_long_ago() -> None:
    old = raised(first_score(NOW - 10 * WEEK), 100 * LIKE, NOW - 10 * WEEK)
    new = raised(first_score(NOW - 10 * WEEK), LIKE, NOW)

    assert new > old


def test_a_download_counts_less_than_a_like() -> None:
    assert raised(first_score(NOW), DOWNLOAD, NOW) < raised(first_score(NOW), LIKE, NOW)


def test_a_like_can_be_taken_back() -> None:
    score = raised(raised(first_score(NOW), LIKE, NOW), -LIKE, NOW)

    assert abs(score - first_score(NOW)) < 1e-6
    assert shown_score(raised(score, -5 * LIKE, NOW), NOW) == 0


def test_a_score_from_before_there_were_scores_is_none() -> None:
    assert shown_score(0.0, NOW) == 0
    assert shown_score(raised(0.0, LIKE, NOW), NOW) == 1
