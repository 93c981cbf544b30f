"""The index on disk: the only file that knows Chroma.

Three collections. ``passages`` holds what is searched, with the vectors. ``documents`` holds one
record a report: what identifies it, what is known of it, and the slices that are never searched
(header, dateline, sign-off), so that the store alone can show any report whole. ``files`` holds one
record a file that was read to its end: its digest, and what went wrong in it.

The record of a document is written as *pending* before its first passage and as *whole* after its
last. Whatever is killed in between is therefore known, and done again (law 4). A *copy* has a
record and no passages: another report stands for it.
"""

import hashlib
import json
import re
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import uuid4

import numpy as np

from rag.errors import (
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
    IndexOutdated,
    NotOurs,
    NotStored,
    RagError,
)
from rag.metadata import (
    NOT_COMPARED,
    Entry,
    FileRecord,
    Known,
    Written,
    document_metadata,
    document_of,
    entries_of,
    file_metadata,
    file_of,
    known_of,
    origin_of,
    passage_metadata,
    passage_of,
    signature_of,
)
from rag.records import SEARCHED, Document, Passage, ScoredPassage, source_of
from rag.server import client_of, is_of_the_connection, is_server, server_error

_PASSAGES = "passages"
_DOCUMENTS = "documents"
_FILES = "files"
_MODEL = "embedding_model"
_LAYOUT = "layout"
_GENERATION = "generation"
_FOLDERS = "folders"
_THIS_LAYOUT = "2"
"""Raise it when records are kept in another way: an older index is then refused by name."""

# Chroma wants a vector with every record; this one is never searched.
_NO_VECTOR = [0.0]
_PAGE = 1000
_MOST_NAMED = 1000
"""Names in one `where`."""
_A_VECTOR = 6
"""Reading the vector of a passage takes as long as the ids of so many of the nearest."""
_REMEMBERED = 16
"""Derived things: the reports, the ids, and three a filter."""
# Records in one request: with 4,096 dimensions 20 MB, and a server takes 40.
_MOST_WRITTEN = 1000
# Chroma's own 100/100/16 lost 3 of 100 near-identical passages: archives are full of reprints.
_GRAPH = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
# Of the records that have no vector: one point on top of the other, joined as little as can be.
_NO_GRAPH = {"space": "l2", "ef_construction": 2, "ef_search": 2, "max_neighbors": 2}
# A folder within the index's own, so that deleting an index can never delete anything else.
_FOLDER = "chroma"

T = TypeVar("T")


