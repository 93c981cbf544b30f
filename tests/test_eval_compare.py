"""Two runs side by side, and the gate that a build obeys."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eval.compare import compared, records_in
from eval.figures import figures
from eval.flaws import flaw
from eval.gate import read_gate
from eval.records import Record
from eval.sets import Fault, Sets
from eval.show import differences, faults, left_out, table
from rag.errors import BadRequest

if TYPE_CHECKING:
    from tests.eval_records import REFUSED, SAID, answer, question, record
else:
    from eval_records import REFUSED, SAID, answer, question, record


def told(right: str) -> list[Record]:
    """Return a record a letter: right for a small letter, wrong for a capital."""
    return [
        record(question("412", id=one.lower()), answer(SAID if one.islower() else "Il a plu."))
        for one in right
    ]


def test_what_turned_from_right_to_wrong_and_back_is_named() -> None:
    found = compared(told("abCDx"), told("aBcDy"))
    assert (found.broken, found.mended) == (("b",), ("c",))
    assert (found.only_before, found.only_after) == (1, 1)
    facts = next(one for one in found.differences if one.measure.name == "facts")
    assert (facts.before, facts.after) == (0.5, 0.5)
    assert facts.low < 0 < facts.high
    assert not facts.is_shown


def test_a_question_in_other_words_is_another_question() -> None:
    other = record(question("412", id="a", kind="x"), answer(SAID))
    changed = record(question("412", id="b"), answer(SAID))
    found = compared([other], [changed])
    assert (found.only_before, found.only_after, found.differences) == (1, 1, ())
    assert "No question" in differences(found)


def test_both_runs_are_judged_by_the_labels_of_the_later() -> None:
    mended = [record(question("Il a plu", id=one.id), one.answer) for one in told("aB")]
    found = compared(told("aB"), mended)
    assert (found.broken, found.mended) == ((), ())


def test_a_difference_that_every_question_shows_is_shown_and_called_better_or_worse() -> None:
    names = "abcdefghij"
    found = compared(told(names), told(names.upper()))
    (facts,) = (one for one in found.differences if one.measure.name == "facts")
    assert (facts.low, facts.high, facts.is_shown) == (-1.0, -1.0, True)
    lines = differences(found).splitlines()
    assert next(line for line in lines if line.startswith("facts")).endswith("worse")
    assert "10 from right to wrong: a, b" in differences(found)
    back = differences(compared(told(names.upper()), told(names))).splitlines()
    assert next(line for line in back if line.startswith("facts")).endswith("better")


def test_a_paired_interval_is_narrower_than_that_of_runs_that_know_nothing_of_each_other() -> None:
    before, after = told("abcdefghijKLMNOPQRST"), told("abcdefghijkLMNOPQRST")
    (facts,) = (d for d in compared(before, after).differences if d.measure.name == "facts")
    alone = figures(before)["all"]["facts"]
    assert facts.high - facts.low < (alone.high - alone.low) / 2


@pytest.mark.parametrize("content", [None, b"", b"{}", b"[]", b'{"records": [3]}', b"\xff"])
def test_what_is_no_run_is_a_bad_request(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(BadRequest, match="is no run"):
        records_in(tmp_path)


def kept(records: list[Record], path: Path) -> Path:
    path.write_text(json.dumps({"records": [one.as_json() for one in records]}))
    return path


def gate(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "gate.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_gate_names_the_lines_that_are_not_met_and_their_figures(tmp_path: Path) -> None:
    conditions = read_gate(
        gate(
            tmp_path,
            "# what must be",
            "facts >= 0.5",
            "facts>=0.75",
            "fr facts >= 0.5   # of the French",
            "wrongly_refused <= 0",
            "vi facts >= 0.1",
        )
    )
    records = [*told("aB"), record(question("412", id="c"), REFUSED), *told("d")]
    assert conditions.failures(records) == [
        "line 3: facts>=0.75: it is 0.5, not >= 0.75",
        "line 5: wrongly_refused <= 0: it is 0.25, not <= 0",
        "line 6: vi facts >= 0.1: this run has no such figure",
    ]


def test_a_gate_may_ask_to_be_no_worse_than_a_run(tmp_path: Path) -> None:
    kept(told("abcdeFGHIJ"), tmp_path / "before.json")
    conditions = read_gate(gate(tmp_path, "run before.json", "facts >= run - 0.1", "facts >= run"))
    assert conditions.failures(told("abcdEFGHIJ")) == [
        "line 3: facts >= run: it is 0.4, not >= 0.5 +0 = 0.5"
    ]
    assert len(conditions.failures(told("abcDEFGHIJ"))) == 2


def test_a_gate_compares_only_what_both_runs_were_asked(tmp_path: Path) -> None:
    kept(told("ABCd"), tmp_path / "before.json")
    conditions = read_gate(gate(tmp_path, "run before.json", "facts >= run"))
    assert conditions.failures(told("ABCdxyz")) == conditions.failures(told("dXYZ")) == []
    (failure,) = conditions.failures(told("xyz"))
    assert failure.endswith("the questions that both runs asked have no such figure")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("facts > 0.5", "is no condition"),
        ("fact >= 0.5", "is no condition"),
        ("facts >=", "is no condition"),
        ("facts >= 0.5.5", "is no number"),
        ("facts >= run - 0.1", "names none"),
        ("facts >= run 0.1", "is no condition"),
        ("# nothing", "has no condition"),
        ("run a.json\nrun b.json\nfacts >= 0", "more than one run"),
        ("run nowhere.json\nfacts >= 0", "is no run"),
    ],
)
def test_a_line_that_is_no_condition_is_named(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        read_gate(gate(tmp_path, line))


def test_a_gate_that_is_not_there_is_a_bad_request(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be read"):
        read_gate(tmp_path / "none")


def test_a_table_has_a_column_a_group_and_the_interval_of_the_first() -> None:
    shown = table(figures([*told("aB"), record(question(language="en"), REFUSED)]), ["all", "en"])
    lines = [line.split() for line in shown.splitlines()]
    assert lines[0] == ["all", "95", "%", "en"]
    assert ["facts", "0.5", "0–1"] in lines
    assert lines[-1] == ["questions", "3", "1"]


def test_faults_are_listed_and_counted() -> None:
    sets = Sets((question(),), (Fault(Path("a.jsonl"), 3, flaw("empty")),) * 2, drafts=1)
    assert faults(sets).splitlines() == [
        "a.jsonl:3: the question is empty",
        "a.jsonl:3: the question is empty",
        "2 faults; 1 questions, 1 drafts can be asked.",
    ]
    assert "nothing is wrong" in faults(Sets((question(),), ()))
    assert left_out(sets) == ("Left out: 1 questions with faults, 1 drafts that nobody accepted.")
    assert left_out(Sets((question(),), ())) == ""


def test_a_group_may_have_any_name(tmp_path: Path) -> None:
    asked = [record(question("412", kind=kind), REFUSED) for kind in ("run", "multi hop", "C#")]
    lines = [f"{kind} facts >= 0.5" for kind in ("run", "multi hop", "C#")]
    assert len(read_gate(gate(tmp_path, *lines)).failures(asked)) == 3


def test_what_only_one_run_tells_is_not_compared() -> None:
    found = compared(told("a"), [record(question("412", id="a"), REFUSED)])
    assert "refusal_precision" not in {one.measure.name for one in found.differences}
    assert "nan" not in differences(found)


def test_a_run_that_lacks_what_measures_read_is_no_run(tmp_path: Path) -> None:
    row = told("a")[0].as_json()
    row["answer"] = {"refused": False}
    (tmp_path / "run.json").write_text(json.dumps({"records": [row]}))
    with pytest.raises(BadRequest, match="is no run"):
        records_in(tmp_path)
