"""The order of passages: cosine, words, dates; and that no report crowds the others out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.dates import moments
from rag.lexical import WordIndex
from rag.question import understood
from rag.rank import fused, spread
from rag.records import Passage, ScoredPassage


def scored(text: str, cosine: float, title: str = "") -> ScoredPassage:
    return ScoredPassage(Passage(f"{text}.txt", 0, text, title=title), cosine, cosine)


def dated(text: str, published: str | None = None) -> ScoredPassage:
    one = scored(text, 0.8)
    told = tuple(moments(text, published, "fr"))
    return replace(one, passage=replace(one.passage, date=published, moments=told))


def of_report(source: str, *texts: str) -> list[ScoredPassage]:
    """Passages of one report, each as good as the one before but for a hair."""
    return [
        ScoredPassage(Passage(source, 1000 * n, text), 0.8 - n / 1000, 0.8)
        for n, text in enumerate(texts)
    ]


def test_words_decide_where_the_vectors_are_equal() -> None:
    query = understood("Combien mesure le pont de Kralanh ?")
    found = fused(query, [scored("La fête du riz", 0.8), scored("Kralanh a un pont", 0.8)])
    assert [one.passage.text for one in found] == ["Kralanh a un pont", "La fête du riz"]


def test_vectors_decide_where_the_words_are_equal() -> None:
    found = fused(understood("Dara Vannak ?"), [scored("Un", 0.7), scored("Deux", 0.8)])
    assert [one.passage.text for one in found] == ["Deux", "Un"]
    assert [one.cosine for one in found] == [0.8, 0.7]


def test_the_title_counts_among_the_words_of_a_passage() -> None:
    untitled, titled = scored("Il est ouvert", 0.8), scored("Il ouvre", 0.8, "Le pont de Kralanh")
    found = fused(understood("le pont de Kralanh"), [untitled, titled])
    assert found[0].passage == titled.passage


def test_a_rare_word_counts_for_more_than_a_common_one() -> None:
    passages = [scored("Le pont", 0.8), scored("Le Mékong", 0.8)]
    index = WordIndex()
    index.change(
        (), [one.passage for one in (*passages, *(scored(f"Le pont {n}", 0) for n in "123"))]
    )
    found = fused(understood("un pont de Mékong"), passages, index.rarity)
    assert [one.passage.text for one in found] == ["Le Mékong", "Le pont"]


@pytest.mark.parametrize("nearest", [[], [scored("Un pont", 0.8)]])
def test_one_passage_or_none_is_a_ranking_too(nearest: list[ScoredPassage]) -> None:
    found = fused(understood("pont"), nearest)
    assert [one.passage for one in found] == [one.passage for one in nearest]


@pytest.mark.parametrize(
    "better",
    [
        dated("Le sommet de Vientiane a lieu en octobre 2024."),
        dated("Le sommet de Vientiane a lieu.", published="2024-10-09"),
        dated("Le sommet de Vientiane a lieu.", published="2024"),
    ],
    ids=["what it tells", "its publication", "its year, as far as it is known"],
)
def test_a_passage_of_the_period_asked_about_comes_first(better: ScoredPassage) -> None:
    others = [
        dated("Le sommet de Vientiane a lieu, octobre encore.", published="2021-10-26"),
        dated("Le sommet de Vientiane a lieu, octobre 2016."),
    ]
    found = fused(
        understood("Qui vint au sommet de Vientiane en octobre 2024 ?"), [*others, better]
    )
    assert found[0].passage == better.passage


def test_where_no_period_is_asked_about_dates_change_nothing() -> None:
    passages = [dated("Le sommet."), dated("Le sommet.", published="2024-10-09")]
    one, other = fused(understood("Qui vint au sommet ?"), passages)
    assert one.score == other.score


def test_the_third_passage_of_a_report_makes_room_for_another_report() -> None:
    long = of_report("long.txt", "Un pont.", "Deux ponts.", "Trois ponts.", "Quatre ponts.")
    other = ScoredPassage(Passage("court.txt", 0, "Un autre pont."), 0.75, 0.8)
    sources = [one.passage.source for one in spread([*long, other])]
    assert sources == ["long.txt", "long.txt", "court.txt", "long.txt", "long.txt"]


def test_a_reprint_makes_room_for_what_says_something_else() -> None:
    told = "Le pont de Kralanh mesure 412 mètres et relie les deux rives du fleuve."
    first, again = scored(told, 0.8), replace(scored(told.upper(), 0.8), score=0.79)
    other = replace(scored("Le pont a coûté dix millions.", 0.8), score=0.7)
    assert [one.passage for one in spread([first, again, other])] == [
        one.passage for one in (first, other, again)
    ]


@given(st.lists(st.sampled_from("abc"), max_size=12))
def test_spreading_leaves_nothing_out_and_keeps_the_best_first(sources: list[str]) -> None:
    ranking = [
        ScoredPassage(Passage(source, n, f"Texte {n // 2}"), 1 - n / 100, 0.8)
        for n, source in enumerate(sources)
    ]
    found = spread(ranking)
    assert {one.passage.id for one in found} == {one.passage.id for one in ranking}
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert [one.passage for one in found[:1]] == [one.passage for one in ranking[:1]]
