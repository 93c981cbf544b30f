"""Folder -> store: load, clean, split, embed, add. Incremental, idempotent, resumable (law 4)."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout
from langchain_core.embeddings import Embeddings

from rag.clean import labelled
from rag.config import Settings
from rag.embed import SentenceEmbeddings
from rag.errors import IndexBusy, NothingToIndex, NotStored
from rag.load import READERS, Unreadable, files_in, read
from rag.records import SEARCHED, Document, Passage
from rag.split import split
from rag.store import Entry, Store, Written, is_server, wipe

PIPELINE = "1"
"""Raise it when `clean`, `split` or `in_context` change what they make of a report: every report
is then done again. A test compares their output with a recorded one, so it is not forgotten."""

BATCH = 512
"""Passages embedded and written together; a kill costs two of these at most, some ten seconds.
With fewer, rows of one length are rarer and Chroma takes longer for each."""

# Files that people leave beside reports and that are none.
_BESIDE = re.compile(r"(?:readme|sources|licen[cs]e|notice|changelog)\b", re.IGNORECASE)

Progress = Callable[[int, int, int], None]
"""Called with (reports done, reports to do, passages embedded)."""


@dataclass(frozen=True, slots=True)
class Problem:
    source: str
    reason: str


@dataclass(slots=True)
class Report:
    """What a run did: sources by what became of them; nothing is left out."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    failed: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    source: str
    root: str


def update(
    settings: Settings,
    paths: Sequence[Path],
    *,
    rebuild: bool = False,
    progress: Progress = lambda done, total, passages: None,
) -> Report:
    """`sync` the index that `settings` name, made if it is not there; with `rebuild`, anew.

    :raises IndexMismatch: it holds the vectors of another model, and `rebuild` is false.
    """
    embeddings = SentenceEmbeddings(settings)
    # Looked at before anything is made or thrown away: a mistyped folder costs nothing.
    for path in paths:
        _reports_in(path, Report())
    with writing(settings.index):
        if rebuild:
            wipe(settings.index)
        store = Store(settings.index, embeddings.name, create=True)
        return sync(paths, store, embeddings, progress=progress)


def sync(
    paths: Sequence[Path],
    store: Store,
    embeddings: Embeddings,
    *,
    progress: Progress = lambda done, total, passages: None,
) -> Report:
    """Make the index hold what the folders `paths` hold; folders indexed before are left alone.

    :raises NothingToIndex: a path does not exist or holds no report. The index is untouched.
    """
    report = Report()
    named = [file for path in paths for file in _reports_in(path, report)]
    files = list({(file.root, file.source): file for file in named}.values())
    known = {entry.source: entry for entry in store.entries()}
    report.removed += _vanished(paths, files, known, report)
    store.remove(report.removed)
    to_do = list(_to_do(files, known, store, report))
    progress(0, len(to_do), 0)
    passages = 0
    for batch in _stored(_batches(_prepared(to_do, known, store, report)), store, embeddings):
        passages += sum(len(one.searched) for one in batch)
        progress(batch[-1].done, len(to_do), passages)
    return report


