"""A run over a question set, and the measures of answers made by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eval.questions import Gold, Question
from eval.run import Record, by_language, cited, facts, measures, run, success_at
from rag.answer import Assistant
from rag.index import sync
from rag.records import Answer, Citation, Passage, Quote, ScoredPassage, Statement
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

_SAID = "Le pont de Kralanh mesure 412 mètres et il a été inauguré le 3 mai par le ministre."


def question(
    *must: str,
    answerable: bool = True,
    kind: str = "",
    language: str = "fr",
    must_not: Sequence[str] = (),
    gold: Sequence[Gold] = (),
) -> Question:
    return Question("q", "?", answerable, language, kind, must, tuple(must_not), gold=tuple(gold))


def given(*texts: str, ms: int = 10) -> Answer:
    """Return an answer that says and cites these sentences of one report."""
    passage = Passage("a.txt", 0, _SAID, title="Un pont", date="2023-05")
    return Answer(
        question="?",
        language="fr",
        statements=tuple(Statement(text, (n,), "verbatim") for n, text in enumerate(texts, 1)),
        citations=tuple(
            Citation(n, passage, Quote("a.txt", 0, text)) for n, text in enumerate(texts, 1)
        ),
        passages=(ScoredPassage(passage, 1.0, 1.0),),
        timings={"retrieve_ms": ms, "answer_ms": ms},
    )


REFUSED = Answer("?", "fr", refused=True, reason="Rien.")


def test_each_question_has_its_record_in_order(store: Store, folder: Callable[..., Path]) -> None:
    embeddings = WordEmbeddings()
    sync([folder(pont_txt=_SAID)], store, embeddings)
    asked = [Question(f"q{n}", text, True, "fr") for n, text in enumerate(["Le pont ?", "", "Qui"])]
    steps: list[tuple[int, int]] = []
    records = run(
        asked, Assistant(store, embeddings), lambda done, total: steps.append((done, total))
    )
    assert [record.question for record in records] == asked
    assert [record.answer.question for record in records] == ["Le pont ?", "", "Qui"]
    assert steps == [(1, 3), (2, 3), (3, 3)]
    written = records[0].as_json()
    assert (written["id"], written["answer"]["question"]) == ("q0", "Le pont ?")
    assert [passage["source"] for passage in written["passages"]] == ["pont.txt"]
    assert written["ms"] == sum(written["answer"]["timings"].values())


@pytest.mark.parametrize(
    ("must", "must_not", "answer", "share"),
    [
        (["412"], [], given(_SAID), 1.0),
        (["412", "Pérou"], [], given(_SAID), 0.5),
        (["Pérou|ministre"], [], given(_SAID), 1.0),
        (["2023"], [], given(_SAID), 1.0),
        (["412"], ["3 mai"], given(_SAID), 0.0),
        (["412"], [], REFUSED, 0.0),
        ([], [], given(_SAID), 0.0),
    ],
)
def test_facts_are_the_share_of_what_must_be_mentioned(
    must: list[str], must_not: list[str], answer: Answer, share: float
) -> None:
    asked = question(*must, must_not=must_not)
    assert facts(Record(asked, answer)) == share


@pytest.mark.parametrize(
    ("gold", "share"),
    [
        (Gold("a.txt", _SAID), 1.0),
        (Gold("a.txt", "412  mètres"), 1.0),
        (Gold("a.txt", f"Au pays. {_SAID} Fin."), 1.0),
        (Gold("a.txt", f"{_SAID[:60]}, dit-on."), 1.0),
        (Gold("a.txt", "Le barrage produit du courant."), 0.0),
        (Gold("b.txt", _SAID), 0.0),
    ],
)
def test_a_citation_counts_if_it_shares_words_with_gold_of_the_same_report(
    gold: Gold, share: float
) -> None:
    assert cited(Record(question(gold=(gold,)), given(_SAID))) == share
    assert cited(Record(question(gold=(gold,)), given(_SAID, "Il a plu."))) == share / 2


def test_success_is_a_passage_with_gold_words_among_the_first() -> None:
    gold = (Gold("a.txt", "mesure 412 mètres"),)
    other = ScoredPassage(Passage("b.txt", 0, _SAID), 1.0, 1.0)
    answer = given(_SAID)
    later = Record(question(gold=gold), replace(answer, passages=(other, *answer.passages)))
    assert [success_at(k, later) for k in (1, 2, 20)] == [0.0, 1.0, 1.0]
    assert success_at(20, Record(question(gold=gold), REFUSED)) == 0.0


def test_measures_tell_wrong_refusals_from_right_ones() -> None:
    gold = (Gold("a.txt", _SAID),)
    records = [
        Record(question("412", gold=gold), given(_SAID, ms=10)),
        Record(question("Pérou", gold=gold), given(_SAID, "Il a plu.", ms=20)),
        Record(question("412"), REFUSED),
        Record(question(answerable=False, kind="near"), REFUSED),
        Record(question(answerable=False, kind="far"), REFUSED),
        Record(question(answerable=False, kind="near"), given(_SAID, ms=30)),
    ]
    assert measures(records) == {
        "questions": 6,
        "facts": 0.333,
        "wrongly_refused": 0.333,
        "citation_precision": 0.75,
        "success_at_1": 1.0,
        "success_at_5": 1.0,
        "success_at_20": 1.0,
        "statements": 1.5,
        "refused_far": 1.0,
        "refused_near": 0.5,
        "refusal_precision": 0.667,
        "ms_median": 10.0,
    }


def test_figures_that_have_no_cases_are_left_out() -> None:
    assert measures([Record(question(answerable=False), given(_SAID))]) == {
        "questions": 1,
        "refused_unanswerable": 0.0,
        "ms_median": 20,
    }


def test_each_language_is_measured_by_itself() -> None:
    records = [
        Record(question("412"), given(_SAID)),
        Record(question("412", language="vi"), REFUSED),
    ]
    figures = by_language(records)
    assert list(figures) == ["all", "fr", "vi"]
    assert [figures[name]["facts"] for name in figures] == [0.5, 1.0, 0.0]
