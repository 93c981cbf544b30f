"""PDFs with a text layer, page by page and column by column.

pdfium knows each character and its place, not what a column is: the order of reading is found here.
Measures are in points; y grows upwards.
"""

import ctypes
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median
from typing import BinaryIO

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.formats.found import Found, Unreadable
from rag.formats.titles import worthy
from rag.records import Document, Problem

# A gap wider than this part of a line's height may be one between columns. In a line stretched to
# the margin words stand as far apart; they meet again when lines are put together.
_GAP = 0.6
# A column has three lines at least that begin at one left edge; fewer is a chance, or a table's.
_LINES_OF_A_COLUMN = 3
_SAME_EDGE = 3.0
# The columns of a table of figures are no columns of text.
_LETTERS_IN_A_LINE = 12
# A page number or a running head: at most these few pieces, two lines' height from the rest.
_MARGIN = 4
_WHITE = 2.0
# A step down 1.4 times the usual one begins a paragraph, and so does another size of type.
_PARAGRAPH_STEP = 1.4
_OTHER_SIZE = 1.2
_USUAL_STEP = 1.6  # of a line's height, where there are too few lines to tell

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff\ufffe\uffff]")


@dataclass(slots=True)
class _Piece:
    """Characters that stand next to each other on one line."""

    left: float
    right: float
    bottom: float
    top: float
    text: str

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2

    @property
    def height(self) -> float:
        return max(self.top - self.bottom, 0.1)


def read_pdf(file: BinaryIO, source: str) -> Iterator[Found]:
    """Yield the report of a PDF, its pages parted by form feeds, and a note of pages without text.

    :raises Unreadable: protected, damaged, or only pictures.
    """
    data = file.read()
    with _opened(data) as pdf:
        pages, pictures, damaged = _pages(pdf)
        title = _title(pdf)
    text = "\f".join(pages)
    if not text.strip():
        raise Unreadable(_why_empty(pictures, damaged))
    yield Document(source=source, text=text, title=title)
    if pictures:
        yield Problem(source, f"{_named(pictures)} only pictures", "noted")
    if damaged:
        yield Problem(source, f"{_counted(damaged)} damaged and left out", "noted")


def _opened(data: bytes) -> pdfium.PdfDocument:
    if not data.strip():
        raise Unreadable("the file is empty")
    # A reader that mends what it can would give the first pages for the whole report.
    if b"%PDF-" not in data[:1024]:
        raise Unreadable("it is no PDF, whatever its name says")
    if b"%%EOF" not in data or len(data) < _declared_length(data):
        raise Unreadable("the PDF is cut off: its end is missing")
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise Unreadable("it is password-protected") from None
        if error.err_code == raw.FPDF_ERR_SECURITY:
            raise Unreadable("it is protected in a way that cannot be opened") from None
        raise Unreadable("the PDF is damaged") from None


def _declared_length(data: bytes) -> int:
    """A PDF made for the web says near its beginning how long it is."""
    found = re.search(rb"/Linearized\b[^>]{0,200}?/L\s+(\d{1,12})", data[:2048])
    return int(found[1]) if found else 0


def _pages(pdf: pdfium.PdfDocument) -> tuple[list[str], list[int], list[int]]:
    """Return the text of each page, and the numbers of those that are pictures or damaged."""
    texts: list[str] = []
    pictures: list[int] = []
    damaged: list[int] = []
    for number in range(1, len(pdf) + 1):
        text = ""
        try:
            with closing(pdf[number - 1]) as page:
                text = _page_text(page)
                if not text and raw.FPDFPage_CountObjects(page) > 0:
                    pictures.append(number)
        except pdfium.PdfiumError:
            damaged.append(number)
        texts.append(text)
    return texts, pictures, damaged


def _title(pdf: pdfium.PdfDocument) -> str:
    """Return the title of the properties; pypdfium2 raises for half a surrogate pair in it."""
    length = raw.FPDF_GetMetaText(pdf, b"Title", None, 0)
    held = ctypes.create_string_buffer(length)
    raw.FPDF_GetMetaText(pdf, b"Title", held, length)
    title = held.raw[: max(0, length - 2)].decode("utf-16-le", "replace")
    return worthy(_UNWANTED.sub(" ", title))


