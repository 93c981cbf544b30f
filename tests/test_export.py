"""Conversations as files, and answers to paste: all is there, and nothing of it acts."""

import datetime
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.records import (
    Answer,
    Citation,
    Document,
    Passage,
    Quote,
    ScoredPassage,
    Statement,
    Told,
)
from rag.retrieve import Filters
from ui.exchanges import Exchange
from ui.export import as_docx, copied, file_name, legible, markdown, markdown_escaped
from ui.words import LANGUAGES, Language, Words

_TEXT = "Titre\n\nLe pont est ouvert. Il mesure 300 mètres.\nIl a coûté cher."
_REPORT = Document(
    "pont.pdf", _TEXT, title="Titre", date="2024-01", place="Kampot", agency="Agence X"
)
_PASSAGE = Passage("pont.pdf", 7, _TEXT[7:], title="Le pont", date="2024-01", language="fr", page=3)
_QUOTE = Quote("pont.pdf", _TEXT.index("Il mesure"), "Il mesure 300 mètres.")
_ON = datetime.date(2026, 11, 28)


def answered(text: str = "Il mesure 300 mètres.", title: str = "Le pont") -> Exchange:
    passage = replace(_PASSAGE, title=title)
    answer = Answer(
        question="Quelle longueur ?",
        language="fr",
        statements=(Statement(text, (1,), "verbatim"),),
        citations=(Citation(1, passage, _QUOTE),),
        remarks=("Le rapport est ancien.",),
        reprints={"pont.pdf": ["pont.pdf", "copie.txt"]},
    )
    return Exchange(1, answer, {"pont.pdf": _REPORT})


def refused() -> Exchange:
    near = ScoredPassage(_PASSAGE, 0.5, 0.5)
    answer = Answer(
        question="Qui est maire ?",
        language="fr",
        refused=True,
        reason="L’archive ne dit rien du maire.",
        passages=(near,),
    )
    return Exchange(2, answer, {"pont.pdf": _REPORT})


def exported(*exchanges: Exchange, name: str = "Le pont", language: Language = "fr") -> str:
    archive = "32 dépêches, 2020–2025"
    return markdown(Words(language), name, exchanges, archive=archive, on=_ON)


def paragraphs(*exchanges: Exchange, name: str = "Le pont") -> list[Any]:
    """Return the paragraphs of the DOCX, as python-docx reads it."""
    data = as_docx(Words("fr"), name, exchanges, archive="32 dépêches", on=_ON)
    return list(docx.Document(io.BytesIO(data)).paragraphs)


# --- what is there ---------------------------------------------------------------------------


def test_a_copied_answer_brings_its_references() -> None:
    assert copied(Words("fr"), answered()) == (
        "Quelle longueur ?\n\n"
        "Il mesure 300 mètres. [1] (mot pour mot)\n\n"
        "À noter\xa0: Le rapport est ancien.\n\n"
        "Sources\n\n"
        "[1] Le pont\n\n"
        "«\xa0Il mesure 300 mètres.\xa0»\n\n"
        "janvier 2024 (jour non précisé), Kampot, Agence X, pont.pdf, p. 3, "
        "caractères 27 à 48\n\n"
        "1 autre dépêche dit la même nouvelle\xa0: copie.txt"
    )


def test_a_copied_refusal_says_so_and_names_the_nearest_reports() -> None:
    said = copied(Words("en"), refused())
    assert "No answer in the archive\n\nL’archive ne dit rien du maire." in said
    assert "The nearest reports\n\nLe pont\n\nJanuary 2024 (day not stated), Kampot" in said
    assert "[1]" not in said


def test_a_conversation_in_markdown_has_its_name_its_date_and_a_heading_a_question() -> None:
    text = exported(answered(), refused())
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "# Le pont",
        "## Quelle longueur ?",
        "### Sources",
        "## Qui est maire ?",
        "### Les dépêches les plus proches",
    ]
    assert "Exporté de Sourcier le 28 novembre 2026. Archive\xa0: 32 dépêches, 2020–2025." in text
    assert "Il mesure 300 mètres. \\[1\\] (*mot pour mot*)" in text
    assert "\n> «\xa0Il mesure 300 mètres.\xa0»\n" in text


