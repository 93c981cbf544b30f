"""What does not quite fit: said beside an answer, for the reader to judge.

An answer is one of three: it fits, it fits with a remark, or it is refused (`rag.refusal`). A name
that the question has and the cited reports have not is right to be pointed at, and wrong too often
to refuse for.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from rag.corrections import corrections, is_correction
from rag.dates_days import span
from rag.glossary import country, known
from rag.numbers import spelled
from rag.phrases import phrase
from rag.question import Query, is_said
from rag.records import Answer, Citation, Document
from rag.searched import stems
from rag.sought import Period, days_told, shown_period
from rag.words import FUNCTION_WORDS, fold, language_to_compare, stem, words

_LONGEST_LOOKED_THROUGH = 200_000
_MOST_COMPARED = 50
_YEAR = re.compile(r"\d{4}")
_MOST_NAMED = 5
"""Reprints that a remark names."""

Reports = Callable[[str], Document | None]


def remarks(answer: Answer, questions: Sequence[Query], report: Reports) -> Iterator[str]:
    """Yield what is to be known of an answer to `questions`, the parts of one.

    `report` gives the report known by a source.
    """
    language = answer.language
    sources = dict.fromkeys(citation.passage.source for citation in answer.citations)
    cited = [found for source in sources if (found := report(source))]
    for query in questions:
        if len(questions) > 1 and query.part not in answer.answered:
            yield phrase("part", language, part=query.part)
    whole = [query for query in questions if len(questions) == 1 or query.part in answer.answered]
    if told := _other_period(answer, whole):
        yield told
    for query in whole:
        yield from _other_country(query, answer)
    missing = dict.fromkeys(
        name
        for query in whole
        for name in _not_mentioned(query, answer, cited)
        if not (told and _YEAR.fullmatch(name))
    )
    if missing:
        yield phrase("not_mentioned", language, names=", ".join(missing))
    yield from _corrected(answer, cited, report)
    for one in cited:
        if one.date is None:
            yield phrase("undated", language, title=one.title.removesuffix("."))
    yield from _reprinted(answer, report)


def _other_period(answer: Answer, questions: Sequence[Query]) -> str | None:
    """Say which days the quotes tell of, where none is of a period that was asked about."""
    asked = [period for query in questions for period in query.periods]
    quotes = [(one.passage, days_told(one.quote, one.passage)) for one in answer.citations]
    named = [days for _, some in quotes for days in some]
    published = [span(passage.date) for passage, some in quotes if passage.date and not some]
    told = [*named, *published]
    if not asked or not told or any(period.holds(*days) for period in asked for days in told):
        return None
    shown = dict.fromkeys(shown_period(Period(*days), answer.language) for days in named or told)
    return phrase(
        "other_period" if named else "published_in_other_period",
        answer.language,
        told=", ".join(shown),
        asked=", ".join(shown_period(period, answer.language) for period in asked),
    )


def _other_country(query: Query, answer: Answer) -> Iterator[str]:
    """Say of which countries the quotes tell who holds a role, where none speaks of the one asked.

    « Qui est le Premier ministre du Laos ? » is not answered by that of Malaysia.
    """
    asked = known(query.text, query.language)
    role = next((one for one in asked if one.row.kind == "role"), None)
    countries = dict.fromkeys(one.row.kind for one in asked if one.row.is_country)
    if role is None or not countries:
        return
    told: dict[str, None] = {}
    for citation in answer.citations:
        passage = citation.passage
        found = known(citation.quote.text, language_to_compare(passage.language, passage.text))
        named = dict.fromkeys(one.row.kind for one in found if one.row.is_country)
        if named.keys() & countries.keys():
            return
        if any(one.row == role.row for one in found):
            told |= named
    if told:
        written = query.text[role.start : role.end]
        shown, wanted = (
            ", ".join(f"{written} ({country(one, answer.language)})" for one in some)
            for some in (told, countries)
        )
        yield phrase("other_country", answer.language, told=shown, asked=wanted)


def _not_mentioned(query: Query, answer: Answer, cited: Sequence[Document]) -> list[str]:
    """Return what the question names and the cited reports do not, their teasers left out.

    To look through a book would take seconds, and it names most things somewhere.
    """
    told = [f"{c.passage.heading} {c.passage.text}" for c in answer.citations]
    told += [f"{report.title} {report.date} {_own_words(report)}" for report in cited]
    if sum(map(len, told)) > _LONGEST_LOOKED_THROUGH:
        return []
    said = stems(" ".join(told), "fr")
    by_another_name = {
        word
        for one in known(query.text, query.language)
        if any(said.issuperset(stem(word) for word in words(form)) for form in one.row.forms["fr"])
        for word in words(query.text[one.start : one.end])
    }
    named = (term for term in query.terms("fr") if term.named or term.shown == query.thing)
    return [
        term.shown
        for term in named
        if not is_said(term, said)
        and _is_telling(term.shown, by_another_name)
        and not _is_spelled(term.shown, cited)
    ]


def _is_spelled(shown: str, cited: Sequence[Document]) -> bool:
    """« 30 » where a report says « trente »."""
    return shown.isdecimal() and any(
        number.value == int(shown)
        for report in cited
        for number in spelled(_own_words(report), language_to_compare(report.language, report.text))
    )


def _is_telling(shown: str, by_another_name: Collection[str]) -> bool:
    """Not « Birmanie » where « Myanmar » is said, not « And » of a follow-up, not « 1 »."""
    plain = fold(shown)
    small = any(plain in listed for listed in FUNCTION_WORDS.values())
    return plain not in by_another_name and len(plain) > 1 and not small


def _corrected(answer: Answer, cited: Sequence[Document], report: Reports) -> Iterator[str]:
    """Say which of the other reports found correct a cited one; only these are read whole."""
    passages = [scored.passage for scored in answer.passages]
    sources = dict.fromkeys(one.source for one in passages if is_correction(one.title))
    others = [found for source in sources if (found := report(source))]
    titles = dict.fromkeys(
        (one.title, correction.title) for one in cited for correction in corrections(one, others)
    )
    for title, by in titles:
        yield phrase("corrected", answer.language, title=title, by=by)


def _own_words(report: Document) -> str:
    own = [span for span in report.spans if span.kind not in ("teaser", "boilerplate")]
    return " ".join(report.text[span.start : span.end] for span in own)


def _reprinted(answer: Answer, report: Reports) -> Iterator[str]:
    """Say which other reports have the words of a quote: five reprints are one source."""
    told: dict[tuple[str, ...], None] = {}
    for citation in answer.citations:
        sources = answer.reprints.get(citation.passage.source, ())
        saying = tuple(s for s in sources[:_MOST_COMPARED] if _says(s, citation, report))
        if len(saying) > 1:
            told.setdefault(saying)
    for sources in told:
        more = " …" if len(sources) > _MOST_NAMED else ""
        named = ", ".join(sources[:_MOST_NAMED]) + more
        yield phrase("reprinted", answer.language, count=str(len(sources)), sources=named)


def _says(source: str, citation: Citation, report: Reports) -> bool:
    """Whether a report has the words of a quote: a reprint may deny what the first one said."""
    if source == citation.passage.source:
        return True
    document = report(source)
    quote = " ".join(words(citation.quote.text))
    return document is not None and quote in " ".join(words(document.text))
