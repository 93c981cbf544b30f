"""What the library says, as HTML, in each language of the page."""

import ast
import re
from html import unescape
from pathlib import Path

import pytest

import rag
from rag.errors import IndexBusy, NotStored, RagError
from rag.library import Removal, Upload
from rag.metadata import Entry
from rag.records import Problem
from ui.library_html import (
    MOST_FAILURES,
    MOST_NAMED,
    confirmation,
    failures_block,
    language_name,
    progress_block,
    reports_block,
    said_block,
    summary_line,
)
from ui.reasons import reason_line, trouble_line
from ui.words import LANGUAGES, Language, Words

HOSTILE = "<script>x</script>\"'{{y}}${z}"
FR, EN, VI = map(Words, LANGUAGES)


def entry(source: str = "a.txt", title: str = "Un titre", **known: object) -> Entry:
    told = {
        "date": "2024-03-01",
        "date_from": None,
        "place": None,
        "agency": None,
        "language": "fr",
        "url": None,
        "passages": 3,
        "teasers": (),
        "origin": None,
        **known,
    }
    return Entry(source, title, **told)  # type: ignore[arg-type]


def text(html: str) -> str:
    """Return what a reader sees of it, on one line, with ordinary spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " ").split())


def test_a_report_is_a_row_with_what_is_known_of_it() -> None:
    drawn = reports_block(
        FR, [(entry(), True), (entry("b.txt", "", date=None), False)], removable=True
    )
    assert re.findall(r"<th scope=\"(\w+)\"", drawn) == ["col"] * 7 + ["row"] * 2
    assert "Un titre 1er mars 2024 dépêche, ajoutée ici français 3 a.txt Retirer" in text(drawn)
    assert "sans titre date inconnue dépêche français 3 b.txt Retirer" in text(drawn)
    assert 'aria-label="Retirer «\u00a0Un titre\u00a0»"' in drawn
    assert "button" not in reports_block(FR, [(entry(), False)], removable=False)


def test_what_stands_beside_a_report_is_named_and_the_rest_is_counted() -> None:
    places = tuple(f"c{n}.txt" for n in range(MOST_NAMED + 2))
    drawn = text(
        reports_block(EN, [(entry(teasers=("T1",), copies=places), False)], removable=False)
    )
    assert "announces 1 other report: T1" in drawn
    assert "Also in: c0.txt · c1.txt · c2.txt · c3.txt · c4.txt and 2 more" in drawn


def test_nothing_of_an_archive_or_of_a_user_is_html_or_a_template() -> None:
    uploads = [Upload(HOSTILE, "refused", problems=(Problem(HOSTILE, HOSTILE),), kept_as=HOSTILE)]
    removal = Removal(HOSTILE, (HOSTILE,), (HOSTILE,), (HOSTILE,), (HOSTILE,))
    named = entry(HOSTILE, HOSTILE, teasers=(HOSTILE,), copies=(HOSTILE,), language=HOSTILE)
    for drawn in (
        reports_block(FR, [(named, True)], removable=True),
        failures_block(FR, [Problem(HOSTILE, HOSTILE)]),
        progress_block(FR, uploads, 0.5),
        confirmation(FR, HOSTILE, removal),
        said_block(HOSTILE),
    ):
        assert HOSTILE in unescape(drawn)
        assert not re.search(r"<script|\{\{|\$\{", drawn)


def test_it_is_said_which_reports_are_shown_of_how_many() -> None:
    found = [entry(f"{n}.txt") for n in range(1234)]
    assert text(summary_line(FR, found[:2], 0, 2)) == "2 dépêches · 6 passages"
    assert text(summary_line(EN, found, 50, 50)) == "Reports 51 to 100 of 1,234"
    assert "Aucune dépêche ne correspond" in reports_block(FR, [], removable=True)


def test_failures_are_counted_and_the_first_are_listed_with_their_reasons() -> None:
    failures = [Problem(f"{n}.pdf", "the PDF is damaged") for n in range(MOST_FAILURES + 3)]
    drawn = failures_block(FR, failures)
    assert drawn.count("le PDF est abîmé") == MOST_FAILURES
    assert "103 fichiers ou parties de fichiers n’ont pas pu être lus" in text(drawn)
    assert text(drawn).endswith("et 3 autres")
    assert failures_block(FR, []) == ""


def test_what_became_of_each_file_is_said_by_word_and_by_sign() -> None:
    uploads = [
        Upload("a.txt", "added", kept_as="a (2).txt", reports=2, passages=5, like=("b.txt",)),
        Upload("b.csv", "added", reports=1, problems=(Problem("b.csv:3", "the file is empty"),)),
        Upload("c.txt", "known", like=("a.txt",)),
        Upload("d.exe", "refused", problems=(Problem("d.exe", "no reader for .exe"),)),
        Upload("e.txt", "reading"),
        Upload("f.txt", "waiting"),
    ]
    drawn = progress_block(EN, uploads, 0.25)
    lines = [text(line) for line in re.findall(r"<li.*?</li>", drawn)]
    assert lines == [
        "a.txt ✓ added 2 reports · 5 passages This name was taken: kept as “a (2).txt”. "
        "The archive already said the same in “b.txt”.",
        "b.csv ✓ added 1 report · 0 passages 3 – the file is empty",
        "c.txt = already there This file is already in the archive, as “a.txt”.",
        "d.exe ✕ refused no reader for .exe",
        "e.txt ▸ being read",
        "f.txt … waiting",
    ]
    assert '<progress max="100" value="25"' in drawn
    assert "<progress" not in progress_block(EN, uploads, None)


def test_before_a_report_is_removed_it_is_said_what_becomes_of_its_files() -> None:
    added = text(confirmation(FR, "T", Removal("t/1", ("t/1", "t/2"), ("t",), ("c.txt",))))
    assert "« t », ajouté depuis cette page, sera supprimé" in added
    assert "contient 2 dépêches : toutes seront retirées" in added
    assert "aussi dans « c.txt », où elle reste" in added
    of_a_folder = text(confirmation(FR, "T", Removal("a", ("a",), kept=("a",))))
    assert "« a » reste sur le disque" in of_a_folder
    assert "supprimé" not in of_a_folder


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "plus de 64 Mo"), ("en", "larger than 64 MB"), ("vi", "lớn hơn 64 MB")],
)
def test_a_reason_is_said_in_the_language_of_the_page(language: Language, said: str) -> None:
    assert reason_line(Words(language), "larger than 64 MB") == said


def test_a_reason_that_has_no_words_is_quoted() -> None:
    assert text(reason_line(FR, "odd {thing}")) == "le lecteur dit : odd {thing}"


def test_the_reasons_of_the_readers_have_words() -> None:
    """Those that are whole sentences; what is put together is quoted where it has no row."""
    said = set(_reasons())
    assert len(said) > 25
    unknown = {one for one in said if reason_line(FR, one).startswith("le lecteur dit")}
    assert unknown == QUOTED
    assert reason_line(EN, "pages 3, 4 and 7 are damaged and left out").startswith("pages 3, 4 and")
    assert reason_line(FR, "page 3 holds only pictures") == "la page 3 ne contient que des images"


def _reasons() -> list[str]:
    """Return what is given to `Unreadable`, and to `Problem` as a reason, if that is a string."""
    found = []
    for path in Path(rag.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                at = {"Unreadable": 0, "Problem": 1}.get(node.func.id)
                if at is not None and len(node.args) > at:
                    found += _strings(node.args[at])
    return found


def _strings(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str(said)):
            return [said]
        case ast.IfExp(body=one, orelse=other):
            return [*_strings(one), *_strings(other)]
        case ast.JoinedStr(values=parts):
            return ["".join(p.value if isinstance(p, ast.Constant) else "7" for p in parts)]  # type: ignore[misc]
    return []


QUOTED = {
    "7 more: 7",
    "7, its attachments are read",
    "7 damaged and left out",
    "7 only pictures",
}
"""Put together of other reasons, or of the numbers of pages, which have rows of their own."""


def test_errors_say_what_to_do_in_the_language_of_the_page() -> None:
    assert "Une autre indexation est en cours" in trouble_line(FR, IndexBusy("x"))
    assert "đĩa" in trouble_line(VI, NotStored("x", "full"))
    assert trouble_line(FR, RagError("odd")) == "odd"


def test_a_language_is_named_in_the_language_of_the_page() -> None:
    assert [language_name(words, "km") for words in (FR, EN)] == ["khmer", "Khmer"]
    assert language_name(FR, "xx") == "xx"
