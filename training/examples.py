"""What the judge is trained on: a question, a sentence in its place, and whether it answers.

Public sets (`piaf_dev`, `xquad_en`, `timeqa_human`: a folder of the user's) give true answers and,
as false ones, the sentences nearest to the question in words. Our own pairs (`pairs/`, `reports/`)
give what those lack: near misses. Nothing of ``eval/questions/test.jsonl`` is read here.
"""

import json
import random
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.clean import labelled
from rag.judge.window import Sentence
from rag.load import read
from rag.records import Document
from rag.sentences import boundaries
from rag.split import split

HERE = Path(__file__).parent

WHOLLY_UNSEEN = "societe-"
"""Reports of a file of pairs, written by another hand, of which none is trained on."""

PUBLIC = ("piaf_dev", "xquad_en", "timeqa_human")


@dataclass(frozen=True, slots=True)
class Example:
    """``sentence.text[short[0]:short[1]]`` is the short answer, where it is known."""

    question: str
    language: str
    sentence: Sentence
    answers: bool
    short: tuple[int, int] | None
    origin: str
    """The set, or the file of pairs."""
    kind: str
    group: str
    """Report or article: no sentence of one is both trained on and measured."""

    @property
    def held_out(self) -> bool:
        """One group in four is kept to measure on, and one file of pairs."""
        return is_held_out(self.group)


def is_held_out(group: str) -> bool:
    """Return whether all examples of that group are kept to measure on."""
    return group.startswith(WHOLLY_UNSEEN) or zlib.crc32(group.encode()) % 4 == 0


# --- public sets -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    passage: str
    sentence: Sentence


