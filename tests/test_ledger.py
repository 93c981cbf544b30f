"""The bookkeeping of a run: who owns a name, what moved, what is a copy, what is gone."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.copies import Place, standing_for
from rag.ledger import Ledger
from rag.metadata import NOT_COMPARED, Known

ROOT = "/root"


def known(
    file: str = "a.txt",
    *,
    root: str = ROOT,
    digest: str = "d",
    key: str = "k",
    date: str = "",
    state: str = "whole",
    copy_of: str = "",
    origin: str = "",
) -> Known:
    return Known(root, file, digest, key, date, state, copy_of, origin)


def test_a_report_is_found_in_its_file_and_where_it_moved_to_only_there() -> None:
    ledger = Ledger({"r1": known("t.jsonl"), "r2": known("t.jsonl")})
    assert ledger.in_file((ROOT, "t.jsonl")) == ["r1", "r2"]
    ledger.note("r1", known("u.jsonl"))
    assert ledger.in_file((ROOT, "t.jsonl")) == ["r2"]
    assert ledger.in_file((ROOT, "u.jsonl")) == ["r1"]
    assert ledger.in_file((ROOT, "v.jsonl")) == []
    assert ledger.files() == [(ROOT, "t.jsonl"), (ROOT, "u.jsonl")]


def test_what_is_gone_lives_no_more_until_it_is_found_again() -> None:
    ledger = Ledger({"a": known("a"), "b": known("b", copy_of="a")})
    ledger.lose(["a"])
    assert (list(ledger.misplaced()), ledger.gone) == ([("b", "b")], {"a"})
    ledger.note("a", known("a"))
    assert (list(ledger.misplaced()), ledger.gone) == ([], set())


def test_reports_without_a_key_are_nobodys_kin() -> None:
    ledger = Ledger({"a": known("a", key=""), "b": known("b", key="")})
    assert ledger.stands_for("c", known("c", key="")) == ""
    assert list(ledger.misplaced()) == []


def test_a_report_whose_key_changed_is_no_kin_of_those_it_was_kin_of() -> None:
    ledger = Ledger({"a": known("a"), "b": known("b", copy_of="a")})
    ledger.note("a", known("a", key="other"))
    assert list(ledger.misplaced()) == [("b", "b")]
    assert ledger.stands_for("c", known("c")) == ""
    assert ledger.stands_for("c", known("c", key="other")) == "a"


@pytest.mark.parametrize("gone", [True, False])
def test_a_name_belongs_to_the_other_file_that_has_it_as_long_as_both_are_there(
    tmp_path: Path, gone: bool
) -> None:
    (tmp_path / "a.txt").touch()
    ledger = Ledger({"r1": known("a.txt", root=str(tmp_path))})
    if gone:
        ledger.lose(["r1"])
    owner = ledger.owner("r1", (str(tmp_path), "b.txt"))
    assert owner == (None if gone else str(tmp_path / "a.txt"))
    assert ledger.owner("r1", (str(tmp_path), "a.txt")) is None
    assert ledger.owner("r2", (str(tmp_path), "b.txt")) is None
    (tmp_path / "a.txt").unlink()
    assert ledger.owner("r1", (str(tmp_path), "b.txt")) is None


@pytest.mark.parametrize("key", ["k", ""])
def test_a_report_moved_from_one_that_is_gone_and_is_the_same_but_once(key: str) -> None:
    one = known("a", key=key)
    ledger = Ledger({"a": one, "b": one, "c": known("c", key="", digest="other")})
    assert ledger.moved_from(one) is None
    ledger.lose(["a", "c"])
    assert ledger.moved_from(one) == "a"
    assert ledger.moved_from(one) is None
    ledger.lose(["b"])
    assert ledger.moved_from(one) == "b"


def test_what_was_lost_and_found_again_has_not_moved() -> None:
    ledger = Ledger({"a": known("a")})
    ledger.lose(["a"])
    ledger.note("a", known("b"))
    assert ledger.moved_from(known("c")) is None


def test_vectors_are_to_be_had_from_whatever_stands_with_the_same_words_and_date() -> None:
    ledger = Ledger(
        {
            "gone": known("1", date="2024"),
            "copy": known("2", date="2024", copy_of="gone"),
            "pending": known("3", date="2024", state="pending"),
            "dated": known("4", date="2023"),
            "other": known("5", date="2024", key="other"),
        }
    )
    ledger.lose(["gone"])
    assert ledger.alike(known("6", date="2024")) == ["gone"]
    assert ledger.alike(known("6", key="", digest="new")) == []


def test_a_newcomer_is_a_copy_of_what_stands_and_never_of_a_copy() -> None:
    ledger = Ledger({"b": known("b", date="2024"), "c": known("c", copy_of="b")})
    assert ledger.stands_for("d", known("d")) == "b"
    assert ledger.stands_for("a", known("a", date="2024")) == ""  # the first: it stands itself
    assert ledger.stands_for("b", known("b", date="2024")) == ""
    ledger.lose(["b"])
    assert ledger.stands_for("d", known("d")) == ""  # the copy that should stand has no passages


@pytest.mark.parametrize("first", ["a", "z"])
@pytest.mark.parametrize("dates", [["2024-01-28"], [f"2024-01-{day}" for day in range(10, 30)]])
def test_a_newcomer_is_compared_with_few_however_many_copies_there_are(
    monkeypatch: pytest.MonkeyPatch, dates: list[str], first: str
) -> None:
    compared: list[int] = []

    def counting(places: list[Place]) -> dict[str, str]:
        compared.append(len(places))
        return standing_for(places)

    monkeypatch.setattr("rag.copies.standing_for", counting)
    ledger = Ledger({})
    for number in range(100):
        source = f"{number if first == 'a' else 999 - number:03}"
        now = known(source, date=dates[number % len(dates)])
        ledger.note(source, now._replace(copy_of=ledger.stands_for(source, now)))
    assert max(compared) <= 7
    standing = [source for source, one in ledger.known.items() if not one.copy_of]
    assert len(standing) == (len(dates) if first == "a" else 100)
    stands = dict(ledger.misplaced())
    assert len({stands.get(s, one.copy_of or s) for s, one in ledger.known.items()}) == len(dates)


def test_the_reports_of_one_origin_are_named_but_for_those_that_were_asked_about() -> None:
    ledger = Ledger(
        {
            "a": known("a", origin="a"),
            "b": known("b", origin="a"),
            "c": known("c", origin="c"),
            "d": known("d", origin=NOT_COMPARED),
            "e": known("e"),
        }
    )
    assert ledger.of_origins(["a"]) == ["b"]
    assert ledger.of_origins(["a", "b"]) == []
    assert ledger.of_origins(["d", "e"]) == []


REPORTS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(
        known,
        file=st.sampled_from(["1", "2"]),
        key=st.sampled_from(["", "k", "l"]),
        date=st.sampled_from(["", "2024", "2024-01", "2023"]),
        copy_of=st.sampled_from(["", "a", "b"]),
    ),
).map(
    lambda reports: {
        source: one._replace(copy_of="") if one.copy_of == source else one
        for source, one in reports.items()
    }
)


@given(REPORTS, st.sets(st.sampled_from("abcdef")))
def test_what_is_misplaced_is_told_and_once_put_right_nothing_is(
    reports: dict[str, Known], lost: set[str]
) -> None:
    ledger = Ledger(reports)
    ledger.lose(lost & reports.keys())
    for source, original in dict(ledger.misplaced()).items():
        assert source not in ledger.gone
        right = "" if source == original else original
        assert right != ledger.known[source].copy_of
        ledger.note(source, ledger.known[source]._replace(copy_of=right))
    assert list(ledger.misplaced()) == []
    for key in ("k", "l"):
        living = [s for s, one in reports.items() if one.key == key and s not in ledger.gone]
        if living:
            places = [Place(ROOT, reports[s].file, s, reports[s].date) for s in living]
            stands = {s: ledger.known[s].copy_of or s for s in living}
            assert stands == standing_for(places)


@given(REPORTS, st.sets(st.sampled_from("abcdef")))
@example(
    {
        "a": known(date="2024"),
        "b": known(copy_of="gone"),  # a copy of "a" but for "c", which stands no more than it does
        "c": known(date="2023", copy_of="gone too"),
    },
    set(),
)
def test_a_copy_that_should_stand_stands_once_it_is_read_again(
    reports: dict[str, Known], lost: set[str]
) -> None:
    ledger = Ledger(reports)
    ledger.lose(lost & reports.keys())
    again = [source for source, original in ledger.misplaced() if source == original]
    for source in again:
        ledger.note(source, ledger.known[source]._replace(state="again"))
    for source in again:
        now = ledger.known[source]._replace(state="whole", copy_of="")
        assert ledger.stands_for(source, now) == ""
        ledger.note(source, now)


@given(REPORTS, st.lists(st.sampled_from("abcdef")))
def test_losing_and_noting_keep_every_report_in_one_file(
    reports: dict[str, Known], moves: list[str]
) -> None:
    ledger = Ledger(reports)
    for source in moves:
        ledger.note(source, known("3"))
    placed = [source for place in ledger.files() for source in ledger.in_file(place)]
    assert sorted(placed) == sorted(ledger.known)
