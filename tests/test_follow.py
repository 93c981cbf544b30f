"""The word index goes on holding what the store holds, whatever happens to either."""

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.errors import IndexUnreachable
from rag.follow import FollowedWords, words_folder
from rag.index import sync
from rag.question import understood
from rag.records import Passage
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

Folder = Callable[..., Path]
BRIDGE = "Le pont de Kralanh mesure 412 mètres."
DAM = "Le barrage de Namthan produit 2 450 mégawatts."


@pytest.fixture
def words(store: Store, tmp_path: Path) -> FollowedWords:
    return FollowedWords(store, tmp_path / "words")


def index(folder: Path, store: Store) -> None:
    sync([folder], store, WordEmbeddings())


def sources(words: FollowedWords, question: str = "Le pont et le barrage ?") -> list[str]:
    found = words.current().best(understood(question), 10)
    return sorted(one.rsplit(":", 1)[0] for one in found)


def test_reports_that_come_change_and_go_are_followed(
    words: FollowedWords, store: Store, folder: Folder
) -> None:
    assert sources(words) == []
    archive = folder(a_txt=BRIDGE, b_txt=DAM)
    index(archive, store)
    assert sources(words) == ["a.txt", "b.txt"]
    (archive / "a.txt").write_text("Une écluse.")
    index(archive, store)
    assert sources(words) == ["b.txt"]
    assert sources(words, "une écluse") == ["a.txt"]
    (archive / "b.txt").unlink()
    index(archive, store)
    assert sources(words) == []


def test_a_copy_is_found_only_as_the_report_that_stands_for_it(
    words: FollowedWords, store: Store, folder: Folder
) -> None:
    long = " ".join([BRIDGE, DAM, "Les paysans de la province ont récolté du riz cette année."])
    archive = folder(b_txt=long)
    index(archive, store)
    assert sources(words) == ["b.txt"]
    (archive / "a.txt").write_text(long)
    index(archive, store)
    standing = [one.source for one in store.entries()]
    assert sources(words) == standing
    assert len(standing) == 1


def test_only_what_changed_is_read_again(
    words: FollowedWords, store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    passages_of = store.passages_of

    def reading(some: list[str]) -> Any:
        read.extend(some)
        return passages_of(some)

    monkeypatch.setattr(store, "passages_of", reading)
    archive = folder(a_txt=BRIDGE)
    index(archive, store)
    sources(words)
    (archive / "b.txt").write_text(DAM)
    index(archive, store)
    sources(words)
    again = FollowedWords(store, words._folder)
    assert sources(again) == ["a.txt", "b.txt"]
    assert read == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    "harm",
    [
        lambda note: note.unlink(),
        lambda note: note.write_text("{"),
        lambda note: note.write_text("[]"),
        lambda note: note.write_text(json.dumps({"layout": "0", "generation": "", "reports": {}})),
        lambda note: (note.parent / "meta.json").unlink(),
        lambda note: (note.parent / "meta.json").write_text("{"),
    ],
)
def test_a_lost_or_spoilt_word_index_is_made_again(
    words: FollowedWords, store: Store, folder: Folder, tmp_path: Path, harm: Callable[[Path], Any]
) -> None:
    index(folder(a_txt=BRIDGE, b_txt=DAM), store)
    sources(words)
    harm(tmp_path / "words" / "made_of.json")
    assert sources(FollowedWords(store, tmp_path / "words")) == ["a.txt", "b.txt"]


def test_without_a_folder_that_can_be_written_it_is_kept_in_memory(
    store: Store, folder: Folder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index(folder(a_txt=BRIDGE), store)
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        words = FollowedWords(store, tmp_path / "file" / "words")
    assert "made in memory" in caplog.text
    assert sources(words) == sources(FollowedWords(store)) == ["a.txt"]


def test_two_that_follow_one_store_in_one_folder_agree(
    words: FollowedWords, store: Store, folder: Folder, tmp_path: Path
) -> None:
    other = FollowedWords(store, tmp_path / "words")
    archive = folder(a_txt=BRIDGE)
    for report in ("b.txt", "c.txt"):
        (archive / report).write_text(DAM + report)
        index(archive, store)
        assert sources(words) == sources(other)
        words, other = other, words


def test_while_another_process_writes_the_words_the_old_ones_answer(
    words: FollowedWords, store: Store, folder: Folder
) -> None:
    archive = folder(a_txt=BRIDGE)
    index(archive, store)
    assert sources(words) == ["a.txt"]
    (archive / "b.txt").write_text(DAM)
    index(archive, store)
    writer = words._index._index.writer(15_000_000, 1)
    words._made_of = type(words._made_of)()  # as if never followed
    assert sources(words) == ["a.txt"]
    del writer
    assert sources(words) == ["a.txt", "b.txt"]


@pytest.mark.parametrize("rests", [False, True])
def test_a_folder_that_is_deleted_is_made_again_at_once_also_while_following_rests(
    words: FollowedWords,
    store: Store,
    folder: Folder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rests: bool,
) -> None:
    if rests:
        monkeypatch.setattr("rag.follow._AT_ONCE", 0.0)
        monkeypatch.setattr("rag.follow._MOST_OF_THE_TIME", 1e-6)
    archive = folder(a_txt=BRIDGE)
    index(archive, store)
    assert sources(words) == ["a.txt"]
    shutil.rmtree(tmp_path / "words")
    (archive / "b.txt").write_text(DAM)
    index(archive, store)
    assert sources(words) == ["a.txt", "b.txt"]


def test_what_was_written_by_a_run_that_was_killed_before_it_said_so_is_followed_after_the_next(
    words: FollowedWords, store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = folder(a_txt=BRIDGE)
    index(archive, store)
    sources(words)
    (archive / "b.txt").write_text(DAM)
    with monkeypatch.context() as patched:
        patched.setattr(store, "changed", lambda: None)
        index(archive, store)
    assert sources(words) == ["a.txt"]
    index(archive, store)
    assert sources(words) == ["a.txt", "b.txt"]
    assert [entry.source for entry in store.entries()] == ["a.txt", "b.txt"]


def test_a_store_that_failed_while_it_was_read_is_followed_as_soon_as_it_is_back(
    words: FollowedWords, store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(folder(a_txt=BRIDGE, b_txt=DAM), store)
    passages_of = store.passages_of

    def failing(sources: list[str]) -> Iterator[Passage]:
        yield next(passages_of(sources))
        raise IndexUnreachable("http://127.0.0.1:8000", "killed")

    with monkeypatch.context() as patched:
        patched.setattr(store, "passages_of", failing)
        with pytest.raises(IndexUnreachable) as kept:
            words.current()
    assert sources(words) == ["a.txt", "b.txt"]
    assert kept.value.__traceback__  # as long as it is kept, so is all that it tells of


def test_the_words_of_a_server_are_kept_in_the_cache(tmp_path: Path) -> None:
    assert words_folder("somewhere", tmp_path) == Path("somewhere/words.tantivy")
    one, other = (words_folder(f"http://127.0.0.1:{port}", tmp_path) for port in (8000, 8001))
    assert one.parent == other.parent == tmp_path / "words"
    assert one != other
