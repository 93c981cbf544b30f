"""Document -> the same Document with its spans labelled. The text is never changed (law 1).

A wire report as it is found on disk is a stack of parts::

    Accueil | Politique | Économie                 boilerplate
    date 2024-01                                   header
    Retraite des ministres à Luang Prabang         headline
    Les ministres avant la séance. Photo : DR      caption
    Luang Prabang (Agence) -                       dateline
    Les ministres ... se retrouveront. ...         body
    -Agence                                        sign-off
    Voir plus                                      boilerplate
    Un pont relie les deux rives ...               teaser, one for each of the other stories

Each part is known by its form (`rag.signs`) and by its place. What is recognised by neither is
body: better a caption that is searched than a sentence that is lost.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag import signs
from rag.dates import moments, published
from rag.languages import code_of, language_of_report
from rag.lines import Line, Mark, lines_of
from rag.records import SEARCHED, DateOrigin, Document, Moment, Span
from rag.teasers import role_of, teasers
from rag.words import fold

_LONGEST_HEADLINE = 200
_LONGEST_TITLE_SENTENCE = 110
_LONGEST_CAPTION = 600
_LONGEST_CREDIT = 60
_LONGEST_SIGN_OFF = 300
_TITLE_LENGTH = 90
# Further down « Name (XYZ) - » is an item of a list; above, the lead may stand twice.
_PARAGRAPHS_ABOVE_DATELINE = 2
_LINES_OF_HEADLINE = 3


@dataclass(slots=True)
class _Found:
    """What is known so far while the lines are read from top to bottom."""

    marks: list[Mark] = field(default_factory=list)
    title: str = ""
    dates: list[tuple[str, DateOrigin]] = field(default_factory=list)
    place: str | None = None
    agency: str | None = None
    says_when: bool = False
    """A line above says when the report was published."""
    has_dateline: bool = False
    headline_letters: int = 0
    """Of the lines of the headline, until now."""
    paragraphs: int = 0
    """Of body, until now."""

    @property
    def in_body(self) -> bool:
        return self.paragraphs > 0

    def dated(self, date: str | None, origin: DateOrigin) -> None:
        if date:
            self.dates.append((date, origin))

    def headed(self, date: str) -> None:
        """Note a date that a line of the report's head says."""
        self.dated(published(date), "header")
        self.says_when = True


def labelled(document: Document) -> Document:
    """Return `document` with spans that tile its text, and what they say of the report.

    What a reader found already (the title of a page, the date of a message) stands, except where
    the text itself is more exact.
    """
    found = _Found(title=_given_title(document))
    position = _read_header(document.text, found)
    found.dated(document.date, document.date_from or "metadata")
    lines = lines_of(document.text, position)
    _read_lines(lines, found, titled=bool(found.title))
    marks = _with_something_to_search(found.marks)
    marks = _with_sign_offs(marks, document.text, found.agency)
    spans = _tiling(marks, len(document.text))
    agency = found.agency or document.agency or _signed_by(document.text, spans)
    found.dated(_date_in_name(document.source), "file name")
    date, date_from = _most_exact(found.dates)
    language = code_of(document.language or "") or language_of_report(
        _searched(document.text, spans)
    )
    return replace(
        document,
        spans=spans,
        title=found.title or _first_words(document.text, spans),
        date=date,
        date_from=date_from,
        place=found.place or document.place,
        agency=agency,
        language=language,
        moments=tuple(_moments(document.text, spans, date, language)),
    )


def _given_title(document: Document) -> str:
    """A title that labelling itself made of the first words is none: they are body."""
    made = document.spans and document.title == _first_words(document.text, document.spans)
    return "" if made else document.title


# --- the parts, from top to bottom -----------------------------------------------------------


def _read_header(text: str, found: _Found) -> int:
    """Note what a front matter or a ``date 2024-01`` line says; return where it ends."""
    if front := signs.FRONT_MATTER.match(text):
        fields = {
            m["name"].lower(): m["value"].strip("'\"") for m in signs.FIELD.finditer(front[1])
        }
        found.title = found.title or fields.get("title") or fields.get("titre", "")
        found.agency = fields.get("agency") or fields.get("agence") or fields.get("source")
        if date := fields.get("date"):
            found.headed(date)
        found.marks.append(Mark(0, front.end(), "header"))
        return front.end()
    if header := signs.HEADER.match(text):
        found.headed(header["date"])
        found.marks.append(Mark(0, header.end(), "header"))
        return header.end()
    return 0


