"""PDFs: pages, columns, hyphens, and what cannot be read, told in plain words."""

import contextlib
import io
import random
from collections.abc import Callable
from itertools import count

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from rag.formats.found import Found, Unreadable
from rag.formats.pdf import read_pdf
from rag.records import Document, Problem

_LEFT = """Vientiane, 28 janvier. Le ministre
a reçu hier une délé-
gation venue de Hanoï, qui a ex-
primé le souhait d’une coopé-
ration plus étroite dans l’éner-
gie et les transports. Il en a pris
acte devant la presse, avant""".splitlines()
_RIGHT = """de se rendre dans le nord. À Luang
Prabang, la fête du that a rassem-
blé deux mille personnes ve-
nues des villages voisins. Le gou-
verneur de la province a salué
« l’élan populaire » et promis
une route pour l’an prochain.""".splitlines()
_HEADLINE = "La coopération entre les deux pays se renforce encore"


def pdf(*pages: Callable[[Canvas], None], **options: object) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1, **options)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def lines(
    *texts: str, left: float = 60, top: float = 780, size: float = 10
) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", size)
        for number, text in enumerate(texts):
            canvas.drawString(left, top - 1.2 * size * number, text)

    return draw


def picture(canvas: Canvas) -> None:
    canvas.drawInlineImage(_PIXELS, 50, 300, 400, 400)


