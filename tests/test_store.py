"""The index on disk: what is written is read back, and every failure names its mend."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings

from rag.clean import labelled
from rag.errors import (
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
    IndexOutdated,
    IndexUnreachable,
    RagError,
)
from rag.metadata import NOT_COMPARED, Entry, FileRecord, Known, Written
from rag.records import SEARCHED, Document, Kind, Moment, Passage, Problem, Span
from rag.split import split
from rag.store import Store, exists, wipe

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
    return of(labelled(Document(source, text)), vectors=vectors)


def of(
    document: Document, *, vectors: int | None = None, signature: bytes = b"", copy_of: str = ""
) -> Written:
    passages = [] if copy_of else split(document)
    searched = [passage.text for passage in passages if passage.kind in SEARCHED]
    return Written(
        document,
        "/root",
        f"in/{document.source}",
        "abc",
        "key",
        passages,
        WORDS.embed_documents(searched)[:vectors],
        signature,
        copy_of,
    )


def texts(store: Store, question: str, sources: Collection[str] | None = None) -> list[str]:
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


KINDS: tuple[Kind, ...] = ("body", "teaser", "caption", "body")


def many(store: Store, reports: int, alike: int = 0) -> dict[str, np.ndarray]:
    """Write reports of four passages each and return every vector by the passage's id."""
    chance = np.random.default_rng(alike)
    vectors = chance.normal(size=(reports, len(KINDS), 8))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    made = []
    for number, own in enumerate(vectors):
        source = f"a:{number}.txt"
        passages = [Passage(source, 4 * at, "Mot.", kind) for at, kind in enumerate(KINDS)]
        document = Document(source, "Mot." * len(KINDS))
        made.append(Written(document, "/", source, "abc", "", passages, own.tolist()))
    store.replace(made)
    ids = [passage.id for report in made for passage in report.passages]
    return dict(zip(ids, vectors.reshape(-1, 8), strict=True))


@pytest.mark.parametrize("a_vector", [0, 10**9], ids=["compared one by one", "looked further"])
@pytest.mark.parametrize("kind", [None, "body", "teaser", "caption"])
@pytest.mark.parametrize("every", [None, 1, 3, 50])
def test_what_filters_allow_is_ranked_as_if_nothing_else_were_there(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    every: int | None,
    kind: str | None,
    a_vector: int,
) -> None:
    monkeypatch.setattr("rag.store._A_VECTOR", a_vector)
    vectors = many(store, 100)
    sources = None if every is None else [f"a:{number}.txt" for number in range(0, 100, every)]
    kinds = {f"{4 * at}-{4 * at + 4}": kind for at, kind in enumerate(KINDS)}
    allowed = {
        one: vector
        for one, vector in vectors.items()
        if (sources is None or one.rpartition(":")[0] in sources)
        and kind in (None, kinds[one.rpartition(":")[2]])
    }
    question = np.random.default_rng(9).normal(size=8)
    question /= np.linalg.norm(question)
    cosines = {one: float(vector @ question) for one, vector in allowed.items()}
    best = sorted(cosines, key=lambda one: -cosines[one])[:10]
    found = store.nearest(question.tolist(), 10, sources, kind)
    assert [scored.passage.id for scored in found] == best
    assert [scored.cosine for scored in found] == pytest.approx(
        [cosines[one] for one in best], abs=1e-5
    )


def test_filters_see_what_another_process_adds_changes_and_removes(
    store: Store, tmp_path: Path
) -> None:
    other = Store(str(tmp_path / "index"), WORDS.name)
    store.replace([written(BRIDGE)])
    allowed = frozenset({"a.txt", "b.txt"})
    assert texts(store, "pont", allowed) == [BRIDGE]
    other.replace([written("Le riz.", "b.txt"), written("Un pont neuf.")])
    assert sorted(texts(store, "pont", allowed)) == ["Le riz.", "Un pont neuf."]
    other.remove(["a.txt"])
    assert texts(store, "pont", allowed) == ["Le riz."]


def test_what_is_derived_is_made_once_until_a_report_changes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store._REMEMBERED", 2)
    made: list[str] = []

    def derived(name: str) -> None:
        store.derived(name, lambda: made.append(name))

    for name in "abab":
        derived(name)
    assert made == ["a", "b"]
    store.replace([written(BRIDGE)])
    for name in "abacac":  # b was asked for least lately when c came
        derived(name)
    assert made == ["a", "b", "a", "b", "c"]
    derived("b")
    assert made[-1] == "b"


