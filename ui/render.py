"""Records to HTML, in French. Pure functions; every word of an archive goes through `escaped`.

The HTML meets three readers before a person does: Gradio's Markdown (chat messages), its
templates (`gr.HTML`) and the browser. `escaped` makes text mean nothing to all three.
"""

import datetime
import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rag.records import Answer, Citation, Document, Kind, Passage, Quote, Span, Statement, Verdict

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip

# Sign, word, and what the word means. The sign and the word say the same without any colour.
_VERDICTS: Mapping[Verdict, tuple[str, str, str]] = {
    "verbatim": ("« »", "mot pour mot", "Les mots mêmes de la dépêche."),
    "supported": ("✓", "confirmé", "Reformulé ; la dépêche citée le confirme."),
    "partial": ("≈", "en partie", "La dépêche citée n’en confirme qu’une partie."),
    "unsupported": ("?", "non vérifié", "Aucune dépêche citée ne le confirme."),
}

# What a passage is where it is no part of the report's own text.
_KINDS: Mapping[Kind, str] = {
    "teaser": "annonce d’une autre dépêche",
    "caption": "légende d’une image",
}

# What Markdown (``* _ [ ] \ ~ |``), its block structure (a line break) and the templates of
# `gr.HTML` (``$ { } ` @``) could act on. As character references they are plain text to all.
_INERT = str.maketrans({character: f"&#{ord(character)};" for character in "*_[]\\~|${}`@\n\r\t"})