def _read_lines(lines: Sequence[Line], found: _Found, *, titled: bool) -> None:
    headlines = _headlines(lines)
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        related = signs.RELATED.fullmatch(fold(line.text)) if line.is_short else None
        if related and found.in_body and not related["title"]:
            found.marks.append(line.marked("boilerplate"))
            end = _end_of_related(lines, number) if related["aside"] else len(lines)
            _read_related(lines[number:end], found)
            number = end
        elif title := line.is_short and _announced(line.text, related):
            found.marks.append(line.marked("teaser", title))
        elif not _read_line(line, found, is_last=number == len(lines)):
            _read_prose(line, found, is_headline=number - 1 in headlines, titled=titled)


def _end_of_related(lines: Sequence[Line], start: int) -> int:
    """Return where the report goes on below « Lire aussi », or the end if it does not.

    It does where, below the titles, two paragraphs or more follow and no further title.
    """
    roles = [role_of(line) for line in lines[start:]]
    titles = next((n for n, role in enumerate(roles) if role == "summary"), len(roles))
    below = lines[start + titles :]
    paragraphs = [line for line in below if role_of(line) == "summary"]
    others = [line for line in below if role_of(line) == "title" and not _is_end(line)]
    return start + titles if len(paragraphs) > 1 and not others else len(lines)


def _is_end(line: Line) -> bool:
    return line.is_boilerplate or bool(signs.SIGN_OFF_LINE.fullmatch(line.text))


def _announced(text: str, related: re.Match[str] | None) -> str:
    """Return the title of the other story that a line announces: « Lire aussi : Le pont »."""
    if related and related["title"]:
        return text.partition(related["colon"])[2].strip()
    arrow = signs.ARROW.fullmatch(text)
    return arrow["title"].strip() if arrow else ""


def _read_related(lines: Sequence[Line], found: _Found) -> None:
    """Read what follows « Voir plus »: other stories, and the foot of the page."""
    marks = teasers([line for line in lines if not line.is_boilerplate])
    marks += [line.marked("boilerplate") for line in lines if line.is_boilerplate]
    found.marks += sorted(marks, key=lambda mark: mark.start)


def _read_line(line: Line, found: _Found, *, is_last: bool) -> bool:
    """Label a line that is known by its form; return False if it is not."""
    start, dateline = _dateline(line.text, found)
    if dateline:
        if start:
            found.marks.append(line.marked("caption"))
        _read_dateline(dateline, found)
        found.marks.append(line.marked("dateline", start=start))
        found.marks.append(line.marked("body", start=dateline.end()))
        found.paragraphs += 1
    elif date := _date_line(line, found, is_last=is_last):
        found.headed(date)
        found.marks.append(line.marked("header"))
    elif line.is_boilerplate:
        found.marks.append(line.marked("boilerplate"))
    elif found.headline_letters and not found.in_body and signs.BYLINE.fullmatch(line.text):
        found.marks.append(line.marked("header"))
    elif line.is_caption:
        found.marks.append(line.marked("caption"))
    else:
        return False
    return True


def _date_line(line: Line, found: _Found, *, is_last: bool) -> str | None:
    """Return the date of a line that says when the report was published and nothing else.

    When it was last changed counts where nothing else does.
    """
    if not line.is_short or found.has_dateline or (found.in_body and found.says_when):
        return None
    said = " ".join(line.text.split())
    alone = signs.DATE_LINE.fullmatch(said)
    if alone and found.in_body and not (alone["says"] or is_last or _is_stamp(said, found)):
        return None
    if not alone and not found.says_when:
        alone = signs.UPDATED.fullmatch(said)
    # A bare year, « 2450 », may be any number.
    return alone["date"] if alone and len(alone["date"]) > len("2024") else None


def _is_stamp(said: str, found: _Found) -> bool:
    """Whether a date in the body has the hour of its publication: it stands near the top."""
    return found.paragraphs <= _PARAGRAPHS_ABOVE_DATELINE and bool(signs.HOUR.search(said))


