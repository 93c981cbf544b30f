"""Files -> Documents: one small reader per file type; the text is never rewritten (law 1)."""

import codecs
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from rag.records import Document


class Unreadable(ValueError):
    """Why one file is no report, in a few words. The rest of the folder goes on."""


def decoded(data: bytes) -> str:
    """Return the text of a file of unknown encoding, its byte-order mark left out.

    A ladder of strict attempts rather than a statistical guess: UTF-8 and UTF-16 reject each
    other's bytes, and Windows-1252 takes what is left. A guesser given one short accented
    dispatch may well answer "Windows-1250" and turn « é » into « č ».

    :raises Unreadable: empty, binary, or broken in every encoding tried.
    """
    if not data.strip():
        raise Unreadable("the file is empty")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    if guessed := _utf16_without_mark(data):
        return _strict(data, guessed)
    if b"\0" in data:
        raise Unreadable("the file is binary, not text")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _strict(data, "cp1252")
    return _text_only(text)


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


def _strict(data: bytes, encoding: str) -> str:
    try:
        return _text_only(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise Unreadable(f"the text is broken at byte {error.start} (read as {encoding})") from None


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


def _text_only(text: str) -> str:
    if not text.strip():
        raise Unreadable("the file is empty")
    if "\0" in text or len(_CONTROL.findall(text)) > _MOST_CONTROLS * len(text):
        raise Unreadable("the file is binary, not text")
    return text


def _read_text(path: Path, source: str) -> Document:
    return Document(source=source, text=decoded(path.read_bytes()))


READERS: dict[str, Callable[[Path, str], Document]] = {
    ".txt": _read_text,
    ".md": _read_text,
}
"""One reader per file type, by suffix. A new format is one function and one line here."""


def read(path: Path, source: str) -> Document:
    """Return the report in `path`, to be known as `source`.

    :raises Unreadable: with the reason, for what is no text.
    """
    return READERS[path.suffix.lower()](path, source)


def files_in(
    folder: Path, unreadable: Callable[[OSError], None] = lambda error: None
) -> Iterator[Path]:
    """Yield every visible file under `folder`, sorted, links to folders not followed.

    `unreadable` is told of each folder that cannot be looked into.
    """
    for where, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(where, name) for name in sorted(names) if not name.startswith("."))