class Listed(Protocol):
    """What the page says of the archive as a whole needs no more of a report than this."""

    @property
    def date(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a conversation with its answer, and the whole text of the reports shown."""

    number: int
    answer: Answer
    reports: Mapping[str, Document] = field(default_factory=dict)


def escaped(text: str) -> str:
    """Return `text` as HTML that shows exactly these characters, wherever it is put."""
    return html.escape(text).translate(_INERT)


def shown_sources(answer: Answer) -> list[str]:
    """Return the files of the reports that the page shows with `answer`, each once."""
    if answer.refused:
        return list(dict.fromkeys(passage.source for passage in _nearest(answer)))
    return list(dict.fromkeys(citation.quote.source for citation in answer.citations))


# --- the archive -----------------------------------------------------------------------------


def archive_line(entries: Sequence[Listed]) -> str:
    """Say what is searched: ``67 dépêches, 2020–2025``."""
    if not entries:
        return "Aucune dépêche indexée."
    years = sorted(entry.date[:4] for entry in entries if entry.date)
    count = "1 dépêche" if len(entries) == 1 else f"{len(entries)} dépêches"
    if not years:
        return count
    period = years[0] if years[0] == years[-1] else f"{years[0]}–{years[-1]}"
    return escaped(f"{count}, {period}")


def french_date(date: str | None) -> str:
    """Write an ISO date as precisely as it is known: ``1er mars 2024``, ``mars 2024``, ``2024``.

    What is not a date of the calendar is shown as it stands rather than corrected.
    """
    if not date:
        return "date inconnue"
    try:
        day = datetime.date.fromisoformat(f"{date}-01-01"[:10])
    except ValueError:
        return date
    month = f"{_MONTHS[day.month - 1]} {day.year}"
    number = "1er" if day.day == 1 else str(day.day)
    return {4: str(day.year), 7: month, 10: f"{number} {month}"}.get(len(date), date)


# --- the conversation ------------------------------------------------------------------------


def question_block(question: str) -> str:
    return f'<p class="question"><span class="sr">Question : </span>{escaped(question)}</p>'


def searching_block() -> str:
    return '<p class="searching">Recherche dans les dépêches…</p>'


def trouble_block(message: str) -> str:
    """Show an error as a message of the conversation, so that what was there can stay."""
    return (
        '<div class="trouble"><p class="label">La question n’a pas pu être traitée</p>'
        f"<p>{escaped(message)}</p></div>"
    )


def answer_block(exchange: Exchange) -> str:
    """Draw an answer, whole or still growing.

    The blocks are apart by a blank line: Gradio then redraws only the one that changed.
    """
    answer = exchange.answer
    if answer.refused:
        return _refusal(exchange)
    dates = {citation.number: citation.passage.date for citation in answer.citations}
    blocks = [
        _statement(exchange.number, place, statement, dates)
        for place, statement in enumerate(answer.statements, 1)
    ]
    blocks += [_remark(remark) for remark in answer.remarks]
    if not blocks:
        return searching_block()
    return "\n\n".join([*blocks, *_sought(answer)])


def _sought(answer: Answer) -> list[str]:
    """Say what of the question was recognised: « Cherché : janvier 2024 · Laos »."""
    if not answer.sought:
        return []
    things = " · ".join(f'<span class="thing">{escaped(one.shown)}</span>' for one in answer.sought)
    return [f'<p class="sought"><span class="label">Cherché</span> {things}</p>']


def _statement(turn: int, place: int, statement: Statement, dates: Mapping[int, str | None]) -> str:
    """Draw a sentence with its markers and, below, its verdict and the date of what it quotes.

    A title or a figure holds at a date: it must not take a click to see which.
    """
    markers = " ".join(_marker(turn, number) for number in statement.citations)
    said = dict.fromkeys(french_date(dates.get(number)) for number in statement.citations)
    when = f' <span class="when">{escaped(", ".join(said))}</span>' if said else ""
    return (
        f'<p class="statement {statement.verdict}" id="statement-{turn}-{place}">'
        f'<span class="words">{_words(statement)}</span> {markers} '
        f'<span class="proof">{_verdict(statement.verdict)}{when}</span></p>'
    )


def _words(statement: Statement) -> str:
    """Return the words of a sentence, what the question asks for in bold."""
    start, end = statement.short or (0, 0)
    text = statement.text
    if start == end:
        return escaped(text)
    short = f'<b class="short">{escaped(text[start:end])}</b>'
    return f"{escaped(text[:start])}{short}{escaped(text[end:])}"


def _marker(turn: int, number: int) -> str:
    return (
        f'<a class="marker" href="#source-{turn}-{number}">'
        f'<span class="sr">Source </span>&#91;{number}&#93;</a>'
    )


def _verdict(verdict: Verdict) -> str:
    sign, word, meaning = _VERDICTS[verdict]
    return f'<span class="verdict" title="{meaning}"><b>{sign}</b> {word}</span>'


def _remark(remark: str) -> str:
    return f'<p class="remark"><span class="label">À noter</span> {escaped(remark)}</p>'


def _refusal(exchange: Exchange) -> str:
    answer = exchange.answer
    nearest = "".join(
        f'<li><a class="near" href="#source-{exchange.number}-{place}">{_title(passage)}</a> '
        f'<span class="when">{escaped(french_date(passage.date))}</span></li>'
        for place, passage in enumerate(_nearest(answer), 1)
    )
    offered = f'<p class="label">Les dépêches les plus proches</p><ul>{nearest}</ul>'
    return (
        '<div class="refusal"><p class="verdict">Pas de réponse dans l’archive</p>'
        f'<p class="reason">{escaped(answer.reason or "")}</p>{offered if nearest else ""}</div>'
        + "".join("\n\n" + block for block in (*map(_remark, answer.remarks), *_sought(answer)))
    )


# --- the sources -----------------------------------------------------------------------------


def sources_panel(exchanges: Sequence[Exchange]) -> str:
    """Draw the sources of every answer, the latest open and the earlier ones folded below it."""
    shown = [exchange for exchange in reversed(exchanges) if _cards(exchange)]
    if not shown:
        return (
            '<h2>Sources</h2><p class="empty">Les dépêches citées s’affichent ici, '
            "les mots exacts surlignés.</p>"
        )
    latest, *earlier = shown
    return _group(latest) + "".join(_folded(exchange) for exchange in earlier)


def _group(exchange: Exchange) -> str:
    name = "Dépêches les plus proches" if exchange.answer.refused else "Sources de la réponse"
    return f'<section class="group" aria-label="{name}"><h2>{name}</h2>{_cards(exchange)}</section>'


def _folded(exchange: Exchange) -> str:
    return (
        f'<details class="earlier"><summary><span class="label">Question précédente :</span> '
        f"{escaped(exchange.answer.question)}</summary>{_group(exchange)}</details>"
    )


def _cards(exchange: Exchange) -> str:
    if exchange.answer.refused:
        return "".join(
            _card(exchange, place, passage, passage.page, None)
            for place, passage in enumerate(_nearest(exchange.answer), 1)
        )
    return "".join(_cited_card(exchange, citation) for citation in exchange.answer.citations)


def _cited_card(exchange: Exchange, citation: Citation) -> str:
    return _card(exchange, citation.number, citation.passage, citation.page, citation.quote)


def _card(
    exchange: Exchange, number: int, passage: Passage, page: int | None, quote: Quote | None
) -> str:
    report = exchange.reports.get(passage.source)
    name = f"source-{exchange.number}-{number}"
    return (
        f'<article class="card" id="{name}" tabindex="-1" aria-labelledby="{name}-title">'
        f'<header><span class="number" aria-hidden="true">&#91;{number}&#93;</span>'
        f'<div><h3 id="{name}-title"><span class="sr">Source {number} : </span>{_title(passage)}'
        f'</h3><p class="meta">{_about(passage, page, report)}</p></div></header>'
        f'<blockquote class="passage">{_passage(passage, quote)}</blockquote>'
        f"{_whole_report(report, quote, number) if report else ''}{_back(exchange, number)}"
        "</article>"
    )


def _about(passage: Passage, page: int | None, report: Document | None) -> str:
    """Say when, by whom and where: the report's agency and place are none of a teaser's."""
    told = [("when", french_date(passage.date))]
    if passage.kind in _KINDS:
        told.append(("kind", _KINDS[passage.kind]))
    elif report:
        told += [("from", said) for said in (report.place, report.agency) if said]
    if page:
        told.append(("page", f"p. {page}"))
    told.append(("file", passage.source))
    return " ".join(f'<span class="{name}">{escaped(said)}</span>' for name, said in told)


def _passage(passage: Passage, quote: Quote | None) -> str:
    """Return the passage without the blank lines that a tiled document leaves at its ends."""
    lead = len(passage.text) - len(passage.text.lstrip())
    return marked(passage.text.strip(), passage.start + lead, quote)


def _back(exchange: Exchange, number: int) -> str:
    """Link a card to the first sentence that cites it: on a phone the two are a screen apart."""
    for place, statement in enumerate(exchange.answer.statements, 1):
        if number in statement.citations:
            return (
                f'<a class="back" href="#statement-{exchange.number}-{place}">'
                "Revenir à la phrase</a>"
            )
    return ""


def _whole_report(report: Document, quote: Quote | None, number: int) -> str:
    spans = report.spans or (Span(0, len(report.text), "body"),)
    body = "".join(_paragraph(report, span, quote) for span in spans)
    return (
        '<details class="report"><summary>Voir la dépêche entière'
        f'<span class="sr"> (source {number})</span></summary>'
        f'<div class="whole" tabindex="0" role="region" '
        f'aria-label="Dépêche entière, source {number}">{body}</div></details>'
    )


def _paragraph(report: Document, span: Span, quote: Quote | None) -> str:
    """Draw one span; white space at its ends only separates it from its neighbours."""
    text = report.text[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip())
    text = text.strip()
    return f'<p class="{span.kind}">{marked(text, start, quote)}</p>' if text else ""


def marked(text: str, start: int, quote: Quote | None) -> str:
    """Return a slice of a report that begins at `start`, the quoted words in ``<mark>``.

    Only the part of the quote that lies within the slice can be marked.
    """
    if quote is None:
        return escaped(text)
    first = min(max(quote.start - start, 0), len(text))
    last = min(max(quote.end - start, first), len(text))
    if first == last:
        return escaped(text)
    return f"{escaped(text[:first])}<mark>{escaped(text[first:last])}</mark>{escaped(text[last:])}"


def _nearest(answer: Answer) -> Iterable[Passage]:
    return [scored.passage for scored in answer.nearest]


def _title(passage: Passage) -> str:
    return escaped(passage.title.strip() or passage.source)
