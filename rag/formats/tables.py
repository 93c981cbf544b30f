"""Tables of reports, one record a report: JSON lines, and cells separated by commas or the like.

A record is read, yielded and forgotten: memory does not grow with their number, but for 60 bytes
an id, by which a second record of the same id is told.
"""

import codecs
import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Any, BinaryIO, Literal

from rag.formats.found import Unreadable
from rag.formats.text import decoded_line, not_utf8, unicode_encoding
from rag.formats.twice import decoded_again
from rag.records import Document, Problem

# A thousand pages in one record are a mistake: a file without line ends, a quote never closed.
LONGEST_LINE = 10_000_000
# A book has fifty thousand.
MOST_LINES_OF_A_RECORD = 100_000
# An id is shown, linked to and typed; the longest addresses of articles are shorter.
LONGEST_ID = 300
# A million broken lines are one mistake, and shown as a few lines.
NAMED_PROBLEMS = 20
# A quotation mark never closed costs as much as `LONGEST_LINE`, and a file may hold a million.
MOST_READ_AGAIN = 5 * LONGEST_LINE

_CHUNK = 1 << 18
_LONGEST_DATE = 60
_NAMED_LINES = 5
_NAMED_COLUMNS = 8
_DELIMITERS = (",", ";", "\t", "|")

_UNDATED = ("a date could not be read", "dates could not be read")
_SHORT = (
    "a row has fewer cells than the header names columns",
    "rows have fewer cells than the header names columns",
)
_TWICE = (
    "a text was encoded twice (« Ã© », « &eacute; ») and was decoded twice",
    "texts were encoded twice (« Ã© », « &eacute; ») and were decoded twice",
)

Column = Literal["id", "title", "text", "date", "agency", "url", "language"]
COLUMNS: dict[str, Column] = {
    "id": "id",
    "title": "title",
    "titre": "title",
    "text": "text",
    "texte": "text",
    "body": "text",
    "content": "text",
    "contenu": "text",
    "headline": "title",
    "date": "date",
    "published": "date",
    "published_at": "date",
    "date_publication": "date",
    "source": "agency",
    "publisher": "agency",
    "url": "url",
    "link": "url",
    "lien": "url",
    "language": "language",
    "langue": "language",
    "lang": "language",
}
"""By what names a column is known; of two for one thing the first here that is not blank counts."""


class _Rejected(ValueError):
    """Why one record is no report; `sort` is what it has in common with others."""

    def __init__(self, reason: str, sort: str = "") -> None:
        super().__init__(reason)
        self.sort = sort or reason


def read_json_lines(file: BinaryIO, source: str) -> Iterator[Document | Problem]:
    """Yield the report on each line, and what is wrong with the lines that hold none.

    :raises Unreadable: empty, binary, or broken in its encoding from some place on.
    """
    table = _Table(source)
    yield from _with_remarks(table, _json_records(file, table))


def read_cells(file: BinaryIO, source: str) -> Iterator[Document | Problem]:
    """Yield the report of each row below a header that names the columns.

    :raises Unreadable: as for JSON lines, and where no column holds a text.
    """
    if csv.field_size_limit() < LONGEST_LINE:
        csv.field_size_limit(LONGEST_LINE)
    table = _Table(source)
    yield from _with_remarks(table, _cell_records(file, table))


