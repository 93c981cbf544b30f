"""Compare the ways to compute the default model: speed, memory, size, and what they find.

    python benchmarks/engines.py ../shared

Each way runs in a process of its own that stays up. They are asked in turn, in another order each
round, so that whatever else the machine does meets them all alike; ratios to the reference are
taken within a round. Writes results/engines.json and results/engines.md. The whole takes some 30
minutes on two cores; `--engines ov-bf16 ov-int8 --rounds 2` some three.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine_kinds import KINDS, REFERENCE
from engines_page import page
from record import RESULTS, circumstances, written
from retrieval import SETS, QuestionSet, Vectors, quality, read_set
from workers import Built, Failed, Worker, build

PACKAGES = (
    *("numpy", "openvino", "nncf", "onnx", "onnxruntime"),
    *("sentence-transformers", "torch", "transformers"),
)
QUERIES = 10
"""Questions asked of each way in each round."""

Figures = dict[str, dict[str, Any]]


def main() -> None:
    options = _options()
    facts = circumstances(PACKAGES) | {"passages": options.passages, "rounds": options.rounds}
    names = [name for name in KINDS if name == REFERENCE or name in options.engines]
    sets = {name: read_set(options.folder / "eval", name) for name in SETS}
    figures: Figures = {name: {"about": KINDS[name].about} for name in names}
    with tempfile.TemporaryDirectory() as made:
        built = _built(names, Path(made), options.build_limit, figures)
        with _started(built, figures) as workers:
            if not options.speed_only:
                _judge(workers, sets, figures)
            _time(workers, sets[SETS[0]], options.rounds, options.passages, figures)
    result = {"circumstances": facts, "engines": figures}
    written("engines", result, page(result), options.results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the folder that holds eval/")
    parser.add_argument(
        "--engines", nargs="+", choices=KINDS, default=list(KINDS), metavar="ENGINE",
        help=f"which to compare with {REFERENCE} (default: all): {', '.join(KINDS)}",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passages", type=int, default=200, help="embedded in each round")
    parser.add_argument("--speed-only", action="store_true", help="leave the quality out")
    parser.add_argument("--build-limit", type=float, default=600, help="seconds (default: 600)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to write")
    return parser.parse_args()


def _built(names: Sequence[str], made: Path, limit: float, figures: Figures) -> dict[str, Built]:
    """Make the files of each kind, once for those that share them; note what fails."""
    done: dict[str, Built | Failed] = {}
    for name in names:
        wanted = KINDS[name].build
        if wanted not in done:
            _say(f"building {wanted}")
            try:
                done[wanted] = build(wanted, made / wanted, limit)
            except Failed as failure:
                done[wanted] = failure
        _note(figures[name], done[wanted])
    return {name: found for name in names if isinstance(found := done[KINDS[name].build], Built)}


def _note(figures: dict[str, Any], built: Built | Failed) -> None:
    if isinstance(built, Failed):
        figures["failed"] = str(built)
        _say(f"  failed: {built}")
    else:
        figures |= {"build_seconds": built.seconds, "disk_megabytes": built.megabytes}


@contextmanager
def _started(built: Mapping[str, Built], figures: Figures) -> Iterator[dict[str, Worker]]:
    """Start a worker for each kind, one after another; note those that cannot be loaded."""
    workers: dict[str, Worker] = {}
    try:
        for name, files in built.items():
            _say(f"loading {name}")
            try:
                workers[name] = Worker(name, files)
            except Failed as failure:
                _note(figures[name], failure)
            else:
                figures[name]["load_seconds"] = workers[name].load_seconds
        yield workers
    finally:
        for worker in workers.values():
            worker.close()


def _judge(
    workers: Mapping[str, Worker], sets: Mapping[str, QuestionSet], figures: Figures
) -> None:
    """Let each kind encode all of the sets, and compare what it finds with the reference."""
    for set_name, questions in sets.items():
        reference = _vectors(workers[REFERENCE], questions)
        for name, worker in workers.items():
            if KINDS[name].judged:
                _say(f"judging {name} on {set_name}")
                found = reference if name == REFERENCE else _vectors(worker, questions)
                judged = quality(found, reference, questions.gold)
                figures[name].setdefault("quality", {})[set_name] = judged


def _vectors(worker: Worker, questions: QuestionSet) -> Vectors:
    return Vectors(
        worker.encode(questions.passages, "passage").vectors,
        worker.encode(questions.questions, "query").vectors,
    )


def _time(
    workers: Mapping[str, Worker],
    questions: QuestionSet,
    rounds: int,
    passages: int,
    figures: Figures,
) -> None:
    """Ask all workers in turn, `rounds` times, and note each time by itself."""
    step = max(1, len(questions.passages) // passages)
    sample = questions.passages[::step][:passages]
    for worker in workers.values():  # a runtime prepares for each new shape: once, not in a round
        worker.encode(sample, "passage")
    order = random.Random(0)
    for number in range(rounds):
        _say(f"round {number + 1} of {rounds}")
        asked = questions.questions[number * QUERIES : (number + 1) * QUERIES]
        for name in order.sample(list(workers), len(workers)):
            _time_one(workers[name], sample, asked, figures[name])
    for name, worker in workers.items():
        figures[name]["resident_megabytes"] = worker.megabytes()


def _time_one(
    worker: Worker, sample: Sequence[str], asked: Sequence[str], figures: dict[str, Any]
) -> None:
    speed = len(sample) / worker.encode(sample, "passage").seconds
    figures.setdefault("passages_per_second", []).append(speed)
    times = [1000 * worker.encode([question], "query").seconds for question in asked]
    figures.setdefault("query_milliseconds", []).extend(times)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
