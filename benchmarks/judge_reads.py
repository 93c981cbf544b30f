"""What the judge says of the sentences found for questions that it was not trained on."""

import pickle
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fit_relevance import HERE, Read, _questions, public_questions

import rag.relevance
from eval.questions import Question
from rag.answer import Assistant
from rag.config import Settings
from rag.index import sync
from rag.judge.judge import Judge, judge_of
from rag.question import understood
from rag.store import Store
from training.examples import Example, own, public
from training.found import CachedEmbeddings, public_archive

ASKED = {"piaf": 220, "xquad": 180}
"""Questions with an answer; of those without, and of the other sets, all are asked."""

PAIRS = 900
"""Questions of our pairs, drawn by chance."""

ELSEWHERE = 25
"""Questions of each set that are put to the archives of the others."""


@dataclass(frozen=True, slots=True)
class Home:
    """A set of questions, and the archive that they were written for."""

    archive: Path
    questions: list[Question]


def kept_readings(file: Path | None, folder: Path, work: Path, most: int | None) -> list[Read]:
    """Return the readings that `file` holds; where it does not exist yet, make it."""
    if file and file.exists():
        with file.open("rb") as stored:
            found: list[Read] = pickle.load(stored)
        return found
    reads = list(judged_readings(folder, work, most))
    if file:
        file.write_bytes(pickle.dumps(reads))
    return reads


def judged_readings(folder: Path, work: Path, most: int | None = None) -> Iterator[Read]:
    """Yield what is found for each question, every sentence of it read by the packaged judge.

    :param most: of the questions of each set, to try it
    """
    settings = Settings()
    judge = judge_of(settings)
    if judge is None:
        raise SystemExit("There is no judge here: see rag/judge/CARD.md.")
    rag.relevance.JUDGED = rag.relevance.EMBEDDED  # all 12
    embeddings = CachedEmbeddings(settings)
    homes = _homes(folder, work, most)
    chance = random.Random(3)
    for name, home in homes.items():
        chain = _assistant(home.archive, work / f"index-{name}", embeddings, judge).chain()
        asked = [(question, question.answerable) for question in home.questions]
        asked += [(question, False) for question in _elsewhere(name, homes, chance)]
        for question, answered in asked:
            found = chain.invoke({"query": understood(question.question)})["candidates"]
            if found:
                yield Read(name, question, answered, found)
        print(f"{name}: {len(home.questions)} questions, {len(asked)} with those of others")


def _assistant(archive: Path, index: Path, embeddings: CachedEmbeddings, judge: Judge) -> Assistant:
    store = Store(str(index), embeddings.name, create=True)
    sync([archive], store, embeddings)
    return Assistant(store, embeddings, judge=lambda: judge)


def _homes(folder: Path, work: Path, most: int | None) -> dict[str, Home]:
    sets = folder / "eval"
    homes = {
        "dev": Home(HERE / "corpus", _questions("dev")),
        "plain": Home(HERE / "corpus", _questions("plain")),
        "pairs": Home(HERE / "training/reports", _of_the_pairs()),
        "wire": Home(folder / "wire", _questions("wire")),
        "piaf": Home(
            public_archive(sets, "piaf_dev", work / "piaf"),
            _of_the_public(sets, "piaf_dev", "fr", ASKED["piaf"]),
        ),
        "xquad": Home(
            public_archive(sets, "xquad_en", work / "xquad"),
            _of_the_public(sets, "xquad_en", "en", ASKED["xquad"]),
        ),
    }
    return {name: Home(home.archive, home.questions[:most]) for name, home in homes.items()}


def _of_the_public(sets: Path, name: str, language: str, count: int) -> list[Question]:
    """Return questions on the articles held out: some with an answer, all without."""
    unseen = {one.question for one in public(sets, name, near=1) if one.held_out}
    asked = public_questions(sets, name, language, count=1_000_000)
    asked = [question for question in asked if question.question in unseen]
    answerable = [question for question in asked if question.answerable]
    return answerable[:count] + [question for question in asked if not question.answerable]


def _of_the_pairs() -> list[Question]:
    """Return the questions of the pairs of which no report was trained on."""
    pairs: dict[str, list[Example]] = defaultdict(list)
    for example in own(others=0):
        pairs[example.question].append(example)
    unseen = [some for some in pairs.values() if all(example.held_out for example in some)]
    drawn = random.Random(0).sample(unseen, min(PAIRS, len(unseen)))
    return [_question(str(number), examples) for number, examples in enumerate(drawn)]


def _question(name: str, examples: list[Example]) -> Question:
    answering = [example for example in examples if example.answers]
    first = (answering or examples)[0]
    told = first.sentence.text[slice(*first.short)] if first.short else first.sentence.text
    return Question(
        id=name,
        question=first.question,
        answerable=first.answers,
        language=first.language,
        kind=first.kind,
        must_mention=(told,) if first.answers else (),
    )


def _elsewhere(name: str, homes: dict[str, Home], chance: random.Random) -> Iterator[Question]:
    """Yield questions that other archives answer, and this one does not."""
    for other, home in homes.items():
        if other in (name, "wire") or {name, other} == {"dev", "wire"}:  # these tell of the same
            continue
        answerable = [question for question in home.questions if question.answerable]
        yield from chance.sample(answerable, min(ELSEWHERE, len(answerable)))
