"""Reports written with a word processor: .docx and .odt, both a zip of XML parts.

Read with zipfile and lxml: libraries for these formats are for writing them, and python-docx leaves
out what stands in tracked insertions, content controls and text boxes.
"""

import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO

from lxml import etree

from rag.formats.found import Found, Unreadable
from rag.formats.titles import worthy
from rag.records import Document

_LARGEST_PART = 40_000_000
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")

# Names of elements without their namespaces: Word has two sets of these for the same names.
_PARAGRAPHS = {"p", "h"}
_TABLES = {"tbl", "table"}
_ROWS = {"tr", "table-row"}
_CELLS = {"tc", "table-cell"}
_BOXES = {"txbxContent", "text-box"}
# What was deleted, what somebody remarked, and what a drawing shows to programs that cannot draw.
_LEFT_OUT = {
    "del", "moveFrom", "tracked-changes", "annotation", "Fallback", "pPr", "rPr", "tblPr", "sectPr",
    "forms", "sequence-decls", "note-citation",
}  # fmt: skip
_SIGNS = {
    "tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "noBreakHyphen": "-",
}  # fmt: skip
_REFERENCES = {"footnoteReference", "endnoteReference"}


def read_docx(file: BinaryIO, source: str) -> Iterator[Found]:
    """Yield the report of a Word document.

    :raises Unreadable: protected, damaged, too large unpacked, or without text.
    """
    yield _report(file.read(), source, _word)


def read_odt(file: BinaryIO, source: str) -> Iterator[Found]:
    """Yield the report of an OpenDocument text, as LibreOffice writes it.

    :raises Unreadable: protected, damaged, too large unpacked, or without text.
    """
    yield _report(file.read(), source, _open_document)


@dataclass(slots=True)
class _Contents:
    """What is in a document: its text, element by element, its properties, its notes by key."""

    body: etree._Element
    properties: etree._Element | None
    inline: "Callable[[etree._Element, _Aside], Iterator[str]]"
    notes: dict[tuple[str, str], etree._Element] = field(default_factory=dict)


@dataclass(slots=True)
class _Aside:
    """Boxes and notes that a paragraph anchors: they are read after it."""

    notes: dict[tuple[str, str], etree._Element]
    found: list[etree._Element] = field(default_factory=list)


