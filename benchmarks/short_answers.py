"""Count the short answers marked right in the first sentence that the program answers with.

    python benchmarks/short_answers.py eval/questions/dev.jsonl eval/questions/test.jsonl

For the questions with an answer that ask for a number, a day, a person or a place, on `corpus/`:
how many are marked right, wrong or not at all, and how many are refused; without the judge and with
it. It takes three minutes.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from eval.questions import Question, question_of
from eval.text import mentions
from rag.answer import Assistant
from rag.config import Settings
from rag.embed import SentenceEmbeddings
from rag.index import sync
from rag.question import understood
from rag.records import Answer
from rag.store import Store

CORPUS = Path(__file__).parents[1] / "corpus"
KINDS = ("number", "date", "person", "place")
"""What is asked for where marks are counted."""

ABOUT = 22
"""Characters that a short answer may have beside what it must mention: « millions de dollars »."""


def how_marked(text: str, short: tuple[int, int] | None, question: Question) -> str:
    """Return « right » if the words marked hold what an answer must mention, and little more."""
    if short is None:
        return "none"
    marked = text[slice(*short)]
    right = any(
        mentions(marked, wanted) and len(marked) <= max(map(len, wanted.split("|"))) + ABOUT
        for wanted in question.must_mention
    )
    return "right" if right else "wrong"


def kind_of(question: Question) -> str | None:
    """Return what it asks for, if it has an answer that can be looked for."""
    asked = understood(question.question).asked
    return asked.kind if asked and question.answerable and question.must_mention else None


def assistants(index: Path) -> Iterator[tuple[str, Assistant]]:
    """Yield by name one without the judge and one with it, on the sample archive."""
    embeddings = SentenceEmbeddings(Settings())
    sync([CORPUS], Store(str(index), embeddings.name, create=True), embeddings)
    for name in ("off", "auto"):
        yield name, Assistant.opened(Settings(index=str(index), judge=name), embeddings)


def _how(answer: Answer, question: Question) -> str:
    if answer.refused:
        return "refused"
    return how_marked(answer.statements[0].text, answer.statements[0].short, question)


def _read(path: Path) -> list[Question]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [question_of(json.loads(line)) for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path, nargs="+", help="question sets on corpus/")
    given = parser.parse_args()
    asked = {path.stem: _read(path) for path in given.sets}
    with tempfile.TemporaryDirectory() as work:
        for judge, assistant in assistants(Path(work) / "index"):
            for name, questions in asked.items():
                counts = {kind: Counter[str]() for kind in KINDS}
                for question in questions:
                    if (kind := kind_of(question)) in KINDS:
                        counts[kind][_how(assistant.ask(question.question), question)] += 1
                for kind, told in counts.items():
                    print(f"{name:>6} {kind:<7} judge {judge:<5} {dict(told)}", flush=True)


if __name__ == "__main__":
    main()