class Store:
    """An open index: a folder (embedded Chroma) or the URL of a Chroma server.

    :raises IndexNotFound: there is none and `create` is false.
    :raises IndexMismatch: it holds the vectors of another embedding model.
    :raises IndexOutdated: an earlier version of this program made it.
    :raises IndexDamaged: its files cannot be read.
    :raises IndexUnreachable: the server does not answer. Once it does, this store goes on.
    """

    def __init__(self, index: str, model: str, *, create: bool = False) -> None:
        self.index = index
        self.model = model
        self._derived: tuple[str, dict[Hashable, Any]] = ("none yet", {})
        self._deriving = threading.Lock()
        if not create and not exists(index):
            raise IndexNotFound(index)
        with self._translated():
            self._client = _client(index)
            self._passages = self._followed(_PASSAGES, create, _GRAPH)
            self._documents = self._followed(_DOCUMENTS, create, _NO_GRAPH)
            self._files = self._followed(_FILES, create, _NO_GRAPH)

    def _followed(self, name: str, create: bool, graph: dict[str, Any]) -> Any:
        return _Followed(
            self._collection(name, create, graph), lambda: self._collection(name, False, graph)
        )

    def _collection(self, name: str, create: bool, graph: dict[str, Any]) -> Any:
        # Without `embedding_function=None` Chroma would fetch and use an English model of its own.
        if create:
            collection = self._client.get_or_create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": graph},
                metadata={_MODEL: self.model, _LAYOUT: _THIS_LAYOUT},
            )
        else:
            collection = self._client.get_collection(name, embedding_function=None)
        told = collection.metadata or {}
        if _MODEL not in told:
            raise NotOurs(self.index, name)
        if told[_MODEL] != self.model:
            raise IndexMismatch(str(told[_MODEL]), self.model)
        if told.get(_LAYOUT) != _THIS_LAYOUT:
            raise IndexOutdated(self.index)
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
        except Exception as error:
            if is_server(self.index) and is_of_the_connection(error):
                raise server_error(self.index, error) from error
            raise

    # --- writing -----------------------------------------------------------------------------

    def replace(self, written: Sequence[Written], files: Sequence[FileRecord] = ()) -> None:
        """Write these reports whole, in place of what the index holds of them; then the files.

        :raises NotStored: the disk is full or read-only.
        """
        with self._translated():
            self._put_pending(written)
            self._delete_passages([report.document.source for report in written])
            for some in _batches(
                [pair for report in written for pair in report.searched()], self._batch_size
            ):
                self._passages.upsert(
                    ids=[passage.id for passage, _ in some],
                    embeddings=[list(vector) for _, vector in some],
                    documents=[passage.text for passage, _ in some],
                    metadatas=[passage_metadata(passage) for passage, _ in some],
                )
            self._update({report.document.source: {"state": "whole"} for report in written})
            for some_files in _batches(files, self._batch_size):
                self._files.upsert(
                    ids=[file.id for file in some_files],
                    embeddings=[_NO_VECTOR for _ in some_files],
                    metadatas=[file_metadata(file) for file in some_files],
                )
        if written:
            self.changed()

    def rehome(self, sources: Sequence[str], before: FileRecord, after: FileRecord) -> None:
        """Note that a file and its reports are found in another folder now, else unchanged."""
        self._update({source: {"root": after.root} for source in sources})
        self.replace([], [after])
        self.forget_files([before])

    def make_copies(self, originals: Mapping[str, str]) -> None:
        """Let another report stand for each of these, which lose what was searched of them."""
        emptied = {"passages": 0, "margins": "[]", "spans": "[]", "signature": ""}
        copy = {"state": "whole", "origin": NOT_COMPARED, **emptied}
        self._update({source: {"state": "pending"} for source in originals})
        with self._translated():
            self._delete_passages(list(originals))
        self._update({s: {"copy_of": o, **copy} for s, o in originals.items()})
        if originals:
            self.changed()

    def remove(self, sources: Sequence[str]) -> None:
        """Forget these reports: their passages first, so that a record is left to tell of them."""
        self._update({source: {"state": "pending"} for source in sources})
        with self._translated():
            self._delete_passages(sources)
            for some in _batches(sources, self._batch_size):
                self._documents.delete(ids=list(some))
        if sources:
            self.changed()

    def changed(self) -> None:
        """Let whatever is derived from the reports know that they are others now."""
        with self._translated():
            collection = self._client.get_collection(_DOCUMENTS, embedding_function=None)
            collection.modify(metadata={**collection.metadata, _GENERATION: uuid4().hex})

    def note_folders(self, folders: Iterable[str]) -> None:
        """Note that these were indexed whole: a new file in one of them is of the archive."""
        with self._translated():
            collection = self._client.get_collection(_DOCUMENTS, embedding_function=None)
            known = _folders_of(collection)
            if new := known.union(folders) - known:
                told = json.dumps(sorted(known | new))
                collection.modify(metadata={**collection.metadata, _FOLDERS: told})

    def folders(self) -> frozenset[str]:
        """Return the folders that were once indexed whole, not those of single files."""
        with self._translated():
            return _folders_of(self._client.get_collection(_DOCUMENTS, embedding_function=None))

    def forget_files(self, files: Sequence[FileRecord]) -> None:
        """Forget that these files were read; their reports stay."""
        with self._translated():
            for some in _batches([file.id for file in files], self._batch_size):
                self._files.delete(ids=list(some))

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Note which report each is a reprint of (see `rag.duplicates`); ``""`` for none."""
        self._update({source: {"origin": origin} for source, origin in origins.items()})

    def _update(self, changes: Mapping[str, dict[str, Any]]) -> None:
        with self._translated():
            for some in _batches(list(changes.items()), self._batch_size):
                self._documents.update(
                    ids=[source for source, _ in some], metadatas=[change for _, change in some]
                )

    def _put_pending(self, reports: Sequence[Written]) -> None:
        for some in _batches(reports, self._batch_size):
            self._documents.upsert(
                ids=[report.document.source for report in some],
                embeddings=[_NO_VECTOR for _ in some],
                metadatas=[document_metadata(report, "pending") for report in some],
            )

    def _delete_passages(self, sources: Sequence[str]) -> None:
        for some in _batches(sources, _MOST_NAMED):
            self._passages.delete(where={"source": {"$in": list(some)}})

    # --- reading -----------------------------------------------------------------------------

    def known(self) -> dict[str, Known]:
        """Return what indexing must know of every report, by source."""
        return {source: known_of(record) for source, record in self._records(self._documents)}

    def identity(self) -> str:
        """Return a hash of what every report is: indexes of one identity answer alike."""
        known = sorted((source, one.digest) for source, one in self.known().items())
        return hashlib.sha256(repr(known).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def generation(self) -> str:
        """Return what is another each time that a report changes, comes or goes.

        And where the index was made anew, if nobody has said yet that it holds something.
        """
        with self._translated():
            collection = self._client.get_collection(_DOCUMENTS, embedding_function=None)
        return f"{collection.id}/{collection.metadata.get(_GENERATION, '')}"

    def files(self) -> list[FileRecord]:
        """Return every file that was read, in order of path."""
        found = [file_of(record) for _, record in self._records(self._files)]
        return sorted(found, key=lambda file: (file.root, file.path))

    def signatures(self) -> Iterator[tuple[str, bytes, str]]:
        """Yield source, signature and origin of every report that has a signature or had one."""
        for source, record in self._records(self._documents):
            if record["signature"] or record["origin"] == NOT_COMPARED:
                yield source, signature_of(record), record["origin"]

    def entries(self) -> list[Entry]:
        """Return what is known of every report, in order of source.

        Remembered until something changes: of 20,000 reports they take two seconds to read.
        """
        return list(self.derived("entries", lambda: entries_of(self._records(self._documents))))

    def derived(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returns, remembered by `name` until a report changes.

        Only what was asked for last is remembered: what a few filters let through.
        """
        generation = self.generation()
        with self._deriving:
            if self._derived[0] != generation:
                self._derived = (generation, {})
            remembered = self._derived[1]
            known = name in remembered
            found: T | None = remembered.get(name)
        if not known:
            found = make()
        with self._deriving:
            remembered.pop(name, None)
            remembered[name] = found  # the last, now
            if len(remembered) > _REMEMBERED:
                del remembered[next(iter(remembered))]
        return cast("T", found)

    def reprints(self, sources: Iterable[str]) -> dict[str, list[str]]:
        """Return, for each of `sources` that has any, all reports that tell the same news.

        Those are the reports of one origin, itself among them, and the copies of each.
        """
        asked_for = list(dict.fromkeys(sources))
        if not asked_for:  # which Chroma takes for a mistake
            return {}
        with self._translated():
            asked = self._documents.get(ids=asked_for, include=["metadatas"])
            origins = {
                source: origin_of(record) or source
                for source, record in zip(asked["ids"], asked["metadatas"], strict=True)
            }
            together = self._sources_where("origin", origins.values())
            members = {o: sorted({o, *together.get(o, ())}) for o in origins.values()}
            copies = self._sources_where("copy_of", [s for m in members.values() for s in m])
        told = {
            source: [place for one in members[origin] for place in (one, *copies.get(one, ()))]
            for source, origin in origins.items()
        }
        return {source: sources for source, sources in told.items() if len(sources) > 1}

    def _sources_where(self, key: str, values: Iterable[str]) -> dict[str, list[str]]:
        """Return the sources of the reports that have one of `values` there, by that value."""
        wanted = sorted(set(values))
        if not wanted:
            return {}
        found = self._documents.get(where={key: {"$in": wanted}}, include=["metadatas"])
        by_value: dict[str, list[str]] = defaultdict(list)
        for source, record in sorted(zip(found["ids"], found["metadatas"], strict=True)):
            by_value[record[key]].append(source)
        return by_value

    def _records(self, collection: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield id and metadata of every record, page by page."""
        with self._translated():
            for offset in range(0, collection.count(), _PAGE):
                page = collection.get(include=["metadatas"], limit=_PAGE, offset=offset)
                yield from zip(page["ids"], page["metadatas"], strict=True)

    def passage_count(self) -> int:
        with self._translated():
            return int(self._passages.count())

    def nearest(
        self,
        vector: Sequence[float],
        top: int,
        sources: Collection[str] | None = None,
        kind: str | None = None,
    ) -> list[ScoredPassage]:
        """Return the `top` passages nearest to `vector`, best first, scored by their cosine.

        `sources` and `kind`, where given, are the only reports and passages that are looked at:
        exactly, by their ids, since of 100,000 passages Chroma's own `where` takes 250 to 450 ms
        (`benchmarks/scale.py`). Either enough of the nearest of all are allowed, or the vectors of
        those that are allowed are compared one by one, whichever takes less time.
        """
        with self._translated():
            if sources is None and kind is None:
                return self._shown(self._query(vector, top))
            chosen = (None if sources is None else frozenset(sources), kind)
            allowed, total = self.derived(("allowed", *chosen), lambda: self._allowed(*chosen))
            if not allowed:
                return []
            looked_at = 2 * top * total // len(allowed)
            while looked_at < _A_VECTOR * len(allowed):
                nearest = self._query(vector, min(looked_at, total))
                found = {one: cosine for one, cosine in nearest.items() if one in allowed}
                if len(found) >= top:
                    return self._shown(dict(islice(found.items(), top)))
                looked_at *= 4
            ids, vectors = self.derived(("vectors", *chosen), lambda: self._vectors_of(allowed))
            if not ids:  # the report is being written again
                return []
            cosines = vectors @ np.asarray(vector, dtype=np.float32)
            best = np.argsort(-cosines, kind="stable")[:top]
            return self._shown({ids[at]: float(cosines[at]) for at in best})

    def _allowed(
        self, sources: frozenset[str] | None, kind: str | None
    ) -> tuple[frozenset[str], int]:
        """Return the ids of the passages of these reports and of this kind; how many all are."""
        by_source = self.derived("ids", self._ids_by_source)
        named = by_source.keys() if sources is None else by_source.keys() & sources
        ids: Iterable[str] = chain.from_iterable(map(by_source.__getitem__, named))
        if kind is not None:
            kinds = self.derived("kinds", self._less_usual_kinds)
            ids = (one for one in ids if kinds.get(one, "body") == kind)
        return frozenset(ids), sum(map(len, by_source.values()))

    def _ids_by_source(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for one in self._ids_where(None):
            found[source_of(one)].append(one)
        return found

    def _less_usual_kinds(self) -> dict[str, str]:
        """Return the kind of each passage by its id, of those that are no ``body``."""
        others = sorted(SEARCHED - {"body"})
        return {one: kind for kind in others for one in self._ids_where({"kind": kind})}

    def _ids_where(self, where: dict[str, Any] | None) -> list[str]:
        found: list[str] = self._passages.get(where=where, include=[])["ids"]
        return found

    def _vectors_of(self, ids: Collection[str]) -> tuple[list[str], np.ndarray]:
        found = self._passages.get(ids=list(ids), include=["embeddings"])
        return found["ids"], np.asarray(found["embeddings"], dtype=np.float32)

    def compared(self, ids: Sequence[str], vector: Sequence[float]) -> list[ScoredPassage]:
        """Return those of `ids` that there are, scored by their cosine, in no order."""
        if not ids:
            return []
        with self._translated():
            found = self._passages.get(
                ids=list(ids), include=["documents", "metadatas", "embeddings"]
            )
        if not found["ids"]:
            return []
        cosines = np.asarray(found["embeddings"]) @ np.asarray(vector)
        return [
            ScoredPassage(passage_of(text, metadata), float(cosine), float(cosine))
            for text, metadata, cosine in zip(
                found["documents"], found["metadatas"], cosines, strict=True
            )
        ]

    def _query(self, vector: Sequence[float], top: int) -> dict[str, float]:
        """Return the cosine of the `top` nearest by id, best first.

        Without texts and metadata, 0.06 ms a passage, thousands are read in little time.
        """
        if top == 0:
            return {}
        found = self._passages.query(
            query_embeddings=[list(vector)], n_results=top, include=["distances"]
        )
        cosines = (1.0 - distance for distance in found["distances"][0])
        return dict(zip(found["ids"][0], cosines, strict=True))

    def _shown(self, cosines: Mapping[str, float]) -> list[ScoredPassage]:
        """Return the passages known by these ids, in their order."""
        if not cosines:
            return []
        found = self._passages.get(ids=list(cosines), include=["documents", "metadatas"])
        passages = map(passage_of, found["documents"], found["metadatas"])
        by_id = dict(zip(found["ids"], passages, strict=True))
        return [
            ScoredPassage(by_id[one], cosine, cosine)
            for one, cosine in cosines.items()
            if one in by_id  # and was not removed meanwhile
        ]

    def document(self, source: str) -> Document | None:
        """Return the report known as `source`, put together from its slices (law 2).

        Of a copy, the report that stands for it.
        """
        with self._translated():
            record = self._documents.get(ids=[source], include=["metadatas"])
            if not record["ids"]:
                return None
            known = record["metadatas"][0]
            if known["copy_of"]:
                return self.document(known["copy_of"])
            stored = self._passages.get(
                where={"source": source}, include=["documents", "metadatas"]
            )
        passages = [
            passage_of(text, metadata)
            for text, metadata in zip(stored["documents"], stored["metadatas"], strict=True)
        ]
        return document_of(source, known, sorted(passages, key=lambda passage: passage.start))

    def passages_of(self, sources: Sequence[str]) -> Iterator[Passage]:
        """Yield the passages of these reports, in no order."""
        with self._translated():
            stored = self._passages.get(
                where={"source": {"$in": list(sources)}}, include=["documents", "metadatas"]
            )
        yield from map(passage_of, stored["documents"], stored["metadatas"])

    def embedded(self, sources: Sequence[str]) -> Iterator[tuple[Passage, Sequence[float]]]:
        """Yield each passage of these reports with its vector."""
        with self._translated():
            stored = self._passages.get(
                where={"source": {"$in": list(sources)}},
                include=["documents", "metadatas", "embeddings"],
            )
        yield from (
            (passage_of(text, metadata), [float(x) for x in vector])
            for text, metadata, vector in zip(
                stored["documents"], stored["metadatas"], stored["embeddings"], strict=True
            )
        )

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
        return min(_MOST_WRITTEN, int(self._client.get_max_batch_size()))


class _Followed:
    """A collection that is found again by its name where another process made it anew.

    Only to be read: what was being written into the former one is gone with it.
    """

    def __init__(self, collection: Any, found_again: Callable[[], Any]) -> None:
        self._collection = collection
        self._found_again = found_again

    def __getattr__(self, name: str) -> Any:
        if name in ("count", "get", "query"):
            return partial(self._read, name)
        return getattr(self._collection, name)

    def _read(self, name: str, **asked: Any) -> Any:
        from chromadb.errors import NotFoundError

        try:
            return getattr(self._collection, name)(**asked)
        except NotFoundError:
            self._collection = self._found_again()
            return getattr(self._collection, name)(**asked)


def exists(index: str) -> bool:
    """Whether something was indexed there (a server is taken at its word)."""
    return is_server(index) or (Path(index) / _FOLDER / "chroma.sqlite3").exists()


def wipe(index: str) -> None:
    """Delete the index, readable or not. Only files of its own are touched.

    :raises NotStored: they cannot be deleted.
    """
    if is_server(index):
        _wipe_server(index)
        return
    folder = Path(index) / _FOLDER
    try:
        if folder.exists() and not exists(index) and any(folder.iterdir()):
            raise NotStored(index, f"{str(folder)!r} is there and is no index of this program")
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise NotStored(index, error.strerror or str(error)) from None


def _wipe_server(index: str) -> None:
    client = client_of(index)
    try:
        held = {one.name: one.metadata or {} for one in client.list_collections()}
        names = [name for name in (_PASSAGES, _DOCUMENTS, _FILES) if name in held]
        for name in names:
            if _MODEL not in held[name]:
                raise NotOurs(index, name)
        for name in names:
            client.delete_collection(name)
    except RagError:
        raise
    except Exception as error:
        raise server_error(index, error) from error


def _client(index: str) -> Any:
    if is_server(index):
        return client_of(index)
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
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
    if is_server(index):
        return server_error(index, error)
    text = " ".join(str(error).split()) or type(error).__name__
    if re.search(r"full|no space|read-?only|permission denied", text, re.IGNORECASE):
        return NotStored(index, text)
    return IndexDamaged(index, text)


def _folders_of(collection: Any) -> frozenset[str]:
    return frozenset(json.loads((collection.metadata or {}).get(_FOLDERS, "[]")))


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
