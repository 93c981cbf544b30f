"""The doctor: every check is made, and each that fails names the mend."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.clean import labelled
from rag.config import Settings, read_settings
from rag.doctor import Check, checks
from rag.errors import RagError
from rag.index import sync
from rag.metadata import Written
from rag.records import Document
from rag.split import split
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

NAMES = ["Python", "packages", "cache", "embedding model", "judge", "index"]


class StandIn(WordEmbeddings):
    """Takes the place of `SentenceEmbeddings`; ignores the settings."""

    def __init__(self, settings: Settings) -> None:
        pass


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("rag.doctor.SentenceEmbeddings", StandIn)
    monkeypatch.setattr("rag.doctor.judge_of", lambda settings: object())
    return read_settings(index=str(tmp_path / "index"), cache=tmp_path / "cache")


def by_name(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in checks(settings)}


def failing(settings: Settings) -> dict[str, str]:
    return {check.name: check.said for check in checks(settings) if not check.passed}


def test_where_all_is_well_every_check_says_what_it_found(
    settings: Settings, store: Store, folder: Callable[..., Path]
) -> None:
    sync([folder(a_txt="Le pont mesure 300 mètres.")], store, WordEmbeddings())
    found = by_name(settings)
    assert list(found) == NAMES
    assert failing(settings) == {}
    assert "1 reports, 1 passages" in found["index"].said
    assert "4096 dimensions" in found["embedding model"].said
    assert re.search(r"chromadb \d.*torch \d", found["packages"].said)


def test_without_an_index_the_next_command_is_named(settings: Settings) -> None:
    assert failing(settings).keys() == {"index"}
    assert "`sourcier index FOLDER`" in failing(settings)["index"]


def test_a_report_that_is_only_half_written_is_noticed(settings: Settings, store: Store) -> None:
    document = labelled(Document("a.txt", "Le pont mesure 300 mètres."))
    with pytest.raises(RagError):
        store.replace([Written(document, "/root", "a.txt", "abc", "", split(document), vectors=[])])
    assert "a.txt" in failing(settings)["index"]
    assert "`sourcier index`" in failing(settings)["index"]


def test_a_damaged_index_is_told_to_be_rebuilt(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "index" / "chroma").mkdir(parents=True)
    (tmp_path / "index" / "chroma" / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
    assert "--rebuild" in failing(settings)["index"]


def test_an_index_of_another_model_is_noticed(settings: Settings, tmp_path: Path) -> None:
    Store(str(tmp_path / "index"), "another", create=True)
    assert "'another'" in failing(settings)["index"]


def test_a_missing_package_is_named_and_the_other_checks_are_made(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.doctor._NEEDED", ("chromadb", "no-such-package"))
    assert list(by_name(settings)) == NAMES
    assert "no-such-package is not installed" in failing(settings)["packages"]


def test_a_disk_too_full_for_the_model_is_noticed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.doctor._FREE", 10**18)
    assert "SOURCIER_CACHE" in failing(settings)["cache"]


def test_a_model_that_cannot_be_loaded_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "not-a-model").mkdir()
    settings = read_settings(
        index=str(tmp_path / "index"), embedding_model=str(tmp_path / "not-a-model")
    )
    assert "SOURCIER_EMBEDDING_MODEL" in failing(settings)["embedding model"]


def test_a_judge_that_is_off_is_told_and_one_that_cannot_be_had_is_mended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for given, said in (
        ({"judge": "off"}, "off"),
        ({"engine": "sentence-transformers"}, "not used"),
    ):
        check = by_name(read_settings(cache=settings.cache, **given))["judge"]
        assert check.passed
        assert check.said.startswith(said)
    monkeypatch.setattr("rag.doctor.judge_of", lambda settings: None)
    assert "SOURCIER_JUDGE=off" in failing(settings)["judge"]
