"""How finding passages grows with the archive, beside plain Chroma and LangChain's retriever.

    python benchmarks/scale.py --work DIR
    python benchmarks/scale.py --work DIR --sizes 1000000
    python benchmarks/scale.py --work DIR --sizes --index INDEX

Archives of N made passages (see `scale_archive.py`), and a copy of INDEX if one is given, whose
passages and vectors are real. Of each, the ways are asked the same questions, in turns, each in a
process of its own that has the default model loaded; embedding the question counts. Filters by date
let through 50 %, 10 %, 1 % or 0.1 % of the reports; each round asks for other days, so one question
in ten is the first with its filter.

- ours: `PassageRetriever.ranking`, vectors and words;
- chroma: `collection.query` with Chroma's default settings, and `where` for the days;
- langchain: `Chroma(...).as_retriever()` of langchain-chroma over the same collection.

Archives are kept in DIR and made only once: 1,000,000 passages take an hour or more for each of
the two collections. Raw figures go to eval/results/scale.json, those of other sizes in it are kept;
a plot beside it, a table to stdout. Linux only, on an idle machine.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from record import circumstances, preamble, table
from scale_archive import DAYS, FIRST, MODEL, write_ours, write_plain
from scale_ways import WAYS

from rag.config import Settings
from rag.embed import SentenceEmbeddings

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "eval" / "results"
PACKAGES = ("chromadb", "langchain-chroma", "tantivy", "numpy", "openvino")
SIZES = (1_000, 10_000, 100_000)
SHARES = {"none": None, "50 %": 0.5, "10 %": 0.1, "1 %": 0.01, "0.1 %": 0.001}
"""Of the reports that a filter lets through."""
ROUNDS, A_ROUND = 6, 10
"""Questions of a round are asked with one filter."""

Figures = dict[str, Any]


def main() -> None:
    given = _options()
    if given.step:
        _step(given.step, given.work, given.passages)
    else:
        _measured(given)


def _measured(given: argparse.Namespace) -> None:
    kept = RESULTS / "scale.json"
    result: Figures = json.loads(kept.read_text()) if kept.exists() else {}
    archives = [(str(size), given.work / str(size)) for size in given.sizes]
    if given.index:
        archives.append(("real", _real(given.index, given.work / "real")))
    for name, folder in archives:
        built = _built(folder, name)
        if not given.only_build:
            facts = circumstances(PACKAGES) | {"engine": SentenceEmbeddings(Settings()).engine}
            result[name] = {"circumstances": facts, "build": built, **_asked(folder, name)}
            _write(result)
    print(page(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="where the archives are kept")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="passages")
    parser.add_argument("--index", type=Path, help="an index of real reports")
    parser.add_argument("--only-build", action="store_true", help="ask nothing")
    parser.add_argument("--step", choices=("ours", "words", "plain"), help=argparse.SUPPRESS)
    parser.add_argument("--passages", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


# --- the archives ------------------------------------------------------------------------------


def _built(folder: Path, name: str) -> Figures:
    """Make what is not there yet, each part in a process of its own; return what that took.

    That is seconds by the clock and of the processor, and megabytes. What was cut short is made
    again.
    """
    note = folder / "built.json"
    folder.mkdir(parents=True, exist_ok=True)
    took: Figures = json.loads(note.read_text()) if note.exists() else {}
    for part, where in PARTS.items():
        if part not in took:
            shutil.rmtree(folder / where, ignore_errors=True)
            command = [sys.executable, __file__, "--work", str(folder), "--step", part]
            started, before = time.perf_counter(), _processor_seconds()
            subprocess.run([*command, "--passages", name if name.isdecimal() else "0"], check=True)
            took[part] = {
                "seconds": round(time.perf_counter() - started, 1),
                "processor_seconds": round(_processor_seconds() - before, 1),
            }
            note.write_text(json.dumps(took))
    return {
        part: took[part] | {"megabytes": _megabytes(folder / where)}
        for part, where in PARTS.items()
    }


def _processor_seconds() -> float:
    """Of the processes that were started and have ended."""
    used = os.times()
    return used.children_user + used.children_system


PARTS = {"ours": "ours/chroma", "words": "ours/words.tantivy", "plain": "plain"}


def _step(part: str, folder: Path, passages: int) -> None:
    if part == "ours":
        write_ours(folder / "ours", passages)
    elif part == "words":
        _write_words(folder)
    else:
        write_plain(folder / "plain", passages, folder / "ours" if not passages else None)


def _write_words(folder: Path) -> None:
    from rag.follow import FollowedWords, words_folder
    from rag.store import Store

    index = str(folder / "ours")
    model = SentenceEmbeddings(Settings()).name if (folder / "real").exists() else MODEL
    FollowedWords(Store(index, model), words_folder(index, folder)).current()


def _real(index: Path, folder: Path) -> Path:
    """Copy an index, of which the time it took to embed is not known here."""
    if not (folder / "real").exists():
        shutil.copytree(index, folder / "ours")
        (folder / "built.json").write_text(
            json.dumps({"ours": {"seconds": 0, "processor_seconds": 0}})
        )
        (folder / "real").touch()
    return folder


def _megabytes(folder: Path) -> float:
    return round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6, 1)


# --- asking ------------------------------------------------------------------------------------


class Asked:
    """A way that was started, and answers lines."""

    def __init__(self, way: str, folder: Path) -> None:
        command = [sys.executable, str(ROOT / "benchmarks" / "scale_ways.py"), way, str(folder)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "ANONYMIZED_TELEMETRY": "False"}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, env=environment
        )

    def answer(self, questions: list[tuple[int, str]], days: list[str] | None) -> Figures:
        assert self._process.stdin
        assert self._process.stdout
        print(
            json.dumps({"questions": questions, "days": days}), file=self._process.stdin, flush=True
        )
        told: Figures = json.loads(self._process.stdout.readline())
        return told

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def _asked(folder: Path, name: str) -> Figures:
    """Start the ways one after the other, then ask them in turns, in another order each round."""
    started = os.getloadavg()
    ways: dict[str, Asked] = {}
    found: Figures = {way: {"ms": defaultdict(list), "found": {}} for way in WAYS}
    questions = list(_questions())
    for way in WAYS:
        begun = time.perf_counter()
        ways[way] = Asked(way, folder)
        ways[way].answer(questions[:1], None)
        found[way]["start_s"] = round(time.perf_counter() - begun, 2)
        begun = time.perf_counter()
        if name.isdecimal():
            ways[way].answer(questions[:1], _days(0.5, 99))
            found[way]["first_filtered_s"] = round(time.perf_counter() - begun, 2)
    for number in range(ROUNDS):
        some = questions[number * A_ROUND : (number + 1) * A_ROUND]
        for share in SHARES if name.isdecimal() else ("none",):
            days = _days(SHARES[share], number)
            for place in range(len(ways)):
                way = list(ways)[(place + number) % len(ways)]
                told = ways[way].answer(some, days)
                found[way]["ms"][share] += told["ms"]
                found[way]["found"][share] = told["found"][-1]
                found[way]["megabytes"] = told["mb"]
    for one in ways.values():
        one.end()
    return {"load_before_and_after": [started, os.getloadavg()], "ways": found}


def _questions() -> Iterator[tuple[int, str]]:
    with (ROOT / "eval" / "questions" / "dev.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(islice(lines, ROUNDS * A_ROUND)):
            yield number, json.loads(line)["question"]


def _days(share: float | None, number: int) -> list[str] | None:
    """Return the first and the last day of a part of the ten years, another for each number."""
    if share is None:
        return None
    count = max(1, round(DAYS * share))
    first = FIRST + timedelta(days=17 * number % (DAYS - count))
    return [first.isoformat(), (first + timedelta(days=count - 1)).isoformat()]


# --- what is shown -----------------------------------------------------------------------------


def _write(result: Figures) -> None:
    from scale_plot import plot

    RESULTS.mkdir(parents=True, exist_ok=True)
    # A line for each series of numbers, not for each number.
    text = re.sub(
        r"\[[\d.,\s]+\]", lambda found: " ".join(found[0].split()), json.dumps(result, indent=1)
    )
    (RESULTS / "scale.json").write_text(text + "\n", encoding="utf-8")
    (RESULTS / "scale.svg").write_text(plot(result), encoding="utf-8")


def page(result: Figures) -> str:
    """Return a table of times, one of what it takes, and where they were measured."""
    times, rest = [], []
    for name in _in_order(result):
        one, build = result[name], result[name]["build"]
        for way, told in one["ways"].items():
            times.append([_sized(name), way, *(_p50_p95(told["ms"].get(s)) for s in SHARES)])
            parts = ("ours", "words") if way == "ours" else ("plain",)
            seconds = " + ".join(f"{build[p]['processor_seconds']:.0f}" for p in parts)
            disk = " + ".join(f"{build[p]['megabytes']:.0f}" for p in parts)
            start = f"{told['start_s']:.1f}", f"{told.get('first_filtered_s', 0):.1f}"
            rest.append([_sized(name), way, str(told["megabytes"]), disk, seconds, *start])
    head = ["passages", "way", *(f"{share}, ms" for share in SHARES)]
    other = [
        "passages",
        "way",
        "RSS, MB",
        "disk, MB",
        "build, processor s",
        "start, s",
        "first filtered, s",
    ]
    facts = "\n\n".join(
        f"{_sized(name)}: {preamble(result[name]['circumstances'])}" for name in _in_order(result)
    )
    return f"{facts}\n\n{table(head, times)}\n\n{table(other, rest)}\n"


def _in_order(result: Figures) -> list[str]:
    return sorted(result, key=lambda name: (not name.isdecimal(), name.zfill(9)))


def _sized(name: str) -> str:
    return f"{int(name):,}" if name.isdecimal() else name


def _p50_p95(milliseconds: list[float] | None) -> str:
    if not milliseconds:
        return ""
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return f"{p50:.0f} / {p95:.0f}"


if __name__ == "__main__":
    main()
