"""How well glued words are set apart: on real copied reports, on clean text, and on made ones.

    python benchmarks/glued.py ../shared

The labels of the reports (`glued_wire.json`) are offsets where a space is missing, found by
reading. Clean sentences are French Wikipedia (PIAF): the splitter was tuned on the other half.
"""

import gzip
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

sys.path.insert(0, str(Path(__file__).parents[1]))

from rag.searched import SearchForm, search_form
from rag.sentences import boundaries

LABELS = Path(__file__).with_name("glued_wire.json")
_SENTENCES = 2000
_OTHERS = {"service-public.fr": 250, "LAFAND-MT fr news": 250}
_SEED = 20240128


@dataclass(frozen=True, slots=True)
class Found:
    """Places where a space was wanted, was put, and both."""

    wanted: int
    put: int
    right: int

    def __str__(self) -> str:
        recall = f"{self.right / self.wanted:.1%}" if self.wanted else "-"
        precision = f"{self.right / self.put:.1%}" if self.put else "-"
        return f"{self.right} of {self.wanted} ({recall}); {self.put} put in (right: {precision})"


def put_in(form: SearchForm) -> set[int]:
    """Return the offsets in the original at which the search form has a space more."""
    return {start for start, end in form.stretches if start == end}


def compared(text: str, wanted: set[int]) -> Found:
    put = put_in(search_form(text))
    return Found(len(wanted), len(put), len(put & wanted))


def summed(found: list[Found]) -> Found:
    return Found(
        sum(f.wanted for f in found), sum(f.put for f in found), sum(f.right for f in found)
    )


def on_reports(folder: Path) -> None:
    print("Real copied reports")
    labels: dict[str, list[int]] = json.loads(LABELS.read_text(encoding="utf-8"))
    for name, wanted in labels.items():
        text = (folder / name).read_text(encoding="utf-8")
        print(f"  {name[:3]}: {compared(text, set(wanted))}")
        for at in sorted(put_in(search_form(text)) ^ set(wanted)):
            kind = "missed" if at in wanted else "not wanted"
            print(f"       {kind}: {_around(text, at)}")


def _around(text: str, at: int) -> str:
    start = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at)) + 1
    return text[start:at] + "|" + re.split(r"\s", text[at : at + 40])[0]


def sentences(passages: list[str]) -> list[str]:
    return [text[a:b].strip() for text in passages for a, b in boundaries(text) if b - a > 20]


def piaf(folder: Path, *, tuned: bool) -> list[str]:
    """Return the sentences of the half that the splitter was tuned on, or of the other one."""
    lines = (folder / "piaf_dev.passages.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return sentences([r["text"] for r in rows if (crc32(r["id"].encode()) % 2 == 0) == tuned])


def others(folder: Path, source: str, wanted: int) -> list[str]:
    with gzip.open(folder / "distractors_fr.passages.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["source"] == source]
    found = sentences([row["text"] for row in random.Random(_SEED).sample(rows, wanted)])
    return random.Random(_SEED).sample(found, min(wanted, len(found)))


def on_clean(name: str, texts: list[str]) -> None:
    """Print every place where a space is put into sentences that need none."""
    words = sum(len(text.split()) for text in texts)
    split = [_around(text, at) for text in texts for at in sorted(put_in(search_form(text)))]
    rate = 1000 * len(split) / words
    print(f"{name}: {len(texts)} sentences, {words} words, {len(split)} splits ({rate:.2f} ‰)")
    print("  " + "  ".join(split))


def glued(text: str, chance: random.Random) -> tuple[str, set[int]]:
    """Delete every tenth space or so between two words, never two in a row."""
    parts, wanted, length, at = [], set(), 0, 0
    for match in re.finditer(r"(?<=[^\W\d_]) (?=[^\W\d_])", text):
        if match.start() - at < 12 or chance.random() > 0.15:
            continue
        parts.append(text[at : match.start()])
        length += len(parts[-1])
        wanted.add(length)
        at = match.end()
    return "".join([*parts, text[at:]]), wanted


def on_made(name: str, texts: list[str]) -> None:
    chance = random.Random(_SEED)
    made = [glued(text, chance) for text in texts]
    print(f"{name}: {summed([compared(text, wanted) for text, wanted in made])}")
    if "-v" in sys.argv:
        _print_errors(made)


def _print_errors(made: list[tuple[str, set[int]]]) -> None:
    for text, wanted in made:
        put = put_in(search_form(text))
        print("  missed", [_around(text, at) for at in sorted(wanted - put)], end=" ")
        print("  wrong", [_around(text, at) for at in sorted(put - wanted)])


def on_time(texts: list[str]) -> None:
    passages = [" ".join(texts[at : at + 6])[:800] for at in range(0, len(texts), 6)]
    for name, form_of in (("form", _text_of), ("form and words", _words_of)):
        cost = min(_seconds(form_of, passages) for _ in range(5)) / len(passages)
        print(f"{name}: {1000 * cost:.3f} ms for a passage of 800 characters, once warm")


def _text_of(text: str) -> object:
    return search_form(text).text


def _words_of(text: str) -> object:
    return search_form(text).words


def _seconds(form_of: Callable[[str], object], passages: list[str]) -> float:
    start = time.perf_counter()
    for passage in passages:
        form_of(passage)
    return time.perf_counter() - start


def _clean_sets(folder: Path) -> Iterator[tuple[str, list[str]]]:
    held_out = piaf(folder, tuned=False)
    yield "PIAF, held out", held_out[: _SENTENCES - sum(_OTHERS.values())]
    for source, wanted in _OTHERS.items():
        yield source, others(folder, source, wanted)
    yield "PIAF, tuned on", piaf(folder, tuned=True)


def main() -> None:
    shared = Path(sys.argv[1])
    on_reports(shared / "wire")
    print("\nClean sentences: every split is printed, to be judged")
    sets = list(_clean_sets(shared / "eval"))
    for name, texts in sets:
        on_clean(name, texts)
    print("\nSpaces deleted at random")
    for name, texts in sets:
        on_made(name, texts)
    print()
    on_time(sets[0][1])


if __name__ == "__main__":
    main()