@dataclass(slots=True)
class _Noted:
    """Records with something in common: how many, and the lines of the first."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        self.count += 1
        if self.count <= _NAMED_LINES:
            self.lines.append(line)

    def said(self, one: str, many: str) -> str:
        named = ", ".join(map(str, self.lines))
        if self.count == 1:
            return f"{one} (line {named})"
        more = ", …" if self.count > len(self.lines) else ""
        return f"{self.count:,} {many} (lines {named}{more})"


@dataclass(slots=True)
class _Table:
    """What is known of a table while its records go by."""

    source: str
    records: int = 0
    ids: set[int] = field(default_factory=set)
    rejected: Counter[str] = field(default_factory=Counter)
    undated: _Noted = field(default_factory=_Noted)
    short: _Noted = field(default_factory=_Noted)
    twice: _Noted = field(default_factory=_Noted)
    lines: int = 0
    lines_in_utf8: int = 0
    lines_in_another: int = 0

    def problem(self, line: int, reason: str, sort: str = "") -> Iterator[Problem]:
        """Name the first of a sort, and count the others."""
        self.rejected[sort or reason] += 1
        if self.rejected[sort or reason] <= NAMED_PROBLEMS:
            yield Problem(f"{self.source}:{line}", reason)

    def remarks(self) -> Iterator[Problem]:
        """Say at the end what was counted."""
        for sort, count in self.rejected.items():
            if count > NAMED_PROBLEMS:
                yield Problem(self.source, f"{count - NAMED_PROBLEMS:,} more: {sort}")
        for noted, one, many in (
            (self.undated, *_UNDATED),
            (self.short, *_SHORT),
            (self.twice, *_TWICE),
        ):
            if noted.count:
                yield Problem(self.source, noted.said(one, many), grade="noted")
        if self.lines_in_utf8 and self.lines_in_another:
            remark = not_utf8(self.lines_in_another, self.lines)
            yield Problem(self.source, remark, grade="noted")


def _with_remarks(
    table: _Table, records: Iterator[Document | Problem]
) -> Iterator[Document | Problem]:
    try:
        yield from records
    except Unreadable:
        yield from table.remarks()
        raise
    yield from table.remarks()
    if not table.records:
        raise Unreadable("the table is empty" if not table.lines else "the table holds no record")


# Lines of bytes, and their text


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the file in UTF-8, or in what may be Windows-1252, without its mark."""
    first = file.read(_CHUNK)
    encoding, mark = unicode_encoding(first) or ("utf-8", 0)
    chunks = chain([first[mark:]], iter(lambda: file.read(_CHUNK), b""))
    return chunks if encoding == "utf-8" else _transcoded(chunks, encoding)


def _transcoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError:
        raise Unreadable(f"the text is broken from here on (read as {encoding.upper()})") from None


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    r"""Yield each line with its end, ``\n``, ``\r\n`` or ``\r``; None for one that is too long."""
    held: list[bytes] = []
    size = 0
    for chunk in _chunks(file):
        pieces = chunk.splitlines(keepends=True)
        if held and held[-1].endswith(b"\r") and not chunk.startswith(b"\n") and chunk:
            yield _line(held, size)
            held, size = [], 0
        for index, piece in enumerate(pieces, 1):
            size += len(piece)
            if size <= LONGEST_LINE or piece.endswith((b"\n", b"\r")):
                held.append(piece)
            # A carriage return at the end of a chunk may be half of a line end.
            if piece.endswith(b"\n") or (piece.endswith(b"\r") and index < len(pieces)):
                yield _line(held, size)
                held, size = [], 0
    if held or size:
        yield _line(held, size)


def _line(held: Sequence[bytes], size: int) -> bytes | None:
    return b"".join(held) if size <= LONGEST_LINE else None


def _texts(file: BinaryIO, table: _Table) -> Iterator[tuple[int, str | Exception]]:
    """Yield each line's number with its text, or with why it has none."""
    for number, line in enumerate(_lines(file), 1):
        table.lines = number
        if line is None:
            yield number, _Rejected("the line is longer than 10 MB")
            continue
        if number == 1 and b"\0" in line:
            raise Unreadable("the file is binary, not text")
        try:
            text, utf8 = decoded_line(line)
        except Unreadable:
            yield number, _Rejected("the text is neither UTF-8 nor Windows-1252")
            continue
        table.lines_in_another += not utf8
        table.lines_in_utf8 += utf8 and not text.isascii()
        yield number, text


# Records


def _json_records(file: BinaryIO, table: _Table) -> Iterator[Document | Problem]:
    for number, text in _texts(file, table):
        if isinstance(text, str) and not text.strip():
            continue
        table.records += 1
        try:
            record = _json_object(text)
            yield _document(table, number, _known(tuple(record)), tuple(record.values()))
        except _Rejected as rejected:
            yield from table.problem(number, str(rejected), rejected.sort)


def _json_object(line: str | Exception) -> dict[str, Any]:
    if isinstance(line, Exception):
        raise line
    try:
        record = json.loads(line.rstrip("\r\n"))
    except json.JSONDecodeError as error:
        raise _Rejected(
            f"broken JSON at character {error.pos + 1}: {error.msg}", "broken JSON"
        ) from None
    except RecursionError:
        raise _Rejected("broken JSON: nested too deeply", "broken JSON") from None
    except ValueError:
        raise _Rejected("broken JSON: a number of too many digits", "broken JSON") from None
    if not isinstance(record, dict):
        raise _Rejected(f"the line holds {_kind(record)}, not an object", "not an object")
    return record


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "words", bool: "true or false"}
    return names.get(type(value), "nothing" if value is None else "a number")


