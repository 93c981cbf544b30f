"""Filters as people write them."""

from typing import TYPE_CHECKING

import pytest

from rag.retrieve import Filters
from ui.filters import NotUnderstood, chosen
from ui.words import Language, Words

if TYPE_CHECKING:
    from tests.drawn import FR
else:
    from drawn import FR


@pytest.mark.parametrize(
    ("language", "written", "since", "until"),
    [
        ("fr", "2024", "2024", "2024"),
        ("fr", " mars 2024 ", "2024-03-01", "2024-03-31"),
        ("en", "March 2024", "2024-03-01", "2024-03-31"),
        ("vi", "tháng 3 năm 2024", "2024-03-01", "2024-03-31"),
    ],
)
def test_a_date_may_be_written_as_the_language_of_the_page_has_it(
    language: Language, written: str, since: str, until: str
) -> None:
    assert chosen(Words(language), written, written, "", "", "") == Filters(since, until)


def test_boxes_left_alone_filter_nothing() -> None:
    assert chosen(FR, None, "", " ", "", None) is None


@pytest.mark.parametrize("written", ["bientôt", "mars", "2024-13", "31 février 2024"])
def test_what_is_no_date_is_said_to_be_none(written: str) -> None:
    with pytest.raises(NotUnderstood, match=written):
        chosen(FR, written, "", "", "", "")


def test_a_bracket_left_open_is_told_in_the_language_of_the_page() -> None:
    with pytest.raises(NotUnderstood, match="crochet"):
        chosen(FR, "", "", "[2024", "", "")


@pytest.mark.parametrize(
    ("since", "until", "fits"), [("2024", "2024-01", True), ("2025", "2024-12-31", False)]
)
def test_a_period_may_not_end_before_it_begins(since: str, until: str, fits: bool) -> None:
    if fits:
        assert chosen(FR, since, until, "", "", "")
    else:
        with pytest.raises(NotUnderstood, match="après"):
            chosen(FR, since, until, "", "", "")
