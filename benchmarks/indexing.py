"""Measure what `sourcier index` takes beside embedding, and how it bears a long table and a kill.

    python benchmarks/indexing.py ../shared
    python benchmarks/indexing.py ../shared --records 100000

The first part indexes the same public passages as long text files and as a table of one record a
passage, and embeds the same texts with the engine alone, in turns, each in a fresh process. The
second part indexes a table of records, kills the program on its way, starts it again, and follows
its memory. Writes results/indexing.json and results/indexing.md, and keeps what is there of a part
that is not run. Linux only. On two cores the first part takes ten minutes to half an hour; the
second an hour or more for 100,000 records, or minutes with the model of `static_model.py`.
"""

import argparse
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from record import RESULTS, circumstances, preamble, table, written
from stack import Run, archive, run, step

PACKAGES = ("chromadb", "numpy", "openvino", "trafilatura")
SECONDS_BETWEEN_LOOKS = 2

Figures = dict[str, Any]


def main() -> None:
    options = _options()
    facts = circumstances(PACKAGES)
    source = options.folder / "eval" / "distractors_fr.passages.jsonl.gz"
    result = _kept(options.results / "indexing.json")
    with tempfile.TemporaryDirectory() as work:
        if options.rounds:
            result["beside"] = {"circumstances": facts, **besides(source, options, Path(work))}
        if options.records:
            long = records_of(source, options.records, Path(work) / "long")
            name = options.model.name if options.model else "the default model"
            result.setdefault("long", {})[name] = {
                "circumstances": facts,
                **killed_and_resumed(long, options, Path(work) / "c"),
            }
    written("indexing", result, page(result), options.results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the folder that holds eval/")
    parser.add_argument("--passages", type=int, default=2000, help="rows of text to index")
    parser.add_argument("--rounds", type=int, default=3, help="0: leave the first part out")
    parser.add_argument("--records", type=int, default=0, help="records of the long table")
    parser.add_argument("--model", type=Path, help="folder of the model for the long table")
    parser.add_argument("--kill-after", type=float, default=600, help="seconds")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to write")
    return parser.parse_args()


def _kept(results: Path) -> Figures:
    found: Figures = json.loads(results.read_text()) if results.exists() else {}
    return found


def records_of(source: Path, records: int, folder: Path) -> Path:
    """Write the first records of `source` as one table, in an order that mixes its parts."""
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        rows = list(lines)
    folder.mkdir()
    with (folder / "records.jsonl").open("w", encoding="utf-8") as table_of_records:
        table_of_records.writelines(islice(random.Random(0).sample(rows, len(rows)), records))
    return folder


# --- beside embedding ------------------------------------------------------------------------


def besides(source: Path, options: argparse.Namespace, work: Path) -> Figures:
    """Index the first passages of `source` as text files and as a table."""
    files = archive(source, options.passages, work / "files")
    records = records_of(source, options.passages, work / "records")
    return {
        "rounds": options.rounds,
        "texts": {
            "text files": beside(files, options.rounds, work / "a"),
            "JSONL, one record a passage": beside(records, options.rounds, work / "b"),
        },
    }


def beside(archive: Path, rounds: int, work: Path) -> Figures:
    """Index `archive`, and embed the same texts and nothing else, `rounds` times each."""
    work.mkdir()
    texts = work / "texts.json"
    prepared = step("prepare", str(archive), str(texts)).printed
    runs: dict[str, list[Run]] = defaultdict(list)
    order = random.Random(0)
    for number in range(rounds):
        ways: dict[str, Callable[[], Run]] = {
            "index": lambda n=number: run(*_index(work / f"index{n}", archive)),  # type: ignore[misc]
            "bare": lambda: step("bare", str(texts)),
        }
        for name in order.sample(list(ways), len(ways)):
            print(f"{archive.name}, round {number + 1} of {rounds}: {name}", file=sys.stderr)
            runs[name].append(ways[name]())
    return {
        "passages": prepared["passages"],
        "index_seconds": [one.seconds for one in runs["index"]],
        "bare_seconds": [one.seconds for one in runs["bare"]],
        "encode_seconds": [one.printed["encode_seconds"] for one in runs["bare"]],
        "peak_megabytes": [one.megabytes for one in runs["index"]],
    }


def _index(index: Path, archive: Path) -> tuple[str, ...]:
    sourcier = Path(sys.executable).with_name("sourcier")
    return (str(sourcier), "--index", str(index), "index", str(archive), "--json")


# --- a long table, killed on its way -----------------------------------------------------------


def killed_and_resumed(archive: Path, options: argparse.Namespace, work: Path) -> Figures:
    """Index `archive`, kill it with all it started after a while, and index it again."""
    if options.model:
        os.environ["SOURCIER_EMBEDDING_MODEL"] = str(options.model.resolve())
    first = _followed(_index(work, archive), options.kill_after)
    sourcier = Path(sys.executable).with_name("sourcier")
    listed = run(str(sourcier), "--index", str(work), "documents", "--json").printed
    second = _followed(_index(work, archive), None)
    return {
        "records": options.records,
        "killed_after": first["seconds"],
        "reports_then": len(listed["documents"]),
        "first": first,
        "second": second,
        "disk_megabytes": sum(f.stat().st_size for f in work.rglob("*") if f.is_file()) / 1e6,
    }


def _followed(command: tuple[str, ...], kill_after: float | None) -> Figures:
    """Run `command` and note its memory, its helpers' included; kill it when it is time."""
    started = time.perf_counter()
    memory: list[tuple[float, float]] = []
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.DEVNULL, start_new_session=True
        )
        while process.poll() is None:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            seconds = time.perf_counter() - started
            memory.append((round(seconds, 1), _megabytes(process.pid)))
            if kill_after and seconds > kill_after:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        out.seek(0)
        told = json.loads(out.read() or b"{}")
    return {
        "seconds": time.perf_counter() - started,
        "memory": [one for one in memory if one[1]],
        "told": {key: len(value) for key, value in told.items() if isinstance(value, list)},
    }


def _megabytes(process: int) -> float:
    """Return what a process and those it started hold, less what files back; 0 if it ended."""
    try:
        first = psutil.Process(process)
        held = [one.memory_info() for one in (first, *first.children(recursive=True))]
    except psutil.NoSuchProcess:
        return 0.0
    return sum(one.rss - one.shared for one in held) / 1e6


# --- how it is written -----------------------------------------------------------------------


def page(result: Figures) -> str:
    """Return the page with a section for each part that was ever run, each with its own place."""
    parts = ["# What indexing takes", "Written by `benchmarks/indexing.py`."]
    if beside := result.get("beside"):
        parts += [
            f"## Beside embedding\n\n{preamble(beside['circumstances'])} Medians of "
            f"{beside['rounds']}, from start to end of the process; the ratio is taken within a "
            "round.",
            table(
                ("the same text as", "passages", "index, passages/s", "bare, passages/s",
                 "index / bare", "index / embedding alone", "peak RSS, MB"),
                [_beside(name, figures) for name, figures in beside["texts"].items()],
            ),
        ]  # fmt: skip
    for model, long in result.get("long", {}).items():
        parts += [_long_heading(model, long), _long(long)]
    return "\n\n".join(parts) + "\n"


def _beside(name: str, figures: Figures) -> list[str]:
    whole = figures["index_seconds"]
    ratios = [
        f"{median(ours / bare for ours, bare in zip(whole, figures[key], strict=True)):.3f}"
        for key in ("bare_seconds", "encode_seconds")
    ]
    return [
        name,
        f"{figures['passages']}",
        f"{figures['passages'] / median(whole):.1f}",
        f"{figures['passages'] / median(figures['bare_seconds']):.1f}",
        *ratios,
        f"{median(figures['peak_megabytes']):.0f}",
    ]


def _long_heading(model: str, long: Figures) -> str:
    told = long["second"]["told"]
    kept = told.get("unchanged", 0)
    return (
        f"## {long['records']:,} records with {model}, killed on the way\n\n"
        f"{preamble(long['circumstances'])} Killed after "
        f"{long['killed_after']:.0f} s, with {long['reports_then']} reports listed; started again, "
        f"it kept {kept} and added {told.get('added', 0)} (and {told.get('copies', 0)} copies) in "
        f"{long['second']['seconds']:.0f} s, of which it failed {told.get('failed', 0)}. "
        f"{long['disk_megabytes']:.0f} MB on disk. "
        "Memory of the process and its helpers, less what files back:"
    )


def _long(long: Figures) -> str:
    rows = []
    for name in ("first", "second"):
        memory = long[name]["memory"]
        for share in (0.1, 0.25, 0.5, 0.75, 1.0):
            seconds, megabytes = memory[min(len(memory) - 1, int(share * len(memory)))]
            peak = max(held for at, held in memory if at <= seconds)
            rows.append([name, f"{seconds:.0f}", f"{megabytes:.0f}", f"{peak:.0f}"])
    return table(("run", "after, s", "MB", "highest so far, MB"), rows)


if __name__ == "__main__":
    main()