def _cell_records(file: BinaryIO, table: _Table) -> Iterator[Document | Problem]:
    rows = _Rows(_texts(file, table))
    known, width = _header(rows)
    rows.width = width
    while (row := _next_row(rows)) is not None:
        table.records += 1
        number = rows.first
        try:
            if isinstance(row, Exception):
                raise row
            if len(row) > width and any(map(str.strip, row[width:])):
                raise _Rejected(
                    f"{len(row):,} cells where the header names {width:,} columns",
                    "more cells than the header names columns",
                )
            document = _document(table, number, known, row)
            if len(row) < width:
                table.short.add(number)
            yield document
        except _Rejected as rejected:
            yield from table.problem(number, str(rejected), rejected.sort)


class _Rows:
    """The records of a table of cells; `first` is the line where the latest begins.

    The csv module takes lines from here one by one, as many as a record has. A quotation mark
    that is never closed takes all there are: then the record's lines but the first are given back,
    if they are rows of `width` cells and not the rest of a text.
    """

    def __init__(self, lines: Iterator[tuple[int, str | Exception]]) -> None:
        self._lines = lines
        self._given_back: list[tuple[int, str | Exception]] = []
        self._taken: list[tuple[int, str | Exception]] = []
        self._size = 0
        self._read_again = 0
        self.first = 0
        self.width: int | None = None
        self.use(_DELIMITERS[0])

    def use(self, delimiter: str) -> None:
        """Give the record back and read it again, with cells separated by `delimiter`."""
        self._given_back.extend(reversed(self._taken))
        self._delimiter = delimiter
        self._reader = csv.reader(self, delimiter=delimiter, strict=True)

    def __iter__(self) -> "_Rows":
        return self

    def __next__(self) -> str:
        """Return the next line of a record to the csv module."""
        numbered = self._given_back.pop() if self._given_back else next(self._lines)
        self._taken.append(numbered)
        text = numbered[1]
        if isinstance(text, Exception):
            raise text
        self._size += len(text)
        if self._size > LONGEST_LINE or len(self._taken) > MOST_LINES_OF_A_RECORD:
            raise csv.Error
        return text

    def row(self) -> list[str] | Exception:
        """Return the next record, or why it is none.

        :raises StopIteration: at the end of the file.
        """
        self._taken, self._size = [], 0
        try:
            row: list[str] = next(self._reader)
        except (_Rejected, csv.Error) as error:
            self.first = self._taken[0][0]
            return error if self._is_line(error) else self._all_but_first_given_back()
        self.first = self._taken[0][0]
        return row

    def _is_line(self, error: Exception) -> bool:
        return isinstance(error, _Rejected) and len(self._taken) == 1

    def _all_but_first_given_back(self) -> Exception:
        self._read_again += self._size
        if self._read_again > MOST_READ_AGAIN:
            raise Unreadable(
                f"too many quotation marks that are never closed; not read from line {self.first}"
            )
        if not self._are_rows(self._taken[1:]):
            lines = f" (lines {self.first} to {self._taken[-1][0]})" if self._taken[1:] else ""
            return _Rejected(f"{_NOT_CLOSED}{lines}", _NOT_CLOSED)
        self._given_back.extend(reversed(self._taken[1:]))
        self._taken = self._taken[:1]
        return _Rejected(_NOT_CLOSED)

    def _are_rows(self, lines: Sequence[tuple[int, str | Exception]]) -> bool:
        """Whether most lines that are not blank hold, read by themselves, a whole row."""
        told = (text for _, text in lines if not isinstance(text, str) or text.strip())
        whole = [self._is_row(text) for text in told]
        return self.width is None or 2 * sum(whole) > len(whole)

    def _is_row(self, text: str | Exception) -> bool:
        if isinstance(text, Exception):
            return False
        try:
            return len(next(csv.reader([text], delimiter=self._delimiter))) == self.width
        except csv.Error:
            return False


_NOT_CLOSED = "its quotation marks do not fit: one is not closed, or not written twice"


def _next_row(rows: _Rows) -> list[str] | Exception | None:
    """Return the next row that is not blank, None at the end."""
    try:
        while isinstance(row := rows.row(), list) and not any(map(str.strip, row)):
            pass
    except StopIteration:
        return None
    return row


