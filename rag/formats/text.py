"""Plain text, in whatever encoding an archive holds it: every byte is accounted for, or none."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from rag.formats.found import Unreadable
from rag.formats.twice import decoded_again
from rag.records import Document, Problem

# The longest book in one volume is a tenth of it; beyond lie dumps of whole archives.
LARGEST_TEXT = 20_000_000


def read_text(file: BinaryIO, source: str) -> Iterator[Document | Problem]:
    """Yield the report that is the file, and a note if its encoding is not one.

    :raises Unreadable: empty, binary, larger than `LARGEST_TEXT`, or broken in every encoding.
    """
    data = file.read(LARGEST_TEXT + 1)
    if len(data) > LARGEST_TEXT:
        raise Unreadable(
            "larger than 20 MB: no single report is; make it a table of reports (.jsonl or .csv)"
        )
    text, remark = decoded_with_remark(data)
    text, again = decoded_again(text)
    if not text.strip():
        raise Unreadable("the file is empty")
    yield Document(source=source, text=text)
    if remark or again:
        yield Problem(source, "; ".join(filter(None, (remark, again))), grade="noted")


def decoded(data: bytes) -> str:
    """Return the text of a file of unknown encoding, its byte-order mark left out.

    A ladder of strict attempts rather than a statistical guess: UTF-8 and UTF-16 reject each
    other's bytes, and Windows-1252 takes what is left. A guesser given one short accented
    dispatch may well answer "Windows-1250" and turn « é » into « č ».

    :raises Unreadable: empty, binary, or broken in every encoding tried.
    """
    return decoded_with_remark(data)[0]


def decoded_with_remark(data: bytes) -> tuple[str, str]:
    """Return the text as `decoded` does, and what is to be known about its encoding, or "".

    :raises Unreadable: as `decoded` does.
    """
    if not data.strip():
        raise Unreadable("the file is empty")
    shown = unicode_encoding(data)
    if shown and shown[0] != "utf-8":
        return _strict(data[shown[1] :], shown[0]), ""
    if b"\0" in data:
        raise _binary(data.count(0), data.index(0), "byte")
    text, remark = _utf8_or_windows_1252(data[shown[1] :] if shown else data, marked=bool(shown))
    return text_only(text), remark


def decoded_line(line: bytes) -> tuple[str, bool]:
    """Return the text of one line of a UTF-8 file, and whether it was UTF-8.

    :raises Unreadable: neither UTF-8 nor Windows-1252.
    """
    try:
        return line.decode("utf-8"), True
    except UnicodeDecodeError:
        return _windows_1252_where_not_utf8(line, 0), False


def unicode_encoding(data: bytes) -> tuple[str, int] | None:
    """Return the encoding that the beginning of a file shows, and the length of its mark.

    None where nothing shows one: UTF-8 without a mark, or Windows-1252.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    guessed = _utf16_without_mark(data)
    return (guessed, 0) if guessed else None


def text_only(text: str) -> str:
    """Return `text` if it is one.

    :raises Unreadable: blank, or full of control characters.
    """
    if not text.strip():
        raise Unreadable("the file is empty")
    if zeros := text.count("\0"):
        raise _binary(zeros, text.index("\0"), "character")
    if len(_CONTROL.findall(text)) > _MOST_CONTROLS * len(text):
        raise Unreadable("the file is binary, not text")
    return text


# UTF-32's little-endian mark begins with UTF-16's: it must be tried first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# A form feed or two does occur in text; one control character in fifty does not.
_MOST_CONTROLS = 0.02

# Letters and marks of languages in Latin letters. Windows-1252 has bytes that happen to be UTF-8,
# « LIBERTÉ : » with its no-break space, but what they would be is none of these.
_SURELY_UTF8 = re.compile(r"[\xa0-\u017fƠơƯư\u0300-\u036f\u1e00-\u1eff\u2010-\u2bff]")
_ESCAPED = re.compile(r"[\udc80-\udcff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f\udc80-\udcff]")
_IN_NEITHER = re.compile(r"[\udc81\udc8d\udc8f\udc90\udc9d]")
_WINDOWS_1252 = {
    0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)
}


def _utf8_or_windows_1252(data: bytes, *, marked: bool) -> tuple[str, str]:
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        start, cut = error.start, error.reason == "unexpected end of data"
    if _is_utf8_but_for_some(data):
        if cut:
            return data[:start].decode("utf-8"), "the file ends in the middle of a character"
        return _line_by_line(data)
    return _strict(data, "utf-8" if marked else "cp1252"), ""


def _is_utf8_but_for_some(data: bytes) -> bool:
    text = data.decode("utf-8", "surrogateescape")
    if _SURELY_UTF8.search(text):
        return True
    return len(_NOT_ASCII.findall(text)) > len(_ESCAPED.findall(text))


def _line_by_line(data: bytes) -> tuple[str, str]:
    lines = data.splitlines(keepends=True)
    texts, others, position = [], 0, 0
    for line in lines:
        try:
            texts.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append(_windows_1252_where_not_utf8(line, position))
            others += 1
        position += len(line)
    return "".join(texts), not_utf8(others, len(lines))


def not_utf8(others: int, lines: int) -> str:
    """Return the remark about a file with lines in another encoding."""
    verbs = "is not UTF-8 and was" if others == 1 else "are not UTF-8 and were"
    return f"{others:,} of {lines:,} lines {verbs} read as Windows-1252"


def _windows_1252_where_not_utf8(line: bytes, position: int) -> str:
    """One stray byte in a UTF-8 line must not turn its other letters into « Ã© »."""
    text = line.decode("utf-8", "surrogateescape")
    if not _SURELY_UTF8.search(text):
        text = line.decode("ascii", "surrogateescape")
    if broken := _IN_NEITHER.search(text):
        before = text[: broken.start()].encode("utf-8", "surrogateescape")
        raise _broken(position + len(before), "cp1252")
    return text.translate(_WINDOWS_1252)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return text_only(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise _broken(error.start, encoding) from None


def _broken(position: int, encoding: str) -> Unreadable:
    name = {"cp1252": "Windows-1252"}.get(encoding, encoding.upper())
    return Unreadable(f"the text is broken at byte {position} (read as {name})")


def _binary(zeros: int, first: int, unit: str) -> Unreadable:
    held = "a zero byte" if zeros == 1 else f"{zeros:,} zero bytes, the first"
    return Unreadable(f"the file is binary, not text: {held} at {unit} {first:,}")


def _utf16_without_mark(data: bytes) -> str | None:
    """Latin text in UTF-16 has a zero in every other byte: which half tells the byte order."""
    sample = data[:2000]
    zeros_even, zeros_odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    if len(data) % 2 or max(zeros_even, zeros_odd) < 0.6 * half:
        return None
    if min(zeros_even, zeros_odd) > 0.05 * half:
        return None
    return "utf-16-le" if zeros_odd > zeros_even else "utf-16-be"
