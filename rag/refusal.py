"""Whether none of the sentences found answers, so that the question is refused.

Words and vectors say whether the archive speaks of it; the judge, where there is one, whether the
best sentence answers, and what the question names, whether it is told of the right thing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.glossary import Row, known
from rag.question import Query, is_said
from rag.records import Passage
from rag.relevance import Candidate
from rag.searched import stems
from rag.words import fold, is_among, language_to_compare, stem, words

LEAST_PROBABLE = 0.5
"""Below it the best sentence is no answer; in every language, others were tried
(`eval/README.md`)."""

LEAST_PROBABLE_ELSEWHERE = 0.8
"""The same where the question asks for a thing by its name (« la population de … », « le maire de
… ») that the best passage does not name."""

LEAST_PROBABLE_UNNAMED = 0.98
"""The same where no passage read names it: what people ask first of an archive that cannot know."""

LEAST_PROBABLE_READ = 0.03
"""The same of what the judge says of the best sentence, read with the question."""

LEAST_PROBABLE_UNTOLD = 0.6
"""The same where none of the `LOOKED_THROUGH` best tells of a country or a figure of the question:
another country's answer, another year's, reads well."""

LOOKED_THROUGH = 2
"""Sentences in whose passages that is looked for."""

LEAST_SURE = 0.12
"""Below it that is told beside the answer."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """That none of the sentences answers."""

    untold: tuple[str, ...] = ()
    """What the question names and the best passages do not, if it is refused for that."""


def refusal(query: Query, found: Sequence[Candidate]) -> Refusal | None:
    """Return one where the archive does not speak of it, or the best sentence of another thing.

    :param found: best first
    """
    if max(one.answers for one in found) < _least_probable(query, found):
        return Refusal()
    judged = found[0].judged
    if judged and judged.probability >= LEAST_PROBABLE_UNTOLD:
        return None
    passages = {one.passage.id: one.passage for one in found[:LOOKED_THROUGH]}
    missing = untold(query, passages.values())
    doubted = judged is not None and judged.probability < LEAST_PROBABLE_READ
    return Refusal(tuple(missing)) if missing or doubted else None


def is_unsure(found: Sequence[Candidate]) -> bool:
    """Whether the judge holds the best sentence for a doubtful answer."""
    judged = found[0].judged if found else None
    return judged is not None and judged.probability < LEAST_SURE


def _least_probable(query: Query, found: Sequence[Candidate]) -> float:
    if query.thing is None:
        return LEAST_PROBABLE
    thing = stem(fold(query.thing), "fr")
    best = found[0].passage
    if is_among(thing, stems(f"{best.heading} {best.text}", "fr")):
        return LEAST_PROBABLE
    read = " ".join({one.passage.id: one.passage.text for one in found}.values())
    named = is_among(thing, stems(read, "fr"))
    return LEAST_PROBABLE_ELSEWHERE if named else LEAST_PROBABLE_UNNAMED


def untold(query: Query, passages: Iterable[Passage]) -> list[str]:
    """Return the countries and figures of a question that none of the passages tells of.

    A year is told by the date of a report too; a figure of one digit reports may write as a word.

    >>> untold(understood("Quelle ligne le Laos a-t-il ouverte en 2021 ?"), found)  # doctest: +SKIP
    ['2021']
    """
    said = [_said(passage) for passage in passages]
    countries = [one for one in known(query.text, query.language) if one.row.is_country]
    missing = [
        query.text[one.start : one.end]
        for one in countries
        if not any(_names(one.row, language, told) for language, told in said)
    ]
    missing += [
        term.shown
        for term in query.terms("fr")  # without the figures of Vietnamese months, which are words
        if _is_figure(term.shown) and not any(is_said(term, told) for _, told in said)
    ]
    return list(dict.fromkeys(missing))


def _said(passage: Passage) -> tuple[str, frozenset[str]]:
    """Return the language of a passage, and its stems with those of title and date."""
    language = language_to_compare(passage.language, passage.text)
    return language, stems(f"{passage.heading} {passage.text}", language)


def _names(country: Row, language: str, said: frozenset[str]) -> bool:
    forms = country.forms[language]
    return any(said.issuperset(stem(word, language) for word in words(form)) for form in forms)


def _is_figure(shown: str) -> bool:
    return len(shown) > 1 and shown[0].isdigit()
