"""``python -m training.unseen --public FOLDER --out DIR``: the public questions kept apart.

Of PIAF and XQuAD all passages, and the questions on articles of which nothing is trained on, to be
asked with ``sourcier eval --archive DIR/NAME/archive DIR/NAME/questions.jsonl --lenient``.
"""

import argparse
import json
import shutil
from pathlib import Path

from training.examples import group_of, groups_of, is_held_out, rows

ASKED = ("piaf_dev", "xquad_en")


def write(public: Path, name: str, into: Path) -> int:
    """Write the archive and the questions of a set; return how many questions."""
    (into / "archive").mkdir(parents=True, exist_ok=True)
    shutil.copy(public / f"{name}.passages.jsonl", into / "archive")
    groups = groups_of(public, name)
    kept = [
        row
        for row in rows(public / f"{name}.questions.jsonl")
        if is_held_out(group_of(name, row, groups))
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept)
    (into / "questions.jsonl").write_text(lines, encoding="utf-8")
    return len(kept)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--public", type=Path, required=True, help="folder of the public sets")
    asked.add_argument("--out", type=Path, required=True, help="folder to write into")
    given = asked.parse_args()
    for name in ASKED:
        print(f"{name}: {write(given.public, name, given.out / name)} questions")


if __name__ == "__main__":
    main()
