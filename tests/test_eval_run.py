"""A run: a record for each question, kept as soon as it is there, and gone on with."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eval.questions import Gold, Question
from eval.records import Place, Record, record_from
from eval.run import Journal, run
from rag.answer import Assistant
from rag.errors import BadRequest
from rag.index import sync
from rag.records import Answer
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import CloseEmbeddings
    from tests.eval_records import SAID
else:
    from conftest import CloseEmbeddings
    from eval_records import SAID

ASKED = [
    Question("q0", "Combien mesure le pont de Kralanh ?", True, "fr", gold=(Gold("a.txt", SAID),)),
    Question("q1", "", True, "fr"),
    Question("q2", "Qui ?", False, "fr", gold=(Gold("none.txt", "x"),)),
]


class Counting(Assistant):
    """Knows what it was asked; from the `fails`-th question on it is interrupted."""

    fails = 10**6
    asked: list[str]

    def ask(self, question: str, **others: Any) -> Answer:
        if Counting.fails == 0:
            raise KeyboardInterrupt
        Counting.fails -= 1
        self.asked.append(question)
        return super().ask(question, **others)


@pytest.fixture
def assistant(store: Store, folder: Callable[..., Path]) -> Counting:
    embeddings = CloseEmbeddings()
    sync([folder(a_txt=f"Un pont\n\n{SAID}")], store, embeddings)
    Counting.fails = 10**6
    counting = Counting(store, embeddings)
    counting.asked = []
    return counting


def asked(assistant: Assistant, path: Path, identity: str = "one") -> list[Record]:
    journal = Journal(path, {"identity": identity})
    try:
        return run(ASKED, assistant, report=assistant.document, journal=journal)
    finally:
        journal.close()


def without_times(records: list[Record]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(json.dumps([record.as_json() for record in records]))
    for row in rows:
        row["ms"] = row["answer"]["timings"] = 0
    return rows


def test_each_question_has_its_record_in_order(assistant: Counting) -> None:
    steps: list[tuple[int, int]] = []
    records = run(
        ASKED,
        assistant,
        report=assistant.document,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert [record.question for record in records] == ASKED
    assert steps == [(1, 3), (2, 3), (3, 3)]
    first = records[0]
    assert first.gold == ((Place("a.txt", 9, 9 + len(SAID)),),)
    assert first.quotes_found == (True,) * len(first.cited) != ()
    assert first.ms == sum(first.answer["timings"].values())
    assert records[2].gold == ((),)
    row = json.loads(json.dumps(first.as_json()))
    assert list(row)[:4] == ["id", "answer", "passages", "ms"]
    assert record_from(row) == record_from(json.loads(json.dumps(record_from(row).as_json())))
    assert record_from(row).gold == first.gold


@pytest.mark.parametrize("fails", [0, 1, 2])
def test_a_run_that_was_cut_goes_on_where_it_stopped(
    assistant: Counting, tmp_path: Path, fails: int
) -> None:
    whole = without_times(asked(assistant, tmp_path / "whole.jsonl"))
    Counting.fails = fails
    assistant.asked = []
    with pytest.raises(KeyboardInterrupt):
        asked(assistant, tmp_path / "cut.jsonl")
    Counting.fails = 10**6
    assert without_times(asked(assistant, tmp_path / "cut.jsonl")) == whole
    assert assistant.asked == [question.question for question in ASKED]


@pytest.mark.parametrize("lost", [1, 30, 500])
def test_a_record_that_was_cut_short_is_asked_again_and_the_others_are_kept(
    assistant: Counting, tmp_path: Path, lost: int
) -> None:
    path = tmp_path / "cut.jsonl"
    whole = without_times(asked(assistant, path))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:-lost])
    assistant.asked = []
    assert without_times(asked(assistant, path)) == whole
    assert assistant.asked == [ASKED[-1].question]
    assert len(path.read_bytes().splitlines()) == 4


def test_the_journal_of_another_run_is_left_as_it_is(assistant: Counting, tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    asked(assistant, path)
    before = path.read_bytes()
    with pytest.raises(BadRequest, match="unfinished run"):
        asked(assistant, path, "another")
    assert path.read_bytes() == before


def test_a_full_disk_loses_no_finished_record(
    assistant: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cut.jsonl"
    written = Journal._write
    room = [2]

    def full(journal: Journal, line: bytes) -> None:
        if not room[0]:
            journal._file.write(line[:10])
            journal._file.flush()
            raise OSError(28, "No space left on device")
        room[0] -= 1
        written(journal, line)

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "_write", full)
        with pytest.raises(BadRequest, match=r"No space left.*make room and run the same"):
            asked(assistant, path)
    assistant.asked = []
    assert len(asked(assistant, path)) == 3
    assert assistant.asked == [question.question for question in ASKED[1:]]


def test_a_journal_that_cannot_be_made_is_a_bad_request(
    assistant: Counting, tmp_path: Path
) -> None:
    with pytest.raises(BadRequest, match="cannot be written"):
        asked(assistant, tmp_path / "nowhere" / "cut.jsonl")


def test_a_disk_that_is_full_to_the_end_is_told_in_one_line(
    assistant: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    journal = Journal(tmp_path / "cut.jsonl", {})
    journal._file.close()
    monkeypatch.setattr(journal, "_file", Path("/dev/full").open("wb"))  # noqa: SIM115
    with pytest.raises(BadRequest, match="No space left"):
        run(ASKED, assistant, report=assistant.document, journal=journal)
    journal.close()