def _why_empty(pictures: Sequence[int], damaged: Sequence[int]) -> str:
    if pictures:
        return "it holds only pictures: run text recognition (OCR) on it first"
    return "the PDF is damaged" if damaged else "it has no text"


def _named(numbers: Sequence[int]) -> str:
    return f"{_counted(numbers, '')} {'holds' if len(numbers) == 1 else 'hold'}"


def _counted(numbers: Sequence[int], verb: str = " is| are") -> str:
    """Return « page 3 is », « pages 3, 4 and 7 are »."""
    one, _, many = verb.partition("|")
    if len(numbers) == 1:
        return f"page {numbers[0]}{one}"
    return f"pages {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}{many}"


def _page_text(page: pdfium.PdfPage) -> str:
    textpage = page.get_textpage()
    try:
        pieces = _turned(list(_pieces(textpage)), page.get_rotation())
    finally:
        textpage.close()
    text = ""
    for part in _head_body_foot(pieces):
        for block in _in_order(part):
            text = _followed(text, _block_text(block))
    return text


def _pieces(textpage: pdfium.PdfTextPage) -> Iterator[_Piece]:
    """Yield what pdfium takes for lines, cut where a column may end."""
    box = raw.FS_RECTF()
    piece: _Piece | None = None
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(textpage, index)
        hyphen = raw.FPDFText_IsHyphen(textpage, index) == 1  # pdfium writes U+0002 for these
        letter = "-" if hyphen else _letter(code)
        if piece and raw.FPDFText_IsGenerated(textpage, index) == 1:
            piece.text += letter
        elif raw.FPDFText_GetLooseCharBox(textpage, index, box):
            if piece and _apart(piece, box):
                yield piece
                piece = None
            piece = _grown(piece, box, letter)
        if piece and (hyphen or code in (0x0A, 0x0D)):
            yield piece
            piece = None
    if piece:
        yield piece


def _letter(code: int) -> str:
    # Two halves of one character, where the system's wide characters have 16 bits, meet in _clean.
    return chr(code) if 0 < code <= sys.maxunicode else ""


def _apart(piece: _Piece, box: raw.FS_RECTF) -> bool:
    gap = float(box.left) - piece.right
    return gap > _GAP * piece.height or box.left < piece.left - piece.height


def _grown(piece: _Piece | None, box: raw.FS_RECTF, letter: str) -> _Piece:
    if piece is None:
        return _Piece(box.left, box.right, box.bottom, box.top, letter)
    piece.right = max(piece.right, box.right)
    piece.bottom = min(piece.bottom, box.bottom)
    piece.top = max(piece.top, box.top)
    piece.text += letter
    return piece


def _turned(pieces: list[_Piece], rotation: int) -> list[_Piece]:
    """Return the pieces as they lie on the page when it is held upright."""
    for piece in pieces:
        left, right, bottom, top = piece.left, piece.right, piece.bottom, piece.top
        if rotation == 90:
            piece.left, piece.right, piece.bottom, piece.top = bottom, top, -right, -left
        elif rotation == 180:
            piece.left, piece.right, piece.bottom, piece.top = -right, -left, -top, -bottom
        elif rotation == 270:
            piece.left, piece.right, piece.bottom, piece.top = -top, -bottom, left, right
    return pieces


def _head_body_foot(pieces: Sequence[_Piece]) -> Iterator[Sequence[_Piece]]:
    """Part off what stands alone at the top and at the bottom: it belongs to no column."""
    pieces = sorted((piece for piece in pieces if piece.text.strip()), key=lambda p: -p.middle)
    cuts = range(1, len(pieces))
    head = next((cut for cut in cuts[:_MARGIN] if _far_apart(pieces[:cut], pieces[cut:])), 0)
    foot = next(
        (cut for cut in cuts[: -_MARGIN - 1 : -1] if _far_apart(pieces[:cut], pieces[cut:])),
        len(pieces),
    )
    yield pieces[:head]
    yield pieces[head : max(head, foot)]
    yield pieces[max(head, foot) :]


def _far_apart(above: Sequence[_Piece], below: Sequence[_Piece]) -> bool:
    gap = min(piece.bottom for piece in above) - max(piece.top for piece in below)
    return gap > _WHITE * min(above[-1].height, below[0].height)


