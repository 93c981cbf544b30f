"""Folder -> store: incremental, idempotent, resumable (law 4).

A run compares the files on disk with the files that were read before, and their reports with those
that are known. What is as it was costs a look at its digest; what moved keeps its vectors; what is
the same report in another place is noted as a copy of it.
"""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout
from langchain_core.embeddings import Embeddings

from rag.clean import labelled
from rag.config import Settings
from rag.duplicates import clusters, same_report, signature
from rag.embed import SentenceEmbeddings
from rag.errors import IndexBusy, NotStored
from rag.folder import Contents, File, contents
from rag.follow import FollowedWords, words_folder
from rag.ledger import Ledger
from rag.load import read
from rag.metadata import NOT_COMPARED, FileRecord, Known, Place
from rag.prepare import (
    FileRead,
    Position,
    Prepared,
    Step,
    digest_of,
    digest_of_file,
    in_context,
    is_of_this_pipeline,
    stored,
)
from rag.records import Document, Problem
from rag.server import is_server
from rag.server import writing as writing_to_server
from rag.split import split
from rag.store import Store, wipe

_TAKEN = "another report of that name is indexed from"

AGAIN = "again"
"""State of a copy, while a run lasts, that is to be read again and to stand for others."""


class Move(NamedTuple):
    """A report that was found under another name, word for word."""

    before: str
    after: str