def _dateline(text: str, found: _Found) -> tuple[int, re.Match[str] | None]:
    """Return where in the line a dateline begins, after a caption perhaps, and the dateline."""
    if found.has_dateline or found.paragraphs > _PARAGRAPHS_ABOVE_DATELINE:
        return 0, None
    if dateline := signs.DATELINE.match(text):
        return 0, dateline
    for credit in signs.CREDIT_BEGINS.finditer(text, 0, _LONGEST_CAPTION):
        for space in re.finditer(r"\s+", text[credit.end() : credit.end() + _LONGEST_CREDIT]):
            at = credit.end() + space.end()
            if dateline := signs.DATELINE.match(text, at):
                return at, dateline
    return 0, None


def _read_dateline(dateline: re.Match[str], found: _Found) -> None:
    said = {name.rstrip("23456"): value for name, value in dateline.groupdict().items() if value}
    found.has_dateline = True
    found.place = _in_ordinary_letters(said["place"].strip(" ,")) if "place" in said else None
    found.agency = said["agency"].strip() if "agency" in said else found.agency
    if date := said.get("date"):
        known = found.dates[0][0] if found.dates else ""
        found.dated(published(date) or published(f"{date} {known[:4]}"), "dateline")


def _in_ordinary_letters(place: str) -> str:
    """« PARIS » is Paris, « NEW YORK (Nations unies) » New York."""
    name = place.partition("(")[0].strip() if place.endswith(")") else place
    return name.title() if name.isupper() else name


def _read_prose(line: Line, found: _Found, *, is_headline: bool, titled: bool) -> None:
    """Label a line that is known by its place alone."""
    heading = line.text.lstrip("# ").strip()
    if _same(heading, found.title):
        found.headline_letters += len(heading)
        found.marks.append(line.marked("headline"))
    elif is_headline and not found.in_body and _fits(heading, found):
        found.headline_letters += len(heading)
        if not titled:
            joint = " " if heading[:1].islower() else " : "  # one wrapped, or two
            found.title = f"{found.title}{joint}{heading}" if found.title else heading
        found.marks.append(line.marked("headline"))
    else:
        found.marks.append(line.marked("body"))
        found.paragraphs += 1


def _fits(heading: str, found: _Found) -> bool:
    """Whether a line may belong to the headline: a list of results is none."""
    return found.headline_letters + len(heading) <= _LONGEST_HEADLINE


def _same(one: str, other: str) -> bool:
    return bool(one) and fold(one) == fold(other)


def _headlines(lines: Sequence[Line]) -> frozenset[int]:
    """Return which lines may be headlines: lines of their own, or the first one over a few."""
    found: set[int] = set()
    first = next((n for n, line in enumerate(lines) if not _is_about_the_page(line)), 0)
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else None
        if line.text.startswith("# ") or (
            _could_be_headline(line, after, is_first=number == first)
            and (line.gap > 1 or _is_form(after))
        ):
            found.add(number)
    return frozenset(found | _lines_above(found, lines, first))


def _lines_above(found: set[int], lines: Sequence[Line], first: int) -> set[int]:
    """Return the lines of a first headline that is wrapped: they stand above its last one."""
    last = next((n for n in range(first, first + _LINES_OF_HEADLINE) if n in found), first)
    above = range(first, last)
    fit = all(lines[n].gap == 1 and _could_be_headline(lines[n], None) for n in above)
    return set(above) if fit else set()


def _is_form(line: Line | None) -> bool:
    """Whether a line is known by its form: what stands above it is whole."""
    return line is not None and (
        _is_about_the_page(line) or bool(signs.DATELINE.match(line.text)) or line.is_caption
    )


def _is_about_the_page(line: Line) -> bool:
    return line.is_boilerplate or _is_date_line(line.text)


def _is_date_line(text: str) -> bool:
    return len(text) <= _LONGEST_HEADLINE and bool(
        signs.DATE_LINE.fullmatch(" ".join(text.split()))
    )


def _could_be_headline(line: Line, after: Line | None, *, is_first: bool = False) -> bool:
    if len(line.text) > _LONGEST_HEADLINE:
        return False
    if not signs.FULL_STOP.search(line.text):
        return True
    # A title may be a sentence, where the report says that it begins right below.
    begins = after is not None and after.is_short and bool(signs.DATELINE.match(after.text))
    return is_first and len(line.text) <= _LONGEST_TITLE_SENTENCE and begins


# --- what is seen only from the end --------------------------------------------------------


