"""A conversation as a file to keep, and an answer with its references to paste.

All three forms are of the same blocks. What an archive or a user wrote shows as it was written: it
is no markup in Markdown, and holds no character that a DOCX may not.
"""

import datetime
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import docx
from docx.document import Document as Docx
from docx.enum.text import WD_BREAK
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from rag.records import Citation, Passage, Told
from ui.answers import filtered
from ui.exchanges import Exchange
from ui.words import Language, Words

Kind = Literal["title", "question", "heading", "text", "reference", "quote"]

_LONGEST_HEADING = 120
"""Characters; a question longer than that stands below its heading, whole."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph; `note` is what we say of it, and `language` that of its text, if known."""

    kind: Kind
    text: str
    note: str = ""
    language: str | None = None


def markdown(
    words: Words, name: str, exchanges: Sequence[Exchange], *, archive: str, on: datetime.date
) -> str:
    """Return the conversation `name` as CommonMark; `archive` says what was searched."""
    blocks = _conversation(words, name, exchanges, archive, on)
    return "\n\n".join(map(_as_markdown, blocks)) + "\n"


def as_docx(
    words: Words, name: str, exchanges: Sequence[Exchange], *, archive: str, on: datetime.date
) -> bytes:
    """Return the same as a Word file."""
    document = docx.Document()
    _describe(document, words.language, legible(name), on)
    for block in _conversation(words, name, exchanges, archive, on):
        _add(document, block)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def copied(words: Words, exchange: Exchange) -> str:
    """Return one answer with its references, as plain text."""
    blocks = [block for block in _exchange(words, exchange) if block.kind != "question"]
    question = Block("text", legible(exchange.answer.question))
    return "\n\n".join(filter(None, map(_as_text, [question, *blocks])))


_NAMES_OF_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}
_LONGEST_NAME = 80
_MOST_BYTES = 240
"""Most file systems take 255 bytes of a name."""


def file_name(words: Words, name: str, suffix: str) -> str:
    """Return a file name (``Qui préside l'ASEAN.docx``) that every system takes.

    Letters, marks and digits of any script stay; `suffix` is with its dot.
    """
    kept = "".join(c if _is_of_names(c) else " " for c in unicodedata.normalize("NFC", name))
    stem = " ".join(kept.split())
    if stem.casefold() in _NAMES_OF_DEVICES:
        stem = f"{words('conversation')} {stem}"
    stem = stem[: _LONGEST_NAME - len(suffix)]
    stem = stem.encode()[: _MOST_BYTES - len(suffix)].decode(errors="ignore")
    return (stem.strip(" -'’") or words("conversation")) + suffix


def _is_of_names(character: str) -> bool:
    return character in "-'’" or unicodedata.category(character)[0] in "LMN"


# --- the blocks --------------------------------------------------------------------------------


def _conversation(
    words: Words, name: str, exchanges: Sequence[Exchange], archive: str, on: datetime.date
) -> Iterator[Block]:
    yield Block("title", _line(name) or words("conversation"))
    date = words.date(on.isoformat())
    yield Block("text", words("export_about", date=date, archive=_line(archive).rstrip(".")))
    for exchange in exchanges:
        yield from _exchange(words, exchange)


def _exchange(words: Words, exchange: Exchange) -> Iterator[Block]:
    answer = exchange.answer
    yield from _question(answer.question)
    if held := filtered(words, exchange):
        yield _labelled(words, "filtered", ", ".join(held))
    if answer.refused:
        yield Block("text", words("refused"))
        if answer.reason:
            yield Block("text", legible(answer.reason), language=answer.language)
    for statement in answer.statements:
        markers = "".join(f" [{number}]" for number in statement.citations)
        verdict = words(f"verdict_{statement.verdict}")
        text = legible(statement.text) + markers
        yield Block("text", text, note=verdict, language=answer.language)
        for lack in statement.lacks:
            yield _labelled(words, "lacks", lack)
    for remark in answer.remarks:
        yield _labelled(words, "note", remark)
    if exchange.stopped:
        yield Block("text", words("stopped"))
    yield from _differing(words, answer.differing)
    yield from _references(words, exchange)