def test_reports_that_differ_are_exported_with_their_dates() -> None:
    passage = replace(_PASSAGE, title="L’autre pont", date="2023-05-02", source="autre.txt")
    told = Told("200 mètres", passage, Quote("autre.txt", 7, "Il mesure 200 mètres."))
    one = answered()
    text = exported(replace(one, answer=replace(one.answer, differing=(told,))))
    assert "### Les dépêches diffèrent\n\n**200 mètres**\n\n> «\xa0Il mesure 200 mètres." in text
    assert "L’autre pont, 2 mai 2023, autre.txt" in text


def test_what_limits_an_answer_is_exported_with_it() -> None:
    limited = replace(answered(), filters=Filters(since="2024"), stopped=True)
    text = exported(limited)
    assert "Filtré\xa0: depuis 2024" in text
    assert "Réponse interrompue." in text


def test_a_long_question_is_whole_below_a_short_heading() -> None:
    question = "Quelle est la longueur du pont ? " * 20
    one = answered()
    text = exported(replace(one, answer=replace(one.answer, question=question)))
    (heading,) = (line for line in text.splitlines() if line.startswith("## "))
    assert len(heading) < 130
    assert heading.endswith("…")
    assert question.strip() in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_the_words(language: Language) -> None:
    words = Words(language)
    assert copied(words, answered())
    assert exported(answered(), refused(), language=language)


def test_a_docx_has_real_headings_block_quotes_and_the_language_of_each_text() -> None:
    found = paragraphs(answered(), refused())
    styles = [(p.style.name, p.text) for p in found if p.style.name != "Normal"]
    assert styles == [
        ("Heading 1", "Le pont"),
        ("Heading 2", "Quelle longueur ?"),
        ("Heading 3", "Sources"),
        ("Quote", "«\xa0Il mesure 300 mètres.\xa0»"),
        ("Heading 2", "Qui est maire ?"),
        ("Heading 3", "Les dépêches les plus proches"),
    ]
    (quote,) = (p for p in found if p.style.name == "Quote")
    assert [each.get(qn("w:val")) for each in quote._p.iter(qn("w:lang"))] == ["fr-FR"]


def test_a_docx_is_in_the_language_of_the_page_and_ours() -> None:
    data = as_docx(Words("vi"), "x" * 300, [], archive="", on=_ON)
    document = docx.Document(io.BytesIO(data))
    spoken = {each.get(qn("w:val")) for each in document.styles.element.iter(qn("w:lang"))}
    assert spoken == {"vi-VN"}
    assert document.core_properties.author == "Sourcier"
    assert document.core_properties.title == "x" * 255
    assert document.core_properties.created.date() == _ON


def test_text_that_runs_from_right_to_left_begins_at_the_right_in_a_docx() -> None:
    found = paragraphs(answered("طول الجسر 300 متر."))
    leftward = [
        p.text for p in found if p._p.pPr is not None and p._p.pPr.find(qn("w:bidi")) is not None
    ]
    assert leftward == ["طول الجسر 300 متر. [1] (mot pour mot)"]


# --- text stays text -------------------------------------------------------------------------

HOSTILE = [
    "# titre",
    "titre #",
    "[a](http://exemple.fr)",
    "![a](http://exemple.fr/a.png)",
    "[a]: http://exemple.fr",
    "<script>alert(1)</script>",
    "<http://exemple.fr> &lt;b&gt; &#42;",
    "*a* **b** _c_ __d__ ~~e~~ `f` ``g``",
    "    quatre espaces",
    "\tun tabulateur",
    "- a\n- b\n\n1. c\n2) d\n+ e\n* f",
    "a\n===\nb\n---\n***\n___",
    "```\ncode\n```\n~~~\ncode",
    "| a | b |\n|---|---|\n| c | d |",
    "a\n:--\nb",
    "> citation\n\n\ntexte \\\n\\",
    "\\# \\\\ a\\",
    "$$x$$ [^1] @moi :smile: #12",
    "a  \nb\r\nc\rd\x0be\x0cf\x85g\u2028h\u2029i",
    "\u202eabc \u2066 אבג",
    "a\x00b\x1bc\ufffe\ud800",
    "\u3000a\u3000",
    "***",
    "",
]
hostile = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
    st.text(alphabet="#*_`~<>[]()!\\|-+=.:&;1 \t\nabé\"'{}$@^/w", max_size=40),
)


