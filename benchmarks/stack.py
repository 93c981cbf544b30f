"""Compare the whole program with the stack one would otherwise put together, on the same text.

    python benchmarks/stack.py ../shared

Two questions: how long indexing and a cold answer take beside LangChain's splitter, its
HuggingFaceEmbeddings with the same weights, and its Chroma; how much memory the chat takes with
20,000 passages (what indexing adds to embedding: `indexing.py`). Every command runs in a fresh
process, in another order each round. Writes results/stack.json and results/stack.md. Linux only.
Takes some 20 minutes on two cores.
"""

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from record import RESULTS, circumstances, preamble, table, written
from stack_steps import QUESTIONS

PACKAGES = (
    *("chromadb", "gradio", "langchain-chroma", "langchain-core", "langchain-huggingface"),
    *("langchain-text-splitters", "openvino", "sentence-transformers", "torch"),
)
TOGETHER = 10
"""Passages without a title that make one report."""

Figures = dict[str, Any]


def main() -> None:
    options = _options()
    facts = circumstances(PACKAGES) | {"rounds": options.rounds}
    source = options.folder / "eval" / "distractors_fr.passages.jsonl.gz"
    with tempfile.TemporaryDirectory() as work:
        small = archive(source, options.passages, Path(work) / "small")
        result = indexed(small, options.rounds, Path(work))
        result |= asked(options.rounds, result.pop("model"), Path(work))
        if options.memory:
            large = archive(source, options.memory, Path(work) / "large")
            result["memory"] = remembered(large, Path(work))
    result = {"circumstances": facts, **result}
    written("stack", result, page(result), options.results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the folder that holds eval/")
    parser.add_argument("--passages", type=int, default=2000, help="rows of text to index")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--memory",
        type=int,
        default=44000,
        help="rows of text of the chat's index, short ones: some 20,000 passages; 0: leave out",
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to write")
    return parser.parse_args()


# --- what is measured ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """A process that has ended: its wall time, its peak of resident memory, what it printed."""

    seconds: float
    megabytes: float
    printed: dict[str, Any]


def run(*command: str) -> Run:
    """Run a command that prints one JSON object."""
    # Offline, and no reports of use: neither is what is to be timed.
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}
    started = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors)
        assert process.stdout
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        errors.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command[:3])} failed:\n{errors.read().decode()[-2000:]}")
    return Run(seconds, used.ru_maxrss * 1024 / 1e6, json.loads(printed))


def sourcier(index: Path, *arguments: str) -> Run:
    return run(str(Path(sys.executable).with_name("sourcier")), "--index", str(index), *arguments)


def step(name: str, *arguments: str) -> Run:
    """Run a step of `stack_steps.py`."""
    return run(sys.executable, str(Path(__file__).with_name("stack_steps.py")), name, *arguments)


def archive(source: Path, passages: int, folder: Path) -> Path:
    """Write the first passages of `source` as reports: a title is one, with its title first."""
    reports: dict[str, list[str]] = defaultdict(list)
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(islice(lines, passages)):
            row = json.loads(line)
            key = row["title"] or f"untitled {number // TOGETHER}"
            reports[key] = reports[key] or ([f"{row['title']}\n"] if row["title"] else [])
            reports[key].append(row["text"])
    folder.mkdir()
    for number, texts in enumerate(reports.values()):
        (folder / f"{number:06}.txt").write_text("\n".join(texts), encoding="utf-8")
    return folder


