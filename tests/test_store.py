"""The index on disk: what is written is read back, and every failure names its mend."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.clean import labelled
from rag.errors import (
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
    IndexUnreachable,
    RagError,
)
from rag.records import SEARCHED, Document
from rag.split import split
from rag.store import Store, Written, exists, wipe

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

WORDS = WordEmbeddings()
BRIDGE = "Le pont de Kampot mesure 300 mètres."
REPORT = """date 2024-01
Un pont de plus sur le Mékong

Kampot, le 3 janvier. Photo : DR
Kampot (AFP) - Le pont de Kampot mesure 300 mètres. Il a coûté 4 millions de dollars.

Il ouvre en mars.

-AFP
Voir plus

Une autre histoire
Le riz se vend mieux cette année que la précédente.
"""
WHOLE = [
    pytest.param(REPORT, id="every kind of span"),
    pytest.param("  \n\nUne phrase seule.\r\n\r\n ", id="white space around"),
    pytest.param("Ligne\u2028séparée 😀 e\u0301 \ufeff fin.", id="odd characters"),
    pytest.param("Une phrase assez longue pour compter. " * 200, id="several passages"),
]


def written(text: str, source: str = "a.txt", vectors: int | None = None) -> Written:
    document = labelled(Document(source, text))
    passages = split(document)
    searched = [passage.text for passage in passages if passage.kind in SEARCHED]
    return Written(document, "/root", "1:abc", passages, WORDS.embed_documents(searched)[:vectors])


def texts(store: Store, question: str, sources: Sequence[str] | None = None) -> list[str]:
    found = store.nearest(WORDS.embed_query(question), 10, sources)
    return [scored.passage.text for scored in found]


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(one, other, strict=True))


@pytest.mark.parametrize("text", WHOLE)
def test_a_report_is_read_back_whole_from_the_store_alone(store: Store, text: str) -> None:
    report = written(text)
    store.replace([report])
    assert store.document("a.txt") == report.document
    assert report.document.text == text


def test_a_report_that_is_not_indexed_is_none(store: Store) -> None:
    assert store.document("a.txt") is None


def test_a_replaced_report_leaves_nothing_of_its_former_self(store: Store) -> None:
    store.replace([written("Le riz est cher. " * 200)])
    store.replace([written(BRIDGE)])
    assert store.passage_count() == 1
    assert texts(store, "riz") == [BRIDGE]
    assert [entry.passages for entry in store.entries()] == [1]


def test_a_removed_report_is_forgotten_and_the_others_stay(store: Store) -> None:
    store.replace([written(BRIDGE), written("Le riz est cher à Kampot.", "b.txt")])
    store.remove(["a.txt"])
    assert [entry.source for entry in store.entries()] == ["b.txt"]
    assert texts(store, "pont") == ["Le riz est cher à Kampot."]
    assert store.document("a.txt") is None


def test_the_nearest_passages_come_best_first_scored_by_their_cosine(store: Store) -> None:
    reports = [BRIDGE, "Le riz est cher à Kampot.", "La pêche rapporte moins."]
    store.replace([written(text, f"{number}.txt") for number, text in enumerate(reports)])
    question = WORDS.embed_query("Combien mesure le pont de Kampot ?")
    found = store.nearest(question, 10)
    cosines = {text: cosine(question, WORDS.embed_query(text)) for text in reports}
    assert [scored.passage.text for scored in found] == sorted(reports, key=lambda t: -cosines[t])
    assert [scored.cosine for scored in found] == pytest.approx(
        [cosines[scored.passage.text] for scored in found], abs=1e-5
    )


def test_only_the_sources_asked_for_are_looked_at(store: Store) -> None:
    store.replace([written(BRIDGE), written("Le riz est cher.", "b.txt")])
    assert texts(store, "pont", ["b.txt"]) == ["Le riz est cher."]
    assert texts(store, "pont", []) == []


def test_an_empty_index_has_nothing_near(store: Store) -> None:
    assert texts(store, "pont") == []
    assert store.entries() == []


def test_entries_are_in_order_however_many_pages_they_fill(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store._PAGE", 2)
    sources = ["c.txt", "a.txt", "e.txt", "b.txt", "d.txt"]
    store.replace([written(BRIDGE, source) for source in sources])
    assert [entry.source for entry in store.entries()] == sorted(sources)
    store.remove(sources)
    assert store.passage_count() == 0


def test_a_report_whose_writing_was_cut_short_is_known_to_be_no_whole_one(store: Store) -> None:
    with pytest.raises(RagError):
        store.replace([written(REPORT, vectors=1)])
    assert [(entry.source, entry.whole) for entry in store.entries()] == [("a.txt", False)]
    store.replace([written(REPORT)])
    assert [entry.whole for entry in store.entries()] == [True]


def test_what_was_written_is_there_when_the_index_is_opened_again(
    store: Store, tmp_path: Path
) -> None:
    store.replace([written(BRIDGE)])
    again = Store(str(tmp_path / "index"), WORDS.name)
    assert again.entries() == store.entries()
    assert again.vectors() == store.vectors()


def test_an_index_that_is_not_there_is_not_made_by_asking(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="sourcier index"):
        Store(str(tmp_path / "nowhere"), WORDS.name)
    assert not (tmp_path / "nowhere").exists()


def test_an_index_of_another_model_is_refused_and_kept(store: Store, tmp_path: Path) -> None:
    store.replace([written(BRIDGE)])
    for create in (False, True):
        with pytest.raises(IndexMismatch, match=r"words-4096.*other.*--rebuild"):
            Store(str(tmp_path / "index"), "other", create=create)
    assert store.passage_count() == 1


def garbled(database: Path) -> None:
    database.write_bytes(b"garbage" * 1000)


def cut(database: Path) -> None:
    database.write_bytes(database.read_bytes()[:50_000])


def emptied_inside(database: Path) -> None:
    data = bytearray(database.read_bytes())
    data[3 * 4096 :] = b"\xff" * len(data[3 * 4096 :])
    database.write_bytes(data)


def turned_into_a_folder(database: Path) -> None:
    database.unlink()
    database.mkdir()


@pytest.fixture(params=[garbled, cut, emptied_inside, turned_into_a_folder])
def damaged(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> str:
    """A damaged index under a path no client of this process has open."""
    store.replace([written(BRIDGE)])
    (tmp_path / "index").rename(tmp_path / "moved")
    damage: Callable[[Path], None] = request.param
    damage(tmp_path / "moved" / "chroma" / "chroma.sqlite3")
    return str(tmp_path / "moved")


def test_a_damaged_index_is_named_as_such_each_time_it_is_opened(damaged: str) -> None:
    for create in (False, True):
        with pytest.raises(IndexDamaged, match="--rebuild") as raised:
            Store(damaged, WORDS.name, create=create)
        assert "\n" not in str(raised.value)


def test_a_damaged_index_can_be_wiped_and_made_anew(damaged: str) -> None:
    wipe(damaged)
    assert not exists(damaged)
    store = Store(damaged, WORDS.name, create=True)
    store.replace([written(BRIDGE)])
    assert store.passage_count() == 1


def test_wiping_an_index_deletes_no_file_of_anybody_else(store: Store, tmp_path: Path) -> None:
    store.replace([written(BRIDGE)])
    (tmp_path / "index" / "thesis.txt").write_text("years of work")
    wipe(str(tmp_path / "index"))
    assert [path.name for path in (tmp_path / "index").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://[", "http://127.0.0.1:99999"])
def test_a_server_that_does_not_answer_is_named_with_what_to_start(url: str) -> None:
    with pytest.raises(IndexUnreachable, match="chroma run") as raised:
        Store(url, WORDS.name)
    assert "\n" not in str(raised.value)


def test_more_reports_may_be_allowed_than_one_query_can_name(store: Store) -> None:
    store.replace([written("Le pont de Kampot mesure 300 mètres.", f"{n}.txt") for n in range(30)])
    allowed = ["7.txt", "8.txt", *(f"elsewhere-{n}.txt" for n in range(40_000))]
    found = store.nearest(WORDS.embed_query("pont"), 5, allowed)
    assert {scored.passage.source for scored in found} == {"7.txt", "8.txt"}


def test_a_folder_that_is_no_index_is_never_wiped(tmp_path: Path) -> None:
    (tmp_path / "mine" / "chroma").mkdir(parents=True)
    (tmp_path / "mine" / "chroma" / "b.txt").write_text("precious")
    with pytest.raises(RagError, match="no index of this program"):
        wipe(str(tmp_path / "mine"))
    assert (tmp_path / "mine" / "chroma" / "b.txt").read_text() == "precious"
