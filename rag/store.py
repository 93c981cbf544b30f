"""The index on disk: the only file that knows Chroma, and the only one with metadata keys.

Two collections. ``passages`` holds what is searched, with the vectors. ``documents`` holds one
record a report: what identifies the file, what is known of it, and the slices that are never
searched (header, dateline, sign-off), so that the store alone can show any report whole.

The record of a document is written as *pending* before its first passage and as *whole* after its
last. Whatever is killed in between is therefore known, and done again (law 4).
"""

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from rag.errors import (
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
    IndexUnreachable,
    NotStored,
)
from rag.records import SEARCHED, Document, Kind, Passage, ScoredPassage, Span

_PASSAGES = "passages"
_DOCUMENTS = "documents"
_MODEL = "embedding_model"
# Chroma wants a vector with every record; this one is never searched.
_NO_VECTOR = [0.0]
_PAGE = 1000
_MOST_NAMED = 1000
# Chroma's own 100/100/16 lost 3 of 100 near-identical passages: archives are full of reprints.
_GRAPH = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
# A folder within the index's own, so that deleting an index can never delete anything else.
_FOLDER = "chroma"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index knows of one report without reading its text."""

    source: str
    root: str
    digest: str
    title: str
    date: str | None
    place: str | None
    agency: str | None
    passages: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Written:
    """One report as it goes into the index: ``vectors`` holds one a *searched* passage."""

    document: Document
    root: str
    digest: str
    passages: Sequence[Passage]
    vectors: Sequence[Sequence[float]]

    def searched(self) -> Iterator[tuple[Passage, Sequence[float]]]:
        passages = (passage for passage in self.passages if passage.kind in SEARCHED)
        return zip(passages, self.vectors, strict=True)


class Store:
    """An open index: a folder (embedded Chroma) or the URL of a Chroma server.

    :raises IndexNotFound: there is none and `create` is false.
    :raises IndexMismatch: it holds the vectors of another embedding model.
    :raises IndexDamaged: its files cannot be read.
    """

    def __init__(self, index: str, model: str, *, create: bool = False) -> None:
        self.index = index
        if not create and not exists(index):
            raise IndexNotFound(index)
        with self._translated():
            self._client = _client(index)
            self._passages = self._collection(_PASSAGES, model, create)
            self._documents = self._collection(_DOCUMENTS, model, create)

    def _collection(self, name: str, model: str, create: bool) -> Any:
        # Without `embedding_function=None` Chroma would fetch and use an English model of its own.
        if create:
            collection = self._client.get_or_create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": _GRAPH},
                metadata={_MODEL: model},
            )
        else:
            collection = self._client.get_collection(name, embedding_function=None)
        built_with = str((collection.metadata or {}).get(_MODEL))
        if built_with != model:
            raise IndexMismatch(built_with, model)
        return collection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn whatever Chroma raises into an error a user can act on."""
        from chromadb.errors import ChromaError, NotFoundError

        try:
            yield
        except NotFoundError:
            raise IndexNotFound(self.index) from None
        # Its native side raises plain RuntimeErrors and ValueErrors.
        except (ChromaError, OSError, RuntimeError, ValueError, KeyError) as error:
            raise _storage_error(self.index, error) from error

    # --- writing -----------------------------------------------------------------------------

    def replace(self, written: Sequence[Written]) -> None:
        """Write these reports whole, in place of what the index holds of them.

        :raises NotStored: the disk is full or read-only.
        """
        with self._translated():
            self._put([(report, "pending") for report in written])
            self._delete_passages([report.document.source for report in written])
            for some in _batches(
                [pair for report in written for pair in report.searched()], self._batch_size
            ):
                self._passages.upsert(
                    ids=[passage.id for passage, _ in some],
                    embeddings=[list(vector) for _, vector in some],
                    documents=[passage.text for passage, _ in some],
                    metadatas=[_passage_metadata(passage) for passage, _ in some],
                )
            self._put([(report, "whole") for report in written])

    def rehome(self, source: str, root: str) -> None:
        """Note that this report is found in the folder `root` now, otherwise unchanged."""
        with self._translated():
            self._documents.update(ids=[source], metadatas=[{"root": root}])

    def remove(self, sources: Sequence[str]) -> None:
        """Forget these reports: their passages first, so that a record is left to tell of them."""
        with self._translated():
            self._delete_passages(sources)
            for some in _batches(sources, self._batch_size):
                self._documents.delete(ids=list(some))

    def _put(self, reports: Sequence[tuple[Written, str]]) -> None:
        for some in _batches(reports, self._batch_size):
            self._documents.upsert(
                ids=[report.document.source for report, _ in some],
                embeddings=[_NO_VECTOR for _ in some],
                metadatas=[_document_metadata(report, state) for report, state in some],
            )

    def _delete_passages(self, sources: Sequence[str]) -> None:
        for some in _batches(sources, _MOST_NAMED):
            self._passages.delete(where={"source": {"$in": list(some)}})

    # --- reading -----------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Return what is known of every report, in order of source."""
        found = []
        with self._translated():
            for offset in range(0, self._documents.count(), _PAGE):
                page = self._documents.get(include=["metadatas"], limit=_PAGE, offset=offset)
                found += [
                    _entry(*pair) for pair in zip(page["ids"], page["metadatas"], strict=True)
                ]
        return sorted(found, key=lambda entry: entry.source)

    def passage_count(self) -> int:
        with self._translated():
            return int(self._passages.count())

    def nearest(
        self, vector: Sequence[float], top: int, sources: Sequence[str] | None = None
    ) -> list[ScoredPassage]:
        """Return the `top` passages nearest to `vector`, best first, scored by their cosine.

        `sources`, where given, are the only reports that are looked at.
        """
        wanted = None if sources is None else frozenset(sources)
        with self._translated():
            total = self._passages.count()
            if wanted is None:
                return self._query(vector, min(top, total))
            if len(wanted) <= _MOST_NAMED:
                where = {"source": {"$in": sorted(wanted)}}
                return self._query(vector, min(top, total), where) if wanted else []
            # SQLite takes no more names than that in one query: look further until enough remain.
            looked_at = min(4 * top, total)
            while True:
                nearest = self._query(vector, looked_at)
                found = [scored for scored in nearest if scored.passage.source in wanted]
                if len(found) >= top or looked_at == total:
                    return found[:top]
                looked_at = min(4 * looked_at, total)

    def _query(
        self, vector: Sequence[float], top: int, where: dict[str, Any] | None = None
    ) -> list[ScoredPassage]:
        if top == 0:
            return []
        found = self._passages.query(
            query_embeddings=[list(vector)],
            n_results=top,
            where=where,
            include=["documents", "metadatas", "distances"],
        )
        ranked = zip(
            found["documents"][0], found["metadatas"][0], found["distances"][0], strict=True
        )
        return [
            ScoredPassage(_passage(text, metadata), 1.0 - distance, 1.0 - distance)
            for text, metadata, distance in ranked
        ]

    def document(self, source: str) -> Document | None:
        """Return the report known as `source`, put together from its slices (law 2)."""
        with self._translated():
            record = self._documents.get(ids=[source], include=["metadatas"])
            if not record["ids"]:
                return None
            stored = self._passages.get(
                where={"source": source}, include=["documents", "metadatas"]
            )
        entry = _entry(source, record["metadatas"][0])
        slices = [
            (int(metadata["start"]), text, cast("Kind", metadata["kind"]))
            for text, metadata in zip(stored["documents"], stored["metadatas"], strict=True)
        ]
        slices += [
            (start, text, kind)
            for start, text, kind in json.loads(record["metadatas"][0]["margins"])
        ]
        return _joined(entry, sorted(slices))

    def vectors(self) -> dict[str, list[float]]:
        """Return every vector by the id of its passage (to compare two indexes)."""
        with self._translated():
            stored = self._passages.get(include=["embeddings"])
        return {
            id_: [float(x) for x in vector]
            for id_, vector in zip(stored["ids"], stored["embeddings"], strict=True)
        }

    @cached_property
    def _batch_size(self) -> int:
        return int(self._client.get_max_batch_size())


