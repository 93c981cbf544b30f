"""The JSON other programs read: keys and types, exactly."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from rag.cli import main
from rag.config import Settings

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

REPORT = "Le pont de Kampot mesure 300 mètres."
# Said again word for word, so that it is answered whatever the weights of the refusal are.
QUESTION = "Le pont de Kampot mesure 300 mètres ?"

NULL = type(None)
ANSWER = {
    "question": str,
    "language": str,
    "refused": bool,
    "reason": (str, NULL),
    "remarks": [str],
    "text": str,
    "statements": [{"text": str, "citations": [int], "verdict": str}],
    "citations": [
        {
            "number": int,
            "source": str,
            "title": str,
            "date": (str, NULL),
            "kind": str,
            "quote": str,
            "start": int,
            "end": int,
        }
    ],
    "timings": {"retrieve_ms": int, "answer_ms": int},
}
PASSAGES = {
    "question": str,
    "passages": [
        {
            "id": str,
            "source": str,
            "title": str,
            "date": (str, NULL),
            "kind": str,
            "start": int,
            "end": int,
            "text": str,
            "score": float,
        }
    ],
}
PROBLEM = {"source": str, "reason": str}
DOCUMENTS = {
    "documents": [
        {
            "source": str,
            "title": str,
            "date": (str, NULL),
            "date_from": (str, NULL),
            "place": (str, NULL),
            "agency": (str, NULL),
            "kind": str,
            "language": (str, NULL),
            "url": (str, NULL),
            "passages": int,
            "teasers": [str],
            "copies": [str],
            "origin": (str, NULL),
        }
    ],
    "failed": [PROBLEM],
}
REPORTED = {
    "added": [str],
    "changed": [str],
    "removed": [str],
    "unchanged": [str],
    "moved": [{"from": str, "to": str}],
    "copies": [str],
    "skipped": [PROBLEM],
    "failed": [PROBLEM],
    "noted": [PROBLEM],
}


class StandIn(WordEmbeddings):
    """Takes the place of `SentenceEmbeddings`; ignores the settings."""

    def __init__(self, settings: Settings) -> None:
        pass


def printed(*arguments: str) -> dict[str, Any]:
    """Return the one JSON object that the command writes to stdout, and nothing but it."""
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.stdout.count("\n") == 1, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def assert_shaped(value: Any, shape: Any, where: str = "") -> None:
    if isinstance(shape, dict):
        assert list(value) == list(shape), where
        for key, inner in shape.items():
            assert_shaped(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for number, element in enumerate(value):
            assert_shaped(element, shape[0], f"{where}[{number}]")
    else:
        assert isinstance(value, shape), where
        assert shape is bool or not isinstance(value, bool), where


@pytest.fixture(autouse=True)
def report(monkeypatch: pytest.MonkeyPatch, folder: Callable[..., Path]) -> dict[str, Any]:
    """Index three reports, one without a date, beside a broken file and one that is none."""
    monkeypatch.setattr("rag.embed.SentenceEmbeddings", StandIn)
    monkeypatch.setattr("rag.index.SentenceEmbeddings", StandIn)
    archive = folder(
        a_txt=REPORT,
        b_txt="date 2024-01 Hanoï (VNA) - Le riz se vend mieux cette année.",
        c_md="# Pêche\n\nLa pêche rapporte moins cette année.",
        README_md="Rien.",
        empty_txt="",
    )
    return printed("index", str(archive))


def test_index_prints_what_became_of_each_file(report: dict[str, Any]) -> None:
    assert_shaped(report, REPORTED)
    assert report["added"] == ["a.txt", "b.txt", "c.md"]
    assert [problem["source"] for problem in report["failed"]] == ["empty.txt"]
    assert [problem["source"] for problem in report["skipped"]] == ["README.md"]


def test_ask_prints_an_answer_with_its_proof() -> None:
    answer = printed("ask", QUESTION)
    assert_shaped(answer, ANSWER)
    assert (answer["refused"], answer["reason"]) == (False, None)
    assert answer["text"] == f"{REPORT} [1]"
    assert answer["statements"] == [{"text": REPORT, "citations": [1], "verdict": "verbatim"}]
    (citation,) = answer["citations"]
    assert (citation["number"], citation["source"]) == (1, "a.txt")
    assert REPORT[citation["start"] : citation["end"]] == citation["quote"]


@pytest.mark.parametrize(
    "question", ["Quelle est la population de Luang Prabang ?", "Zorglub wagadou xylophone ?"]
)
def test_ask_prints_a_refusal_with_its_reason_as_the_text(question: str) -> None:
    answer = printed("ask", question)
    assert_shaped(answer, ANSWER)
    assert answer["refused"]
    assert answer["text"] == answer["reason"] != ""
    assert (answer["statements"], answer["citations"]) == ([], [])


def test_an_empty_question_is_refused_in_the_same_shape() -> None:
    answer = printed("ask", " ")
    assert_shaped({**answer, "timings": {"retrieve_ms": 0, "answer_ms": 0}}, ANSWER)
    assert answer["refused"]


def test_search_prints_passages_best_first() -> None:
    found = printed("search", QUESTION)
    assert_shaped(found, PASSAGES)
    passages = found["passages"]
    assert len(passages) == 3
    assert passages[0]["text"] == REPORT
    scores = [passage["score"] for passage in passages]
    assert scores == sorted(scores, reverse=True)
    assert all(p["id"] == f"{p['source']}:{p['start']}-{p['end']}" for p in passages)
    assert all(p["end"] - p["start"] == len(p["text"]) for p in passages)
    assert len(printed("search", QUESTION, "--top", "1")["passages"]) == 1


def test_documents_prints_what_is_known_of_each_report() -> None:
    found = printed("documents")
    assert_shaped(found, DOCUMENTS)
    assert found["documents"][1] == {
        "source": "b.txt",
        "title": "Le riz se vend mieux cette année.",
        "date": "2024-01",
        "date_from": "header",
        "place": "Hanoï",
        "agency": "VNA",
        "kind": "report",
        "language": "fr",
        "url": None,
        "passages": 1,
        "teasers": [],
        "copies": [],
        "origin": None,
    }
    assert [problem["source"] for problem in found["failed"]] == ["empty.txt"]


def test_index_and_documents_print_what_moved_and_what_are_copies(tmp_path: Path) -> None:
    archive, long = tmp_path / "archive", f"{REPORT} Il a coûté 4 millions de dollars en tout."
    (archive / "a.txt").rename(archive / "z.txt")
    for name in ("d.txt", "e.txt"):
        (archive / name).write_text(f"{long}\n\nVoir plus\nUn tramway\nIl circule.\n")
    report = printed("index", str(archive))
    assert_shaped(report, REPORTED)
    assert report["moved"] == [{"from": "a.txt", "to": "z.txt"}]
    assert (report["added"], report["copies"]) == (["d.txt"], ["e.txt"])
    found = printed("documents")
    assert_shaped(found, DOCUMENTS)
    (entry,) = [one for one in found["documents"] if one["source"] == "d.txt"]
    assert (entry["copies"], entry["teasers"]) == (["e.txt"], ["Un tramway"])
