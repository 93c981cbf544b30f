"""Which sentence answers best, and from where on it is an answer at all."""

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest

from rag.answer import LEAST_PROBABLE
from rag.question import understood
from rag.records import Passage, Quote, ScoredPassage
from rag.relevance import EMBEDDED, READ, Candidate, Features, candidates, told_once

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


def candidate(features: Features) -> Candidate:
    return Candidate(Quote("a.txt", 0, "Un."), Passage("a.txt", 0, "Un."), features)


def found(question: str, *passages: Passage) -> list[Candidate]:
    ranking = [ScoredPassage(passage, 0.5, 0.5) for passage in passages]
    return candidates(understood(question), ranking, WordEmbeddings())


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