def _question(question: str) -> Iterator[Block]:
    text, line = legible(question), _line(question)
    if len(line) <= _LONGEST_HEADING:
        yield Block("question", line or "?")
    else:
        yield Block("question", line[: _LONGEST_HEADING - 1].rstrip() + "…")
        yield Block("text", text)


def _labelled(words: Words, label: str, text: str) -> Block:
    return Block("text", words("export_label", label=words(label), text=legible(text)))


def _differing(words: Words, told: Sequence[Told]) -> Iterator[Block]:
    if told:
        yield Block("heading", words("differ"))
    for one in told:
        yield Block("reference", legible(one.value))
        yield _quoted(words, one.quote.text, one.passage)
        about = (_title(one.passage), words.date(one.passage.date), _line(one.passage.source))
        yield Block("text", ", ".join(about))


def _references(words: Words, exchange: Exchange) -> Iterator[Block]:
    answer = exchange.answer
    if answer.refused:
        if answer.nearest:
            yield Block("heading", words("nearest"))
        for scored in answer.nearest:
            passage = scored.passage
            yield Block("reference", _title(passage))
            yield Block("text", _about(words, exchange, passage, passage.page))
        return
    if answer.citations:
        yield Block("heading", words("sources"))
    for citation in answer.citations:
        yield from _reference(words, exchange, citation)


def _reference(words: Words, exchange: Exchange, citation: Citation) -> Iterator[Block]:
    passage, quote = citation.passage, citation.quote
    place = words("export_characters", start=quote.start, end=quote.end)
    yield Block("reference", f"[{citation.number}] {_title(passage)}")
    yield _quoted(words, quote.text, passage)
    yield Block("text", f"{_about(words, exchange, passage, citation.page)}, {place}")
    others = [one for one in exchange.answer.reprints.get(quote.source, ()) if one != quote.source]
    if others:
        same = words.count("same_news", len(others))
        yield Block("text", f"{same} {', '.join(map(_line, others))}")


def _quoted(words: Words, text: str, passage: Passage) -> Block:
    return Block("quote", words("export_quote", text=legible(text)), language=passage.language)


def _about(words: Words, exchange: Exchange, passage: Passage, page: int | None) -> str:
    """Say when, where, by whom and in which file: place and agency are none of a teaser's."""
    told = [_date(words, passage.date)]
    report = exchange.reports.get(passage.source)
    if passage.kind in ("teaser", "caption"):
        told.append(words(f"kind_{passage.kind}"))
    if report and passage.kind != "teaser":
        told += [_line(said) for said in (report.place, report.agency) if said]
    told.append(_line(passage.source))
    if page:
        told.append(words("page", number=page))
    return ", ".join(told)


def _date(words: Words, date: str | None) -> str:
    said, unstated = _line(words.date(date)), words.unstated(date)
    return f"{said} ({unstated})" if unstated else said


def _title(passage: Passage) -> str:
    return _line(passage.title) or _line(passage.source)


# --- text --------------------------------------------------------------------------------------

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")

# What no XML may hold, and no terminal or clipboard should be given.
_ILLEGIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def legible(text: str) -> str:
    """Return `text` with one sort of line end, and � for each control character.

    White space at its ends is left out.
    """
    return _ILLEGIBLE.sub("\ufffd", _LINE_ENDS.sub("\n", text)).strip()


def _line(text: str) -> str:
    return " ".join(legible(text).split("\n"))


def _as_text(block: Block) -> str:
    return f"{block.text} ({block.note})" if block.note else block.text


# --- Markdown ----------------------------------------------------------------------------------

_HEADINGS: Mapping[Kind, int] = {"title": 1, "question": 2, "heading": 3}