def public(folder: Path, name: str, *, near: int, most: int | None = None) -> Iterator[Example]:
    """Yield the examples of a set: the sentence that holds the answer, and at most `near` others.

    These are the nearest in words, and of its own passage the nearest, which may be the same.
    """
    passages = {row["id"]: row for row in rows(folder / f"{name}.passages.jsonl")}
    groups = groups_of(folder, name)
    questions = list(rows(folder / f"{name}.questions.jsonl"))
    if most is not None and most < len(questions):
        questions = random.Random(0).sample(questions, most)
    language = questions[0]["lang"]
    places = [place for row in passages.values() for place in _places(row, language)]
    by_passage: dict[str, list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        by_passage[place.passage].append(number)
    kept_apart = [is_held_out(groups[place.passage]) for place in places]
    nearest = _nearest([row["question"] for row in questions], [p.sentence.text for p in places])
    for row, ranked in zip(questions, nearest, strict=True):
        golds = row["gold_passage_ids"]
        group = group_of(name, row, groups)
        candidates = [n for n in ranked if kept_apart[n] == is_held_out(group)]
        gold = [n for one in golds for n in by_passage[one]]
        holding = [n for n in gold if _span(places[n].sentence.text, row["answers"])]
        about = {"language": language, "origin": name, "group": group}
        best = [n for n in candidates if n in holding] or holding
        for n in best[:1]:
            sentence = places[n].sentence
            short = _span(sentence.text, row["answers"])
            yield Example(row["question"], sentence=sentence, answers=True, short=short,
                          kind="direct", **about)  # fmt: skip
        wrong = [
            n for n in candidates
            if n not in holding and not _span(places[n].sentence.text, row["answers"])
        ]  # fmt: skip
        here = [n for n in wrong if n in gold][:1]
        for n in dict.fromkeys([*here, *wrong][:near]):
            yield Example(row["question"], sentence=places[n].sentence, answers=False, short=None,
                          kind="nearest", **about)  # fmt: skip


def _article(name: str, row: Mapping[str, Any]) -> str:
    """Return the group of a passage, or of a question without one: the article it is from."""
    return f"{name}:{(row.get('title') or row['id']).partition(' — ')[0]}"


def group_of(name: str, question: Mapping[str, Any], groups: Mapping[str, str]) -> str:
    """Return the group of a question: that of its passage, or its article where it has none."""
    golds = question["gold_passage_ids"]
    return groups[golds[0]] if golds else _article(name, question)


def groups_of(folder: Path, name: str) -> dict[str, str]:
    """Return by the id of each passage of a set the article that it is from."""
    passages = rows(folder / f"{name}.passages.jsonl")
    return {row["id"]: _article(name, row) for row in passages}


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file that has one a line."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _places(row: dict[str, Any], language: str) -> Iterator[_Place]:
    text = row["text"]
    heading = row.get("title", "") + (f" ({row['date']})" if row.get("date") else "")
    for sentence in sentences_of(text, heading, language):
        yield _Place(row["id"], sentence)


def sentences_of(text: str, heading: str, language: str) -> Iterator[Sentence]:
    """Yield the sentences of a passage, each in its place."""
    found = [text[start:end].strip() for start, end in boundaries(text, language)]
    found = [one for one in found if one]
    for number, one in enumerate(found):
        before = found[number - 1] if number else ""
        after = found[number + 1] if number + 1 < len(found) else ""
        yield Sentence(one, heading, before, after)


def _nearest(questions: Sequence[str], sentences: Sequence[str], top: int = 96) -> Any:
    """Return for each question the sentences nearest in words (tf-idf), best first."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(sublinear_tf=True, strip_accents="unicode", token_pattern=r"\w\w+")
    matrix = words.fit_transform(sentences)
    asked = words.transform(questions)
    for start in range(0, len(questions), 256):
        scores = (asked[start : start + 256] @ matrix.T).toarray()
        yield from np.argsort(-scores, axis=1)[:, :top].tolist()


def _span(text: str, answers: Iterable[str]) -> tuple[int, int] | None:
    for answer in answers:
        at = text.find(answer)
        if at >= 0:
            return at, at + len(answer)
    return None


# --- our own pairs ---------------------------------------------------------------------------


def own(*, others: int = 1) -> list[Example]:
    """Return our pairs and, beside a true one, the `others` sentences of its report likest to it.

    Those do not answer: which do is known of every question.
    """
    pairs = [
        {**row, "file": path.stem}
        for path in sorted((HERE / "pairs").glob("*.jsonl"))
        for row in rows(path)
    ]
    answered = {(pair["question"], pair["quote"]) for pair in pairs if pair["answers"]}
    reports = {name: _report(name) for name in dict.fromkeys(pair["report"] for pair in pairs)}
    found = []
    for row in pairs:
        pair = _pair(row, reports[row["report"]])
        found.append(pair)
        if pair.answers:
            rest = [
                one for one in reports[row["report"]]
                if one.text != pair.sentence.text and (row["question"], one.text) not in answered
            ]  # fmt: skip
            likest = _likest(pair.sentence.text, rest)[:others]
            found += [
                replace(pair, sentence=one, answers=False, short=None, kind="same_report")
                for one in likest
            ]
    return found


def _pair(row: Mapping[str, Any], sentences: Sequence[Sentence]) -> Example:
    sentence = _found(sentences, row["quote"])
    short = _span(sentence.text, [row["short"]]) if row["short"] else None
    return Example(row["question"], row["lang"], sentence, row["answers"], short,
                   row["file"], row["kind"], row["report"])  # fmt: skip


def _report(name: str) -> list[Sentence]:
    with (HERE / "reports" / name).open("rb") as file:
        found = next(read(file, name))
    if not isinstance(found, Document):
        raise ValueError(f"{name} cannot be read: {found.reason}")
    document = labelled(found)
    heading = f"{document.title} ({document.date})" if document.date else document.title
    language = document.language or "fr"
    return [
        sentence
        for passage in split(document)
        for sentence in sentences_of(passage.text, heading, language)
    ]


def _found(sentences: Sequence[Sentence], quote: str) -> Sentence:
    """Return the sentence that is the quote; where it was cut otherwise, the quote in its place."""
    for one in sentences:
        if one.text == quote.strip():
            return one
    holding = next((one for one in sentences if quote[:40] in one.text or one.text in quote), None)
    return replace(holding, text=quote.strip()) if holding else Sentence(quote.strip())


def _likest(text: str, others: Sequence[Sentence]) -> list[Sentence]:
    words = set(text.lower().split())
    return sorted(others, key=lambda one: -len(words & set(one.text.lower().split())))