def _stored(
    batches: Iterator[list["_Prepared"]], store: Store, embeddings: Embeddings
) -> Iterator[list["_Prepared"]]:
    """Embed and write each batch, and yield it.

    While one is embedded, the one before is written and the next one read.
    """
    embedder = ThreadPoolExecutor(1)
    ahead: tuple[list[_Prepared], Future[list[Written]]] | None = None
    try:
        for batch in batches:
            if ahead is None:
                embeddings.embed_documents([])  # loads the model in this thread: it hears Ctrl+C
            embedded = embedder.submit(_written, batch, embeddings)
            if ahead:
                store.replace(ahead[1].result())
                yield ahead[0]
            ahead = batch, embedded
        if ahead:
            store.replace(ahead[1].result())
            yield ahead[0]
    finally:
        embedder.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A report ready to be embedded, the `done`-th of those to do."""

    document: Document
    root: str
    digest: str
    passages: list[Passage]
    done: int

    @property
    def searched(self) -> list[Passage]:
        return [passage for passage in self.passages if passage.kind in SEARCHED]


@contextmanager
def writing(index: str) -> Iterator[None]:
    """Hold the index against a second writer.

    :raises IndexBusy: there is one already.
    :raises NotStored: the folder of the index cannot be made or written.
    """
    if is_server(index):
        yield
        return
    try:
        Path(index).mkdir(parents=True, exist_ok=True)
        lock = FileLock(Path(index) / "writing.lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise IndexBusy(index) from None
    except OSError as error:
        raise NotStored(index, error.strerror or str(error)) from None
    with lock:
        yield


def _reports_in(path: Path, report: Report) -> list[_File]:
    """Return the files of `path` that may be reports; note the others as skipped."""
    if not path.exists():
        raise NothingToIndex(
            f"There is no file or folder {str(path)!r}. Name the folder that holds the reports: "
            "`sourcier index FOLDER`."
        )
    root = path if path.is_dir() else path.parent
    found = []

    def unreadable(error: OSError) -> None:
        below = Path(str(error.filename)).relative_to(root).as_posix()
        report.failed.append(Problem(f"{below}/", error.strerror or str(error)))

    for file in files_in(path, unreadable) if path.is_dir() else [path]:
        source = file.relative_to(root).as_posix()
        if reason := _no_report(file, root):
            report.skipped.append(Problem(source, reason))
        else:
            found.append(_File(file, source, str(root.resolve())))
    if not found:
        raise NothingToIndex(
            f"{str(path)!r} holds no report ({len(report.skipped)} other files). Put "
            f"{' or '.join(sorted(READERS))} files there and run `sourcier index {path}` again."
        )
    return found


def _no_report(path: Path, root: Path) -> str | None:
    try:
        if path.exists() and not path.is_file():
            return "not a regular file"
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            return "a link out of the folder"
    except OSError as error:
        return error.strerror or str(error)
    if _BESIDE.match(path.name):
        return "not a report: it stands beside them"
    if path.suffix.lower() not in READERS:
        return f"no reader for {path.suffix or 'files without a suffix'}"
    return None


def _to_do(
    files: list[_File], known: dict[str, Entry], store: Store, report: Report
) -> Iterator[tuple[_File, str]]:
    """Yield each file, with its digest, that is new or not what it was when it was indexed."""
    owners: dict[str, str] = {}
    for file in files:
        if (shown := file.source.encode("utf-8", "replace").decode()) != file.source:
            report.failed.append(Problem(shown, "its name is not valid UTF-8; rename it"))
            continue
        entry = known.get(file.source)
        owner = _other_owner(file, entry) or owners.setdefault(file.source, file.root)
        if owner != file.root:
            reason = f"another report of that name is indexed from {owner}; rename one of them"
            report.failed.append(Problem(file.source, reason))
            continue
        try:
            digest = _digest(file.path)
        except OSError as error:
            # The disk did not say that the report changed: what is known of it stays.
            report.failed.append(Problem(file.source, error.strerror or str(error)))
            continue
        if entry and entry.whole and entry.digest == digest:
            if entry.root != file.root:  # its folder was moved, and need not be embedded again
                store.rehome(file.source, file.root)
            report.unchanged.append(file.source)
        else:
            yield file, digest


def _other_owner(file: _File, entry: Entry | None) -> str | None:
    """Return the folder that still holds the indexed report of this name, if not this one.

    A folder that was moved or renamed holds nothing any more, and is not in the way.
    """
    if entry is None or entry.root == file.root:
        return None
    return entry.root if (Path(entry.root) / entry.source).exists() else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"{PIPELINE}:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _vanished(
    paths: Sequence[Path], files: list[_File], known: dict[str, Entry], report: Report
) -> list[str]:
    """Return the sources indexed from these folders that the folders hold no more.

    What lies in a folder that could not be looked into is not known to have vanished.
    """
    roots = {str(path.resolve()) for path in paths if path.is_dir()}
    present = {(file.root, file.source) for file in files}
    closed = tuple(problem.source for problem in report.failed if problem.source.endswith("/"))
    return [
        entry.source
        for entry in known.values()
        if entry.root in roots
        and (entry.root, entry.source) not in present
        and not entry.source.startswith(closed)
    ]


def _prepared(
    to_do: Sequence[tuple[_File, str]], known: dict[str, Entry], store: Store, report: Report
) -> Iterator[_Prepared]:
    """Read, label and split each file; what turns out to be no text is noted and forgotten."""
    for done, (file, digest) in enumerate(to_do, start=1):
        before = known.get(file.source)
        try:
            document = labelled(read(file.path, file.source))
        except OSError as error:  # it vanished since its digest was taken
            report.failed.append(Problem(file.source, error.strerror or str(error)))
            continue
        except Unreadable as problem:
            report.failed.append(Problem(file.source, str(problem)))
            if before:
                store.remove([file.source])
                report.removed.append(file.source)
            continue
        (report.changed if before and before.whole else report.added).append(file.source)
        yield _Prepared(document, file.root, digest, split(document), done)


def _batches(prepared: Iterator[_Prepared]) -> Iterator[list[_Prepared]]:
    """Gather reports until they hold a batch of searched passages."""
    batch: list[_Prepared] = []
    held = 0
    for one in prepared:
        batch.append(one)
        held += len(one.searched)
        if held >= BATCH:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _written(batch: list[_Prepared], embeddings: Embeddings) -> list[Written]:
    """Embed a batch, all its reports at once."""
    texts = [in_context(passage) for one in batch for passage in one.searched]
    vectors = iter(embeddings.embed_documents(texts))
    return [
        Written(
            document=one.document,
            root=one.root,
            digest=one.digest,
            passages=one.passages,
            vectors=[next(vectors) for _ in one.searched],
        )
        for one in batch
    ]


def in_context(passage: Passage) -> str:
    """Return what is embedded: the passage below its report's title and date (law 2).

    A teaser belongs to another story, so its host's title would mislead.
    """
    if passage.kind == "teaser":
        return passage.text.strip()
    dated = f" ({passage.date})" if passage.date else ""
    return f"{passage.title}{dated}\n{passage.text.strip()}"