def _header(rows: _Rows) -> tuple[dict[Column, list[int]], int]:
    """Return where the columns are, the delimiter found that gives a column of texts."""
    first = _next_row(rows)
    # Spreadsheets write « sep=; » above a table for each other's sake.
    if isinstance(first, list) and re.fullmatch(r"sep=.?", "".join(first).strip()):
        first = _next_row(rows)
    if first is None:
        raise Unreadable("the table is empty")
    named: list[str] = []
    for delimiter in _DELIMITERS:
        rows.use(delimiter)
        names = _next_row(rows)
        if isinstance(names, list):
            if "text" in (known := _known(tuple(names))):
                return dict(known), len(names)
            named = max(named, names, key=len)
    raise Unreadable(_without_text(named) if named else f"its header cannot be read: {first}")


def _without_text(names: list[str]) -> str:
    shown = ", ".join(f"« {name.strip()[:40]} »" for name in names[:_NAMED_COLUMNS])
    more = f" and {len(names) - _NAMED_COLUMNS:,} more" if len(names) > _NAMED_COLUMNS else ""
    return f"no column holds the text: its columns are {shown}{more}; one must be named « text »"


# Documents


@lru_cache(maxsize=1)
def _known(names: tuple[str, ...]) -> Mapping[Column, list[int]]:
    """Return where the columns are that we know; those of one kind in the order of `COLUMNS`."""
    positions: dict[str, int] = {}
    for position, name in enumerate(names):
        plain = "".join(name.split()).strip("\ufeff").lower() if len(name) < LONGEST_ID else ""
        if plain in COLUMNS:
            positions.setdefault(plain, position)
    known: dict[Column, list[int]] = {}
    for name, column in COLUMNS.items():
        if name in positions:
            known.setdefault(column, []).append(positions[name])
    return known


def _document(
    table: _Table, line: int, known: Mapping[Column, list[int]], values: Sequence[object]
) -> Document:
    cells = {column: _value(column, values, places) for column, places in known.items()}
    text, is_twice = decoded_again(cells.get("text", ""))
    if not text.strip():
        raise _Rejected("the record has no text")
    source = _identified(table, cells.get("id", "").strip(), line)
    written = cells.get("date", "").strip()
    day = _day(written) if 0 < len(written) <= _LONGEST_DATE else None
    if written and not day:
        table.undated.add(line)
    if is_twice:
        table.twice.add(line)
    return Document(
        source=source,
        text=text,
        title=_in_one_line(cells.get("title", ""), is_twice=bool(is_twice)),
        date=day,
        date_from="metadata" if day else None,
        agency=_in_one_line(cells.get("agency", ""), is_twice=bool(is_twice)) or None,
        language=cells.get("language", "").strip() or None,
        url=cells.get("url", "").strip() or None,
    )


def _in_one_line(said: str, *, is_twice: bool) -> str:
    """Return a few words beside a text; where that was encoded twice, one sign of it is enough."""
    return " ".join((decoded_again(said, least=1)[0] if is_twice else said).split())


def _value(column: Column, values: Sequence[object], places: list[int]) -> str:
    """Return the first of the values that says something, as it stands there."""
    for place in places:
        value = _written(column, values[place]) if place < len(values) else ""
        if value.strip():
            return value
    return ""


def _written(column: Column, value: object) -> str:
    if isinstance(value, str):
        if _NOT_STORED.search(value):
            raise _Rejected(f"its {column} holds characters that cannot be stored")
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if value is not None and column in ("id", "text"):
        raise _Rejected(f"its {column} is {_kind(value)}, not words")
    return ""


_NOT_STORED = re.compile(r"[\0\ud800-\udfff]")


def _identified(table: _Table, given: str, line: int) -> str:
    """Return what the record is to be known by.

    A hash stands for each id: of a million, two share one once in forty million files.
    """
    if not given:
        return f"{table.source}#{line}"
    if len(given) > LONGEST_ID:
        raise _Rejected(f"its id is longer than {LONGEST_ID} characters")
    if not given.isprintable():
        raise _Rejected("its id holds control characters")
    if hash(given) in table.ids:
        raise _Rejected(f"an earlier record has the id « {given} »", "an id that was there before")
    table.ids.add(hash(given))
    return given


@lru_cache(maxsize=4096)
def _day(written: str) -> str | None:
    """Return a date as ISO 8601 cut to what it says; that of a time is its day in its own zone."""
    if whole := re.match(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9]|\Z)", written):
        try:
            return date.fromisoformat(whole[1]).isoformat()
        except ValueError:
            return None
    return _published(written)


def _published(written: str) -> str | None:
    from rag.dates import published

    try:
        return published(written)
    except (ValueError, OverflowError):
        return None
