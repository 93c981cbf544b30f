"""`sourcier eval` from the command line: runs, checks, comparisons, gates."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from eval.run import Journal
from rag.cli import main
from rag.config import Settings

if TYPE_CHECKING:
    from tests.conftest import CloseEmbeddings
    from tests.eval_records import SAID
else:
    from conftest import CloseEmbeddings
    from eval_records import SAID

QUESTION = {
    "id": "q1",
    "question": "Combien mesure le pont de Kralanh ?",
    "answerable": True,
    "lang": "fr",
    "kind": "number",
    "must_mention": ["412"],
    "gold": [{"source": "a.txt", "quote": "mesure 412 mètres"}],
}
NONE = {"id": "q2", "question": "Qui dirige le Pérou ?", "answerable": False, "lang": "fr"}


class StandIn(CloseEmbeddings):
    def __init__(self, settings: Settings) -> None:
        self.name = settings.embedding_model


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in ("rag.embed", "rag.index", "eval.command"):
        monkeypatch.setattr(f"{module}.SentenceEmbeddings", StandIn)
    monkeypatch.chdir(tmp_path)
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "a.txt").write_text(f"Un pont\n\n{SAID}", encoding="utf-8")


def questions(*rows: dict[str, Any]) -> str:
    Path("set.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return "set.jsonl"


def evaluated(*options: str) -> Result:
    arguments = ["eval", *options]
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def asked() -> str:
    assert CliRunner().invoke(main, ["index", "archive"]).exit_code == 0
    return questions(QUESTION, NONE)


def test_a_run_is_kept_as_the_contract_lays_it_down(asked: str) -> None:
    result = evaluated(asked, "--out", "runs/one")
    assert result.exit_code == 0, result.output
    run = json.loads(Path("runs/one/run.json").read_text(encoding="utf-8"))
    assert {"settings", "measures", "records"} <= run.keys()
    assert [record["id"] for record in run["records"]] == ["q1", "q2"]
    for record in run["records"]:
        assert {"id", "answer", "passages", "ms"} <= record.keys()
        assert "412" in record["answer"]["text"] or record["answer"]["refused"]
    assert run["measures"]["all"]["facts"] == 1.0
    assert run["measures"]["number"]["citation_precision"] == 1.0
    assert run["intervals"]["all"]["facts"] == [1.0, 1.0]
    told = run["settings"]
    assert (len(told["commit"]) >= 40, told["sets"][0]["file"]) == (True, "set.jsonl")
    assert {"model", "reports", "version", "machine", "index"} <= told.keys()
    assert not Path("runs/one/records.jsonl").exists()
    assert "Un pont" not in Path("runs/one/report.html").read_text(encoding="utf-8")  # all right
    assert (
        json.loads(evaluated(asked, "--json").stdout)["measures"].keys() == run["measures"].keys()
    )


def test_the_table_shows_citations_only_beside_correctness(asked: str) -> None:
    lines = [line.split()[0] for line in evaluated(asked).stdout.splitlines()[1:]]
    assert lines.index("facts") < lines.index("citation_precision")
    assert lines[-1] == "questions"


def test_a_folder_can_be_indexed_for_the_occasion() -> None:
    result = evaluated(questions(QUESTION), "--archive", "archive")
    assert result.exit_code == 0, result.output
    assert not Path(".sourcier").exists()


@pytest.mark.usefixtures("asked")
def test_a_set_with_faults_is_refused_listed_or_asked_without_them() -> None:
    faulty = questions(
        QUESTION, NONE | {"note": "?"}, QUESTION | {"id": "q3", "gold": []}, QUESTION
    )
    refused = evaluated(faulty)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "set.jsonl:2: unknown field 'note' and 1 more" in refused.stderr
    assert "--check" in refused.stderr
    listed = evaluated(faulty, "--check")
    assert listed.exit_code == 1
    assert [line.partition(":")[2][:1] for line in listed.stdout.splitlines()[:2]] == ["2", "4"]
    lenient = evaluated(faulty, "--lenient", "--json")
    assert [one["id"] for one in json.loads(lenient.stdout)["records"]] == ["q1", "q2", "q3"]
    assert "Left out: 1 questions with faults, 1 unknown fields." in lenient.stderr


def test_a_set_in_order_is_said_to_be(asked: str) -> None:
    result = evaluated(asked, "--check")
    assert (result.exit_code, result.stdout) == (0, "2 questions: nothing is wrong with them.\n")


def test_an_interrupted_run_goes_on_and_another_set_does_not_get_into_it(
    asked: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    added = Journal.add

    def stopped(journal: Journal, record: Any) -> None:
        added(journal, record)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "add", stopped)
        assert evaluated(asked, "--out", "run").exit_code != 0
    assert len(Path("run/records.jsonl").read_bytes().splitlines()) == 2
    other = evaluated(questions(QUESTION), "--out", "run")
    assert (other.exit_code, "unfinished run" in other.stderr) == (1, True)
    again = evaluated(questions(QUESTION, NONE), "--out", "run", "--json")
    assert "Going on: 1 of 2 are answered already." in caplog.text
    assert len(json.loads(again.stdout)["records"]) == 2


def test_two_runs_are_compared(asked: str) -> None:
    unlabelled = questions(QUESTION | {"gold": []}, NONE)
    result = evaluated(unlabelled, "--out", "before")
    assert "report.html: 0 failed" in result.stderr
    Path("archive/a.txt").write_text(f"Un pont\n\n{SAID.replace('412', '214')}", encoding="utf-8")
    assert CliRunner().invoke(main, ["index", "archive"]).exit_code == 0
    result = evaluated(unlabelled, "--compare", "before", "--out", "after")
    assert result.exit_code == 0
    assert "1 from right to wrong: q1" in result.stdout
    assert "report.html: 1 failed, the worst first." in result.stderr
    assert evaluated(asked, "--compare", "nowhere").exit_code == 1


def test_a_gate_that_is_not_met_ends_with_1_and_names_its_lines(asked: str) -> None:
    Path("gate.txt").write_text("facts >= 0.5\nrefusal_recall >= 1.1\n")
    result = evaluated(asked, "--gate", "gate.txt")
    assert result.exit_code == 1
    assert "gate: line 2: refusal_recall >= 1.1: it is 1, not >= 1.1" in result.stderr
    assert "facts" in result.stdout
    Path("gate.txt").write_text("facts >= 0.5\n")
    assert evaluated(asked, "--gate", "gate.txt").exit_code == 0
    Path("gate.txt").write_text("facts => 0.5\n")
    assert "is no condition" in evaluated(asked, "--gate", "gate.txt").stderr


@pytest.mark.usefixtures("asked")
def test_questions_are_proposed_on_the_reports_of_the_index() -> None:
    result = evaluated("--draft", "3")
    assert result.exit_code == 0, result.output
    (row,) = map(json.loads, result.stdout.splitlines())
    assert (row["draft"], row["gold"][0]["source"]) == (True, "a.txt")
    assert "1 drafts" in result.stderr


def test_a_public_set_is_converted_and_asked() -> None:
    public = {
        "data": [
            {
                "paragraphs": [
                    {
                        "context": SAID,
                        "qas": [
                            {
                                "id": 1,
                                "question": QUESTION["question"],
                                "answers": [{"text": "412"}],
                            }
                        ],
                    }
                ]
            }
        ]
    }
    Path("squad.json").write_text(json.dumps(public))
    converted = evaluated("squad.json", "--convert", "out")
    assert converted.exit_code == 0, converted.output
    *_, command = converted.stderr.splitlines()
    result = evaluated(*command.split()[2:], "--json")
    assert json.loads(result.stdout)["measures"]["all"]["recall_1"] == 1.0


def test_a_run_without_a_set_names_the_command() -> None:
    result = evaluated()
    assert (result.exit_code, "sourcier eval FILE" in result.stderr) == (2, True)