def _in_order(pieces: Sequence[_Piece]) -> Iterator[Sequence[_Piece]]:
    """Yield blocks in the order they are read, column by column; pieces come from top to bottom."""
    edge = _second_column(pieces)
    if edge is None:
        yield pieces
        return
    for left, right in _bands(pieces, edge):
        yield from _in_order(left)
        yield from _in_order(right)


def _second_column(pieces: Sequence[_Piece]) -> float | None:
    """Return the left edge of a column that has another to its left, or None.

    It is the edge where most lines begin and fewest pass over: words that by chance stand below
    each other make an edge too, but a poor one.
    """
    starts = Counter(round(piece.left) for piece in pieces)
    worth = {
        edge: count - sum(_crosses(piece, edge) for piece in pieces)
        for edge, count in starts.items()
        if count >= _LINES_OF_A_COLUMN - 1 and any(right for _, right in _bands(pieces, edge))
    }
    return max(worth, key=lambda edge: (worth[edge], -edge), default=None)


def _crosses(piece: _Piece, edge: float) -> bool:
    return piece.left < edge - _SAME_EDGE and piece.right > edge - _SAME_EDGE / 2


def _bands(pieces: Sequence[_Piece], edge: float) -> Iterator[tuple[list[_Piece], list[_Piece]]]:
    """Yield from top to bottom what stands left and right of an edge; right is empty where
    no columns are.

    What reaches over the edge, a headline or a table, parts the columns above from those below.
    """
    whole: list[_Piece] = []
    for crosses, group in groupby(pieces, key=lambda piece: _crosses(piece, edge)):
        band = list(group)
        left = [piece for piece in band if piece.left < edge - _SAME_EDGE]
        right = [piece for piece in band if piece.left >= edge - _SAME_EDGE]
        begin = [piece for piece in right if piece.left <= edge + _SAME_EDGE]
        if crosses or not (
            _is_column(left) and _is_column(right) and 2 * _lines_of(begin) >= _lines_of(left)
        ):
            whole += band
            continue
        if whole:
            yield whole, []
            whole = []
        yield left, right
    if whole:
        yield whole, []


def _is_column(pieces: Sequence[_Piece]) -> bool:
    letters = sum(len(piece.text) for piece in pieces)
    lines = _lines_of(pieces)
    return lines >= _LINES_OF_A_COLUMN and letters >= _LETTERS_IN_A_LINE * lines


def _lines_of(pieces: Sequence[_Piece]) -> int:
    return len({round(piece.middle) for piece in pieces})


def _block_text(pieces: Sequence[_Piece]) -> str:
    lines = list(_lines(pieces))
    steps = [above.middle - below.middle for above, below in pairwise(lines)]
    usual = median(steps) if len(steps) > 1 else 0.0
    text = lines[0].text if lines else ""
    for (above, below), step in zip(pairwise(lines), steps, strict=True):
        sizes = sorted((above.height, below.height))
        far = step > _PARAGRAPH_STEP * (usual or _USUAL_STEP * sizes[0])
        text += ("\n\n" if far or sizes[1] > _OTHER_SIZE * sizes[0] else "\n") + below.text
    return text


def _lines(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    """Put pieces beside each other together to lines; they come sorted from top to bottom."""
    row: list[_Piece] = []
    for piece in pieces:
        if row and not row[0].bottom < piece.middle < row[0].top:
            yield _line(row)
            row = []
        row.append(piece)
    if row:
        yield _line(row)


def _line(row: Sequence[_Piece]) -> _Piece:
    text = " ".join(_clean(piece.text) for piece in sorted(row, key=lambda p: p.left))
    tallest = max(row, key=lambda piece: piece.height)
    return _Piece(row[0].left, row[0].right, tallest.bottom, tallest.top, text)


def _clean(text: str) -> str:
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _UNWANTED.sub("", whole).strip()


def _followed(text: str, block: str) -> str:
    """Return the text with a block below it: a sentence goes on in the next column."""
    if not text or not block:
        return text + block
    goes_on = block[0].islower() and text[-1] not in ".!?…»"
    return f"{text}\n{block}" if goes_on else f"{text}\n\n{block}"