@dataclass(slots=True)
class Report:
    """What a run did: sources by what became of them; nothing is left out."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[Move] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    """New places of reports that are indexed from other places; they are in no other list."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def failed(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.grade == "failed"]

    @property
    def skipped(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.grade == "skipped"]

    @property
    def noted(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.grade == "noted"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. The bytes are those of the files to be read: they tell the time left."""

    files: int
    of_files: int
    bytes: int
    of_bytes: int
    passages: int
    done: tuple[str, ...] = ()
    """The files read to their end, and written, since the last time."""
    reading: str = ""
    """The file that is being read."""


Watcher = Callable[[Progress], None]


def update(
    settings: Settings,
    paths: Sequence[Path],
    *,
    rebuild: bool = False,
    watcher: Watcher = lambda progress: None,
) -> Report:
    """`sync` the index that `settings` name, made if it is not there; with `rebuild`, anew.

    :raises IndexMismatch: it holds the vectors of another model, and `rebuild` is false.
    """
    embeddings = SentenceEmbeddings(settings)
    # Looked at before anything is made or thrown away: a mistyped folder costs nothing.
    found = contents(paths)
    with writing(settings.index) as held:
        if rebuild:
            wipe(settings.index)
            shutil.rmtree(words_folder(settings.index, settings.cache), ignore_errors=True)
        store = Store(settings.index, embeddings.name, create=True)
        report = sync_found(found, store, embeddings, watcher=_holding(held, watcher))
        FollowedWords(store, words_folder(settings.index, settings.cache)).current()
        return report


def _holding(held: Callable[[], None], watcher: Watcher) -> Watcher:
    """Return a watcher that ends the run where its turn to write was lost."""

    def advanced(progress: Progress) -> None:
        held()
        watcher(progress)

    return advanced


def sync(
    paths: Sequence[Path],
    store: Store,
    embeddings: Embeddings,
    *,
    watcher: Watcher = lambda progress: None,
) -> Report:
    """Make the index hold what the folders `paths` hold; folders indexed before are left alone.

    :raises NothingToIndex: a path does not exist or holds no report. The index is untouched.
    """
    return sync_found(contents(paths), store, embeddings, watcher=watcher)


def sync_found(
    found: Contents,
    store: Store,
    embeddings: Embeddings,
    *,
    without: Collection[str] = (),
    watcher: Watcher = lambda progress: None,
    batch: int | None = None,
) -> Report:
    """`sync` with what was found already, be it nothing, and less the reports `without`.

    These leave the index though their files stay; they are read again when such a file changes.
    `batch` passages are written together: the fewer, the more often it tells how far it is.
    """
    return _Run(found, store, embeddings, watcher, without, batch).report()


@contextmanager
def writing(index: str) -> Iterator[Callable[[], None]]:
    """Hold the index against a second writer; yield what raises `IndexBusy` if that was lost.

    :raises IndexBusy: there is one already.
    :raises NotStored: the folder of the index cannot be made or written.
    """
    if is_server(index):
        with writing_to_server(index) as held:
            yield held
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
        yield lambda: None


@dataclass(frozen=True, slots=True)
class _Task:
    """A file to be read."""

    file: File
    digest: str
    size: int

    @property
    def place(self) -> Place:
        return self.file.root, self.file.source


class _Run:
    """One run of `sync`; `report` goes through it step by step."""

    def __init__(
        self,
        found: Contents,
        store: Store,
        embeddings: Embeddings,
        watcher: Watcher,
        without: Collection[str],
        batch: int | None,
    ) -> None:
        self._without = without
        self._batch = batch
        self._found = found
        self._store = store
        self._embeddings = embeddings
        self._watcher = watcher
        self._report = Report(problems=list(found.problems))
        self._problems: dict[Place, Sequence[Problem]] = {}
        self._ledger = Ledger(store.known())
        # Told now: what a run notes of a report is written only later.
        self._outdated = {
            source
            for source, one in self._ledger.known.items()
            if not (one.is_whole and is_of_this_pipeline(one.digest))
        }
        self._held: dict[Place, FileRecord] = {}
        self._again = False

    def report(self) -> Report:
        records = {record.place: record for record in self._store.files()}
        tasks = list(self._to_do(records))
        vanished = self._vanished(records)
        self._ledger.lose(source for source in self._without if source in self._ledger.known)
        # A file whose record is gone is read again, whatever happens now.
        self._store.forget_files([records[task.place] for task in tasks if task.place in records])
        self._read(tasks)
        self._settle_names()
        self._settle_copies()
        self._remove(vanished)
        self._settle_origins()
        self._store.note_folders(self._found.roots)
        self._store.changed()  # origins and roots; and what a run that was killed could not say
        self._report.problems += chain.from_iterable(self._problems.values())
        return self._report

    # --- what there is to do -------------------------------------------------------------------

    def _to_do(self, records: Mapping[Place, FileRecord]) -> Iterator[_Task]:
        """Yield each file that is new or not what it was when it was read."""
        by_content = {(record.path, record.digest): record for record in records.values()}
        for file in self._found.files:
            task = self._task(file)
            if task is None:
                continue
            record = records.get(task.place)
            before = by_content.get((file.source, task.digest))
            if record and record.digest == task.digest and self._is_whole(record):
                self._leave(record)
            elif (
                before
                and record is None
                and not Path(*before.place).exists()
                and self._is_whole(before)
            ):
                self._rehome(by_content.pop((file.source, task.digest)), file.root)
            else:
                yield task

    def _task(self, file: File) -> _Task | None:
        try:
            return _Task(file, digest_of_file(file.path), file.path.stat().st_size)
        except OSError as error:
            # The disk did not say that the file changed: what is known of it stays.
            self._fail(file, error)
            return None

    def _is_whole(self, record: FileRecord) -> bool:
        """Whether no report of that file was left half written, or half removed."""
        return all(self._ledger.known[s].is_whole for s in self._ledger.in_file(record.place))

    def _leave(self, record: FileRecord) -> None:
        self._report.unchanged += self._ledger.in_file(record.place)
        self._problems[record.place] = record.problems

    def _rehome(self, before: FileRecord, root: str) -> None:
        """Follow a file whose folder was moved; nothing is embedded again."""
        after = replace(before, root=root)
        sources = self._ledger.in_file(before.place)
        self._store.rehome(sources, before, after)
        for source in sources:
            self._ledger.note(source, self._ledger.known[source]._replace(root=root))
        self._leave(after)

    def _vanished(self, records: Mapping[Place, FileRecord]) -> list[FileRecord]:
        """Note the reports of files that are there no more; return the records of those files."""
        present = {(file.root, file.source) for file in self._found.files}
        gone = {
            place
            for place in (*self._ledger.files(), *records)
            if place not in present and self._found.covers(*place)
        }
        for place in sorted(gone):
            self._ledger.lose(self._ledger.in_file(place))
        return [record for place, record in records.items() if place in gone]

    # --- reading and writing -------------------------------------------------------------------

    def _read(self, tasks: Sequence[_Task]) -> None:
        """Read these files, embed their reports and write them."""
        total = sum(task.size for task in tasks)
        passages = before = 0
        names = tuple(task.file.source for task in tasks)
        self._watcher(Progress(0, len(tasks), 0, total, 0, reading="".join(names[:1])))
        for batch in stored(self._steps(tasks), self._store, self._embeddings, self._batch):
            passages += sum(len(step.searched) for step in batch if isinstance(step, Prepared))
            files, done = batch[-1].position
            told = names[before:files], "".join(names[files : files + 1])
            self._watcher(Progress(files, len(tasks), done, total, passages, *told))
            before = files

    def _steps(self, tasks: Sequence[_Task]) -> Iterator[Step]:
        """Yield each report that is to be written, and each file after its last one."""
        before = 0
        for number, task in enumerate(tasks):
            problems: list[Problem] = []
            seen: set[str] = set()
            try:
                with task.file.path.open("rb") as opened:
                    for found in read(opened, task.file.source):
                        if isinstance(found, Problem):
                            problems.append(found)
                        elif problem := self._not_its_own(found.source, task):
                            problems.append(problem)
                        elif found.source not in seen:
                            seen.add(found.source)
                            yield from self._compared(found, task, (number, before + opened.tell()))
            except OSError as error:  # it vanished since its digest was taken, or the disk failed
                self._fail(task.file, error)
                continue
            before += task.size
            if not self._again or task.place in self._problems:
                self._problems[task.place] = problems
            lost = [one for one in self._ledger.in_file(task.place) if one not in seen]
            self._ledger.lose(lost)
            record = FileRecord(*task.place, task.digest, tuple(problems))
            if lost:  # until they are removed the file is not done
                self._held[task.place] = record
            yield FileRead(None if lost else record, (number + 1, before))

    def _not_its_own(self, source: str, task: _Task) -> Problem | None:
        owner = self._ledger.owner(source, task.place)
        inside = "" if source == task.file.source else f" ({task.file.source} has it too)"
        reason = f"{_TAKEN} {owner}{inside}; rename one of them"
        return Problem(source, reason) if owner else None

    def _read_again(self, places: Iterable[Place]) -> None:
        """Read these files once more; what is as it was has been told."""
        files = [File(Path(*place), place[1], place[0]) for place in dict.fromkeys(places)]
        if tasks := [task for task in map(self._task, files) if task]:
            self._again = True
            self._read(tasks)

    def _compared(self, found: Document, task: _Task, position: Position) -> Iterator[Prepared]:
        """Yield a report unless it is as it was, with whatever is known of it already."""
        source, digest = found.source, digest_of(found)
        before = self._ledger.known.get(source)
        if before and before.is_at(task.place) and before.is_whole and before.digest == digest:
            if not self._again:
                self._report.unchanged.append(source)
            return
        document = labelled(found)
        key = same_report(document) or ""
        now = Known(*task.place, digest, key, document.date or "", "whole", "", NOT_COMPARED)
        copy_of = self._ledger.stands_for(source, now)
        moved_from = None if before else self._ledger.moved_from(now)
        donors = [*self._ledger.alike(now), *([source] if before else [])]
        self._tell(source, before, moved_from, now._replace(copy_of=copy_of))
        self._ledger.note(source, now._replace(copy_of=copy_of))
        yield Prepared(
            document,
            task.file,
            digest,
            key,
            passages=[] if copy_of else split(document),
            vectors={} if copy_of else self._vectors(donors),
            position=position,
            signature=b"" if copy_of else signature(document),
            copy_of=copy_of,
        )

    def _vectors(self, donors: Iterable[str]) -> dict[str, Sequence[float]]:
        """Return what is embedded of these reports, by the text it was made of.

        Vectors of another `PIPELINE` may be made of another text, and are left.
        """
        known = [source for source in donors if source not in self._outdated]
        if not known:
            return {}
        return {in_context(passage): vector for passage, vector in self._store.embedded(known)}

    # --- in the end ----------------------------------------------------------------------------

    def _settle_names(self) -> None:
        """Index each report that gave way to one of its name which is there no more."""
        self._read_again(
            place
            for place, problems in list(self._problems.items())
            for problem in problems
            if problem.reason.startswith(_TAKEN) and not self._ledger.owner(problem.source, place)
        )

    def _settle_copies(self) -> None:
        """Let the right one of several copies stand for the others, whatever came first."""
        misplaced = dict(self._ledger.misplaced())
        again = {source for source, original in misplaced.items() if source == original}
        for source in again:  # as a copy it has no passages: its file is read once more
            self._ledger.note(source, self._ledger.known[source]._replace(state=AGAIN))
        self._read_again(self._ledger.known[source].place for source in sorted(again))
        copies = {s: o for s, o in misplaced.items() if s != o and self._ledger.known[o].stands}
        self._store.make_copies(copies)
        for source, original in copies.items():
            self._ledger.note(source, self._ledger.known[source]._replace(copy_of=original))
        told = self._report
        added, copied = told.added, told.copies
        told.added = [s for s in added if s not in copies] + [s for s in copied if s in again]
        told.copies = [s for s in copied if s not in again] + [s for s in added if s in copies]

    def _remove(self, vanished: Sequence[FileRecord]) -> None:
        gone = sorted(self._ledger.gone)
        moved = {move.before for move in self._report.moved}
        self._report.removed += [source for source in gone if source not in moved]
        related = self._ledger.of_origins(gone)
        self._store.set_origins(dict.fromkeys(related, NOT_COMPARED))
        self._store.remove(gone)
        self._store.forget_files(vanished)
        self._store.replace([], list(self._held.values()))

    def _settle_origins(self) -> None:
        """Find the reprints again, if any report came or went since they were found."""
        before = {s: (sketch, origin) for s, sketch, origin in self._store.signatures()}
        if all(origin != NOT_COMPARED for _, origin in before.values()):
            return
        found = clusters(
            ((source, sketch) for source, (sketch, _) in before.items()),
            order=lambda source: self._ledger.known[source].date or "undated, so last",
        )
        origins = {source: found.get(source, "") for source in before}
        # Those that say that something came or went are written last, or a kill would hide it.
        for compared in (True, False):
            self._store.set_origins(
                {
                    source: origins[source]
                    for source, (_, origin) in before.items()
                    if origin != origins[source] and (origin != NOT_COMPARED) is compared
                }
            )

    # --- telling -------------------------------------------------------------------------------

    def _tell(self, source: str, before: Known | None, moved_from: str | None, now: Known) -> None:
        told = self._report
        if moved_from:
            told.moved.append(Move(moved_from, source))
        elif before and before.state == AGAIN:
            pass
        elif before and before.is_whole:
            same = before.digest == now.digest  # it is in another file now
            (told.unchanged if same else told.changed).append(source)
        else:
            (told.copies if now.copy_of else told.added).append(source)

    def _fail(self, file: File, error: OSError) -> None:
        """Tell of a file that the disk did not give, and keep that until it does."""
        problem = Problem(file.source, error.strerror or str(error))
        self._report.problems.append(problem)
        unread = FileRecord(file.root, file.source, "", (problem,))
        self._held[unread.place] = unread