def is_server(index: str) -> bool:
    return index.startswith(("http://", "https://"))


def exists(index: str) -> bool:
    """Whether something was indexed there (a server is taken at its word)."""
    return is_server(index) or (Path(index) / _FOLDER / "chroma.sqlite3").exists()


def wipe(index: str) -> None:
    """Delete the index, readable or not. Only files of its own are touched.

    :raises NotStored: they cannot be deleted.
    """
    if is_server(index):
        try:
            client = _client(index)
            for collection in client.list_collections():
                if collection.name in (_PASSAGES, _DOCUMENTS):
                    client.delete_collection(collection.name)
        except Exception as error:
            raise _storage_error(index, error) from error
        return
    folder = Path(index) / _FOLDER
    try:
        if folder.exists() and not exists(index) and any(folder.iterdir()):
            raise NotStored(index, f"{str(folder)!r} is there and is no index of this program")
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise NotStored(index, error.strerror or str(error)) from None


def _client(index: str) -> Any:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if is_server(index):
        url = urlsplit(index)
        return chromadb.HttpClient(
            host=url.hostname or "localhost",
            port=url.port or (443 if url.scheme == "https" else 8000),
            ssl=url.scheme == "https",
            settings=settings,
        )
    folder = Path(index) / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # Chroma keeps one open database a path for the whole process, also after its files are gone.
    if not (folder / "chroma.sqlite3").exists():
        SharedSystemClient._identifier_to_system.pop(str(folder), None)
    try:
        return chromadb.PersistentClient(path=str(folder), settings=settings)
    except Exception:
        # It would also keep one that it failed to open, and fail in another way the next time.
        SharedSystemClient._identifier_to_system.pop(str(folder), None)
        raise


