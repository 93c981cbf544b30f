"""Which of several copies stands for them all: a rule of the places alone."""

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.copies import Place, standing_for

DATES = ["", "2024", "2024-01", "2024-01-28", "2024-01-29", "2024-02", "2023"]
PLACES = st.builds(
    Place,
    root=st.sampled_from(["/a", "/b"]),
    file=st.sampled_from(["a.txt", "b.txt", "t.jsonl"]),
    source=st.text("abc", min_size=1, max_size=3),
    date=st.sampled_from(DATES),
)
COPIES = st.lists(PLACES, min_size=1, max_size=6, unique_by=lambda place: place.source)


def agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def standing(*dated: tuple[str, str]) -> dict[str, str]:
    return standing_for([Place("/", source, source, date) for source, date in dated])


@given(COPIES, st.randoms(use_true_random=False))
def test_it_does_not_matter_in_which_order_copies_are_found(
    places: list[Place], luck: Random
) -> None:
    shuffled = list(places)
    luck.shuffle(shuffled)
    assert standing_for(shuffled) == standing_for(places)


@given(COPIES)
def test_each_copy_is_stood_for_by_one_that_stands_for_itself(places: list[Place]) -> None:
    stands = standing_for(places)
    assert stands.keys() == {place.source for place in places}
    assert all(stands[original] == original for original in stands.values())


@given(COPIES)
def test_a_copy_and_what_stands_for_it_have_no_contradicting_dates(places: list[Place]) -> None:
    dates = {place.source: place.date for place in places}
    for source, original in standing_for(places).items():
        assert dates[original].startswith(dates[source])


@given(COPIES)
def test_no_two_that_contradict_each_other_are_stood_for_by_one(places: list[Place]) -> None:
    stands, dates = standing_for(places), {place.source: place.date for place in places}
    for one, other in permutations(stands, 2):
        if not agree(dates[one], dates[other]):
            assert stands[one] != stands[other]


@given(COPIES)
def test_where_all_dates_agree_there_is_one_report(places: list[Place]) -> None:
    fullest = max((place.date for place in places), key=len)
    if all(fullest.startswith(place.date) for place in places):
        assert len(set(standing_for(places).values())) == 1


@given(COPIES)
def test_deciding_again_among_those_that_stand_changes_nothing(places: list[Place]) -> None:
    stands = standing_for(places)
    left = [place for place in places if stands[place.source] == place.source]
    assert all(source == original for source, original in standing_for(left).items())


@pytest.mark.parametrize(
    ("dated", "stands"),
    [
        ((("b", ""), ("a", "")), {"a": "a", "b": "a"}),
        ((("a", ""), ("b", "2024-01")), {"a": "b", "b": "b"}),
        ((("a", "2024"), ("b", "2024-01-28"), ("c", "2024-01")), {"a": "b", "b": "b", "c": "b"}),
        ((("a", "2024-01-28"), ("b", "2024-01-29")), {"a": "a", "b": "b"}),
        (
            (("a", "2024-01-28"), ("b", "2024-01-29"), ("c", "2024-01-29"), ("d", "")),
            {"a": "a", "b": "b", "c": "b", "d": "d"},
        ),
    ],
)
def test_the_fullest_date_stands_and_among_equals_the_first(
    dated: tuple[tuple[str, str], ...], stands: dict[str, str]
) -> None:
    assert standing(*dated) == stands


def test_the_folder_comes_before_the_file_and_the_file_before_the_name() -> None:
    places = [Place("/b", "a", "1", ""), Place("/a", "b", "2", ""), Place("/a", "b", "0", "")]
    assert set(standing_for(places).values()) == {"0"}
