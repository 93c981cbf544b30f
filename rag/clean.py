"""Document -> the same Document with its spans labelled. The text is never changed (law 1).

A wire report as it is found on disk is a stack of parts::

    date 2024-01                                   header
    Retraite des ministres à Luang Prabang         headline
    Les ministres avant la séance. Photo : DR      caption
    Luang Prabang (Agence) -                       dateline
    Les ministres ... se retrouveront. ...         body
    -Agence                                        sign-off
    Voir plus ...                                  teaser (other stories' summaries)

Each part is recognised by its form and by its place. What is recognised by neither is body:
better a caption that is searched than a sentence that is lost.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import zip_longest
from typing import Any

from rag.records import Document, Kind, Span

_DAY_OF_YEAR = r"(?:le\s+)?\d{1,2}(?:er)?\s+[^\W\d_]{3,10}\.?"
_DAY = rf"{_DAY_OF_YEAR}\s+\d{{4}}"
_ISO = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_FRONT_MATTER = re.compile(r"\s*---[ \t]*\r?\n(?P<fields>.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^(?P<name>\w+)[ \t]*:[ \t]*(?P<value>.*?)[ \t\r]*$", re.MULTILINE)
_HEADER = re.compile(
    rf"\s*date(?:\s{{0,9}}:)?\s{{1,9}}(?P<date>{_ISO})(?![\d-])[ \t]*(?:\r?\n)?", re.IGNORECASE
)
_DATE_ALONE = re.compile(rf"(?P<date>{_DAY}|{_ISO})\s*", re.IGNORECASE)
# Luang Prabang (Agence) - · Hanoï, 5 août 2024 (Agence) — · Prek Takeo (Kandal), 5 août ...
_DATELINE = re.compile(
    r"(?P<place>[^\W\d_](?:[^\n().;:!?]|\([^\n()]*\)){1,60}?)"
    rf"(?:,\s*(?P<date>{_DAY}|{_DAY_OF_YEAR}))?\s*\((?P<agency>[^\W\d_][^\n()]{{1,30}})\)\s*[-–—]\s*"
)
# Not \b: a caption numbered « ảnh 1 » is found glued to its credit, « ảnh 1Photo : ... ».
_CAPTION = re.compile(r"(?<![^\W\d_])photos?\s*:\s*[^\n]{1,60}$", re.IGNORECASE)
_MORE = re.compile(
    r"(?:voir plus|voir aussi|lire aussi|à lire(?: aussi)?|sur le même sujet)\s*:?\s*\Z",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(r"(?<=[.!?…»”\"\s])[-–—]\s?(?P<agency>[^\W\d_][\w/ ]{1,24})\Z")
_AGENCY_ALONE = re.compile(r"[A-Z]{2,}(?:/[A-Z]{2,})*\s*\Z")
_SENTENCE_END = re.compile(r"[.!?…:;]['\"»”)]*\s*\Z")
_ISO_IN_NAME = re.compile(r"(?<!\d)(?:19|20)\d{2}-\d{2}(?:-\d{2})?(?!\d)")

_LONGEST_HEADLINE = 200
_TITLE_LENGTH = 90


@dataclass(slots=True)
class _Found:
    """What is known so far while the parts are read from top to bottom."""

    marks: list[tuple[int, Kind]]
    title: str = ""
    date: str | None = None
    place: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str
    stands_alone: bool
    """A blank line or a line that is only a date follows."""


def labelled(document: Document) -> Document:
    """Return `document` with spans that tile its text, and the title, date, place and agency."""
    found = _Found(marks=[])
    position = _read_header(document.text, found)
    in_body = False
    for line in _lines(document.text, position):
        if _MORE.match(line.text) and in_body:
            found.marks.append((line.start, "teaser"))
            break
        in_body = _read_line(line, found, in_body)
    if not {"body", "caption", "teaser"} & {kind for _, kind in found.marks}:
        # A lone line is no title of anything: what it says must be found.
        found.marks = [(start, "body" if k == "headline" else k) for start, k in found.marks]
    return replace(
        document,
        spans=_tiling(found.marks, len(document.text)),
        title=found.title or _first_words(document, found.marks),
        date=found.date or _date_in_name(document.source),
        place=found.place,
        agency=found.agency,
    )


def _read_header(text: str, found: _Found) -> int:
    """Note what a front matter or a ``date 2024-01`` line says; return where it ends."""
    if front := _FRONT_MATTER.match(text):
        fields = {m["name"].lower(): m["value"].strip("'\"") for m in _FIELD.finditer(front[1])}
        found.title = fields.get("title", "")
        found.date = published(fields.get("date", ""))
        found.marks.append((0, "header"))
        return front.end()
    if header := _HEADER.match(text):
        found.date = published(header["date"])
        found.marks.append((0, "header"))
        return header.end()
    return 0


def _lines(text: str, position: int) -> list[_Line]:
    """Return each line that holds something."""
    matches = list(re.compile(r"[^\s][^\r\n]*").finditer(text, position))
    lines = []
    for match, after in zip_longest(matches, matches[1:]):
        gap = text[match.end() : after.start() if after else len(text)]
        alone = gap.count("\n") > 1 or bool(after and _DATE_ALONE.fullmatch(after[0]))
        lines.append(_Line(match.start(), match[0].rstrip(), alone))
    return lines


def _read_line(line: _Line, found: _Found, in_body: bool) -> bool:
    """Label one line; return whether the body has begun."""
    dateline = _DATELINE.match(line.text) if found.agency is None else None
    if dateline:
        _read_dateline(line.start, dateline, found)
        rest = line.start + dateline.end()
        _mark_body(rest, line.text[dateline.end() :], found)
        return True
    if _CAPTION.search(line.text):
        found.marks.append((line.start, "caption"))
        return in_body
    if in_body:
        _mark_body(line.start, line.text, found)
        return True
    if alone := _DATE_ALONE.fullmatch(line.text):
        found.date = found.date or published(alone["date"])
        found.marks.append((line.start, "header"))
        return False
    if _is_headline(line):
        heading = line.text.lstrip("# ").strip()
        found.title = f"{found.title} : {heading}" if found.title else heading
        found.marks.append((line.start, "headline"))
        return False
    _mark_body(line.start, line.text, found)
    return True


def _is_headline(line: _Line) -> bool:
    """A line of its own that ends no sentence; the first line of a wrapped paragraph is none."""
    if line.text.startswith("# "):
        return True
    return (
        line.stands_alone
        and len(line.text) <= _LONGEST_HEADLINE
        and not _SENTENCE_END.search(line.text)
    )


def _read_dateline(start: int, dateline: re.Match[str], found: _Found) -> None:
    found.place = dateline["place"].strip()
    found.agency = dateline["agency"].strip()
    if found.date is None and dateline["date"]:
        found.date = published(dateline["date"])
    found.marks.append((start, "dateline"))


def _mark_body(start: int, line: str, found: _Found) -> None:
    if _AGENCY_ALONE.match(line):
        found.marks.append((start, "sign-off"))
        return
    found.marks.append((start, "body"))
    sign_off = _SIGN_OFF.search(line)
    # A dash and a capitalised word may well end a sentence of the body: a sign-off is the
    # agency of the dateline again, or written in capitals.
    if sign_off and (sign_off["agency"] == found.agency or sign_off["agency"].isupper()):
        found.marks.append((start + len(line[: sign_off.start()].rstrip()), "sign-off"))


def _tiling(marks: list[tuple[int, Kind]], length: int) -> tuple[Span, ...]:
    """Each mark reaches to the next; neighbours of one kind are joined (bodies stay whole)."""
    kept: list[tuple[int, Kind]] = []
    for start, kind in marks or [(0, "body")]:
        if not kept:
            kept.append((0, kind))
        elif kept[-1][1] != kind:
            kept.append((start, kind))
    ends = [start for start, _ in kept[1:]] + [length]
    return tuple(
        Span(start, end, kind) for (start, kind), end in zip(kept, ends, strict=True) if start < end
    )


def _first_words(document: Document, marks: list[tuple[int, Kind]]) -> str:
    """Without a headline the first words of the body (or of whatever there is) stand for one."""
    starts = [start for start, kind in marks if kind == "body"] or [0]
    words = " ".join(document.text[starts[0] :][: 2 * _TITLE_LENGTH].split())
    if len(words) <= _TITLE_LENGTH:
        return words
    return words[:_TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _date_in_name(source: str) -> str | None:
    named = _ISO_IN_NAME.search(source)
    return published(named[0]) if named else None


def published(written: str) -> str | None:
    """Return a written date as ISO 8601 cut to what it says, None if it names no year.

    >>> published("28 janvier 2024"), published("2024-01"), published("28 janvier")
    ('2024-01-28', '2024-01', None)
    """
    parsed = _date_parser().get_date_data(written.strip().removeprefix("le "))
    if parsed.date_obj is None or not re.search(r"\d{4}", written):
        return None
    whole: str = parsed.date_obj.date().isoformat()
    # Of « 2024-13 » dateparser makes 13 November: a guess, and no date.
    iso = re.match(r"\d{4}-\d{2}", written.strip())
    if iso and not whole.startswith(iso[0]):
        return None
    return {"year": whole[:4], "month": whole[:7]}.get(parsed.period, whole)


@cache
def _date_parser() -> Any:
    from dateparser.date import DateDataParser

    return DateDataParser(
        languages=["fr", "en", "vi"],
        settings={"REQUIRE_PARTS": ["year"], "PREFER_DAY_OF_MONTH": "first", "DATE_ORDER": "YMD"},
    )
