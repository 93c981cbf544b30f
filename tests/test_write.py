"""The quoting writer: how many sentences, which, and how they are numbered."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.judge.judge import Judged
from rag.question import understood
from rag.records import Citation, Passage, Quote
from rag.relevance import Candidate, Features
from rag.write import GAP, LONGEST_ANSWER, SURE_ENOUGH, Written, quoted

ASKED = understood("Que se passe-t-il ?")

_SAID = [
    "Le pont de Kralanh est ouvert.",
    "Un barrage produit du courant.",
    "Les paysans récoltent le riz.",
    "La ministre visite une école.",
]


def candidates(*told: tuple[str, float]) -> list[Candidate]:
    """Return candidates of these texts and scores, which come best first."""
    return [
        Candidate(
            Quote("a.txt", 1000 * place, text),
            Passage("a.txt", 0, text),
            Features(score / 3.0, *[0.0] * 8),
        )
        for place, (text, score) in enumerate(told)
    ]


def texts(*told: tuple[str, float]) -> list[str]:
    return [written.text for written in quoted(ASKED, candidates(*told))]


def test_the_best_sentences_are_quoted_in_order_and_numbered_from_one() -> None:
    written = list(quoted(ASKED, found := candidates((_SAID[0], 1.0), (_SAID[1], 0.95)), first=3))
    assert written == [
        Written(one.quote.text, (Citation(number, one.passage, one.quote),))
        for number, one in enumerate(found, start=3)
    ]


def test_an_answer_has_no_more_than_three_sentences() -> None:
    assert texts(*((text, 1.0) for text in _SAID)) == _SAID[:LONGEST_ANSWER]


def test_a_sentence_far_below_the_best_is_left_out() -> None:
    told = [(_SAID[0], 1.0), (_SAID[1], 1.0 - GAP + 0.01), (_SAID[2], 1.0 - GAP - 0.01)]
    assert texts(*told) == _SAID[:2]


def test_what_was_said_already_is_not_said_again() -> None:
    again = "Le pont de Kralanh est ouvert !"
    assert texts((_SAID[0], 1.0), (again, 0.99), (_SAID[1], 0.98)) == _SAID[:2]


def test_a_statement_closes_up_white_space_and_its_quote_does_not() -> None:
    (written,) = quoted(ASKED, candidates(("Le pont\r\n  est <b>ouvert</b>.", 1.0)))
    assert written.text == "Le pont est <b>ouvert</b>."
    assert written.citations[0].quote.text == "Le pont\r\n  est <b>ouvert</b>."


def test_the_short_answer_is_marked_in_the_text_as_it_is_shown() -> None:
    query = understood("Combien mesure le pont ?")
    (written,) = quoted(query, candidates(("Ouvert le 3 mai, il mesure\r\n412 mètres.", 1.0)))
    assert written.short
    assert written.text[slice(*written.short)] == "412 mètres"


def test_nothing_is_marked_where_nothing_is_of_the_kind_asked_for() -> None:
    (written,) = quoted(understood("Combien mesure le pont ?"), candidates((_SAID[0], 1.0)))
    assert written.short is None


REPORT = "Sok Dara est venu à Kampot. Il a promis un pont. Les deux ministres ont signé."


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (0, "Sok Dara est venu à Kampot."),
        (28, "Sok Dara est venu à Kampot. Il a promis un pont."),
        (49, "Il a promis un pont. Les deux ministres ont signé."),
    ],
)
def test_a_sentence_that_leans_back_is_quoted_with_the_one_before_it(start: int, text: str) -> None:
    passage = Passage("a.txt", 100, REPORT)
    starts = [100, 128, 149]
    end = {0: 27, 28: 48, 49: 78}[start]
    before = starts[starts.index(100 + start) - 1] if start else None
    quote = Quote("a.txt", 100 + start, REPORT[start:end])
    found = Candidate(quote, passage, Features(*[0.0] * 9), before)
    (written,) = quoted(ASKED, [found])
    assert written.text == text
    (citation,) = written.citations
    assert REPORT[citation.quote.start - 100 : citation.quote.end - 100] == text


def test_nothing_found_is_nothing_quoted() -> None:
    assert texts() == []


def test_a_sentence_quoted_before_a_pronoun_is_not_quoted_again() -> None:
    passage = Passage("a.txt", 100, REPORT)
    first = Candidate(Quote("a.txt", 100, REPORT[:27]), passage, Features(*[0.0] * 9))
    second = Candidate(Quote("a.txt", 128, REPORT[28:48]), passage, Features(*[0.0] * 9), 100)
    assert [one.text for one in quoted(ASKED, [second, first])] == [REPORT[:48]]


def test_a_pronoun_whose_sentence_a_part_before_has_quoted_is_quoted_by_itself() -> None:
    passage = Passage("a.txt", 100, REPORT)
    second = Candidate(Quote("a.txt", 128, REPORT[28:48]), passage, Features(*[0.0] * 9), 100)
    said = [Quote("a.txt", 100, REPORT[:27])]
    assert [one.text for one in quoted(ASKED, [second], 2, said=said)] == [REPORT[28:48]]
    both = Quote("a.txt", 100, REPORT[:48])
    (again,) = quoted(ASKED, [second], 2, said=[both])  # an answer to this part too
    assert (again.text, again.citations[0].quote) == (REPORT[:48], both)


# --- the words that the judge marks --------------------------------------------------------------

LENGTH = "Combien mesure le pont ?"
TOLD = "Ouvert le 3 mai, il mesure\r\n412 mètres."


def marked(
    question: str, sentence: str, words: str, probability: float, before: str = ""
) -> str | None:
    """Return what is marked of a sentence of which the judge marks `words`, so sure of it."""
    start = sentence.index(words)
    judged = Judged(0.0, probability, (start, start + len(words)) if words else None)
    (candidate,) = candidates((sentence, 1.0))
    if before:
        quote = Quote("a.txt", len(before), sentence)
        passage = Passage("a.txt", 0, before + sentence)
        candidate = replace(candidate, quote=quote, passage=passage, before=0)
    (written,) = quoted(understood(question), [replace(candidate, judged=judged)])
    return written.text[slice(*written.short)] if written.short else None


def test_the_words_of_the_judge_are_marked_where_the_rules_find_the_same() -> None:
    assert marked(LENGTH, TOLD, "412", SURE_ENOUGH / 2) == "412"
    assert marked(LENGTH, TOLD, "mesure\r\n412", SURE_ENOUGH / 2) == "mesure 412"


def test_where_the_rules_find_others_those_of_the_judge_are_marked_if_it_is_sure() -> None:
    assert marked(LENGTH, TOLD, "3 mai", SURE_ENOUGH) == "3 mai"
    assert marked(LENGTH, TOLD, "3 mai", SURE_ENOUGH - 0.01) is None


def test_where_the_rules_find_nothing_the_words_of_a_judge_that_is_sure_are_marked() -> None:
    told = "Il va d'une rive à l'autre, sur quatre cents pas."
    assert marked(LENGTH, told, "quatre cents pas", SURE_ENOUGH) == "quatre cents pas"
    assert marked(LENGTH, told, "quatre cents pas", SURE_ENOUGH - 0.01) is None


def test_who_it_was_is_marked_by_a_judge_that_is_sure() -> None:
    told = "Le maire Sok Dara a ouvert le pont."
    assert marked("Qui a ouvert le pont ?", told, "Le maire Sok Dara", SURE_ENOUGH) == told[:17]


def test_a_day_that_the_rules_do_not_know_is_marked_by_a_judge_that_is_sure() -> None:
    told = "Le pont, que le préfet a vu le 2 mars, a ouvert lundi, trois jours plus tard."
    day = "lundi, trois jours plus tard"
    assert marked("Quand le pont a-t-il ouvert ?", told, day, SURE_ENOUGH) == day


def test_a_place_is_marked_by_a_judge_that_is_sure() -> None:
    told = "Le maire a ouvert le pont sur la rive de Kampot."
    assert marked("Où a ouvert le pont ?", told, "la rive de Kampot", SURE_ENOUGH) == told[-18:-1]


def test_a_judge_that_marks_nothing_has_nothing_marked() -> None:
    assert marked(LENGTH, TOLD, "", 0.9) is None


@pytest.mark.parametrize(
    ("question", "kind", "told", "words"),
    [
        ("Pourquoi a-t-il fermé ?", "reason", "Il a fermé à cause d'une crue.", "d'une crue"),
        ("Le pont a-t-il ouvert ?", None, "Le pont a ouvert à Kampot.", "Kampot"),
    ],
)
def test_a_reason_is_marked_by_the_rules_however_sure_the_judge_is(
    question: str, kind: str | None, told: str, words: str
) -> None:
    asked = understood(question).asked
    assert (asked.kind if asked else None) == kind
    (alone,) = quoted(understood(question), candidates((told, 1.0)))
    by_the_rules = told[slice(*alone.short)] if alone.short else None
    assert marked(question, told, words, 0.9) == by_the_rules


def test_words_said_twice_are_marked_where_the_judge_read_them() -> None:
    before = "Sok Dara a vu  412 soldats."
    sentence = "Il a vu 412 hommes et un pont de \n412 mètres."
    start = sentence.rindex("412")
    found = Candidate(
        Quote("a.txt", len(before), sentence),
        Passage("a.txt", 0, before + sentence),
        Features(*[0.0] * 9),
        before=0,
        judged=Judged(0.0, 0.9, (start, start + 3)),
    )
    (written,) = quoted(understood(LENGTH), [found])
    assert written.short
    assert written.text[written.short[0] :] == "412 mètres."
    assert written.text.startswith("Sok Dara a vu 412 soldats. Il a vu")


ODD = st.text(alphabet="ab1é. \t\r\n\u00a0\u2003\x1c\u200b", max_size=30)


@given(
    before=st.sampled_from(["", "Sok Dara est venu.", "Sok  Dara\r\na vu 1 a.  ", "a1 b. \u00a0"]),
    sentence=st.tuples(st.sampled_from(["", "Il ", "Il\n\n"]), ODD)
    .map("".join)
    .map(str.strip)
    .filter(bool),
    one=st.integers(0, 40),
    other=st.integers(0, 40),
)
def test_whatever_the_spaces_the_words_marked_are_those_the_judge_read(
    before: str, sentence: str, one: int, other: int
) -> None:
    start, end = sorted((min(one, len(sentence)), min(other, len(sentence))))
    found = Candidate(
        Quote("a.txt", len(before), sentence),
        Passage("a.txt", 0, before + sentence),
        Features(*[0.0] * 9),
        before=0 if before else None,
        judged=Judged(0.0, 1.0, (start, end)),
    )
    (written,) = quoted(understood(LENGTH), [found])
    words, ahead = (" ".join(some.split()) for some in (sentence[start:end], sentence[:start]))
    if not words:
        assert written.short is None
        return
    assert written.short
    first, last = written.short
    assert 0 <= first < last <= len(written.text)
    assert written.text[first:last] == words
    begins = len(written.text) - len(" ".join(sentence.split()))
    assert written.text[begins:first].rstrip() == ahead
