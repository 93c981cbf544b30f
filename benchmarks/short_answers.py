"""Count the short answers marked in the sentences that the program answers with.

    python benchmarks/short_answers.py eval/questions/dev.jsonl eval/questions/test.jsonl

For the questions with an answer that ask for a number, a day, a person or a place, on `corpus/`:
how many are marked right in the first sentence, marked wrong, not marked, and refused; without the
judge and with it. It takes three minutes.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fit_judge import is_right
from fit_relevance import HERE

from eval.questions import Question, question_of
from rag.answer import Assistant
from rag.config import Settings
from rag.embed import SentenceEmbeddings
from rag.index import sync
from rag.question import understood
from rag.records import Answer
from rag.store import Store

KINDS = ("number", "date", "person", "place")


def assistants(index: Path) -> Iterator[tuple[str, Assistant]]:
    """Yield by name one without the judge and one with it, on the sample archive."""
    for name in ("off", "auto"):
        settings = Settings(index=str(index), judge=name)
        embeddings = SentenceEmbeddings(settings)
        if name == "off":
            sync([HERE / "corpus"], Store(settings.index, embeddings.name, create=True), embeddings)
        yield name, Assistant.opened(settings, embeddings)


def read(path: Path) -> list[Question]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [question_of(json.loads(line)) for line in lines]


def kind_of(question: Question) -> str | None:
    asked = understood(question.question).asked
    return asked.kind if asked and question.answerable and question.must_mention else None


def marked(answer: Answer, question: Question) -> str:
    """Return how the first sentence of an answer is marked."""
    if answer.refused:
        return "refused"
    first = answer.statements[0]
    if first.short is None:
        return "none"
    return "right" if is_right(first.text[slice(*first.short)], question) else "wrong"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path, nargs="+", help="question sets on corpus/")
    given = parser.parse_args()
    asked = {path.stem: read(path) for path in given.sets}
    with tempfile.TemporaryDirectory() as work:
        for judge, assistant in assistants(Path(work) / "index"):
            for name, questions in asked.items():
                counts = {kind: Counter[str]() for kind in KINDS}
                for question in questions:
                    if (kind := kind_of(question)) in KINDS:
                        counts[kind][marked(assistant.ask(question.question), question)] += 1
                for kind, told in counts.items():
                    print(f"{name:>6} {kind:<7} judge {judge:<5} {dict(told)}", flush=True)


if __name__ == "__main__":
    main()