def indexed(archive: Path, rounds: int, work: Path) -> Figures:
    """Index `archive` with both stacks, `rounds` times each."""
    texts = work / "texts.json"
    _say("preparing")
    prepared = step("prepare", str(archive), str(texts)).printed
    runs: dict[str, list[Run]] = defaultdict(list)
    order = random.Random(0)
    for number in range(rounds):
        # The indexes of the last round are kept, to be asked.
        ways = {
            "ours": lambda n=number: sourcier(work / f"ours{n}", "index", str(archive), "--json"),
            "langchain": lambda n=number: step(
                "langchain_index", str(archive), str(work / f"theirs{n}"), prepared["model"]
            ),
        }
        for name in order.sample(list(ways), len(ways)):
            _say(f"round {number + 1} of {rounds}: {name}")
            runs[name].append(ways[name]())
    return {
        "model": prepared["model"],
        "ours": _figures(runs["ours"]) | {"passages": prepared["passages"]},
        "langchain": _figures(runs["langchain"]) | runs["langchain"][0].printed,
    }


def asked(rounds: int, model: str, work: Path) -> Figures:
    """Ask each index, in turn, from a fresh process each time."""
    ours, theirs = [], []
    for number in range(rounds):
        _say(f"asking, {number + 1} of {rounds}")
        ours.append(sourcier(work / f"ours{number}", "ask", QUESTIONS[0], "--json"))
        theirs.append(step("langchain_ask", str(work / f"theirs{number}"), model))
    return {"ours_ask": _figures(ours), "langchain_ask": _figures(theirs)}


def remembered(archive: Path, work: Path) -> Figures:
    """Index `archive` and follow the memory of a process that chats about it."""
    _say("indexing for the chat")
    index = work / "large-index"
    built = sourcier(index, "index", str(archive), "--json")
    listed = sourcier(index, "documents", "--json").printed["documents"]
    return {
        "passages": sum(entry["passages"] for entry in listed),
        "index_seconds": built.seconds,
        "index_peak_megabytes": built.megabytes,
        "steps": step("memory", str(index)).printed["steps"],
    }


def _figures(runs: Sequence[Run]) -> Figures:
    return {
        "seconds": [one.seconds for one in runs],
        "peak_megabytes": [one.megabytes for one in runs],
    }


# --- how it is written -----------------------------------------------------------------------


def page(result: Figures) -> str:
    """Return the page: both stacks, and where the memory goes."""
    parts = [
        "# The program and the stack one would otherwise put together",
        f"Written by `benchmarks/stack.py`. {preamble(result['circumstances'])}",
        f"## Index and ask\n\nThe same text, medians of {result['circumstances']['rounds']}.",
        table(
            ("", "passages", "index, s", "passages/s", "peak RSS, MB", "ask, s", "peak RSS, MB"),
            [_stack("Sourcier: an answer", result, "ours"),
             _stack("LangChain: only the passages", result, "langchain")],
        ),
    ]  # fmt: skip
    if "memory" in result:
        parts += [_memory_heading(result["memory"]), _memory(result["memory"]["steps"])]
    return "\n\n".join(parts) + "\n"


def _stack(name: str, result: Figures, key: str) -> list[str]:
    index, ask = result[key], result[f"{key}_ask"]
    seconds = median(index["seconds"])
    return [
        name,
        f"{index['passages']}",
        f"{seconds:.1f}",
        f"{index['passages'] / seconds:.1f}",
        f"{median(index['peak_megabytes']):.0f}",
        f"{median(ask['seconds']):.1f}",
        f"{median(ask['peak_megabytes']):.0f}",
    ]


def _memory_heading(memory: Figures) -> str:
    return (
        f"## Memory of the chat\n\nAn index of {memory['passages']} passages (made in "
        f"{memory['index_seconds']:.0f} s, peak {memory['index_peak_megabytes']:.0f} MB). Resident "
        "memory after each step; what a file backs, the system can take back."
    )


def _memory(steps: Sequence[Figures]) -> str:
    before = [0.0, *(one["megabytes"] for one in steps)]
    rows = [
        [
            one["after"],
            f"{one['megabytes'] - was:+.0f}",
            f"{one['megabytes']:.0f}",
            f"{one['of_no_file']:.0f}",
        ]
        for one, was in zip(steps, before, strict=False)
    ]
    return table(("after", "adds, MB", "RSS, MB", "of no file, MB"), rows)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
