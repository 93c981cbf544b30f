"""Public sets in their own formats, and questions proposed for one's own archive."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eval.draft import drafts
from eval.public import convert
from eval.questions import question_of
from eval.sets import read_sets
from rag.clean import labelled
from rag.errors import BadRequest
from rag.load import read
from rag.records import Document

if TYPE_CHECKING:
    from tests.conftest import CORPUS, report_in
else:
    from conftest import CORPUS, report_in

SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Pont_de_Kralanh",
            "paragraphs": [
                {
                    "context": "Le pont mesure 412 mètres.",
                    "qas": [
                        {
                            "id": "a",
                            "question": "Combien mesure le pont ?",
                            "answers": [{"text": "412 mètres", "answer_start": 15}] * 2,
                        },
                        {"id": "b", "question": "Qui ?", "answers": [], "is_impossible": True},
                    ],
                }
            ],
        }
    ],
}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_file_as_squad_s_becomes_an_archive_and_a_set(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text(json.dumps(SQUAD))
    written = convert(tmp_path / "set.json", tmp_path / "out")
    assert (written.passages, written.asked) == (1, 2)
    (table,) = written.archive.iterdir()
    with table.open("rb") as file:
        (document,) = read(file, table.name)
    assert isinstance(document, Document)
    assert (document.source, document.title) == ("0-0", "Pont de Kralanh")
    answerable, impossible = read_sets(
        [written.questions], {document.source: document}.get
    ).questions
    assert (answerable.answers, answerable.gold_passage_ids) == (("412 mètres",), ("0-0",))
    assert not impossible.answerable


def test_a_folder_as_beir_s_becomes_an_archive_and_a_set(tmp_path: Path) -> None:
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        '{"_id": "d1", "title": "T", "text": "Un."}\n\n{"_id": "d2", "text": "Deux."}\n'
    )
    (folder / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "Un ?"}\n{"_id": "q2", "text": "Rien ?"}\n'
    )
    head = "query-id\tcorpus-id\tscore\n"
    (folder / "qrels" / "dev.tsv").write_text(f"{head}q2\td2\t1\n")
    (folder / "qrels" / "test.tsv").write_text(f"{head}q1\td1\t1\nq1\td2\t0\n")
    written = convert(folder, tmp_path / "out")
    assert rows(written.questions) == [
        {"id": "q1", "question": "Un ?", "answerable": True, "gold_passage_ids": ["d1"]}
    ]
    assert written.passages == 2


@pytest.mark.parametrize("content", [None, "{", "[]", '{"data": [{"paragraphs": [{}]}]}'])
def test_what_is_no_public_set_is_a_bad_request(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "set.json").write_text(content)
    with pytest.raises(BadRequest, match="no public set"):
        convert(tmp_path / "set.json", tmp_path / "out")
    with pytest.raises(BadRequest, match="no public set"):
        convert(tmp_path, tmp_path / "out")


def archive() -> dict[str, Document]:
    paths = sorted(CORPUS.glob("*-*.txt"))[:25]
    return {path.name: labelled(report_in(path)) for path in paths}


def test_drafts_are_in_order_and_their_quotes_hold_the_answer(tmp_path: Path) -> None:
    reports = archive()
    proposed = drafts(list(reports.values()), 40)
    assert len(proposed) == 40
    assert {question.kind for question in proposed} == {"date", "number", "name"}
    assert len({question.gold[0].source for question in proposed}) == 25
    for question in proposed:
        assert question.answers[0] in question.gold[0].quote
        before, gap, after = question.question.partition("[…]")
        whole = f"{before.partition(' : « ')[2]}{question.answers[0]}{after}"
        assert gap
        assert "".join(whole.split()).startswith("".join(question.gold[0].quote.split()))
    path = tmp_path / "drafts.jsonl"
    path.write_text("".join(f"{json.dumps(q.as_row())}\n" for q in proposed), encoding="utf-8")
    sets = read_sets([path], reports.get)
    assert (sets.faults, sets.questions, sets.drafts) == ((), (), 40)
    accepted = [question_of(q.as_row() | {"draft": False}) for q in proposed]
    assert not any(question.draft for question in accepted)


def test_drafts_are_the_same_each_time_and_no_more_than_there_are() -> None:
    reports = list(archive().values())[:2]
    assert drafts(reports, 5) == drafts(reports, 5)
    assert 0 < len(drafts(reports, 10_000)) < 100
    assert drafts([], 5) == []
    assert drafts([labelled(Document("a.txt", "Rien à dire ici."))], 5) == []
