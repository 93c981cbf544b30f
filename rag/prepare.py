"""Documents -> what is written of them: passages with vectors, a batch at a time.

While one batch is embedded, the one before is written and the next one is read. A passage whose
vector is known already, from the report's former self or from a copy of it, is not embedded again.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple, dataclass, replace
from functools import cached_property
from pathlib import Path

from langchain_core.embeddings import Embeddings

from rag.folder import File
from rag.metadata import FileRecord, Written
from rag.records import SEARCHED, Document, Passage
from rag.searched import search_form
from rag.store import Store

PIPELINE = "6"
"""Raise it when `clean`, `split` or `in_context` change what they make of a report: every report
is then done again. A test compares their output with a recorded one, so it is not forgotten."""

BATCH = 512
"""Passages embedded and written together; a kill costs two of these at most, some ten seconds.
With fewer, rows of one length are rarer and Chroma takes longer for each."""

Position = tuple[int, int]
"""How far reading is: files read to their end, and bytes."""


@dataclass(frozen=True)
class Prepared:
    """A report ready to be embedded. A copy has no passages."""

    document: Document
    file: File
    digest: str
    key: str
    passages: list[Passage]
    vectors: dict[str, Sequence[float]]
    """Those that are known, by the text they were made of."""
    position: Position
    signature: bytes = b""
    copy_of: str = ""

    @cached_property
    def searched(self) -> list[str]:
        """What is embedded: a text for each passage that is searched."""
        return [in_context(passage) for passage in self.passages if passage.kind in SEARCHED]

    def written(self, vectors: Mapping[str, Sequence[float]]) -> Written:
        together = {**self.vectors, **vectors}
        return Written(
            document=self.document,
            root=self.file.root,
            file=self.file.source,
            digest=self.digest,
            key=self.key,
            passages=self.passages,
            vectors=[together[text] for text in self.searched],
            signature=self.signature,
            copy_of=self.copy_of,
        )


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file was read to its end; its reports come before."""

    record: FileRecord | None
    """None where it is to be written later."""
    position: Position


Step = Prepared | FileRead


def in_context(passage: Passage) -> str:
    """Return what is embedded: the search form of the passage, below its report's title and date.

    Added to what is embedded and not to the passage, so that laws 1 and 2 hold.
    """
    return search_form(f"{passage.heading}\n{passage.text.strip()}".strip()).text


def digest_of(document: Document) -> str:
    """Return what changes when a report, as it was read, or the way it is worked on changes.

    Its source is left out: a report that moved is the same report.
    """
    told = repr(astuple(replace(document, source="")))
    digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{PIPELINE}:{digest[:32]}"


def is_of_this_pipeline(digest: str) -> bool:
    return digest.startswith(f"{PIPELINE}:")


def digest_of_file(path: Path) -> str:
    """The same for a file, of its bytes.

    :raises OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return f"{PIPELINE}:{hashlib.file_digest(file, 'sha256').hexdigest()[:32]}"


def stored(
    steps: Iterator[Step], store: Store, embeddings: Embeddings, size: int | None = None
) -> Iterator[list[Step]]:
    """Embed and write these steps a batch at a time, and yield each batch once it is written.

    A batch holds `size` passages to embed, or `BATCH`.
    """
    embedder = ThreadPoolExecutor(1)
    ahead: tuple[list[Step], Future[list[Written]]] | None = None
    loaded = False
    try:
        for batch in _batches(steps, size or BATCH):
            if not loaded and any(map(_unknown, batch)):
                embeddings.embed_documents([])  # loads the model in this thread: it hears Ctrl+C
                loaded = True
            embedded = embedder.submit(_embedded, batch, embeddings)
            if ahead:
                yield _write(*ahead, store)
            ahead = batch, embedded
        if ahead:
            yield _write(*ahead, store)
    finally:
        embedder.shutdown(cancel_futures=True)


def _write(batch: list[Step], embedded: Future[list[Written]], store: Store) -> list[Step]:
    files = [step.record for step in batch if isinstance(step, FileRead) and step.record]
    store.replace(embedded.result(), files)
    return batch


def _embedded(batch: list[Step], embeddings: Embeddings) -> list[Written]:
    """Embed a batch, all its reports at once."""
    texts = list(dict.fromkeys(text for step in batch for text in _unknown(step)))
    vectors = dict(zip(texts, embeddings.embed_documents(texts), strict=True)) if texts else {}
    return [step.written(vectors) for step in batch if isinstance(step, Prepared)]


def _unknown(step: Step) -> list[str]:
    if isinstance(step, FileRead):
        return []
    return [text for text in step.searched if text not in step.vectors]


def _batches(steps: Iterator[Step], size: int) -> Iterator[list[Step]]:
    """Gather steps until they hold `size` passages to embed, or four times as many steps."""
    batch: list[Step] = []
    held = 0
    for step in steps:
        batch.append(step)
        held += len(_unknown(step))
        if held >= size or len(batch) >= 4 * size:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch
