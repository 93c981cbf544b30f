"""Saved web pages: the report without its surroundings, and only what the page states about it."""

import contextlib
import io
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.formats.found import Unreadable
from rag.formats.web import read_web
from rag.records import Document, Problem

PAGES = Path(__file__).parent / "data" / "web"
_BODY = """<article><h1>Le marché flottant rouvre</h1>
<p>Le marché flottant de Cái Răng a rouvert samedi après trois semaines d’arrêt dû aux crues du
fleuve, a annoncé la mairie de Cần Thơ. Deux cents bateaux y étaient attendus.</p>
<p>« Nous avons perdu la moitié de la saison », a dit une vendeuse d’ananas, qui espère que les
visiteurs reviendront avant les fêtes du Nouvel An.</p></article>"""
_LATIN = _BODY.replace("Cái Răng", "Sadec").replace("Cần Thơ", "Sadec")


def page(head: str = "", body: str = _BODY) -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def found(data: bytes) -> Document:
    document, *notes = read_web(io.BytesIO(data), "a.html")
    assert isinstance(document, Document)
    assert {type(note) for note in notes} <= {Problem}
    return document


def noted(data: bytes) -> list[str]:
    problems = [one for one in read_web(io.BytesIO(data), "a.html") if isinstance(one, Problem)]
    assert {one.grade for one in problems} <= {"noted"}
    return [one.reason for one in problems]


def saved(name: str) -> Document:
    return found((PAGES / name).read_bytes())


def test_the_text_of_a_saved_page_is_its_report() -> None:
    said = saved("saved_page.html").text
    for part in ("Le pont de Thakhek rouvre", "La circulation a repris lundi", "Un péage maintenu"):
        assert part in said
    assert "Mme Keo Soulivong, qui tient un étal" in said
    assert said.endswith("n’exclut pas pour l’année prochaine.")


@pytest.mark.parametrize(
    "around",
    [
        "Politique",
        "S’abonner",
        "cookies",
        "accepter",
        "Partager",
        "Envoyer",
        "À lire aussi",
        "riz manque",
        "Enfin",
        "péage, on en parle",
        "Tous droits",
        "Mentions",
    ],
)
def test_menus_notices_links_and_comments_are_left_out(around: str) -> None:
    assert around in (PAGES / "saved_page.html").read_text(encoding="utf-8")
    assert around not in saved("saved_page.html").text


def test_paragraphs_are_parted_by_blank_lines() -> None:
    paragraphs = saved("json_ld.html").text.split("\n\n")
    assert [paragraph.split()[0] for paragraph in paragraphs] == ["PAKSÉ,", "Les", "La"]


def test_what_the_page_states_about_itself_is_kept() -> None:
    document = saved("saved_page.html")
    assert document.title == "Le pont de Thakhek rouvre après neuf mois de travaux"
    assert (document.date, document.date_from) == ("2023-11-07", "metadata")
    assert document.agency == "Le Fil du Mékong"
    assert document.url == "https://fil-du-mekong.example/2023/11/07/pont-thakhek"


def test_what_it_states_in_json_is_kept() -> None:
    document = saved("json_ld.html")
    assert document.title == "Récolte de café record sur le plateau des Bolovens"
    assert (document.date, document.agency) == ("2022-03-14", "Agence Rivages")


def test_no_date_is_guessed_from_addresses_copyrights_or_the_text() -> None:
    document = saved("no_date.html")
    assert (document.date, document.date_from) == (None, None)


_POSTED = '<meta property="article:published_time" content="{}">'
_JSON = '<script type="application/ld+json">{}</script>'


@pytest.mark.parametrize(
    ("stated", "day"),
    [
        (_POSTED.format("2023-11-07T23:30:00Z"), "2023-11-07"),
        (_POSTED.format("2023-11-07"), "2023-11-07"),
        (_POSTED.format("2023-11-07 08:15"), "2023-11-07"),
        (_POSTED.format("20231107"), "2023-11-07"),
        (_POSTED.format("2023/11/07"), "2023-11-07"),
        (_POSTED.format("Tue, 07 Nov 2023 08:15:00 GMT"), "2023-11-07"),
        ('<meta name="DC.date.issued" content="2023-11-07">', "2023-11-07"),
        ('<meta itemprop="datePublished" content="2023-11-07">', "2023-11-07"),
        ('<time pubdate datetime="2023-11-07">hier</time>', "2023-11-07"),
        ('<time itemprop="datePublished" datetime="2023-11-07T08:15">hier</time>', "2023-11-07"),
        (_JSON.format('[{"@type": ["NewsArticle"], "datePublished": "2023-11-07"}]'), "2023-11-07"),
        (_JSON.format('{"@type": "Organization", "datePublished": "2023-11-07"}'), None),
        (_JSON.format('{"@type": "NewsArticle", "dateModified": "2023-11-07"}'), None),
        (_JSON.format('{"@type": "NewsArticle", "datePublished": '), None),
        ('<meta property="article:modified_time" content="2023-11-07">', None),
        ('<time datetime="2023-11-07">7 novembre</time>', None),
        (_POSTED.format("2023"), None),
        (_POSTED.format("2023-13-45"), None),
        (_POSTED.format("hier soir"), None),
        (_POSTED.format("1699344900"), None),
        (_POSTED.format("2023-11-07") + _POSTED.format("2021-02-03"), None),
        (_POSTED.format("2023-11-07") + _POSTED.format("2023-11-07T09:00"), "2023-11-07"),
        ("<footer>© 2023-11-07 Tous droits réservés</footer>", None),
    ],
)
def test_a_date_counts_where_the_page_states_it_and_once(stated: str, day: str | None) -> None:
    assert found(page(stated)).date == day


def test_the_name_of_the_site_is_no_part_of_the_title() -> None:
    head = '<title>Le marché rouvre | Le Fil</title><meta property="og:site_name" content="Le Fil">'
    body = _BODY.replace("h1", "h2")
    assert found(page(head, body)).title == "Le marché rouvre"


def test_the_address_a_browser_wrote_into_the_page_is_its_address() -> None:
    mark = b"<!DOCTYPE html>\n<!-- saved from url=(0031)https://fil.example/marche/123 -->\n"
    assert found(mark + page()).url == "https://fil.example/marche/123"


@pytest.mark.parametrize(
    ("body", "declared", "encoding"),
    [
        (_BODY, '<meta charset="utf-8">', "utf-8"),
        (_BODY, "", "utf-8"),
        (_BODY, "", "utf-8-sig"),
        (_BODY, "", "utf-16"),
        (_BODY, '<meta charset="iso-8859-1">', "utf-8"),
        (_LATIN, '<meta charset="iso-8859-1">', "cp1252"),
        (
            _LATIN,
            '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">',
            "cp1252",
        ),
        (_LATIN, '<meta charset="utf-8">', "cp1252"),
        (_LATIN, '<meta charset="x-no-such-thing">', "cp1252"),
        (_LATIN, '<meta charset="punycode">', "cp1252"),
        (_LATIN, "", "cp1252"),
        (_LATIN, '<meta charset="macintosh">', "mac-roman"),
    ],
)
def test_letters_come_out_right_whatever_encoding_is_declared(
    body: str, declared: str, encoding: str
) -> None:
    html = page(declared, body).decode().encode(encoding)
    said = found(html).text
    assert "« Nous avons perdu la moitié de la saison »" in said
    assert "l’" not in body or "a annoncé la mairie" in said
    assert noted(html) == []


def test_one_broken_letter_spoils_no_other() -> None:
    data = page("<meta charset='utf-8'>").replace(b"crues", b"cr\xc3es")
    assert "« Nous avons perdu la moitié de la saison »" in found(data).text
    assert noted(data) == ["1 of 5 lines is not UTF-8 and was read as Windows-1252"]


@pytest.mark.parametrize("declared", ["utf-8", "windows-1252", ""])
@pytest.mark.parametrize("paragraphs", [1, 7])
def test_paragraphs_in_another_encoding_are_read_in_theirs_and_counted(
    paragraphs: int, declared: str
) -> None:
    said = [f"<p>L’année {n} à Huế dépasse « les prévisions ».</p>" for n in range(8 - paragraphs)]
    other = ["<p>L’année suivante dépasse « les prévisions ».</p>"] * paragraphs
    whole = page(f'<meta charset="{declared}">', "\n<article>\n{}\n</article>\n").split(b"{}")
    lines = [line.encode() for line in said] + [line.encode("cp1252") for line in other]
    data = b"\n".join(lines).join(whole)
    text = found(data).text
    assert text.count("« les prévisions »") == text.count("L’année") == 8
    (note,) = noted(data)
    assert note.startswith(f"{paragraphs} of 12 lines")


def test_xhtml_with_its_declaration_is_read() -> None:
    declared = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    html = page().replace(b"<html>", b'<html xmlns="http://www.w3.org/1999/xhtml">')
    assert "Cái Răng" in found(declared + html).text


def test_a_report_within_a_frame_named_after_its_cookie_notice_is_read() -> None:
    assert "Cái Răng" in found(page("", f'<div class="has-cookie-notice">{_BODY}</div>')).text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        ((PAGES / "menu_only.html").read_bytes(), "the page has no text of its own"),
        (page("", ""), "the page has no text of its own"),
    ],
)
def test_a_page_without_a_report_is_unreadable(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        found(data)


def test_two_pages_alike_are_both_read() -> None:
    assert found(page()) == found(page()) == found(page())


def attempt(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert found(data).text.strip()


@given(st.binary(max_size=400))
@example(b"<")
@example(b"\0" * 300)
@example(b"<html><div>" * 3000)
def test_random_bytes_are_unreadable_at_worst(data: bytes) -> None:
    attempt(data)
    attempt(b"<html><body><p>" + data)


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_a_damaged_page_is_unreadable_at_worst(chance: random.Random) -> None:
    data = bytearray((PAGES / "saved_page.html").read_bytes())
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(40)] = chance.randbytes(chance.randrange(4))
    attempt(bytes(data))
