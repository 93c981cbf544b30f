"""Word and OpenDocument texts: what a reader sees in them, in its order; and hostile ones."""

import contextlib
import io
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odfdo import Document as OpenDocument
from odfdo import Element, Header, Paragraph, Table

from rag.formats.found import Found, Unreadable
from rag.formats.office import read_docx, read_odt
from rag.records import Document

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_STRICT = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
_RELATIONS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
 Target="word/document.xml"/></Relationships>"""


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def word(body: str, *, before: str = "", namespace: str = _W, **others: str) -> bytes:
    """Return a .docx made by hand, for what python-docx does not write."""
    document = f"{before}<w:document {namespace}><w:body>{body}</w:body></w:document>"
    notes = {f"word/{name}.xml": part for name, part in others.items()}
    return zipped({"_rels/.rels": _RELATIONS, "word/document.xml": document, **notes})


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def saved(document: "docx.document.Document") -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def odt(*elements: Element, title: str | None = None) -> bytes:
    document = OpenDocument("text")
    document.body.clear()
    for element in elements:
        document.body.append(element)
    if title:
        document.meta.title = title
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def found(data: bytes, read: Callable[[BinaryIO, str], Iterator[Found]] = read_docx) -> Document:
    (document,) = read(io.BytesIO(data), "a.docx")
    assert isinstance(document, Document)
    return document


def test_paragraphs_headings_and_tables_keep_their_order() -> None:
    document = docx.Document()
    document.add_heading("Le pont rouvre", 1)
    document.add_paragraph("THAKHEK, 7 novembre. — Le pont a rouvert.")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ["Année", "Camions", "2023", "2 800"], strict=True):
        cell.text = text
    document.add_paragraph("Le péage reste fixé.")
    assert found(saved(document)).text == (
        "Le pont rouvre\n\nTHAKHEK, 7 novembre. — Le pont a rouvert.\n\n"
        "Année | Camions\n2023 | 2 800\n\nLe péage reste fixé."
    )


def test_a_table_of_one_column_only_frames_its_paragraphs() -> None:
    document = docx.Document()
    cell = document.add_table(1, 1).cell(0, 0)
    cell.text = "Premier."
    cell.add_paragraph("Second.")
    assert found(saved(document)).text == "Premier.\n\nSecond."


def test_tabs_line_breaks_and_hyphens_of_word_are_those_of_the_text() -> None:
    runs = "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/></w:r>"
    tabs = '<w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>'
    assert found(word(f"<w:p>{tabs}{runs}</w:p>")).text == "a\tb\nc-"


def test_words_on_both_sides_of_an_absolute_tab_stay_apart() -> None:
    runs = '<w:r><w:t>Le Mékong</w:t><w:ptab w:alignment="right"/><w:t>Page 3</w:t></w:r>'
    assert found(word(f"<w:p>{runs}</w:p>")).text == "Le Mékong\tPage 3"


def test_tracked_insertions_are_read_and_deletions_and_comments_are_not() -> None:
    body = """<w:p><w:r><w:t xml:space="preserve">Le ministre </w:t></w:r>
        <w:del><w:r><w:delText>refuse</w:delText></w:r></w:del>
        <w:ins><w:r><w:t>accepte</w:t></w:r></w:ins>
        <w:r><w:commentReference w:id="0"/></w:r><w:r><w:t>.</w:t></w:r></w:p>"""
    comments = (
        f'<w:comments {_W}><w:comment w:id="0">{paragraph("À vérifier")}</w:comment></w:comments>'
    )
    assert found(word(body, comments=comments)).text == "Le ministre accepte."


def test_what_stands_in_controls_links_and_boxes_is_read_once() -> None:
    body = f"""<w:sdt><w:sdtContent>{paragraph("Contrôlé.")}</w:sdtContent></w:sdt>
        <w:p><w:hyperlink><w:r><w:t>Lié.</w:t></w:r></w:hyperlink>
        <w:r><alt><Choice><w:txbxContent>{paragraph("Encadré.")}</w:txbxContent></Choice>
        <Fallback><w:txbxContent>{paragraph("Encadré.")}</w:txbxContent></Fallback></alt></w:r></w:p>"""
    assert found(word(body)).text == "Contrôlé.\n\nLié.\n\nEncadré."


def test_a_footnote_is_read_after_its_paragraph() -> None:
    body = (
        '<w:p><w:r><w:t>Le pont</w:t><w:footnoteReference w:id="2"/><w:t> rouvre.</w:t></w:r></w:p>'
    )
    notes = f"""<w:footnotes {_W}><w:footnote w:id="0"><w:p/></w:footnote>
        <w:footnote w:id="2">{paragraph("Fermé en février.")}</w:footnote></w:footnotes>"""
    said = found(word(body + paragraph("Suite."), footnotes=notes)).text
    assert said == "Le pont rouvre.\n\nFermé en février.\n\nSuite."


def test_an_endnote_is_read_after_its_paragraph_and_not_mistaken_for_a_footnote() -> None:
    body = """<w:p><w:r><w:t>Le pont</w:t><w:endnoteReference w:id="2"/><w:t> rouvre.</w:t>
        <w:footnoteReference w:id="2"/></w:r></w:p>"""
    note = '<w:{0}s {1}><w:{0} w:id="2">{2}</w:{0}></w:{0}s>'
    notes = {
        "footnotes": note.format("footnote", _W, paragraph("Note de bas de page.")),
        "endnotes": note.format("endnote", _W, paragraph("Note de fin.")),
    }
    said = found(word(body + paragraph("Suite."), **notes)).text
    assert said == "Le pont rouvre.\n\nNote de fin.\n\nNote de bas de page.\n\nSuite."


def test_word_s_other_namespace_is_read_too() -> None:
    assert found(word(paragraph("Strict."), namespace=_STRICT)).text == "Strict."


@pytest.mark.parametrize(
    ("title", "kept"),
    [("Le pont rouvre", "Le pont rouvre"), ("Microsoft Word - pont.doc", ""), ("", "")],
)
def test_a_title_of_the_properties_is_kept_if_it_is_one(title: str, kept: str) -> None:
    document = docx.Document()
    document.add_paragraph("Texte.")
    document.core_properties.title = title
    assert found(saved(document)).title == kept
    assert found(odt(Paragraph("Texte."), title=title), read_odt).title == kept


def test_the_day_a_document_was_written_is_not_the_day_of_publication() -> None:
    document = docx.Document()
    document.add_paragraph("Texte.")
    assert document.core_properties.created
    assert found(saved(document)).date is None
    assert found(_ODT, read_odt).date is None


def test_open_document_is_read_in_its_order() -> None:
    table = Table("t", width=2, height=2)
    table.set_values([["Année", "Camions"], ["2023", "2800"]])
    data = odt(Header(1, "Le pont rouvre"), Paragraph("Premier."), table, Paragraph("Second."))
    assert found(data, read_odt).text == (
        "Le pont rouvre\n\nPremier.\n\nAnnée | Camions\n2023 | 2800\n\nSecond."
    )


def test_a_note_of_open_document_is_read_after_its_paragraph() -> None:
    noted = Paragraph("Le pont rouvre.")
    noted.insert_note(after="pont", note_id="n1", citation="1", body="Fermé en février.")
    said = found(odt(noted, Paragraph("Suite.")), read_odt).text
    assert said == "Le pont rouvre.\n\nFermé en février.\n\nSuite."


def test_blanks_of_open_document_are_those_it_means() -> None:
    body = """<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>
        <text:tracked-changes><text:p>Effacé.</text:p></text:tracked-changes>
        <text:p>Un   <text:span>mot</text:span><text:s text:c="2"/>et
        deux<text:line-break/>lignes<text:tab/>.</text:p></office:text></office:body>
        </office:document-content>"""
    assert found(zipped({"content.xml": body}), read_odt).text == "Un mot  et deux\nlignes\t."


@pytest.mark.parametrize("part", [0.2, 0.6, 0.99])
def test_a_document_that_is_cut_off_is_unreadable(part: float) -> None:
    for data, read in ((_DOCX, read_docx), (_ODT, read_odt)):
        with pytest.raises(Unreadable, match="the document is damaged or cut off"):
            found(data[: int(len(data) * part)], read)


def test_a_document_behind_a_password_says_so() -> None:
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
    with pytest.raises(Unreadable, match="it is password-protected"):
        found(ole + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    with pytest.raises(Unreadable, match=r"save it as \.docx"):
        found(ole)
    manifest = "<m><file-entry><encryption-data/></file-entry></m>"
    with pytest.raises(Unreadable, match="it is password-protected"):
        found(zipped({"META-INF/manifest.xml": manifest, "content.xml": b"\x8a\x01"}), read_odt)


def test_an_empty_document_and_one_of_pictures_are_told_apart() -> None:
    with pytest.raises(Unreadable, match="it has no text"):
        found(saved(docx.Document()))
    with pytest.raises(Unreadable, match="it holds only pictures"):
        found(
            zipped(
                {
                    "_rels/.rels": _RELATIONS,
                    "word/document.xml": f"<w:d {_W}/>",
                    "word/media/a.png": b"x",
                }
            )
        )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"<html></html>", "the document is damaged or cut off"),
        (zipped({"a.txt": "x"}), "the document is damaged or cut off"),
        (word("<w:p>"), "the document is damaged"),
    ],
)
def test_what_is_no_document_is_told_in_plain_words(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        found(data)


def test_no_other_file_is_read_through_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("mot de passe")
    before = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    body = paragraph("Avant &x; après.") + paragraph("Suite.")
    for data, read in (
        (word(body, before=before), read_docx),
        (zipped({"content.xml": f"{before}<d><p>Avant &x; après.</p><p>Suite.</p></d>"}), read_odt),
    ):
        said = found(data, read).text
        assert "mot de passe" not in said
        assert "Suite." in said


def test_entities_that_multiply_are_not_followed() -> None:
    steps = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    before = f'<!DOCTYPE d [<!ENTITY e0 "ha">{steps}]>'
    with pytest.raises(Unreadable, match="the document is damaged"):
        found(word(paragraph("a &e9;"), before=before))


def test_a_footnote_that_cites_itself_is_read_once() -> None:
    cited = '<w:p><w:r><w:t>{}</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
    notes = (
        f'<w:footnotes {_W}><w:footnote w:id="2">{cited.format("Note.")}</w:footnote></w:footnotes>'
    )
    assert found(word(cited.format("Texte."), footnotes=notes)).text == "Texte.\n\nNote."


def test_a_part_that_unpacks_too_far_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Unreadable, match="its text unpacks to more than 40 MB"):
        found(word(paragraph(" " * 41_000_000)))


def test_large_pictures_do_not_keep_the_text_from_being_read() -> None:
    document = f"<w:document {_W}><w:body>{paragraph('Texte.')}</w:body></w:document>"
    pictures = {f"word/media/{n}.bmp": bytes(35_000_000) for n in range(6)}
    data = zipped({"_rels/.rels": _RELATIONS, "word/document.xml": document, **pictures})
    assert found(data).text == "Texte."


def test_a_size_declared_too_small_deceives_nobody() -> None:
    data = word(paragraph("x" * 100_000))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("word/document.xml").file_size
    with pytest.raises(Unreadable, match="damaged"):
        found(data.replace(size.to_bytes(4, "little"), (90_000).to_bytes(4, "little")))


def test_elements_deep_within_each_other_are_unreadable_at_worst() -> None:
    attempt(word("<w:sdt>" * 5000 + paragraph("x") + "</w:sdt>" * 5000), read_docx)
    attempt(word("<w:sdt>" * 240 + paragraph("x") + "</w:sdt>" * 240), read_docx)
    nested = "<w:tbl><w:tr><w:tc>" * 80 + paragraph("x") + "</w:tc></w:tr></w:tbl>" * 80
    assert found(word(nested)).text == "x"


def attempt(data: bytes, read: Callable[[BinaryIO, str], Iterator[Found]]) -> None:
    with contextlib.suppress(Unreadable):
        found(data, read)


@given(st.binary(max_size=300))
def test_random_bytes_are_unreadable_at_worst(data: bytes) -> None:
    attempt(data, read_docx)
    attempt(
        zipped({"_rels/.rels": data, "word/document.xml": data, "content.xml": data}), read_docx
    )
    attempt(zipped({"content.xml": data, "meta.xml": data}), read_odt)


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_a_damaged_document_is_unreadable_at_worst(chance: random.Random) -> None:
    for whole, read in ((_DOCX, read_docx), (_STORED, read_docx), (_ODT, read_odt)):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        attempt(bytes(data), read)


def _stored(data: bytes) -> bytes:
    """Return the same parts not compressed, so that damage reaches the XML."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(file, "w") as archive:
        for name in packed.namelist():
            archive.writestr(name, packed.read(name))
    return file.getvalue()


_DOCX = word(paragraph("Premier.") + paragraph("Second."))
_STORED = _stored(_DOCX)
_ODT = odt(Header(1, "Titre"), Paragraph("Premier."), Paragraph("Second."))
