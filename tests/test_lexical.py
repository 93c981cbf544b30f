"""The word index: what a passage says of a question, in the words of its own language."""

from pathlib import Path

import pytest

from rag.errors import WordsDamaged
from rag.lexical import WordIndex
from rag.question import understood
from rag.rank import said_by
from rag.records import Passage

BRIDGE = Passage("pont.txt", 0, "Le pont de Kralanh a été inauguré. Il mesure 412 mètres.")
DAM = Passage("barrage.txt", 0, "Le barrage de Namthan produit 2 450 mégawatts.")
GLUED = Passage("colle.txt", 0, "Le colonel Bùi Thanh Sơn a quitté la ville.Lesoldats sont restés.")
ENGLISH = Passage("en.txt", 0, "The bridges were opened by the minister.", language="en")
PASSAGES = (BRIDGE, DAM, GLUED, ENGLISH)


@pytest.fixture(params=["in memory", "in a folder"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> WordIndex:
    made = WordIndex(tmp_path / "words" if request.param == "in a folder" else None)
    made.change((), PASSAGES)
    return made


def best(index: WordIndex, question: str, top: int = 3) -> list[str]:
    return index.best(understood(question), top)


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("Que produisent les barrages ?", DAM),
        ("que produit le barage de namthan", DAM),
        ("Qui a produit 2450 mégawatts ?", DAM),
        ("Où est le colonel Bui Thanh Son ?", GLUED),
        ("Which bridge did the minister open?", ENGLISH),
        ("How long is the bridge of Kralanh?", BRIDGE),
        ("Cầu Kralanh dài bao nhiêu?", BRIDGE),
    ],
)
def test_a_passage_is_found_by_words_in_another_form(
    index: WordIndex, question: str, passage: Passage
) -> None:
    assert best(index, question)[0] == passage.id


def test_of_another_language_only_what_crosses_languages_finds(index: WordIndex) -> None:
    assert BRIDGE.id not in best(index, "Who was opening it in the town?")
    assert best(index, "The") == []


@pytest.mark.parametrize(
    "question", ["", "?!", "de la", 'AND OR "', "id:pont.txt", "\ud800", "a" * 5000]
)
def test_any_question_is_a_question(index: WordIndex, question: str) -> None:
    assert best(index, question) in ([], [BRIDGE.id])


def test_title_and_date_of_the_report_count_among_its_words(index: WordIndex) -> None:
    index.change((), [Passage("riz.md", 0, "Il en faut.", title="La récolte", date="2019-03")])
    assert best(index, "la récolte de 2019") == ["riz.md:0-11"]


def test_no_more_come_back_than_asked_for_and_only_of_the_reports_named(index: WordIndex) -> None:
    question = "Le pont et le barrage"
    assert set(best(index, question)) == {BRIDGE.id, DAM.id}
    assert len(best(index, question, 1)) == 1
    assert best(index, question, 0) == []
    only = index.best(understood(question), 3, sources=["barrage.txt", "absent.txt"])
    assert only == [DAM.id]
    assert index.best(understood(question), 3, sources=[]) == []


@pytest.mark.parametrize("most_named", [0, 1000], ids=["looked further", "named"])
def test_however_many_reports_are_allowed_the_order_is_the_same(
    monkeypatch: pytest.MonkeyPatch, most_named: int
) -> None:
    monkeypatch.setattr("rag.lexical._MOST_NAMED", most_named)
    index = WordIndex()
    index.change((), [Passage(f"{n}.txt", 0, f"Un pont{' neuf' * n}.") for n in range(300)])
    query, allowed = understood("Un pont neuf"), {f"{n}.txt" for n in range(0, 300, 60)}
    all_in_order = index.best(query, 300)
    assert (
        index.best(query, 3, sources=allowed)
        == [one for one in all_in_order if one.split(":")[0] in allowed][:3]
    )
    assert len(index.best(query, 50, sources=allowed)) == 5


def test_only_passages_of_one_kind_are_looked_at() -> None:
    index, query = WordIndex(), understood("Un pont")
    index.change(
        (), [Passage("a.txt", 0, "Un pont."), Passage("a.txt", 8, "Un pont aussi.", "teaser")]
    )
    assert index.best(query, 5, kind="teaser") == ["a.txt:8-22"]
    assert index.best(query, 5, kind="body", sources=["a.txt"]) == ["a.txt:0-8"]
    assert index.best(query, 5, kind="caption") == []


def test_what_a_passage_says_is_read_as_it_would_be_stemmed(index: WordIndex) -> None:
    known = index.said([*(passage.id for passage in PASSAGES), "absent.txt:0-1"])
    assert known == {passage.id: said_by(passage) for passage in PASSAGES}
    assert index.said([]) == {}


def test_a_report_that_changed_is_known_by_its_new_words(index: WordIndex) -> None:
    index.change(["pont.txt", "absent.txt"], [Passage("pont.txt", 0, "Une écluse à Kralanh.")])
    assert best(index, "le pont") == []
    assert best(index, "une écluse") == ["pont.txt:0-21"]


def test_no_word_counts_against_a_passage_however_often_reports_were_replaced() -> None:
    index = WordIndex()
    for _ in range(5):
        index.change(["pont.txt"], [BRIDGE])
    assert index.count == 1
    assert all(
        weight > 0 for weight in index.rarity(understood("le pont").terms("fr"), "fr").values()
    )


def test_a_word_index_that_something_wrote_into_says_what_to_do(tmp_path: Path) -> None:
    WordIndex(tmp_path).change((), PASSAGES)
    (kept,) = tmp_path.glob("*.store")
    spoilt = bytearray(kept.read_bytes())
    spoilt[4:40] = b"\xff" * 36
    kept.write_bytes(spoilt)
    with pytest.raises(WordsDamaged, match="Delete that folder"):
        best(WordIndex(tmp_path), "le pont")


def test_what_was_written_in_a_folder_is_read_from_there(tmp_path: Path) -> None:
    one = WordIndex(tmp_path)
    other = WordIndex(tmp_path)
    one.change((), PASSAGES)
    assert best(WordIndex(tmp_path), "le barrage") == [DAM.id]
    other.reload()
    assert best(other, "le barrage") == [DAM.id]
