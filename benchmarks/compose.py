"""The composing writer with a real, small and fallible chat model, before and after the check.

    python benchmarks/compose.py --work DIR --url http://127.0.0.1:8080/v1 --questions 48

Asks questions of `eval/questions/dev.jsonl`, some without an answer, and keeps each in
DIR/compose.jsonl, so that a run which was cut goes on. What the model wrote at first is *before*
the check, what is shown is *after* it; `quoting` is the program without a model. The model runs in
a server of its own: anything that speaks the OpenAI protocol on loopback.
"""

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

from langchain.chat_models import init_chat_model
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel

from eval.questions import Question, question_of
from eval.text import mentions
from rag import Assistant, Settings, Store, compose, sync
from rag.embed import SentenceEmbeddings
from rag.parts import parts
from rag.phrases import phrase
from rag.question import Query, is_said, understood
from rag.records import Answer, Citation
from rag.searched import stems
from rag.sentences import boundaries
from rag.verify import checked
from rag.words import language_of, words

HERE = Path(__file__).parents[1]
PATIENCE = 900
"""Seconds for a question: a shared machine must not decide what is measured."""


class Listening(BaseCallbackHandler):
    """Keeps what a model writes, each time that it is asked."""

    def __init__(self) -> None:
        self.written: dict[Any, str] = {}

    def on_chat_model_start(self, *_: Any, run_id: Any, **__: Any) -> None:
        self.written[run_id] = ""

    def on_llm_new_token(self, token: Any, *, run_id: Any, **_: Any) -> None:
        self.written[run_id] += str(token)