def both(*drawings: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        for drawing in drawings:
            drawing(canvas)

    return draw


def line_by_line(gutter: float) -> Callable[[Canvas], None]:
    """Draw both columns at once, as a scanner's text recognition or a table layout does."""
    return both(
        *(
            lines(text, left=left, top=760 - 12 * number)
            for number, pair in enumerate(zip(_LEFT, _RIGHT, strict=True))
            for left, text in zip((60, 220 + gutter), pair, strict=True)
        )
    )


def column_by_column(gutter: float) -> Callable[[Canvas], None]:
    return both(lines(*_LEFT, top=760), lines(*_RIGHT, left=220 + gutter, top=760))


def found(data: bytes) -> list[Found]:
    return list(read_pdf(io.BytesIO(data), "a.pdf"))


def document(data: bytes) -> Document:
    first = found(data)[0]
    assert isinstance(first, Document)
    return first


def text(*pages: Callable[[Canvas], None]) -> str:
    return document(pdf(*pages)).text


def test_the_page_of_an_offset_is_counted_by_the_form_feeds_before_it() -> None:
    said = text(lines("Première page."), lines("Deuxième page."), lines("Troisième page."))
    pages = {word: 1 + said.count("\f", 0, said.index(word)) for word in ("Prem", "Deux", "Trois")}
    assert pages == {"Prem": 1, "Deux": 2, "Trois": 3}


def test_a_page_without_text_still_counts() -> None:
    said = text(lines("Première page."), lines(), lines("Troisième page."))
    assert said == "Première page.\f\fTroisième page."


def test_blank_pages_are_no_problem() -> None:
    assert len(found(pdf(lines("Première page."), lines()))) == 1


@pytest.mark.parametrize("gutter", [8, 12, 20, 60])
@pytest.mark.parametrize("layout", [line_by_line, column_by_column])
def test_two_columns_are_read_one_after_the_other(
    layout: Callable[[float], Callable[[Canvas], None]], gutter: float
) -> None:
    assert text(layout(gutter)) == "\n".join([*_LEFT, *_RIGHT])


@pytest.mark.parametrize("layout", [line_by_line, column_by_column])
def test_a_headline_over_both_columns_comes_before_and_a_footer_after_them(
    layout: Callable[[float], Callable[[Canvas], None]],
) -> None:
    headline = lines(_HEADLINE, top=800, size=18)
    footer = lines("Bulletin de l’agence, numéro 12, quarantième année, page 3 sur 8", top=40)
    said = text(both(footer, layout(20), headline)).split("\n\n")
    assert said == [
        _HEADLINE,
        "\n".join([*_LEFT, *_RIGHT]),
        "Bulletin de l’agence, numéro 12, quarantième année, page 3 sur 8",
    ]


def test_a_page_number_under_the_left_column_does_not_come_between_the_columns() -> None:
    said = text(both(column_by_column(20), lines("12", top=40, left=120)))
    assert said == "\n".join([*_LEFT, *_RIGHT]) + "\n\n12"


def test_columns_below_columns_are_read_from_top_to_bottom() -> None:
    parted = both(
        lines(*_LEFT, top=760),
        lines(*_RIGHT, left=240, top=760),
        lines(_HEADLINE, top=650, size=18),
        lines(*_LEFT, top=620),
        lines(*_RIGHT, left=240, top=620),
    )
    columns = "\n".join([*_LEFT, *_RIGHT])
    assert text(parted) == f"{columns}\n\n{_HEADLINE}\n\n{columns}"


def test_three_columns_are_read_one_after_the_other() -> None:
    third = [line.upper() for line in _LEFT]
    columns = (
        lines(*column, left=left)
        for column, left in zip((_LEFT, _RIGHT, third), (40, 210, 380), strict=True)
    )
    assert text(both(*columns)).split() == " ".join([*_LEFT, *_RIGHT, *third]).split()


def test_lines_stretched_to_the_margin_are_not_taken_for_columns() -> None:
    def stretched(canvas: Canvas) -> None:
        for number, words in enumerate(line.split() for line in _LEFT * 2):
            for place, word in enumerate(words):
                canvas.drawString(60 + 380 * place / len(words), 760 - 12 * number, word)

    assert text(stretched).split() == " ".join(_LEFT * 2).split()


def test_the_figures_of_a_table_are_read_row_by_row() -> None:
    rows = [("Riz", "12 000"), ("Café", "31 000"), ("Sucre", "4 500"), ("Thé", "900")]
    table = both(
        *(
            both(lines(name, top=700 - 14 * n), lines(figure, left=200, top=700 - 14 * n))
            for n, (name, figure) in enumerate(rows)
        )
    )
    assert text(table) == "Riz 12 000\nCafé 31 000\nSucre 4 500\nThé 900"


def test_a_hyphen_at_the_end_of_a_line_stays_as_it_stands() -> None:
    assert (
        text(lines("une délé-", "gation du vice-", "ministre"))
        == "une délé-\ngation du vice-\nministre"
    )


def test_a_soft_hyphen_at_the_end_of_a_line_is_a_hyphen_or_itself() -> None:
    said = text(lines("une délé\u00ad", "gation"))
    assert said in ("une délé-\ngation", "une délé\u00ad\ngation")


def test_paragraphs_are_parted_by_blank_lines_and_lines_by_line_breaks() -> None:
    said = text(
        both(
            lines("Un premier", "paragraphe.", "De trois lignes."),
            lines("Un autre", "paragraphe.", top=720),
        )
    )
    assert said == "Un premier\nparagraphe.\nDe trois lignes.\n\nUn autre\nparagraphe."


def test_a_page_lying_on_its_side_is_read_as_it_is_held() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.translate(595, 0)
        canvas.rotate(90)
        lines("Première ligne.", "Deuxième ligne.", top=500)(canvas)

    assert text(draw) == "Première ligne.\nDeuxième ligne."


def test_pictures_alone_need_text_recognition() -> None:
    with pytest.raises(Unreadable, match="it holds only pictures: run text recognition"):
        found(pdf(picture, picture))


def test_pages_that_are_only_pictures_are_noted_and_the_others_read() -> None:
    page = lines("Une page de texte.")
    said, problem = found(pdf(page, page, picture, page, page, page, picture))
    assert isinstance(said, Document)
    assert said.text.count("Une page") == 5
    assert problem == Problem("a.pdf", "pages 3 and 7 hold only pictures", "noted")


def test_one_page_that_is_only_a_picture_is_noted() -> None:
    assert found(pdf(picture, lines("Texte.")))[1] == Problem(
        "a.pdf", "page 1 holds only pictures", "noted"
    )


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Bulletin du Mékong", "Bulletin du Mékong"),
        ("Microsoft Word - bulletin.doc", ""),
        ("bulletin_final_2", ""),
        ("bulletin.indd", ""),
        ("untitled", ""),
        ("Sans titre 1", ""),
        ("Document1", ""),
        ("2024-01-28", ""),
        (" ", ""),
    ],
)
def test_a_title_that_only_names_the_file_is_no_title(title: str, kept: str) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle(title)
        lines("Texte.")(canvas)

    assert document(pdf(draw)).title == kept


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ("<FEFF00C00020D800>", "À \ufffd"),
        ("<FEFF00C0DC000062>", "À\ufffdb"),
        ("<FEFFD83DDE000061>", "\U0001f600a"),
        ("<FEFF00C000000062>", "À b"),
        ("(Le pont\\000)", "Le pont"),
        ("(pont.indd\\000)", ""),
    ],
)
def test_a_title_holds_nothing_that_cannot_be_stored(stored: str, kept: str) -> None:
    data = pdf(lines("Texte."))
    untitled = b"/Title (untitled)"
    assert untitled in data
    said = document(data.replace(untitled, f"/Title {stored}".encode()))
    assert (said.title, said.text) == (kept, "Texte.")