def test_a_folder_that_is_no_index_is_never_wiped(tmp_path: Path) -> None:
    (tmp_path / "mine" / "chroma").mkdir(parents=True)
    (tmp_path / "mine" / "chroma" / "b.txt").write_text("precious")
    with pytest.raises(RagError, match="no index of this program"):
        wipe(str(tmp_path / "mine"))
    assert (tmp_path / "mine" / "chroma" / "b.txt").read_text() == "precious"


FULL = Document(
    source="dossier/é 1.pdf",
    text="date 2024\nUn pont.\n\fIl ouvre en mars. Voir plus\nLe riz\nIl se vend. Le thé. Aussi.",
    title="Un pont « neuf »",
    date="2024-01",
    date_from="metadata",
    place="Hanoï",
    agency="VNA",
    language="fr",
    url="https://example.org/é?a=1",
    spans=(
        Span(0, 10, "header"),
        Span(10, 19, "body"),
        Span(19, 38, "body"),
        Span(38, 48, "boilerplate"),
        Span(48, 67, "teaser", "Le riz"),
        Span(67, 81, "teaser"),
    ),
    moments=(Moment(29, 36, "2024-03-01", "2024-03-31"), Moment(55, 59, "2024", "2024")),
)


def test_every_field_of_a_report_is_read_back(store: Store) -> None:
    assert FULL.spans[-1].end >= len(FULL.text) - 1
    whole = replace(FULL, spans=(*FULL.spans[:-1], Span(67, len(FULL.text), "teaser")))
    store.replace([of(whole, signature=b"\x00\xff~")])
    assert store.document(whole.source) == whole
    assert store.entries() == [
        Entry(
            source=whole.source,
            title="Un pont « neuf »",
            date="2024-01",
            date_from="metadata",
            place="Hanoï",
            agency="VNA",
            language="fr",
            url="https://example.org/é?a=1",
            passages=4,
            teasers=("Le riz", ""),
            origin=None,
        )
    ]
    assert store.known() == {
        whole.source: Known(
            "/root", f"in/{whole.source}", "abc", "key", "2024-01", "whole", "", NOT_COMPARED
        )
    }
    assert list(store.signatures()) == [(whole.source, b"\x00\xff~", NOT_COMPARED)]


def test_every_field_of_a_passage_is_read_back_with_its_vector(store: Store) -> None:
    report = of(replace(FULL, spans=(*FULL.spans[:-1], Span(67, len(FULL.text), "teaser"))))
    store.replace([report, written(BRIDGE)])
    embedded = {passage.id: (passage, vector) for passage, vector in store.embedded([FULL.source])}
    expected = {passage.id: (passage, vector) for passage, vector in report.searched()}
    assert embedded.keys() == expected.keys()
    for id_, (passage, vector) in embedded.items():
        assert passage == expected[id_][0]
        assert vector == pytest.approx(expected[id_][1], abs=1e-6)
    assert {(p.page, p.kind, p.title, p.date) for p, _ in embedded.values()} == {
        (1, "body", "Un pont « neuf »", "2024-01"),
        (2, "body", "Un pont « neuf »", "2024-01"),
        (2, "teaser", "Le riz", None),
        (2, "teaser", "", None),
    }
    assert any(passage.moments == FULL.moments[:1] for passage, _ in embedded.values())


def test_what_is_not_known_any_more_is_not_kept_from_the_former_self(store: Store) -> None:
    store.replace([of(replace(FULL, spans=()))])
    store.replace([of(Document(FULL.source, "Rien."))])
    assert store.document(FULL.source) == Document(FULL.source, "Rien.", spans=())
    (entry,) = store.entries()
    assert (entry.date, entry.date_from, entry.place, entry.agency) == (None, None, None, None)
    assert (entry.language, entry.url) == (None, None)


def test_nothing_is_embedded_of_a_report_that_is_not_there(store: Store) -> None:
    store.replace([written(BRIDGE)])
    assert list(store.embedded(["b.txt"])) == []


def test_a_copy_is_named_with_its_report_and_shown_as_that(store: Store) -> None:
    report = written(BRIDGE)
    store.replace([report, of(Document("z.txt", "x"), copy_of="a.txt"), written("Un.", "b.txt")])
    store.replace([of(Document("c.txt", "x"), copy_of="a.txt")])
    assert [entry.places for entry in store.entries()] == [("a.txt", "c.txt", "z.txt"), ("b.txt",)]
    assert store.document("z.txt") == report.document
    assert store.passage_count() == 2
    assert not store.known()["z.txt"].stands