def rendered(text: str) -> tuple[list[tuple[str, str]], set[str]]:
    """Return the blocks that a reader sees, by tag, and the kinds of every token."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = reader.parse(text)
    blocks, tag = [], ""
    for token in tokens:
        if token.type.endswith("_open"):
            tag = token.tag
        if token.type == "inline":
            blocks.append((tag, "".join(_shown(token.children or []))))
    return blocks, {each.type for each in _all(tokens)}


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def _shown(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        yield "\n" if token.type in ("hardbreak", "softbreak") else token.content


INNOCENT = {
    f"{name}_{end}"
    for name in ("paragraph", "heading", "blockquote", "strong", "em")
    for end in ("open", "close")
} | {"inline", "text", "hardbreak"}


@given(hostile)
@settings(max_examples=400)
def test_markdown_shows_exactly_the_line(text: str) -> None:
    (line, *_) = legible(text).split("\n")
    blocks, kinds = rendered(f"{markdown_escaped(line)}\n")
    assert [shown for _, shown in blocks] == ([line] if line else [])
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text"}


@given(hostile, hostile, hostile, hostile)
@example(*["<b>[a](http://x)</b>"] * 4)
def test_a_conversation_in_markdown_holds_no_markup_but_ours(
    question: str, sentence: str, title: str, remark: str
) -> None:
    blocks, kinds = rendered(exported(hostile_exchange(question, sentence, title, remark)))
    shown = [said for _, said in blocks]
    assert kinds <= INNOCENT
    assert f"{legible(sentence)} [1] (mot pour mot)" in [one.lstrip() for one in shown] or not (
        legible(sentence)
    )
    assert f"À noter\xa0: {legible(remark)}".strip() in [one.strip() for one in shown]
    assert f"«\xa0{legible(sentence)}\xa0»" in shown
    assert f"[1] {' '.join(legible(title or '.txt').split(chr(10)))}" in shown or not title.strip()
    assert [tag for tag, _ in blocks if tag.startswith("h")] == ["h1", "h2", "h3"]


@given(hostile, hostile, hostile, hostile)
@settings(max_examples=40)
@example(*["a\x00b\x1b\ufffe\ud800\x0c"] * 4)
def test_a_docx_opens_again_with_every_sentence(
    question: str, sentence: str, title: str, remark: str
) -> None:
    exchange = hostile_exchange(question, sentence, title, remark)
    found = [paragraph.text for paragraph in paragraphs(exchange, name=question)]
    assert any(one.startswith(legible(sentence)) and "[1]" in one for one in found)
    assert f"«\xa0{legible(sentence)}\xa0»" in found
    assert f"À noter\xa0: {legible(remark)}" in found


def hostile_exchange(question: str, sentence: str, title: str, remark: str) -> Exchange:
    passage = replace(_PASSAGE, title=title, source=f"{title}.txt")
    answer = Answer(
        question=question,
        language="fr",
        statements=(Statement(sentence, (1,), "verbatim"),),
        citations=(Citation(1, passage, Quote(passage.source, 7, sentence)),),
        remarks=(remark,),
    )
    return Exchange(1, answer)


@given(hostile, hostile)
def test_a_copied_answer_holds_no_control_characters(sentence: str, title: str) -> None:
    said = copied(Words("fr"), hostile_exchange("?", sentence, title, ""))
    assert re.fullmatch(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]*", said)


# --- names of files --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Qui préside l’ASEAN en 2024 ?", "Qui préside l’ASEAN en 2024.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ("con", "Conversation con.md"),
        ("COM1", "Conversation COM1.md"),
        ("  ...  ", "Conversation.md"),
        ("", "Conversation.md"),
        ("-rf", "rf.md"),
        ("a\x00b\nc", "a b c.md"),
        ("🙂", "Conversation.md"),
        ("Ai là chủ tịch ASEAN?", "Ai là chủ tịch ASEAN.md"),
    ],
)
def test_a_conversation_names_its_file(name: str, file: str) -> None:
    assert file_name(Words("fr"), name, ".md") == file


@given(st.text(max_size=200))
@example("\U00020000" * 200)
def test_every_system_takes_the_name(name: str) -> None:
    file = file_name(Words("fr"), name, ".docx")
    assert len(file) <= 80
    assert len(file.encode()) <= 255
    assert file.endswith(".docx")
    assert file[0] not in " .-"
    assert len(file) > len(".docx")
    assert not set(file) & set('/\\:*?"<>|\0\n')