@pytest.mark.parametrize(
    "broken", ["PdfDocument.get_page", "PdfPage.get_textpage", "PdfTextPage.count_chars"]
)
def test_a_page_that_cannot_be_read_is_named_and_the_others_are_read(
    monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    owner = getattr(pypdfium2, broken.partition(".")[0])
    name = broken.partition(".")[2]
    ordinary = getattr(owner, name)
    calls = count(1)

    def breaks_at_the_second(self: object, *arguments: object) -> object:
        if next(calls) == 2:
            raise pypdfium2.PdfiumError("Failed to load.")
        return ordinary(self, *arguments)

    monkeypatch.setattr(owner, name, breaks_at_the_second)
    said, problem = found(pdf(lines("Un."), lines("Deux."), lines("Trois.")))
    assert isinstance(said, Document)
    assert said.text == "Un.\f\fTrois."
    assert problem == Problem("a.pdf", "page 2 is damaged and left out", "noted")


def test_the_day_the_file_was_made_is_not_the_day_of_publication() -> None:
    assert b"CreationDate" in _WHOLE
    assert document(_WHOLE).date is None


def test_a_password_is_asked_for_in_plain_words() -> None:
    data = pdf(lines("Secret."), encrypt=StandardEncryption("mot", ownerPassword="passe"))
    with pytest.raises(Unreadable, match="it is password-protected"):
        found(data)


def test_a_pdf_that_only_forbids_printing_is_read() -> None:
    encryption = StandardEncryption("", ownerPassword="passe", canPrint=0, canCopy=0)
    assert document(pdf(lines("Lisible."), encrypt=encryption)).text == "Lisible."


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.98])
def test_a_pdf_that_is_cut_off_is_not_taken_for_the_whole(part: float) -> None:
    with pytest.raises(Unreadable, match="the PDF is cut off: its end is missing"):
        found(_WHOLE[: int(len(_WHOLE) * part)])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"<html>404 Not Found</html>", "it is no PDF, whatever its name says"),
        (b"%PDF-1.7\n" + b"garbage\n" * 50 + b"%%EOF", "the PDF is damaged"),
    ],
)
def test_what_is_no_pdf_is_told_in_plain_words(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        found(data)


def attempt(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        said, *problems = found(data)
        assert isinstance(said, Document)
        assert all(isinstance(problem, Problem) for problem in problems)
        assert "\0" not in said.title + said.text
        (said.title + said.text).encode()  # fails for half a surrogate pair


@given(st.binary(max_size=300))
def test_random_bytes_are_unreadable_at_worst(data: bytes) -> None:
    attempt(data)
    attempt(b"%PDF-1.4\n" + data + b"\n%%EOF")


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_a_damaged_pdf_is_unreadable_at_worst(chance: random.Random) -> None:
    data = bytearray(_WHOLE)
    for _ in range(chance.randrange(1, 12)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    attempt(bytes(data))


def _pixels() -> object:
    from PIL import Image

    return Image.new("RGB", (8, 8), "grey")


_PIXELS = _pixels()
_WHOLE = pdf(column_by_column(20), lines("Deuxième page."), pageCompression=0)