def _with_something_to_search(marks: Sequence[Mark]) -> list[Mark]:
    """A lone line is no title of anything: what it says must be found."""
    if any(mark.kind in SEARCHED for mark in marks):
        return list(marks)
    return [replace(mark, kind="body") if mark.kind == "headline" else mark for mark in marks]


def _with_sign_offs(marks: list[Mark], text: str, agency: str | None) -> list[Mark]:
    """Label what closes the body: agency, initials or author, on a line or at the end of one."""
    body = [place for place, mark in enumerate(marks) if mark.kind == "body"]
    closed = list(marks)
    for place in reversed(body):
        mark = marks[place]
        line = text[max(mark.start, mark.end - _LONGEST_SIGN_OFF) : mark.end]
        whole = len(line) == mark.end - mark.start
        if whole and place != body[0] and _closes(line, is_last=place == body[-1]):
            closed[place] = replace(mark, kind="sign-off")
            continue
        sign_off = signs.SIGN_OFF.search(line)
        named = sign_off and (sign_off["agency"] or sign_off["bracketed"])
        if sign_off and line[: sign_off.start()].strip() and _is_known(named, agency):
            at = mark.end - len(line) + len(line[: sign_off.start()].rstrip())
            closed.insert(place + 1, Mark(at, mark.end, "sign-off"))
        break
    return closed


def _closes(line: str, *, is_last: bool) -> bool:
    if signs.SIGN_OFF_LINE.fullmatch(line):
        return True
    return is_last and bool(signs.NAME_LINE.fullmatch(line))


def _is_known(named: str | None, agency: str | None) -> bool:
    """Whether what closes a line is an agency: that of the dateline again, or one in capitals.

    A dash and a capitalised word may well end a sentence of the body.
    """
    return named is None or named == agency or named.isupper()


def _tiling(marks: Sequence[Mark], length: int) -> tuple[Span, ...]:
    """Each mark reaches to the next; neighbours of one kind are joined (bodies stay whole)."""
    kept: list[Mark] = []
    for mark in marks or [Mark(0, length, "body")]:
        if not kept:
            kept.append(replace(mark, start=0))
        elif mark.kind == "teaser" or kept[-1].kind != mark.kind:
            kept.append(mark)
    ends = [mark.start for mark in kept[1:]] + [length]
    return tuple(
        Span(mark.start, end, mark.kind, mark.title)
        for mark, end in zip(kept, ends, strict=True)
        if mark.start < end
    )


# --- what the parts say of the report --------------------------------------------------------


def _first_words(text: str, spans: Sequence[Span]) -> str:
    """Without a headline the first words of the body (or of whatever there is) stand for one."""
    first = next((span for span in spans if span.kind == "body"), None)
    start = first.start if first else 0
    words = " ".join(text[start : start + 2 * _TITLE_LENGTH].split())
    if len(words) <= _TITLE_LENGTH:
        return words
    return words[:_TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _date_in_name(source: str) -> str | None:
    named = signs.ISO_IN_NAME.search(source)
    return published(named[0]) if named else None


def _most_exact(dates: Sequence[tuple[str, DateOrigin]]) -> tuple[str | None, DateOrigin | None]:
    """Return the first date, or one that says the same more exactly, and where that was found."""
    if not dates:
        return None, None
    first = dates[0][0]
    return max((d for d in dates if d[0].startswith(first)), key=lambda dated: len(dated[0]))


def _signed_by(text: str, spans: Sequence[Span]) -> str | None:
    """Return the agency that the sign-off names, the first of « VNA/CVN »."""
    for span in spans:
        named = (
            signs.AGENCY.search(text[span.start : span.end]) if span.kind == "sign-off" else None
        )
        if named:
            return named[0]
    return None


def _searched(text: str, spans: Sequence[Span]) -> str:
    return "\n".join(text[s.start : s.end] for s in spans if s.kind in SEARCHED)


def _moments(
    text: str, spans: Sequence[Span], date: str | None, language: str | None
) -> Iterator[Moment]:
    """Yield when things happen; what a teaser tells is not told from this report's date."""
    for span in spans:
        if span.kind in SEARCHED:
            told = None if span.kind == "teaser" else date
            for moment in moments(text[span.start : span.end], told, language):
                start, end = span.start + moment.start, span.start + moment.end
                yield replace(moment, start=start, end=end)
