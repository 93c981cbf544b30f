"""One way to find passages, asked line by line by `scale.py`; each in a process of its own.

    python benchmarks/scale_ways.py WAY FOLDER

Reads a line of JSON, `{"questions": [[number, text], …], "days": [first, last] or null}`, and
answers with the milliseconds that each question took, its embedding included, and the memory that
the process holds. With made vectors a question is embedded all the same, and then a vector near
passages takes the place of its own.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import psutil
from langchain_core.embeddings import Embeddings
from scale_archive import MODEL, PLAIN, asked_near

from rag.config import Settings
from rag.embed import SentenceEmbeddings

TOP = 20
Days = Sequence[str] | None
Way = Callable[[str, Days], Sequence[object]]
"""From a question and the first and last day to what is found."""


class Asked(Embeddings):
    """The default model; with made vectors, in place of its own that of the question's number."""

    def __init__(self, *, made: bool) -> None:
        self._model = SentenceEmbeddings(Settings())
        self._made = made
        self.name = MODEL if made else self._model.name
        self.number = 0

    def embed_query(self, text: str) -> list[float]:
        own = self._model.embed_query(text)
        return asked_near(self.number) if self._made else own

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError


def ours(folder: Path, embeddings: Asked) -> Way:
    from rag.follow import FollowedWords, words_folder
    from rag.retrieve import Filters, PassageRetriever
    from rag.searched import stems
    from rag.store import Store

    index = str(folder / "ours")
    store = Store(index, embeddings.name)
    words = FollowedWords(store, words_folder(index, folder))

    def asked(question: str, days: Days) -> Sequence[object]:
        # Texts are repeated here; in an archive each is another, and remembering one helps nobody.
        stems.cache_clear()
        since, until = days or (None, None)
        filters = Filters(since=since, until=until)
        retriever = PassageRetriever(
            store=store, embeddings=embeddings, words=words, top=TOP, filters=filters
        )
        return retriever.ranking(question)

    return asked


def chroma(folder: Path, embeddings: Asked) -> Way:
    collection = _client(folder).get_collection(PLAIN, embedding_function=None)

    def asked(question: str, days: Days) -> Sequence[object]:
        vector = embeddings.embed_query(question)
        found = collection.query(
            query_embeddings=[vector], n_results=TOP, where=_where(days) if days else None
        )
        return found["ids"][0]

    return asked


def langchain(folder: Path, embeddings: Asked) -> Way:
    from langchain_chroma import Chroma

    vectors = Chroma(PLAIN, embeddings, client=_client(folder))

    def asked(question: str, days: Days) -> Sequence[object]:
        wanted = {"k": TOP, "filter": _where(days)} if days else {"k": TOP}
        return vectors.as_retriever(search_kwargs=wanted).invoke(question)

    return asked


WAYS = {"ours": ours, "chroma": chroma, "langchain": langchain}


def _client(folder: Path):
    import chromadb
    from chromadb.config import Settings as Told

    return chromadb.PersistentClient(str(folder / "plain"), Told(anonymized_telemetry=False))


def _where(days: Sequence[str]) -> dict:
    first, last = (int(date.fromisoformat(day).strftime("%Y%m%d")) for day in days)
    return {"$and": [{"day": {"$gte": first}}, {"day": {"$lte": last}}]}


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    embeddings = Asked(made=not (folder / "real").exists())
    way = WAYS[name](folder, embeddings)
    for line in sys.stdin:
        told = json.loads(line)
        milliseconds, found = [], []
        for number, text in told["questions"]:
            embeddings.number = number
            started = time.perf_counter()
            found.append(len(way(text, told["days"])))
            milliseconds.append(round((time.perf_counter() - started) * 1000, 1))
        megabytes = round(psutil.Process().memory_info().rss / 1e6)
        print(json.dumps({"ms": milliseconds, "found": found, "mb": megabytes}), flush=True)


if __name__ == "__main__":
    main()
