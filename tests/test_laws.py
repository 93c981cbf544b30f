"""Laws 1 to 3 of the design; the machine looks for a report that breaks one.

1. Labelling never changes a text, and the labels tile it.
2. Passages tile their document, and the store gives it back whole.
3. A quote is a slice of its document, and a statement is its quote but for white space.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from rag.answer import Assistant
from rag.clean import labelled
from rag.metadata import Written
from rag.records import SEARCHED, Document, Passage, Span
from rag.split import LONGEST, split
from rag.store import Store
from rag.words import language_of

if TYPE_CHECKING:
    from tests.conftest import CloseEmbeddings
    from tests.test_answer import BRIDGE, DAM, RICE
else:
    from conftest import CloseEmbeddings
    from test_answer import BRIDGE, DAM, RICE

# --- texts that look like what is found in an archive ------------------------------------------

_HEADERS = [
    "",
    "\n \t",
    " date 2024-01 ",
    "date 2023-05-03\n",
    "---\ntitle: Un pont\ndate: 2021\n---\n",
]
_HEADLINES = [
    "",
    "Un pont pour Kralanh\n\n",
    "# Récolte de riz\n\n",
    "Laos – Vietnam\n3 mai 2020\n",
]
_CAPTIONS = ["", "La foule avant la fête. Photo : DR\n\n", "Le pont ảnh 1Photo : DR\n"]
_DATELINES = [
    "",
    "Kralanh (AIP) - ",
    "Hanoï, 5 août 2024 (AIP) — ",
    "Ba Na (province de Da) (X/Y)– ",
]
_SENTENCES = [
    "Le pont de Kralanh a été inauguré le 3 mai.",
    "Il mesure 412 mètres et a coûté 6,65 millions\nde dollars !",
    "M. Dara Vannak a rencontré Mme Bùi Thị Hoa à l’ambassade.",
    "« Nous irons plus loin. Ensemble », a-t-il dit ;",
    "Les paysans ont récolté 1.250.000 tonnes de riz - un record - en 2021",
    "Il a <b>120</b> *ouvriers* & [1] {x} `$y$`.",
    "Nga\u0300y mai 😀\u200d🚀 \u202epart\u202c l\u2019\ufeff\u00adaccord\u2028\x85.",
    "- un\n- deux\n",
    "Photo : DR",
    "très " * 90,
    "x" * 1700,
]
_GLUE = ["", " ", "  ", "\n", "\n\n", "\n \n\n", "\t", "\u202f"]
_ENDS = [
    "",
    "\n",
    " -AIP",
    " – AIP/DR\n",
    "\nAIP\n",
    "\n\nVoir plus\n",
    "\nÀ lire aussi :\nUn train.",
]

_bodies = st.lists(
    st.tuples(st.sampled_from(_SENTENCES), st.sampled_from(_GLUE)).map("".join), max_size=12
).map("".join)
_wires = st.tuples(
    *map(st.sampled_from, (_HEADERS, _HEADLINES, _CAPTIONS, _DATELINES)),
    _bodies,
    st.sampled_from(_ENDS),
    _bodies,
).map("".join)
_noise = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)
_line_ends: Sequence[Callable[[str], str]] = [
    str,
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("\n", "\r"),
]
texts = st.builds(
    lambda text, end: end(text), _wires | _noise | st.just(""), st.sampled_from(_line_ends)
)

_each_report = [
    example(BRIDGE),
    example(DAM),
    example(RICE),
    example(""),
    example(" \r\n"),
    example("\r\n Un."),
]


def for_every_text(test: Callable[..., None]) -> Callable[..., None]:
    """Run `test` with generated texts, and with a few that are known to be hard."""
    for one in _each_report:
        test = one(test)
    return settings(max_examples=150)(given(text=texts)(test))


def tiled(text: str, pieces: Sequence[Span] | Sequence[Passage]) -> None:
    """Check that `pieces` follow one another from the beginning of `text` to its end."""
    places = [(piece.start, piece.end) for piece in pieces]
    ends = [0, *(end for _, end in places)]
    assert [start for start, _ in places] == ends[:-1]
    assert all(start < end for start, end in places)
    assert ends[-1] == len(text)


# --- law 1 ---------------------------------------------------------------------------------------


@for_every_text
def test_labelling_changes_no_text_and_its_spans_tile_it(text: str) -> None:
    report = labelled(Document("a.txt", text))
    assert report.text == text
    tiled(text, report.spans)
    # Only stories stand side by side: each is a small report of its own.
    alike = {one.kind for one, other in pairwise(report.spans) if one.kind == other.kind}
    assert alike <= {"teaser"}


@for_every_text
def test_some_part_of_every_report_is_searched(text: str) -> None:
    assume(text.strip())
    kinds = {span.kind for span in labelled(Document("a.txt", text)).spans}
    assert kinds & SEARCHED or kinds <= {"header", "dateline", "sign-off", "boilerplate"}


@for_every_text
@example("La foule avant la fête. Photo : DR\n\nLe pont de Kralanh a été inauguré le 3 mai.")
@example("Le pont a été inauguré.\n-AIP\n\nVoir plus\nUn train.")
@example("Par Sok Chan\n\nPar Dara Lim\n\nIl pleut.")
@example(f"Un pont pour Kralanh\n\nLe riz - un record - en 2021 {'au marché ' * 9}\n\nIl pleut.")
def test_labelling_twice_is_labelling_once(text: str) -> None:
    once = labelled(Document("a.txt", text))
    assert labelled(once) == once


# --- law 2 ---------------------------------------------------------------------------------------


@for_every_text
def test_passages_tile_their_document_and_keep_to_its_spans(text: str) -> None:
    report = labelled(Document("a.txt", text, date="2024"))
    passages = split(report)
    tiled(text, passages)
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert len(passage.text) <= LONGEST
        (span,) = [s for s in report.spans if s.start <= passage.start < s.end]
        assert (passage.end <= span.end, passage.kind) == (True, span.kind)
    assert len({passage.id for passage in passages}) == len(passages)


@pytest.fixture(scope="module")
def archive() -> Iterator[Store]:
    """One real index for all examples: an index of its own for each would take minutes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Store(folder, CloseEmbeddings.name, create=True)