def _storage_error(index: str, error: Exception) -> Exception:
    """Return the error that tells a user what the disk or the server did."""
    text = " ".join(str(error).split()) or type(error).__name__
    if is_server(index):
        return IndexUnreachable(index, text)
    if re.search(r"full|no space|read-?only|permission denied", text, re.IGNORECASE):
        return NotStored(index, text)
    return IndexDamaged(index, text)


def _document_metadata(report: Written, state: str) -> dict[str, Any]:
    document = report.document
    margins = [
        (passage.start, passage.text, passage.kind)
        for passage in report.passages
        if passage.kind not in SEARCHED
    ]
    known = {"date": document.date, "place": document.place, "agency": document.agency}
    return {
        "root": report.root,
        "digest": report.digest,
        "title": document.title,
        "passages": len(report.passages) - len(margins),
        "margins": json.dumps(margins, ensure_ascii=False),
        "state": state,
        # Always written: an upsert leaves a key it does not name as it was (Chroma 1.5).
        **{key: value or "" for key, value in known.items()},
    }


def _entry(source: str, metadata: dict[str, Any]) -> Entry:
    return Entry(
        source=source,
        root=metadata["root"],
        digest=metadata["digest"],
        title=metadata["title"],
        date=metadata.get("date") or None,
        place=metadata.get("place") or None,
        agency=metadata.get("agency") or None,
        passages=int(metadata["passages"]),
        whole=metadata["state"] == "whole",
    )


def _passage_metadata(passage: Passage) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "source": passage.source,
        "start": passage.start,
        "kind": passage.kind,
        "title": passage.title,
    }
    return metadata | ({"date": passage.date} if passage.date else {})


def _passage(text: str, metadata: dict[str, Any]) -> Passage:
    return Passage(
        source=metadata["source"],
        start=int(metadata["start"]),
        text=text,
        kind=metadata["kind"],
        title=metadata["title"],
        date=metadata.get("date"),
    )


def _joined(entry: Entry, slices: Sequence[tuple[int, str, Kind]]) -> Document:
    spans: list[Span] = []
    for start, text, kind in slices:
        if spans and spans[-1].kind == kind:
            spans[-1] = Span(spans[-1].start, start + len(text), kind)
        else:
            spans.append(Span(start, start + len(text), kind))
    return Document(
        source=entry.source,
        text="".join(text for _, text, _ in slices),
        title=entry.title,
        date=entry.date,
        place=entry.place,
        agency=entry.agency,
        spans=tuple(spans),
    )


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
