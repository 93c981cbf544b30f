"""The reports beside an answer: a card each, the quoted words marked, and the whole below it."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Protocol

from rag.records import Citation, Document, Passage, Quote, Span, Told
from ui.exchanges import Exchange
from ui.html import escaped
from ui.words import Words


class Listed(Protocol):
    """What the page says of the archive as a whole needs no more of a report than this."""

    @property
    def date(self) -> str | None: ...


def archive_line(words: Words, entries: Sequence[Listed]) -> str:
    """Say what is searched: ``67 dépêches, 2020–2025``."""
    if not entries:
        return words("no_reports")
    years = sorted(entry.date[:4] for entry in entries if entry.date)
    count = words.count("reports", len(entries))
    if not years:
        return count
    period = years[0] if years[0] == years[-1] else f"{years[0]}–{years[-1]}"
    return f"{count}, {period}"


def sources_panel(words: Words, exchanges: Sequence[Exchange]) -> str:
    """Draw the sources of every answer, the latest open and the earlier ones folded below it."""
    shown = [exchange for exchange in reversed(exchanges) if _cards(words, exchange)]
    if not shown:
        return f'<h2>{words("sources")}</h2><p class="empty">{words("sources_empty")}</p>'
    latest, *earlier = shown
    return _group(words, latest) + "".join(_folded(words, exchange) for exchange in earlier)


def _group(words: Words, exchange: Exchange) -> str:
    name = words("nearest_panel" if exchange.answer.refused else "sources_of_answer")
    return (
        f'<section class="group" aria-label="{escaped(name)}"><h2>{name}</h2>'
        f"{_sides(words, exchange)}{_cards(words, exchange)}</section>"
    )


def _folded(words: Words, exchange: Exchange) -> str:
    return (
        f'<details class="earlier"><summary><span class="label">{words("earlier")}</span> '
        f"{escaped(exchange.answer.question)}</summary>{_group(words, exchange)}</details>"
    )


# --- reports that differ, side by side ---------------------------------------------------------


def _sides(words: Words, exchange: Exchange) -> str:
    """Draw what reports say otherwise of one thing, each with its date, the newest first."""
    told = exchange.answer.differing
    if not told:
        return ""
    sides = "".join(f"<li>{_side(words, exchange, one)}</li>" for one in told)
    name = words("differ")
    return f'<section class="differ" aria-label="{name}"><h3>{name}</h3><ul>{sides}</ul></section>'


def _side(words: Words, exchange: Exchange, told: Told) -> str:
    cited = next((c for c in exchange.answer.citations if c.quote == told.quote), None)
    link = ""
    if cited:
        link = (
            f' <a class="near" href="#source-{exchange.number}-{cited.number}">'
            f'<span class="sr">{words("source")} </span>&#91;{cited.number}&#93;</a>'
        )
    return (
        f'<p class="value">{escaped(told.value)}{link}</p>'
        f'<p class="meta">{_dated(words, told.passage)} '
        f'<span class="from">{_title(told.passage)}</span></p>'
        f'<blockquote class="passage">{_valued(told)}</blockquote>'
    )


def _valued(told: Told) -> str:
    before, value, after = told.quote.text.partition(told.value)
    return f"{escaped(before)}<mark>{escaped(value)}</mark>{escaped(after)}"


# --- cards -------------------------------------------------------------------------------------


def _cards(words: Words, exchange: Exchange) -> str:
    answer = exchange.answer
    if answer.refused:
        return "".join(
            _card(words, exchange, place, scored.passage, scored.passage.page, None)
            for place, scored in enumerate(answer.nearest, 1)
        )
    origins: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        source = citation.quote.source
        origins.setdefault(answer.reprints.get(source, [source])[0], []).append(citation)
    return "".join(_of_one_origin(words, exchange, some) for some in origins.values())


def _of_one_origin(words: Words, exchange: Exchange, citations: Sequence[Citation]) -> str:
    cards = "".join(
        _card(words, exchange, one.number, one.passage, one.page, one.quote) for one in citations
    )
    if len({citation.quote.source for citation in citations}) == 1:
        return cards
    label = words("one_news")
    return (
        f'<div class="origin" role="group" aria-label="{label}"><p class="label">{label}</p>'
        f"{cards}</div>"
    )


def _card(
    words: Words,
    exchange: Exchange,
    number: int,
    passage: Passage,
    page: int | None,
    quote: Quote | None,
) -> str:
    report = exchange.reports.get(passage.source)
    name = f"source-{exchange.number}-{number}"
    others = [one.quote for one in exchange.answer.citations]
    spoken = words("source_number", number=number)
    return (
        f'<article class="card" id="{name}" tabindex="-1" aria-labelledby="{name}-title">'
        f'<header><span class="number" aria-hidden="true">&#91;{number}&#93;</span>'
        f'<div><h3 id="{name}-title"><span class="sr">{spoken} </span>'
        f'<span dir="auto">{_title(passage)}</span></h3>'
        f'<p class="meta">{_about(words, passage, page, report)}</p></div></header>'
        f'<blockquote class="passage" dir="auto">{_passage(passage, quote, others)}</blockquote>'
        f"{_same_news(words, exchange, passage.source)}"
        f"{_whole_report(words, exchange, report, quote, others, number)}"
        f"{_back(words, exchange, number)}</article>"
    )


def _about(words: Words, passage: Passage, page: int | None, report: Document | None) -> str:
    """Say when, by whom and where: the report's agency and place are none of a teaser's."""
    told = [("kind", words(f"kind_{passage.kind}"))] if passage.kind in _SAID_KINDS else []
    if report and passage.kind != "teaser":
        told += [("from", said) for said in (report.place, report.agency) if said]
    if page:
        told.append(("page", words("page", number=page)))
    told.append(("file", passage.source))
    about = " ".join(f'<span class="{name}">{escaped(said)}</span>' for name, said in told)
    return f"{_dated(words, passage)} {about}"


_SAID_KINDS = ("body", "teaser", "caption")


def _dated(words: Words, passage: Passage) -> str:
    unstated = words.unstated(passage.date)
    precision = f' <span class="precision">({unstated})</span>' if unstated else ""
    return f'<span class="when">{escaped(words.date(passage.date))}{precision}</span>'


def _passage(passage: Passage, quote: Quote | None, others: Iterable[Quote]) -> str:
    """Return the passage without the blank lines that a tiled document leaves at its ends."""
    lead = len(passage.text) - len(passage.text.lstrip())
    return marked(passage.text.strip(), passage.start + lead, passage.source, quote, others)


def _same_news(words: Words, exchange: Exchange, source: str) -> str:
    """Name the reports that tell the same in nearly the same words."""
    others = [one for one in exchange.answer.reprints.get(source, ()) if one != source]
    if not others:
        return ""
    named = escaped(", ".join(others))
    return f'<p class="reprints">{words.count("same_news", len(others))} {named}</p>'


def _back(words: Words, exchange: Exchange, number: int) -> str:
    """Link a card to the first sentence that cites it: on a phone the two are a screen apart."""
    for place, statement in enumerate(exchange.answer.statements, 1):
        if number in statement.citations:
            return (
                f'<a class="back" href="#statement-{exchange.number}-{place}">{words("back")}</a>'
            )
    return ""


# --- the whole report ----------------------------------------------------------------------------


def _whole_report(
    words: Words,
    exchange: Exchange,
    report: Document | None,
    quote: Quote | None,
    others: Iterable[Quote],
    number: int,
) -> str:
    if report is None:
        changed = f'<p class="reprints">{words("report_changed")}</p>'
        return "" if exchange.stopped else changed
    spans = report.spans or (Span(0, len(report.text), "body"),)
    body = "".join(_paragraph(report, span, quote, others) for span in spans)
    name = escaped(words("whole_report_of", number=number))
    return (
        f'<details class="report"><summary>{words("whole_report")}'
        f'<span class="sr"> ({words("source")} {number})</span></summary>'
        f'<div class="whole" tabindex="0" role="region" aria-label="{name}" dir="auto">{body}</div>'
        "</details>"
    )


def _paragraph(report: Document, span: Span, quote: Quote | None, others: Iterable[Quote]) -> str:
    """Draw one span; white space at its ends only separates it from its neighbours."""
    text = report.text[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip())
    text = text.strip()
    shown = marked(text, start, report.source, quote, others)
    return f'<p class="{span.kind}">{shown}</p>' if text else ""


def marked(
    text: str, start: int, source: str, quote: Quote | None, others: Iterable[Quote] = ()
) -> str:
    """Return a slice of the report `source` that begins at `start`, quoted words in ``<mark>``.

    Those of `others` are marked too, as such; only the part within the slice can be marked.
    """
    of_others = {
        place
        for other in others
        if other.source == source
        for place in range(*_within(text, start, other))
    }
    of_this = set(range(*_within(text, start, quote))) if quote else set()

    def kind(place: int) -> str | None:
        return "mark" if place in of_this else "mark class=other" if place in of_others else None

    pieces = []
    for tag, places in groupby(range(len(text)), kind):
        run = list(places)
        piece = escaped(text[run[0] : run[-1] + 1])
        pieces.append(f"<{tag}>{piece}</mark>" if tag else piece)
    return "".join(pieces)


def _within(text: str, start: int, quote: Quote) -> tuple[int, int]:
    first = min(max(quote.start - start, 0), len(text))
    return first, min(max(quote.end - start, first), len(text))


def _title(passage: Passage) -> str:
    return escaped(passage.title.strip() or passage.source)
