"""The whole way with the real model: questions to real reports, and what is quoted from where."""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.answer import Assistant
from rag.config import PACKAGED_MODEL, read_settings
from rag.embed import SentenceEmbeddings
from rag.index import sync
from rag.records import Answer
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import CORPUS, SHARED
else:
    from conftest import CORPUS, SHARED

WIRE = SHARED / "wire"
QUESTIONS = CORPUS.parent / "eval" / "questions" / "dev.jsonl"


@cache
def real_model() -> SentenceEmbeddings:
    """The default model, loaded once for all tests that need it."""
    return SentenceEmbeddings(read_settings(embedding_model=PACKAGED_MODEL))


def assistant(index: Path, *paths: Path) -> Assistant:
    store = Store(str(index), real_model().name, create=True)
    report = sync(paths, store, real_model())
    assert not report.failed
    return Assistant(store, real_model())


@pytest.fixture(scope="session")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    if not WIRE.is_dir():
        pytest.skip("the wire reports are not here")
    return assistant(tmp_path_factory.mktemp("wire"), WIRE)


def assert_proven(answer: Answer, asked: Assistant) -> None:
    """Hold an answer to laws 3 and promise 1: every statement is a slice of a report."""
    assert answer.citations
    for citation in answer.citations:
        document = asked.document(citation.quote.source)
        assert document is not None
        assert document.text[citation.quote.start : citation.quote.end] == citation.quote.text
    assert {statement.verdict for statement in answer.statements} == {"verbatim"}


@pytest.mark.parametrize(
    ("question", "source", "words"),
    [
        (
            "Quel pourcentage de la frontière terrestre reste à borner entre le Vietnam et le "
            "Cambodge ?",
            "000",
            ["16 %"],
        ),
        (
            "À combien s'est élevé le commerce bilatéral entre le Vietnam et le Cambodge pendant "
            "les huit premiers mois de 2021 ?",
            "004",
            ["6,65 milliards"],
        ),
        ("Combien de doses de vaccin la Chine a-t-elle données ?", "003", ["100 millions"]),
        (
            "Quels ministres Bui Thanh Son a-t-il rencontrés à Luang Prabang ?",
            "000",
            ["Saleumxay Kommasith", "Sok Chenda Sophea"],
        ),
        ("Jusqu'en quelle année va la vision de la communauté de l'ASEAN ?", "000", ["2045"]),
        (
            "Qui dirigeait la délégation vietnamienne à la réunion préparatoire des hauts "
            "officiels ?",
            "002",
            ["Vu Ho"],
        ),
    ],
)
def test_a_question_to_the_wire_is_answered_with_the_right_words_of_the_right_report(
    wire: Assistant, question: str, source: str, words: list[str]
) -> None:
    answer = wire.ask(question)
    assert not answer.refused, answer.reason
    assert_proven(answer, wire)
    quotes = [citation.quote for citation in answer.citations]
    right = " ".join(quote.text for quote in quotes if quote.source.startswith(source))
    assert [word for word in words if word not in right] == [], quotes


@pytest.mark.parametrize(
    "question",
    ["Quelle est la population de Luang Prabang ?", "Comment fait-on une pâte brisée ?"],
)
def test_what_the_wire_does_not_say_is_refused_with_the_nearest_reports(
    wire: Assistant, question: str
) -> None:
    answer = wire.ask(question)
    assert answer.refused, answer.text
    assert answer.reason
    assert answer.passages
    assert not answer.statements


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """A tenth of the sample archive: what the questions below are about, and its likes."""
    sources = [
        *sorted(CORPUS.glob("canal-*.txt")),
        *sorted(CORPUS.glob("reserve-*.txt")),
        *sorted(CORPUS.glob("rcep-*.txt")),
        *sorted(CORPUS.glob("train-*.txt")),
        *sorted(CORPUS.glob("hun-*.txt")),
    ]
    return assistant(tmp_path_factory.mktemp("sample"), *sources)


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Quelle est la longueur du canal Funan Techo ?", "180"),
        ("Combien de kilomètres mesure la ligne entre Vientiane et Boten ?", "422"),
        ("Qui est devenu président du Sénat cambodgien ?", "Hun Sen"),
    ],
)
def test_a_question_to_the_sample_archive_is_answered(
    sample: Assistant, question: str, word: str
) -> None:
    answer = sample.ask(question)
    assert not answer.refused, answer.reason
    assert_proven(answer, sample)
    assert word in answer.text


def gold() -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    return [(g["source"], g["quote"]) for row in rows for g in row.get("gold", [])]


def test_the_gold_quotes_of_the_sample_archive_occur_in_it_as_it_is_stored(
    sample: Assistant,
) -> None:
    stored = {entry.source for entry in sample.entries()}
    checked = [(source, quote) for source, quote in gold() if source in stored]
    assert len(checked) >= 5
    for source, quote in checked:
        document = sample.document(source)
        assert document is not None
        assert document.text.count(quote) == 1, (source, quote)


@pytest.mark.parametrize(
    "question",
    ["Qui est le maire de Phnom Penh ?", "Quelle est la recette de l'amok de poisson ?"],
)
def test_a_thing_that_no_report_names_is_not_answered_by_what_is_near(
    sample: Assistant, question: str
) -> None:
    assert sample.ask(question).refused