def sample(count: int) -> list[Question]:
    """Return every so many-th question without history, a third of them without an answer."""
    lines = (HERE / "eval/questions/dev.jsonl").read_text(encoding="utf-8").splitlines()
    every = [one for one in map(question_of, map(json.loads, lines)) if not one.history]
    answerable = [one for one in every if one.answerable]
    others = [one for one in every if not one.answerable]
    drawn = [*_spread(answerable, count - count // 3), *_spread(others, count // 3)]
    random.Random(7).shuffle(drawn)  # a run that is cut has asked of all kinds
    return drawn


def _spread(questions: Sequence[Question], count: int) -> list[Question]:
    ordered = sorted(questions, key=lambda one: (one.language, one.kind, one.id))
    return [ordered[at * len(ordered) // count] for at in range(count)]


def asked(question: Question, assistant: Assistant, quoting: Assistant) -> dict[str, Any]:
    listening, started = Listening(), time.perf_counter()
    answer = assistant.ask(question.question, config={"callbacks": [listening]})
    seconds = time.perf_counter() - started
    written = list(listening.written.values())
    row: dict[str, Any] = {
        "id": question.id,
        "language": question.language,
        "answerable": question.answerable,
        "kind": question.kind,
        "seconds": round(seconds, 1),
        "calls": len(written),
        "quoted": any(phrase(why, answer.language) in answer.remarks for why in FLOOR),
        "after": of_answer(question, answer),
        "quoting": of_answer(question, quoting.ask(question.question)),
    }
    if written:
        row["written"] = written
        row["before"] = of_written(question, written[0], quoting)
    return row


FLOOR = ("chat_away", "chat_unproved")


def of_answer(question: Question, answer: Answer) -> dict[str, Any]:
    text = " ".join(statement.text for statement in answer.statements)
    verdicts = [statement.verdict for statement in answer.statements]
    return {**judged(question, text, answer.citations), "verdicts": verdicts}


def of_written(question: Question, written: str, quoting: Assistant) -> dict[str, Any]:
    """Judge what a model wrote at first, as if nobody had checked it."""
    query = parts(understood(question.question))[0]  # the first that the model is asked
    shown = compose._shown(quoting.chain().invoke({"query": query})["candidates"])
    cited, verdicts, texts = [], [], []
    for raw in compose._cut(iter([written]), query.language):
        sentence = compose._read(raw)
        if compose._SAYS_NONE.match(raw) or not words(sentence.text):
            continue
        own = [Citation(n, *shown[n - 1]) for n in sentence.numbers if 1 <= n <= len(shown)]
        cited += own
        texts.append(sentence.text)
        sound = len(own) == len(sentence.numbers) > 0
        check = checked(sentence.text, own)
        verdicts.append(
            [
                check.verdict if sound else "no citation",
                [[one.subject, one.said, one.source] for one in check.findings],
                sentence.text,
                unfounded(question, sentence.text, own),
            ]
        )
    return {**judged(question, " ".join(texts), cited), "verdicts": verdicts}


def judged(question: Question, text: str, citations: Sequence[Citation]) -> dict[str, Any]:
    """Return what of an answer is right, and what it asserts and nothing that it cites says."""
    beside = " ".join(f"{one.passage.title} {one.passage.date or ''}" for one in citations)
    said = f"{text} {beside}"
    facts = mean(mentions(said, one) for one in question.must_mention or ("",))
    wrong = any(mentions(said, one) for one in question.must_not_mention)
    return {
        "text": text,
        "facts": 0.0 if wrong or not text else facts,
        "must_not": wrong and bool(text),
        "unfounded": unfounded(question, text, citations),
    }


def unfounded(question: Question, text: str, citations: Sequence[Citation]) -> list[str]:
    """Return numbers and names that neither the quotes, nor the gold, nor the question have."""
    told = [f"{one.passage.heading} {one.quote.text}" for one in citations]
    told += [*(gold.quote for gold in question.gold), *question.answers, question.question]
    source = " ".join(told)
    numbers, known = set(re.findall(r"\d+", " ".join(words(source)))), stems(source, "fr")
    found = [one for one in words(text) if one[0].isdigit()]
    missing = [one for one in found if not numbers.issuperset(re.findall(r"\d+", one))]
    # A capital is no name where a sentence begins.
    sentences = [text[start:end].strip() for start, end in boundaries(text, question.language)]
    queries = [Query(one, language_of(one), None) for one in sentences if one]
    terms = [term for query in queries for term in query.terms("fr")]
    names = [term for term in terms if term.named and not term.shown[0].isdigit()]
    return missing + [term.shown for term in names if not is_said(term, known)]


def is_false(row: dict[str, Any], side: str) -> bool:
    """Whether an answer asserts something false: the three ways that can be told by rule."""
    judged = row[side]
    answered = bool(judged["text"]) and not row["answerable"]
    return bool(answered or judged["unfounded"] or judged["must_not"])


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    put = [row for row in rows if "before" in row]
    yield f"{len(rows)} questions, {len(put)} put to the model; the others were refused before."
    yield ""
    yield "| | written, before the check | shown, after it | quoting, no model |"
    yield "|---|---|---|---|"
    able = [row for row in put if row["answerable"]]
    unable = [row for row in put if not row["answerable"]]
    sides = ("before", "after", "quoting")

    def line(name: str, figure: Any) -> str:
        return f"| {name} | " + " | ".join(figure(side) for side in sides) + " |"

    yield line(
        f"facts, of {len(able)} answerable",
        lambda side: f"{mean(row[side]['facts'] for row in able):.2f}",
    )
    yield line("no answer, of those", lambda side: str(sum(not row[side]["text"] for row in able)))
    yield line(
        "a number or name of no source, or a forbidden one, of all",
        lambda side: str(sum(bool(row[side]["unfounded"] or row[side]["must_not"]) for row in put)),
    )
    yield line(
        f"an answer, of {len(unable)} without one",
        lambda side: str(sum(bool(row[side]["text"]) for row in unable)),
    )
    yield line(
        f"false assertions, of {len(put)}",
        lambda side: str(sum(is_false(row, side) for row in put)),
    )
    composed = [row for row in put if row["after"]["text"] and not row["quoted"]]
    yield line(
        f"of these in {len(composed)} composed answers",
        lambda side: str(sum(is_false(row, side) for row in composed)) if side == "after" else "",
    )
    floor = sum(row["quoted"] for row in put)
    none = sum(not row["after"]["text"] for row in put)
    yield ""
    yield (
        f"Composed {len(put) - floor - none}, quoted as the floor {floor}, no answer {none}. "
        f"Seconds a question: median {median(row['seconds'] for row in put):.0f}, most "
        f"{max(row['seconds'] for row in put):.0f}; {mean(row['calls'] for row in put):.1f} calls."
    )
    verdicts = Counter(
        (verdict, bool(extra)) for row in put for verdict, _, _, extra in row["before"]["verdicts"]
    )
    yield ""
    yield "Sentences at first, by verdict (with a number or name of no source):"
    for verdict in ("verbatim", "supported", "partial", "unsupported", "no citation"):
        sound, foreign = verdicts[verdict, False], verdicts[verdict, True]
        yield f"- {verdict}: {sound + foreign} ({foreign})"


def model_at(url: str) -> BaseChatModel:
    model: BaseChatModel = init_chat_model(
        "openai:local", base_url=url, api_key="none", temperature=0, timeout=PATIENCE, max_retries=0
    )
    return model


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for index and answers")
    parser.add_argument("--url", default="http://127.0.0.1:8080/v1")
    parser.add_argument("--questions", type=int, default=48)
    parser.add_argument("--table", action="store_true", help="only print what is there")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    journal = options.work / "compose.jsonl"
    rows = [json.loads(line) for line in journal.open()] if journal.exists() else []
    if not options.table:
        compose.SECONDS = PATIENCE
        embeddings = SentenceEmbeddings(Settings())
        store = Store(str(options.work / "index"), embeddings.name, create=True)
        sync([HERE / "corpus"], store, embeddings)
        quoting = Assistant(store, embeddings)
        assistant = Assistant(store, embeddings, chat=model_at(options.url))
        done = {row["id"] for row in rows}
        for question in sample(options.questions):
            if question.id in done:
                continue
            rows.append(asked(question, assistant, quoting))
            with journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rows[-1], ensure_ascii=False) + "\n")
            print(json.dumps(rows[-1], ensure_ascii=False)[:600], flush=True)
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
