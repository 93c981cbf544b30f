"""Archives of any size for `scale.py`: real texts repeated, with vectors that lie in clusters.

The passages of corpus/ in turn, three a report, each report with a source and a day of its own
within ten years. The vectors are made, not computed: a direction that all share, one of 300 centres
and a noise that falls off from axis to axis as that of text does. The cosine of two vectors is
about 0.75, of one centre 0.9. They are the same in each run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from rag.clean import labelled
from rag.config import Settings
from rag.embed import SentenceEmbeddings
from rag.load import read
from rag.metadata import Written
from rag.records import SEARCHED, Document, Passage
from rag.split import split
from rag.store import Store

CORPUS = Path(__file__).parents[1] / "corpus"
MODEL = "made vectors"
A_REPORT = 3
"""Passages of each report."""
FIRST, DAYS = date(2015, 1, 1), 3652
"""Ten years of publication, a day a report."""
AT_ONCE = 1000
"""Reports written in one go."""

_DIMENSIONS, _CENTRES = 384, 300


def reports(passages: int) -> Iterator[Written]:
    """Yield reports that have so many passages together; the first of N are the same for any N."""
    texts, made = _texts(), 0
    for number in range(-(-passages // A_REPORT)):
        own = [texts[(number * A_REPORT + at) % len(texts)] for at in range(A_REPORT)]
        own = own[: passages - made]
        made += len(own)
        yield _report(number, own)


def vectors_of(number: int, count: int) -> np.ndarray:
    """Return the vectors of a report's passages, each near a centre of its own."""
    chance = np.random.default_rng([1, number])
    near = _centres()[chance.integers(_CENTRES, size=count)]
    return _unit(near + 0.38 * _noise(chance, count))


def asked_near(number: int) -> list[float]:
    """Return the vector of question `number`, near a centre as passages are."""
    chance = np.random.default_rng([2, number])
    near = _centres()[chance.integers(_CENTRES)]
    return [float(x) for x in _unit(near + 0.38 * _noise(chance, 1))[0]]


def day_of(number: int) -> date:
    return FIRST + timedelta(days=number * 997 % DAYS)


def write_ours(index: Path, passages: int) -> None:
    """Write them as indexing does, report by report, without what it reads files for."""
    store = Store(str(index), MODEL, create=True)
    found = reports(passages)
    while some := list(islice(found, AT_ONCE)):
        store.replace(some)


def write_plain(folder: Path, passages: int, real: Path | None = None) -> None:
    """Write the same texts and vectors into a collection with Chroma's default settings.

    Those of the index `real`, if there is one.
    """
    import chromadb
    from chromadb.config import Settings as Told

    client = chromadb.PersistentClient(str(folder), Told(anonymized_telemetry=False))
    collection = client.create_collection(PLAIN, embedding_function=None)
    found = _pairs_of(real) if real else _pairs(passages)
    while some := list(islice(found, A_REPORT * AT_ONCE)):
        collection.add(
            ids=[passage.id for passage, _ in some],
            embeddings=[list(vector) for _, vector in some],
            documents=[passage.text for passage, _ in some],
            metadatas=[_plain_metadata(passage) for passage, _ in some],
        )


Pairs = Iterator[tuple[Passage, Sequence[float]]]


def _pairs(passages: int) -> Pairs:
    return (pair for report in reports(passages) for pair in report.searched())


def _pairs_of(index: Path) -> Pairs:
    store = Store(str(index), SentenceEmbeddings(Settings()).name)
    sources = iter([entry.source for entry in store.entries()])
    while some := list(islice(sources, AT_ONCE)):
        yield from store.embedded(some)


PLAIN = "plain"


def _plain_metadata(passage: Passage) -> dict[str, Any]:
    """Chroma compares numbers only, so the day is one: 20240128."""
    day = int((passage.date or "0").replace("-", ""))
    return {"source": passage.source, "start": passage.start, "title": passage.title, "day": day}


def _report(number: int, texts: list[Passage]) -> Written:
    day = day_of(number).isoformat()
    source, at, passages = f"{day[:4]}/{number:07}.txt", 0, []
    for one in texts:
        moved = at - one.start
        moments = tuple(
            replace(moment, start=moment.start + moved, end=moment.end + moved)
            for moment in one.moments
        )
        passages.append(replace(one, source=source, start=at, date=day, moments=moments))
        at += len(one.text)
    document = Document(
        source,
        "".join(one.text for one in passages),
        title=passages[0].title,
        date=day,
        date_from="header",
        language=passages[0].language,
    )
    vectors = vectors_of(number, len(passages)).tolist()
    return Written(document, "made", source, f"{number:032x}", "", passages, vectors)


@cache
def _texts() -> list[Passage]:
    found: list[Passage] = []
    for path in sorted(CORPUS.glob("*.txt")):
        with path.open("rb") as file:
            for one in read(file, path.name):
                assert isinstance(one, Document)
                found += [p for p in split(labelled(one)) if p.kind in SEARCHED]
    return found


@cache
def _centres() -> np.ndarray:
    chance = np.random.default_rng(0)
    shared = np.zeros(_DIMENSIONS)
    shared[0] = 1.0
    return shared + 0.46 * _noise(chance, _CENTRES)


def _noise(chance: np.random.Generator, count: int) -> np.ndarray:
    """Return directions of length one on average, most of it along the first axes."""
    widths = np.arange(1, _DIMENSIONS + 1) ** -0.5
    return chance.normal(size=(count, _DIMENSIONS)) * widths / np.linalg.norm(widths)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