# Backslashes make them plain text to CommonMark, and to what others add to it: ~ | $ (strikes,
# tables, mathematics), @ (names of people), and addresses that would become links.
_ACTIVE = re.compile(r"[\\`*_\[\]<>&#~|$@^]|:(?=//)|(?<=www)\.")
_AT_START = re.compile(r"[-+=:]")
_NUMBERED = re.compile(r"([0-9]+)([.)])")


def markdown_escaped(text: str) -> str:
    r"""Return one line of text as Markdown that shows exactly this text, wherever it is put.

    >>> markdown_escaped("# [a](http://b) <i>")
    '\\# \\[a\\](http\\://b) \\<i\\>'
    """
    shown = text.strip()
    lead, _, trail = text.partition(shown) if shown else (text, "", "")
    shown = _ACTIVE.sub(r"\\\g<0>", shown)
    if _AT_START.match(shown):
        shown = f"\\{shown}"
    shown = _NUMBERED.sub(r"\1\\\2", shown, count=1) if _NUMBERED.match(shown) else shown
    return _referred(lead) + shown + _referred(trail)


def _referred(space: str) -> str:
    """Return white space by its numbers: at the ends of a line Markdown takes it for its own."""
    return "".join(f"&#{ord(character)};" for character in space)


def _as_markdown(block: Block) -> str:
    lines = [markdown_escaped(line) for line in block.text.split("\n")]
    if block.note:
        lines[-1] += f" (*{markdown_escaped(block.note)}*)"
    if block.kind in _HEADINGS:
        return f"{'#' * _HEADINGS[block.kind]} {' '.join(lines)}"
    if block.kind == "reference":
        return f"**{' '.join(lines)}**"
    start = "> " if block.kind == "quote" else ""
    return start + f"\\\n{start}".join(lines)


# --- DOCX --------------------------------------------------------------------------------------

_LOCALES: Mapping[str, str] = {"fr": "fr-FR", "en": "en-GB", "vi": "vi-VN"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST_PROPERTY = 255


def _describe(document: Docx, language: Language, name: str, on: datetime.date) -> None:
    """Say of the document what python-docx's template says of itself."""
    properties = document.core_properties
    properties.title = name[:_LONGEST_PROPERTY]
    properties.author = properties.last_modified_by = "Sourcier"
    properties.comments = ""
    properties.language = _LOCALES[language]
    properties.created = properties.modified = datetime.datetime.combine(on, datetime.time())
    for spoken in document.styles.element.iter(qn("w:lang")):
        spoken.set(qn("w:val"), _LOCALES[language])


def _add(document: Docx, block: Block) -> None:
    if level := _HEADINGS.get(block.kind):
        paragraph = document.add_heading(level=level)
    else:
        paragraph = document.add_paragraph(style="Quote" if block.kind == "quote" else None)
    run = paragraph.add_run()
    _write(run, block.text)
    run.bold = True if block.kind == "reference" else None
    if block.language and _LANGUAGE.fullmatch(block.language):
        _speaks(run, block.language)
    if block.note:
        paragraph.add_run(f" ({block.note})").italic = True
    if block.kind in (*_HEADINGS, "reference"):
        paragraph.paragraph_format.keep_with_next = True
    if _is_leftward(block.text):
        _turn(paragraph, run)


def _write(run: Run, text: str) -> None:
    first, *lines = text.split("\n")
    run.add_text(first)
    for line in lines:
        run.add_break(WD_BREAK.LINE)
        run.add_text(line)


def _speaks(run: Run, language: str) -> None:
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), _LOCALES.get(language, language))
    run._r.get_or_add_rPr().append(spoken)


def _is_leftward(text: str) -> bool:
    """Whether the first letter is of a script that runs from right to left (UAX #9, rule P2)."""
    strong = (way for way in map(unicodedata.bidirectional, text) if way in ("L", "R", "AL"))
    return next(strong, "L") != "L"


def _turn(paragraph: Paragraph, run: Run) -> None:
    paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
    run.font.rtl = True
