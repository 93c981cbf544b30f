"""How well reports are labelled: python benchmarks/labels.py [../shared] [--half dev|test]

Compares what `rag.clean.labelled` says with the labels made by hand in `tests/data/reports.jsonl`,
and with those of the five real reports in `../shared/wire` (`labels_wire.json`, offsets only).
Prints a table a half, and every miss. A span counts where both its ends are right but for white
space; of a report with several of a kind, all must be.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.clean import labelled
from rag.records import Document
from rag.words import fold

HERE = Path(__file__).parent
REPORTS = HERE.parent / "tests" / "data" / "reports"
ABOUT = ("title", "date", "date_from", "place", "agency", "language")
KINDS = ("header", "headline", "caption", "dateline", "body", "sign-off", "teaser", "boilerplate")

Miss = tuple[str, str, object, object]


def own(half: str) -> Iterator[tuple[dict[str, Any], str]]:
    for line in REPORTS.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        if label["half"] == half:
            yield label, (REPORTS / label["file"]).read_bytes().decode()


def wire(shared: Path) -> Iterator[tuple[dict[str, Any], str]]:
    for label in json.loads((HERE / "labels_wire.json").read_text(encoding="utf-8")):
        text = (shared / "wire" / label["file"]).read_bytes().decode()
        for name in ("title", "place", "agency"):  # offsets: its text is not in this project
            parts = label[name]
            label[name] = parts and " : ".join(text[start:end] for start, end in parts)
        label["teasers"] = [text[start:end] for start, end in label["teasers"]]
        yield label, text


def compared(label: dict[str, Any], text: str) -> Iterator[tuple[str, object, object]]:
    """Yield what was compared with the wanted and the found value."""
    report = labelled(Document(label["file"], text))
    headed = any(span.kind == "headline" for span in report.spans) or text.startswith("---")
    found = {name: getattr(report, name) for name in ABOUT}
    found["title"] = report.title if headed else None
    for name in ABOUT:
        yield name, _plain(label[name]), _plain(found[name])
    spans = _joined([(s.start, s.end, s.kind) for s in report.spans], text)
    ends = [start for start, _ in label["spans"][1:]] + [len(text)]
    wanted = _joined([(s, e, k) for (s, k), e in zip(label["spans"], ends, strict=True)], text)
    for kind in KINDS:
        yield kind, [w for w in wanted if w[2] == kind], [s for s in spans if s[2] == kind]
    titles = [span.title for span in report.spans if span.kind == "teaser"]
    yield "teaser titles", list(map(_plain, label["teasers"])), list(map(_plain, titles))


def _plain(value: object) -> object:
    return " ".join(fold(value).split()) if isinstance(value, str) else value


def _joined(spans: list[tuple[int, int, str]], text: str) -> list[tuple[int, int, str]]:
    """Neighbours of one kind are one, teasers excepted; white space at the ends does not count."""
    joined: list[tuple[int, int, str]] = []
    for start, end, kind in spans:
        if joined and joined[-1][2] == kind != "teaser":
            start = joined.pop()[0]
        joined.append((start, end, kind))
    return [(_inner(text, s, e), _inner_end(text, s, e), k) for s, e, k in joined]


def _inner(text: str, start: int, end: int) -> int:
    return start + len(text[start:end]) - len(text[start:end].lstrip())


def _inner_end(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def table(reports: Iterator[tuple[dict[str, Any], str]]) -> tuple[dict[str, str], list[Miss]]:
    """Return, for each thing compared, right of how many that have one or were given one."""
    right: dict[str, int] = defaultdict(int)
    of: dict[str, int] = defaultdict(int)
    misses: list[Miss] = []
    for label, text in reports:
        for name, wanted, found in compared(label, text):
            if not wanted and not found and name in (*KINDS, "teaser titles"):
                continue
            of[name] += 1
            right[name] += wanted == found
            if wanted != found:
                misses.append((label["file"], name, _shown(wanted, text), _shown(found, text)))
    return {name: f"{right[name]} of {of[name]}" for name in of}, misses


def _shown(value: object, text: str) -> object:
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return [f"{text[s:e][:30]!r}…{text[s:e][-20:]!r}" for s, e, _ in value]
    return value


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", nargs="?", type=Path)
    parser.add_argument("--half", choices=("dev", "test"))
    parser.add_argument("--misses", action="store_true", help="list every miss")
    options = parser.parse_args()
    sets = {half: own(half) for half in ("dev", "test") if options.half in (None, half)}
    if options.shared:
        sets["wire"] = wire(options.shared)
    for name, reports in sets.items():
        shares, misses = table(reports)
        print(f"\n{name}:", ", ".join(f"{key} {value}" for key, value in shares.items()))
        for miss in misses if options.misses else ():
            print("  {}: {}\n     wanted {!r}\n     found  {!r}".format(*miss))
