"""The measures: against ir-measures, on records made by hand, and on planted faults."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, R, nDCG

from eval.figures import figure, figures
from eval.measures import MEASURES, is_right, judged, ndcg, recall, reciprocal_rank
from eval.questions import Gold
from eval.records import Record
from eval.text import exact_match, mentions, token_f1

if TYPE_CHECKING:
    from tests.eval_records import REFUSED, SAID, answer, passage, question, record
else:
    from eval_records import REFUSED, SAID, answer, passage, question, record

OF: dict[str, Callable[[Record], float | None]] = {one.name: one.of for one in MEASURES}
GOLD = Gold("a.txt", SAID)
WHERE = [[("a.txt", 0, len(SAID))]]


@given(
    st.lists(st.sampled_from("abcdefghijklmnop"), unique=True, min_size=1),
    st.sets(st.sampled_from("abcdefgxyz"), min_size=1),
)
def test_retrieval_is_measured_as_trec_measures_it(ranking: list[str], relevant: set[str]) -> None:
    qrels = {"q": dict.fromkeys(relevant, 1)}
    run = {"q": {one: 1.0 - rank / 100 for rank, one in enumerate(ranking)}}
    theirs = ir_measures.calc_aggregate([R @ 1, R @ 5, R @ 20, RR @ 10, nDCG @ 10], qrels, run)
    wanted = frozenset(relevant)
    ours = {
        **{R @ k: recall(ranking, wanted, k) for k in (1, 5, 20)},
        RR @ 10: reciprocal_rank(ranking, wanted, 10),
        nDCG @ 10: ndcg(ranking, wanted, 10),
    }
    assert {name: pytest.approx(value) for name, value in theirs.items()} == ours


def test_a_passage_is_relevant_that_overlaps_a_gold_quote_first() -> None:
    ranking = [passage("b.txt", 0, 50), passage("a.txt", 0, 5), passage("a.txt", 5, 50)]
    one = record(
        question(gold=[GOLD, GOLD, GOLD]),
        answer(SAID),
        passages=ranking,
        gold=[[("a.txt", 3, 20)], [("a.txt", 90, 95), ("a.txt", 40, 45)], [("c.txt", 0, 9)]],
    )
    ids, relevant = judged(one)
    assert ids == [p["id"] for p in ranking]
    assert relevant == {"a.txt:0-5", "a.txt:5-50", "gold 2"}
    assert OF["recall_20"](one) == pytest.approx(2 / 3)


def test_a_gold_id_is_that_of_a_passage_or_of_a_record_that_is_one() -> None:
    named = question(gold_passage_ids=["riz-7", "b.txt:0-9", "none"])
    _, relevant = judged(
        record(named, answer(), passages=[passage("riz-7", 0, 99), passage("b.txt", 0, 9)])
    )
    assert relevant == {"riz-7:0-99", "b.txt:0-9", "gold none"}


@pytest.mark.parametrize(
    ("must", "must_not", "said", "share"),
    [
        (["412"], [], answer(SAID), 1.0),
        (["412", "Pérou"], [], answer(SAID), 0.5),
        (["Pérou|ministre"], [], answer(SAID), 1.0),
        (["2023"], [], answer(SAID), 1.0),
        (["412"], ["3 mai"], answer(SAID), 0.0),
        (["412"], [], REFUSED, 0.0),
        ([], [], answer(SAID), None),
    ],
)
def test_facts_are_the_share_of_what_must_be_mentioned(
    must: list[str], must_not: list[str], said: Any, share: float | None
) -> None:
    assert OF["facts"](record(question(*must, must_not=must_not), said)) == share


def test_where_nothing_must_be_mentioned_an_answer_must_be() -> None:
    asked = question(answers=["deux cents", "412 mètres"])
    assert OF["facts"](record(asked, answer(SAID))) == 1.0
    assert OF["facts"](record(asked, answer("Il a plu."))) == 0.0


@pytest.mark.parametrize(
    ("text", "wanted", "is_said"),
    [
        ("16 % des emplois", "16", True),
        ("en 2016, 16,5 puis 16 000", "16", False),
        ("3 321 communes", "3321|3 321", True),
        ("1,250,000 tons", "1 250 000", True),
        ("Tô Lâm", "To Lam", True),
        ("To Lam", "Tô Lâm", True),
        ("rien", "", False),
    ],
)
def test_a_mention_is_told_without_case_and_accents_and_a_number_is_one_of_its_own(
    text: str, wanted: str, is_said: bool
) -> None:
    assert mentions(text, wanted) is is_said


def test_short_answers_are_compared_word_by_word_without_articles() -> None:
    assert exact_match("Le Laos.", ["Laos"], "fr") == 1.0
    assert exact_match("The Laos", ["Laos"], "fr") == 0.0
    assert token_f1("le pont de Kralanh", ["un pont", "pont neuf"], "fr") == pytest.approx(2 / 3)
    assert token_f1("rien", ["pont"], "fr") == 0.0
    assert token_f1("pont", [], "fr") == 0.0


def test_dates_and_numbers_are_right_or_wrong_where_an_answer_is_one() -> None:
    number = record(question("412", answers=["412 mètres"]), answer(SAID))
    date = record(question("4 mai", answers=["le 4 mai 2023"]), answer(SAID))
    assert (OF["number_accuracy"](number), OF["date_accuracy"](number)) == (1.0, None)
    assert (OF["number_accuracy"](date), OF["date_accuracy"](date)) == (None, 0.0)


@pytest.mark.parametrize(
    ("asked", "said", "right"),
    [
        (question("412"), answer(SAID), True),
        (question("412"), answer("Il a plu."), False),
        (question(must_not=["412"]), answer(SAID), False),
        (question("412"), REFUSED, False),
        (question(), REFUSED, False),
        (question(answerable=False), REFUSED, True),
        (question(answerable=False), answer(SAID), False),
        (question(), answer(SAID), None),
    ],
)
def test_an_answer_is_right_wrong_or_nothing_is_known_of_it(
    asked: Any, said: Any, right: bool | None
) -> None:
    assert is_right(record(asked, said)) is right


def test_without_facts_an_answer_is_right_that_cites_what_is_labelled() -> None:
    labelled = question(gold=[Gold("a.txt", SAID)])
    where = [[("a.txt", 0, len(SAID))]]
    assert is_right(record(labelled, answer(SAID), gold=where)) is True
    assert is_right(record(labelled, answer(SAID), gold=[[("b.txt", 0, 9)]])) is False


def test_a_citation_is_right_that_overlaps_gold_words_of_the_same_report() -> None:
    asked = question(gold=[GOLD, GOLD])
    one = record(asked, answer(SAID, "Il a plu."), gold=[WHERE[0], [("b.txt", 0, 50)]])
    assert (OF["citation_precision"](one), OF["citation_recall"](one)) == (0.5, 0.5)
    assert OF["citation_precision"](record(asked, REFUSED, gold=WHERE)) is None


def test_refusing_is_the_positive_class() -> None:
    none = question(answerable=False)
    records = [
        record(question("412"), answer(SAID)),
        record(question("412"), REFUSED),
        record(none, REFUSED),
        record(none, REFUSED),
        record(none, answer(SAID)),
    ]
    found = {m.name: figure(m, records) for m in MEASURES if "refus" in m.name}
    assert {name: one.value for name, one in found.items() if one} == {
        "refusal_precision": 0.667,
        "refusal_recall": 0.667,
        "refusal_f1": 0.667,
        "wrongly_refused": 0.5,
    }


def test_latency_is_told_by_its_median_and_its_slowest() -> None:
    told = figures([record(question(), answer(SAID, ms=ms)) for ms in range(1, 101)])["all"]
    assert (told["ms_p50"].value, told["ms_p95"].value) == (50.5, 95.05)


def test_a_measure_that_says_nothing_of_a_group_is_left_out() -> None:
    told = figures([record(question(answerable=False), answer(SAID))])["all"]
    assert "facts" not in told
    assert "wrongly_refused" not in told
    assert told["refusal_recall"].value == 0.0


def test_figures_are_told_by_language_and_kind_too() -> None:
    told = figures(
        [
            record(question("412", kind="number"), answer(SAID)),
            record(question("Pérou", language="en", kind="place"), answer(SAID)),
        ]
    )
    assert list(told) == ["all", "en", "fr", "number", "place"]
    assert [told[group]["facts"].value for group in told] == [0.5, 0.0, 1.0, 1.0, 0.0]


def test_a_kind_that_has_the_name_of_another_group_takes_no_figures_from_it() -> None:
    told = figures(
        [
            record(question("412", kind="fr"), answer(SAID)),
            record(question("x", kind="all"), REFUSED),
        ]
    )
    assert list(told) == ["all", "fr", "kind all", "kind fr"]
    assert [told[group]["right"].questions for group in told] == [2, 2, 1, 1]


def test_an_interval_holds_the_value_and_narrows_with_more_questions() -> None:
    half = [record(question("412"), answer(SAID)), record(question("Pérou"), answer(SAID))]
    few, many = (figures(half * n)["all"]["facts"] for n in (10, 1000))
    for one in (few, many):
        assert one.low <= one.value <= one.high
    assert (few.questions, few.high - few.low > 5 * (many.high - many.low)) == (20, True)
    # 1.96 standard errors to each side
    assert many.high - many.low == pytest.approx(2 * 1.96 * 0.5 / math.sqrt(2000), rel=0.1)


# Planted faults -------------------------------------------------------------------------------


def good(number: int) -> Record:
    """Return a record with nothing to mend; one in three is rightly refused."""
    if number % 3 == 0:
        return record(question(id=f"q{number}", answerable=False), REFUSED)
    asked = question("412", id=f"q{number}", gold=[GOLD], answers=["412 mètres"])
    ranking = [passage("a.txt", 0, 200), passage("b.txt", 0, 200)]
    return record(asked, answer(SAID), passages=ranking, gold=WHERE)


def with_answer(one: Record, said: Any, found: Sequence[bool] = ()) -> Record:
    return record(one.question, said, passages=one.passages, gold=WHERE, found=found)


def cites_elsewhere(one: Record) -> Record:
    said = answer(SAID)
    said["citations"][0] |= {"start": 500, "end": 583}
    return with_answer(one, said)


PLANTED: dict[str, tuple[Callable[[Record], Record], set[str]]] = {
    "a wrong citation": (cites_elsewhere, {"citation_precision", "citation_recall"}),
    "an invented quote": (lambda one: with_answer(one, answer(SAID), [False]), {"verbatim"}),
    "an unsupported statement": (
        lambda one: with_answer(one, answer(SAID, verdict="unsupported")),
        {"unsupported"},
    ),
    "a wrong fact": (
        lambda one: with_answer(one, answer(SAID.replace("412", "214"))),
        {"facts", "right", "number_accuracy", "token_f1"},
    ),
    "another language": (
        lambda one: with_answer(one, answer(SAID, language="en")),
        {"language"},
    ),
    "the right passage second": (
        lambda one: record(one.question, one.answer, passages=one.passages[::-1], gold=WHERE),
        {"recall_1", "mrr_10", "ndcg_10"},
    ),
    "a refusal of what can be answered": (
        lambda one: with_answer(one, REFUSED),
        {
            *("right", "facts", "token_f1", "number_accuracy"),
            *("wrongly_refused", "refusal_precision", "refusal_f1"),
        },
    ),
    "a slow answer": (lambda one: with_answer(one, answer(SAID, ms=9999)), {"ms_p95"}),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_moves_its_measures_and_no_others(fault: str) -> None:
    plant, moved = PLANTED[fault]
    records = [good(number) for number in range(60)]
    planted = [
        plant(one) if one.question.answerable and n % 5 == 0 else one
        for n, one in enumerate(records)
    ]
    before, after = figures(records)["all"], figures(planted)["all"]
    better = {one.name: one.better for one in MEASURES}
    for name in before:
        change = after[name].value - before[name].value
        if name in moved:
            assert change < 0 if better[name] == "more" else change > 0, name
        else:
            assert change == 0, name


def test_answers_to_what_has_none_are_counted() -> None:
    records = [good(number) for number in range(60)]
    planted = [
        one if one.question.answerable or n % 2 else with_answer(one, answer(SAID))
        for n, one in enumerate(records)
    ]
    before, after = figures(records)["all"], figures(planted)["all"]
    assert (before["refusal_recall"].value, after["refusal_recall"].value) == (1.0, 0.5)
    assert after["refusal_precision"].value == 1.0
    assert before["right"].value == 1.0
    assert after["right"].value == pytest.approx(5 / 6, abs=0.001)