def stored(text: str, store: Store, source: str = "dossier/é.txt") -> Document:
    report = labelled(Document(source, text))
    passages = split(report)
    searched = [passage.text for passage in passages if passage.kind in SEARCHED]
    vectors = CloseEmbeddings().embed_documents(searched)
    store.replace([Written(report, "/archive", source, "digest", "", passages, vectors)])
    return report


@settings(max_examples=40)
@given(text=texts)
@example(BRIDGE.replace("\n", "\r\n"))
@example("Un.\r\rDeux.\x85Trois.\u2028Quatre.\n\n")
@example("Voir plus\n" * 3)
def test_the_store_gives_every_document_back_to_the_letter(archive: Store, text: str) -> None:
    assume(text.strip())
    report = stored(text, archive)
    assert archive.document(report.source) == report


def test_a_report_that_was_replaced_leaves_nothing_of_itself(archive: Store) -> None:
    stored(BRIDGE * 9, archive, "b.txt")
    stored(DAM, archive, "b.txt")
    found = archive.document("b.txt")
    assert found is not None
    assert found.text == DAM


# --- law 3 ---------------------------------------------------------------------------------------

_questions = st.sampled_from(_SENTENCES[:7]) | st.sampled_from(
    ["Combien mesure le pont de Kralanh ?", "Qui a vu Bùi Thị Hoa ?", "What is Kralanh?", "riz"]
)


@settings(max_examples=40)
@given(text=_wires, question=_questions)
@example(BRIDGE.replace("\n", "\r\n"), "Combien mesure le pont de Kralanh ?")
@example(RICE, "Combien de tonnes de riz ont été récoltées à Kampong Roka ?")
@example(DAM, "Que produit le barrage de Namthan ?")
def test_every_quote_is_a_slice_and_every_statement_its_quote(
    archive: Store, text: str, question: str
) -> None:
    assume(text.strip())
    stored(text, archive)
    assistant = Assistant(archive, CloseEmbeddings())
    answer = assistant.ask(question)
    assert answer.language == language_of(question)
    assert answer.refused is not bool(answer.statements)
    numbers = [number for statement in answer.statements for number in statement.citations]
    assert numbers == [citation.number for citation in answer.citations]
    for statement, citation in zip(answer.statements, answer.citations, strict=True):
        quote, passage = citation.quote, citation.passage
        report = archive.document(quote.source)
        assert report is not None
        assert report.text[quote.start : quote.end] == quote.text == quote.text.strip()
        assert passage.start <= quote.start < quote.end <= passage.end
        assert "".join(statement.text.split()) == "".join(quote.text.split())
        assert statement.verdict == "verbatim"
