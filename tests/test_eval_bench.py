"""Sets and runs of a program that stays open: added, asked in a thread, stopped, gone on with."""

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from eval.bench import Bench, NoSuchSet, RunGoesOn, SetTooLarge
from eval.command import FaultySet
from eval.run import NotARun, NotKept
from eval.sets import EmptySet
from rag.config import read_settings

if TYPE_CHECKING:
    from tests.eval_asked import ROWS, StandIn, row
else:
    from eval_asked import ROWS, StandIn, row


@pytest.fixture
def assistant() -> StandIn:
    return StandIn()


@pytest.fixture
def bench(assistant: StandIn, tmp_path: Path) -> Bench:
    made = Bench(
        assistant, read_settings(), sets=tmp_path / "sets", runs=tmp_path / "data" / "runs"
    )
    made.keep("mine.jsonl", lines(*ROWS))
    return made


def lines(*rows: Any) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def ran(bench: Bench, name: str = "mine.jsonl", **how: Any) -> str:
    """Ask a set to its end, and return the name of the run."""
    running = bench.start(name, **how)
    assert running.ended.wait(20)
    if running.trouble:
        raise running.trouble
    return running.name


def test_a_run_is_kept_as_the_command_keeps_it_and_listed(bench: Bench, tmp_path: Path) -> None:
    name = ran(bench)
    folder = tmp_path / "data" / "runs" / name
    assert {path.name for path in folder.iterdir()} == {"run.json", "report.html"}
    (kept,) = bench.runs()
    assert (kept.name, kept.of) == (name, "mine")
    assert len(bench.run(name).records) == len(ROWS)
    assert [one.record.id for one in bench.failed(name)] == ["q2", "q3"]


def test_a_run_that_the_command_made_is_listed_too(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "runs"
    (folder / ran(bench)).rename(folder / "baseline")
    (kept,) = bench.runs()
    assert (kept.name, kept.of) == ("baseline", "baseline")


def test_two_runs_of_one_second_are_two(bench: Bench) -> None:
    first = ran(bench)
    second = ran(bench, before=first)
    assert [one.name for one in bench.runs()] == [second, first]
    assert bench.compared(first, second).broken == ()


def test_a_run_that_was_stopped_goes_on_where_it_stopped(bench: Bench, assistant: StandIn) -> None:
    assistant.gate = threading.Semaphore(1)
    running = bench.start("mine.jsonl")
    while running.done < 1:
        running.ended.wait(0.01)
    bench.stop()
    assistant.gate.release()
    assert running.ended.wait(20)
    assert (running.was_stopped, running.done, bench.runs()) == (True, 2, [])
    assert bench.unfinished("mine.jsonl") == 2
    assistant.gate, assistant.asked = None, []
    ran(bench)
    assert assistant.asked == [ROWS[2]["question"]]
    assert bench.unfinished("mine.jsonl") == 0


def test_a_set_that_changed_begins_anew_and_what_was_cut_stays(
    bench: Bench, assistant: StandIn, tmp_path: Path
) -> None:
    assistant.failure = ValueError("the power went")
    with pytest.raises(ValueError, match="power"):
        ran(bench)
    assistant.failure = None
    (tmp_path / "sets" / "mine.jsonl").write_bytes(lines(ROWS[0]))
    assert len(bench.run(ran(bench)).records) == 1
    assert bench.unfinished("mine.jsonl") == 0
    assert len(list((tmp_path / "data" / "runs").glob("*/"))) == 2


def test_one_run_at_a_time(bench: Bench, assistant: StandIn, tmp_path: Path) -> None:
    assistant.gate = threading.Semaphore(0)
    running = bench.start("mine.jsonl")
    with pytest.raises(RunGoesOn):
        bench.start("mine.jsonl")
    assistant.gate.release(9)
    assert running.ended.wait(20)
    with FileLock(tmp_path / "data" / "runs" / ".asking"), pytest.raises(RunGoesOn):
        ran(bench)


def test_a_set_with_faults_is_asked_only_without_them(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "sets" / "mine.jsonl").write_bytes(lines(ROWS[0]) + b"{\n")
    with pytest.raises(FaultySet):
        ran(bench)
    assert not list((tmp_path / "data" / "runs").glob("*/"))
    assert len(bench.run(ran(bench, lenient=True)).records) == 1


def test_what_is_not_there_is_told(bench: Bench, tmp_path: Path) -> None:
    for name in ("no.jsonl", "../sets/mine.jsonl", ""):
        with pytest.raises(NoSuchSet):
            bench.start(name)
    for name in ("no", "../../sets", ""):
        with pytest.raises(NotARun):
            bench.run(name)
    (tmp_path / "sets" / "empty.jsonl").touch()
    with pytest.raises(EmptySet):
        bench.checked("empty.jsonl")


def test_runs_that_cannot_be_kept_are_told(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(NotKept):
        ran(bench)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("own.jsonl", "own.jsonl"),
        ("../../x.jsonl", "x.jsonl"),
        ("..\\x.exe", "x.jsonl"),
        ("Série d’été.jsonl", "Série d-été.jsonl"),
        ("....", "questions.jsonl"),
        ("mine.jsonl", "mine-2.jsonl"),
    ],
)
def test_a_set_is_added_under_a_name_of_its_own(
    bench: Bench, tmp_path: Path, name: str, kept: str
) -> None:
    own = tmp_path / "upload"
    own.write_bytes(lines(row("a", "Le pont ?")))
    assert bench.add(own, name)[0] == kept
    assert bench.add(own, name)[0] == kept, "the same set twice is one"
    assert (tmp_path / "sets" / kept).read_bytes() == own.read_bytes()


def test_a_set_that_cannot_be_asked_is_not_added(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "upload"
    own.write_bytes(b"\x7fELF\xff\n")
    name, found = bench.add(own, "own.jsonl")
    assert (name, len(found.faults)) == ("", 1)
    monkeypatch.setattr("eval.bench.LARGEST_SET", 3)
    with pytest.raises(SetTooLarge):
        bench.add(own, "own.jsonl")
    assert bench.sets() == ["mine.jsonl"]