def test_a_report_made_a_copy_loses_all_that_is_searched_of_it(store: Store) -> None:
    store.replace([written(BRIDGE), of(labelled(Document("b.txt", REPORT)), signature=b"x")])
    store.set_origins({"b.txt": "b.txt"})
    store.make_copies({"b.txt": "a.txt"})
    assert store.document("b.txt") == store.document("a.txt")
    assert [entry.places for entry in store.entries()] == [("a.txt", "b.txt")]
    assert (texts(store, "riz"), store.passage_count()) == ([BRIDGE], 1)
    assert store.known()["b.txt"].copy_of == "a.txt"
    assert store.known()["b.txt"].is_whole
    assert ("b.txt", b"", NOT_COMPARED) in list(store.signatures())


@pytest.mark.parametrize("change", ["make_copies", "remove"])
def test_a_change_cut_short_leaves_a_report_that_is_known_to_be_no_whole_one(
    store: Store, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    store.replace([written(BRIDGE), written("Le riz.", "b.txt")])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_delete_passages", killed)
    with pytest.raises(KeyboardInterrupt):
        getattr(store, change)({"b.txt": "a.txt"} if change == "make_copies" else ["b.txt"])
    assert {source: one.is_whole for source, one in store.known().items()} == {
        "a.txt": True,
        "b.txt": False,
    }


def test_reprints_are_all_reports_of_one_origin_and_their_copies(store: Store) -> None:
    store.replace([written(BRIDGE, source) for source in ("a.txt", "b.txt", "c.txt", "d.txt")])
    store.replace([of(Document("e.txt", "x"), copy_of="b.txt")])
    store.set_origins({"a.txt": "a.txt", "b.txt": "a.txt", "c.txt": "", "d.txt": ""})
    assert store.reprints(["b.txt", "c.txt", "b.txt"]) == {"b.txt": ["a.txt", "b.txt", "e.txt"]}
    assert store.reprints(["a.txt"]) == {"a.txt": ["a.txt", "b.txt", "e.txt"]}
    assert (store.reprints(["d.txt"]), store.reprints([]), store.reprints(["no"])) == ({}, {}, {})


def test_a_report_with_a_copy_and_no_reprint_is_told_with_that_copy(store: Store) -> None:
    store.replace([written(BRIDGE), of(Document("e.txt", "x"), copy_of="a.txt")])
    assert store.reprints(["a.txt"]) == {"a.txt": ["a.txt", "e.txt"]}


FILES = [
    FileRecord("/root", "b.jsonl", "1:x", (Problem("b.jsonl:3", "« é » is broken", "failed"),)),
    FileRecord("/root", "a.txt", "1:y"),
    FileRecord("/another", "z.txt", "1:z", (Problem("z.txt", "empty", "skipped"),) * 2),
]


def test_files_are_read_back_in_order_with_their_problems(store: Store) -> None:
    store.replace([], FILES)
    assert store.files() == [FILES[2], FILES[1], FILES[0]]
    store.replace([], [FileRecord("/root", "b.jsonl", "1:new")])
    assert store.files()[-1] == FileRecord("/root", "b.jsonl", "1:new", ())
    store.forget_files(FILES[:2])
    assert store.files() == [FILES[2]]


def test_a_file_and_its_reports_can_be_found_in_another_folder(store: Store) -> None:
    report = written(BRIDGE)
    before = FileRecord("/root", "in/a.txt", "1:y")
    store.replace([report], [before])
    after = replace(before, root="/moved")
    store.rehome(["a.txt"], before, after)
    assert store.files() == [after]
    assert store.known()["a.txt"].place == after.place
    assert store.document("a.txt") == report.document


@pytest.mark.parametrize("create", [False, True])
def test_an_index_of_the_layout_before_is_refused_and_kept(tmp_path: Path, create: bool) -> None:
    index = tmp_path / "old"
    (index / "chroma").mkdir(parents=True)
    client = chromadb.PersistentClient(
        str(index / "chroma"), settings=Settings(anonymized_telemetry=False)
    )
    for name in ("passages", "documents"):
        collection = client.create_collection(
            name, embedding_function=None, metadata={"embedding_model": WORDS.name}
        )
        vectors: list[Sequence[float]] = [[0.0]]
        collection.add(ids=["a.txt"], embeddings=vectors, metadatas=[{"source": "a.txt"}])
    with pytest.raises(IndexOutdated, match=r"earlier version.*`sourcier index --rebuild FOLDER`"):
        Store(str(index), WORDS.name, create=create)
    assert client.get_collection("passages", embedding_function=None).count() == 1
    wipe(str(index))
    Store(str(index), WORDS.name, create=True).replace([written(BRIDGE)])
