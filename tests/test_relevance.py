"""Which sentence answers best, and from where on it is an answer at all."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest

from rag.judge.judge import Judged
from rag.judge.window import Sentence
from rag.question import understood
from rag.records import Passage, Quote, ScoredPassage
from rag.refusal import LEAST_PROBABLE
from rag.relevance import (
    EMBEDDED,
    JUDGED,
    READ,
    Candidate,
    Features,
    Judging,
    candidates,
    told_once,
)

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

# Cosines as the default model has them; words and cosines agree in both.
_FOUND = Features(
    said=0.8,
    said_around=1.0,
    sentence_cosine=0.90,
    passage_cosine=0.89,
    passage_score=0.9,
    holds_asked=1.0,
    names_missing=0.0,
    passage_said=1.0,
    common_said=1.0,
)
_NOT_FOUND = Features(
    said=0.1,
    said_around=0.2,
    sentence_cosine=0.81,
    passage_cosine=0.82,
    passage_score=0.3,
    holds_asked=0.0,
    names_missing=1.0,
    passage_said=0.2,
    common_said=0.2,
)
_TEXT = "Le pont de Kralanh est ouvert au public. Il mesure 412 mètres de long. Bref.\n"
_PASSAGE = Passage("a.txt", 100, _TEXT, title="Un pont", date="2023-05")


class JudgeOfWords:
    """Holds that a sentence answers for what it says: so many log-odds for each of these words.

    It marks the first of them, and remembers what it was asked.
    """

    def __init__(self, **worth: float) -> None:
        self.worth = worth
        self.heard: list[tuple[str, str, list[Sentence]]] = []

    def __call__(self, question: str, language: str, sentences: Sequence[Sentence]) -> list[Judged]:
        self.heard.append((question, language, list(sentences)))
        return [self._judged(one.text) for one in sentences]

    def _judged(self, text: str) -> Judged:
        said = {word: text.index(word) for word in self.worth if word in text}
        relevance = float(sum(self.worth[word] for word in said))
        first = min(said, key=lambda word: said[word], default="")
        short = (said[first], said[first] + len(first)) if first else None
        return Judged(relevance, 1 / (1 + math.exp(-relevance)), short)


def candidate(features: Features) -> Candidate:
    return Candidate(Quote("a.txt", 0, "Un."), Passage("a.txt", 0, "Un."), features)


def found(question: str, *passages: Passage, judge: Judging | None = None) -> list[Candidate]:
    ranking = [ScoredPassage(passage, 0.5, 0.5) for passage in passages]
    return candidates(understood(question), ranking, WordEmbeddings(), judge)


def test_what_fits_in_words_and_meaning_is_an_answer_and_what_fits_in_neither_is_none() -> None:
    assert candidate(_NOT_FOUND).answers < LEAST_PROBABLE / 2
    assert candidate(_FOUND).answers > (1 + LEAST_PROBABLE) / 2


@pytest.mark.parametrize(
    ("feature", "worse"),
    [
        ("sentence_cosine", 0.8),
        ("passage_score", 0.0),
        ("passage_said", 0.0),
        ("common_said", 0.0),
        ("names_missing", 1.0),
    ],
)
def test_each_feature_tells_for_or_against_an_answer(feature: str, worse: float) -> None:
    assert candidate(replace(_FOUND, **{feature: worse})).answers < candidate(_FOUND).answers


@pytest.mark.parametrize(
    "feature", ["said", "said_around", "sentence_cosine", "passage_score", "holds_asked"]
)
def test_a_sentence_is_put_first_for_what_speaks_for_it(feature: str) -> None:
    assert candidate(replace(_FOUND, **{feature: 0.0})).score < candidate(_FOUND).score


def test_words_tell_less_of_a_sentence_where_few_of_the_question_have_one_in_its_language() -> None:
    said, meant = replace(_FOUND, sentence_cosine=0.85), replace(_FOUND, said=0.0)
    assert candidate(said).score > candidate(meant).score
    said, meant = replace(said, known=0.2), replace(meant, known=0.2)
    assert candidate(said).score < candidate(meant).score


def test_a_question_is_not_refused_for_being_in_another_language() -> None:
    assert candidate(replace(_FOUND, known=0.2)).answers == candidate(_FOUND).answers


def test_how_much_of_a_question_is_known_is_told_by_the_language_of_the_passage() -> None:
    question = "How long is the Kralanh bridge?"
    english = Passage("en.txt", 0, "The bridge of Kralanh is open to the public.", language="en")
    known = {c.quote.source: c.features.known for c in found(question, _PASSAGE, english)}
    assert known["en.txt"] == 1.0
    assert known["a.txt"] < 1.0


def test_every_candidate_is_a_slice_of_its_passage_without_the_space_around_it() -> None:
    quotes = [c.quote for c in found("Combien mesure le pont de Kralanh ?", _PASSAGE)]
    assert {quote.text for quote in quotes} == {
        "Le pont de Kralanh est ouvert au public.",
        "Il mesure 412 mètres de long.",
    }
    for quote in quotes:
        assert _TEXT[quote.start - 100 : quote.end - 100] == quote.text


def test_the_best_sentence_comes_first() -> None:
    other = Passage("b.txt", 0, "Le barrage produit 2 450 mégawatts d'électricité.")
    best = found("Combien de mégawatts produit le barrage ?", _PASSAGE, other)[0]
    assert best.passage == other
    assert best.features.said == 1.0


def test_features_lie_between_0_and_1() -> None:
    for question in ("Combien mesure le pont de Kralanh en 2023 ?", "How long?", "???", "Dara"):
        for one in found(question, _PASSAGE):
            values = [getattr(one.features, field.name) for field in fields(Features)]
            assert all(-1e-9 <= value <= 1 + 1e-9 for value in values), (question, one)


def test_a_name_the_passage_has_not_is_counted_missing() -> None:
    assert found("Le pont de Kralanh est-il ouvert ?", _PASSAGE)[0].features.names_missing == 0.0
    assert found("Le pont de Samrong est-il ouvert ?", _PASSAGE)[0].features.names_missing == 1.0


@pytest.mark.parametrize("around", ["pont", "public", "2023"])
def test_title_date_and_the_sentence_before_stand_around_a_sentence(around: str) -> None:
    by_text = {c.quote.text: c.features for c in found(f"Combien mesure {around} ?", _PASSAGE)}
    features = by_text["Il mesure 412 mètres de long."]
    assert (features.said, features.said_around) == (0.5, 1.0)


def test_nothing_found_gives_no_candidates() -> None:
    assert found("Combien ?") == []
    assert found("Combien ?", Passage("a.txt", 0, "Trop court.")) == []


def test_only_the_first_passages_are_read() -> None:
    passages = [
        Passage(f"{n}.txt", 0, f"Le pont numéro {n} est ouvert au public.") for n in range(READ + 3)
    ]
    read = {c.passage.source for c in found("Le pont est-il ouvert ?", *passages)}
    assert read == {f"{n}.txt" for n in range(READ)}


def test_the_best_sentences_by_words_are_embedded_and_no_others() -> None:
    class Counting(WordEmbeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            embedded.extend(texts)
            return super().embed_documents(texts)

    embedded: list[str] = []
    plain = " ".join(f"Les travaux numéro {n} ont commencé hier." for n in range(2 * EMBEDDED))
    passage = Passage("a.txt", 0, f"{plain} Le pont de Kralanh mesure 412 mètres.")
    ranking = [ScoredPassage(passage, 0.5, 0.5)]
    read = candidates(understood("Combien mesure le pont de Kralanh ?"), ranking, Counting())
    assert len(read) == len(embedded) == EMBEDDED
    assert read[0].quote.text == "Le pont de Kralanh mesure 412 mètres."


def told(*reports: tuple[str, str], reprints: str) -> list[str]:
    """Return which of these reports are read, those of `reprints` being of one origin."""
    ranking = [ScoredPassage(Passage(source, 0, text), 0.5, 0.5) for source, text in reports]
    kept = told_once(ranking, {source: list(reprints) for source in reprints})
    return [scored.passage.source for scored in kept]


def test_what_a_reprint_told_is_read_once_and_what_it_adds_is_read() -> None:
    same = "Le pont de Kralanh est ouvert au public depuis lundi."
    reports = (("a", same), ("b", f"{same} Enfin."), ("c", "Il mesure 412 mètres."), ("d", same))
    assert told(*reports, reprints="abc") == ["a", "c", "d"]
    assert told(*reports, reprints="") == ["a", "b", "c", "d"]


def test_a_report_may_say_a_thing_twice() -> None:
    assert told(("a", "Le pont est ouvert."), ("a", "Le pont est ouvert."), reprints="ab") == [
        *("a", "a")
    ]


def test_a_word_counts_for_as_much_as_it_is_rare_among_the_passages_of_its_language() -> None:
    question = "Quel pont a ouvert au Laos ?"
    french = [Passage(f"{n}.txt", 0, f"Le Laos a {n} provinces et un fleuve.") for n in range(5)]
    french.append(Passage("pont.txt", 0, "Un pont neuf est ouvert au public, dit-on."))
    english = Passage("en.txt", 0, "The bridge was closed by order of the mayor.", language="en")
    alone, beside = (found(question, *french, *more) for more in ([], [english]))
    said = [
        {c.passage.source: c.features.said for c in one}.get("pont.txt") for one in (alone, beside)
    ]
    assert said[0] == said[1]


# --- the judge -----------------------------------------------------------------------------------

_WORKS = Passage(
    "b.txt", 0, " ".join(f"Le chantier numéro {n} du pont a ouvert." for n in range(JUDGED + 4))
)
"""More sentences than a judge reads."""


def said(candidates: Sequence[Candidate]) -> list[str]:
    return [one.quote.text for one in candidates]


def test_a_judge_puts_the_sentence_first_that_it_finds_better() -> None:
    question = "Le pont de Kralanh est-il ouvert ?"
    opened, length = said(found(question, _PASSAGE))
    assert length == "Il mesure 412 mètres de long."
    best, other = found(question, _PASSAGE, judge=JudgeOfWords(mètres=50))
    assert (best.quote.text, best.relevance, other.quote.text) == (length, 50, opened)


def test_what_a_judge_says_is_weighed_with_words_and_meaning_and_does_not_replace_them() -> None:
    question = "Le pont de Kralanh est-il ouvert ?"
    alone = found(question, _PASSAGE)
    apart = alone[0].score - alone[1].score
    little, much = (JudgeOfWords(mètres=apart + more) for more in (-0.01, 0.01))
    assert said(found(question, _PASSAGE, judge=little)) == said(alone)
    assert said(found(question, _PASSAGE, judge=much)) == said(alone)[::-1]


def test_each_sentence_keeps_what_the_judge_says_of_it() -> None:
    judge = JudgeOfWords(ouvert=-1, mètres=2)
    for one in found("Combien mesure le pont de Kralanh ?", _PASSAGE, judge=judge):
        (judged,) = JudgeOfWords(ouvert=-1, mètres=2)("", "", [Sentence(one.quote.text)])
        assert (one.judged, one.relevance) == (judged, judged.relevance)


def test_a_judge_reads_the_first_sentences_and_no_others() -> None:
    judge = JudgeOfWords()
    first = said(found("Le pont est-il ouvert ?", _WORKS))
    read = found("Le pont est-il ouvert ?", _WORKS, judge=judge)
    ((question, language, sentences),) = judge.heard
    assert (question, language) == ("Le pont est-il ouvert ?", "fr")
    assert [one.text for one in sentences] == first[:JUDGED]
    assert [one.judged is not None for one in read] == [
        place < JUDGED for place, _ in enumerate(first)
    ]


def test_what_a_judge_did_not_read_counts_as_its_worst_and_stands_below_what_it_read() -> None:
    ranked = said(found("Le pont est-il ouvert ?", _WORKS))
    first, worst, last = (ranked[place].split()[3] for place in (0, JUDGED - 2, JUDGED - 1))
    assert len({first, worst, last}) == 3
    judge = JudgeOfWords(**{first: -3, worst: -9, last: 2})
    read = found("Le pont est-il ouvert ?", _WORKS, judge=judge)
    assert [one.relevance for one in read[:2]] == [2, 0]
    assert {one.relevance for one in read[JUDGED:]} == {-9}
    assert set(said(read[:JUDGED])) == set(ranked[:JUDGED])
    assert said(read[JUDGED:]) == ranked[JUDGED:]


def test_a_judge_that_finds_all_alike_and_none_at_all_leave_the_order_as_it_was() -> None:
    alone = found("Le pont est-il ouvert ?", _WORKS, _PASSAGE)
    assert {(one.judged, one.relevance) for one in alone} == {(None, 0.0)}
    alike = found("Le pont est-il ouvert ?", _WORKS, _PASSAGE, judge=JudgeOfWords(e=-4))
    assert [replace(one, judged=None, relevance=0.0) for one in alike] == alone
    assert [one.answers for one in alike] == [one.answers for one in alone]


def test_where_nothing_is_found_a_judge_is_not_asked() -> None:
    judge = JudgeOfWords()
    assert found("Combien ?", judge=judge) == []
    assert found("Combien ?", Passage("a.txt", 0, "Trop court."), judge=judge) == []
    assert judge.heard == []


def test_a_judge_is_given_each_sentence_with_its_heading_the_one_before_and_the_one_after() -> None:
    judge = JudgeOfWords()
    found("Combien mesure le pont de Kralanh ?", _PASSAGE, judge=judge)
    ((_, _, sentences),) = judge.heard
    opened, length = "Le pont de Kralanh est ouvert au public.", "Il mesure 412 mètres de long."
    assert {one.text: one for one in sentences} == {
        opened: Sentence(opened, _PASSAGE.heading, "", length),
        length: Sentence(length, _PASSAGE.heading, opened, "Bref."),
    }
    assert "Un pont" in _PASSAGE.heading
    assert "2023" in _PASSAGE.heading


def test_a_judge_is_given_nothing_before_the_first_sentence_nor_after_the_last() -> None:
    judge = JudgeOfWords()
    alone = Passage("a.txt", 0, "Le pont est ouvert au public.")
    found("Le pont est-il ouvert ?", alone, judge=judge)
    assert judge.heard[0][2] == [Sentence("Le pont est ouvert au public.")]