def _report(data: bytes, source: str, contents: Callable[[zipfile.ZipFile], _Contents]) -> Document:
    try:
        with _unpacked(data) as parts:
            document = contents(parts)
            text = "\n\n".join(filter(None, _blocks(document.body, document)))
            pictures = any("media/" in name or "Pictures/" in name for name in parts.namelist())
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, OSError):
        raise Unreadable("the document is damaged or cut off") from None
    except (etree.XMLSyntaxError, ValueError, RecursionError, lzma.LZMAError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("the document is damaged") from None
    if not text:
        only = "it holds only pictures: run text recognition (OCR) on it first"
        raise Unreadable(only if pictures else "it has no text")
    return Document(source=source, text=text, title=_title(document.properties))


def _unpacked(data: bytes) -> zipfile.ZipFile:
    if not data.strip():
        raise Unreadable("the file is empty")
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable("it is password-protected")
        raise Unreadable("it is a document of Word 97 to 2003: save it as .docx")
    parts = zipfile.ZipFile(BytesIO(data))
    if any(part.flag_bits & 1 for part in parts.infolist()):
        raise Unreadable("it is password-protected")
    return parts


def _part(parts: zipfile.ZipFile, name: str) -> etree._Element:
    """Return the root of an XML part; entities stay unread, wherever they point."""
    if parts.getinfo(name).file_size > _LARGEST_PART:
        raise Unreadable(f"its text unpacks to more than {_LARGEST_PART // 1_000_000} MB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(parts.read(name), parser)
    if root is None:
        raise Unreadable("the document is damaged")
    return root


def _part_or_none(parts: zipfile.ZipFile, name: str) -> etree._Element | None:
    return _part(parts, name) if name in parts.namelist() else None


def _word(parts: zipfile.ZipFile) -> _Contents:
    main = next(
        (
            relation.get("Target", "").lstrip("/")
            for relation in _part(parts, "_rels/.rels")
            if relation.get("Type", "").endswith("/officeDocument")
        ),
        "word/document.xml",
    )
    beside = main[: main.rfind("/") + 1]
    notes = [_part_or_none(parts, f"{beside}{kind}.xml") for kind in ("footnotes", "endnotes")]
    return _Contents(
        body=_part(parts, main),
        properties=_part_or_none(parts, "docProps/core.xml"),
        inline=_word_inline,
        notes={_note_key(note): note for part in notes if part is not None for note in part},
    )


def _open_document(parts: zipfile.ZipFile) -> _Contents:
    manifest = _part_or_none(parts, "META-INF/manifest.xml")
    if manifest is not None and any(_name(item) == "encryption-data" for item in manifest.iter()):
        raise Unreadable("it is password-protected")
    return _Contents(
        body=_part(parts, "content.xml"),
        properties=_part_or_none(parts, "meta.xml"),
        inline=_open_inline,
    )


def _title(properties: etree._Element | None) -> str:
    elements = (
        [] if properties is None else properties.iter("{http://purl.org/dc/elements/1.1/}title")
    )
    return worthy(next((element.text for element in elements), None))


def _name(element: etree._Element) -> str:
    """Return an element's name without its namespace, "" for comments, entities, and what
    OpenDocument says of a picture to those who do not see it.
    """
    tag = element.tag if isinstance(element.tag, str) else ""
    return "" if "svg-compatible" in tag else tag.rpartition("}")[2]


def _attribute(element: etree._Element, name: str) -> str:
    return next(
        (str(value) for key, value in element.items() if key.rpartition("}")[2] == name), ""
    )


def _blocks(element: etree._Element, document: _Contents) -> Iterator[str]:
    """Yield paragraphs and tables in the order of the document."""
    for child in element:
        name = _name(child)
        if name in _PARAGRAPHS:
            aside = _Aside(document.notes)
            yield "".join(document.inline(child, aside)).strip()
            for anchored in aside.found:
                yield from _blocks(anchored, document)
        elif name in _TABLES:
            yield from _table(child, document)
        elif name and name not in _LEFT_OUT:
            yield from _blocks(child, document)


def _table(table: etree._Element, document: _Contents) -> Iterator[str]:
    """Yield a table's rows, one a line; a table of one column only frames its paragraphs."""
    rows = [_cells(row) for row in table.iter() if _name(row) in _ROWS and _nearest(row, table)]
    if all(len(row) <= 1 for row in rows):
        for cell in (cell for row in rows for cell in row):
            yield from _blocks(cell, document)
        return
    lines = (" | ".join(" ".join(_blocks(cell, document)).strip() for cell in row) for row in rows)
    yield "\n".join(line for line in lines if line.strip(" |"))


def _nearest(row: etree._Element, table: etree._Element) -> bool:
    return next(parent for parent in row.iterancestors() if _name(parent) in _TABLES) is table


def _cells(row: etree._Element) -> list[etree._Element]:
    return [cell for cell in row.iter() if _name(cell) in _CELLS and _own(cell, row)]


def _own(cell: etree._Element, row: etree._Element) -> bool:
    return next(parent for parent in cell.iterancestors() if _name(parent) in _ROWS) is row


def _word_inline(element: etree._Element, aside: _Aside) -> Iterator[str]:
    """Yield what a paragraph says; in Word only elements named « t » hold text."""
    for child in element:
        name = _name(child)
        if name in _BOXES:
            aside.found.append(child)
        elif name in _REFERENCES:
            note = aside.notes.pop(_note_key(child), None)  # one that cites itself ends here
            aside.found += [] if note is None else [note]
        elif name == "t":
            yield child.text or ""
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif name == "softHyphen":
            yield "\u00ad"
        elif name and name not in _LEFT_OUT:
            yield from _word_inline(child, aside)


def _note_key(element: etree._Element) -> tuple[str, str]:
    """Return what a note and its reference have in common: each kind is numbered by itself."""
    return _name(element).removesuffix("Reference"), _attribute(element, "id")


def _open_inline(element: etree._Element, aside: _Aside) -> Iterator[str]:
    """Yield what a paragraph says; OpenDocument has text everywhere."""
    yield _collapsed(element.text)
    for child in element:
        name = _name(child)
        if name in _BOXES or name == "note":
            aside.found.append(child)
        elif name == "s":
            yield " " * min(int(_attribute(child, "c") or 1), 100)
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif name and name not in _LEFT_OUT:
            yield from _open_inline(child, aside)
        yield _collapsed(child.tail)


def _collapsed(text: str | None) -> str:
    """Several blanks or a line break in OpenDocument's XML are one blank of the text."""
    return re.sub(r"[ \t\r\n]+", " ", text or "")
