"""What a person does to an archive from the page: look through it, add to it, take from it.

Files that are added are kept in a folder of their own beside the index and indexed as a folder of
the archive like any other; only the files in there are ever written or deleted.
"""

import hashlib
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from langchain_core.embeddings import Embeddings

from rag.config import Settings
from rag.errors import NothingToIndex, NotStored
from rag.folder import Contents, File, contents, files_in
from rag.follow import FollowedWords, words_folder
from rag.index import Progress, Report, sync_found, writing
from rag.load import LARGEST, READERS, no_report
from rag.metadata import Entry, FileRecord, Known, Place
from rag.prepare import digest_of_file
from rag.records import Problem
from rag.server import is_server
from rag.store import Store
from rag.words import fold

LARGEST_FILE = LARGEST
"""Bytes of the largest file that is taken: what most readers take."""

MOST_FILES = 100
"""Files taken at once: their order is kept, and what became of each is one screen or two."""

FORMATS = tuple(READERS)

_FOLDER = "uploads"
_LONGEST_NAME = 150  # bytes: a file system takes 255, and a number may be added
_WRITTEN_TOGETHER = 32  # passages: under a second of the default model on two cores

State = Literal["waiting", "reading", "added", "known", "refused"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was given to be added, and what became of it."""

    name: str
    state: State
    size: int = 0
    kept_as: str = ""
    """Its name in the archive, where its own was taken."""
    reports: int = 0
    passages: int = 0
    like: tuple[str, ...] = ()
    """What the archive holds already that says the same: files, or reports."""
    problems: tuple[Problem, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.state not in ("waiting", "reading")


@dataclass(frozen=True, slots=True)
class Removal:
    """What removing a report comes to."""

    source: str
    sources: tuple[str, ...]
    """All reports that leave the index: those of a file that is deleted, copies in folders."""
    deleted: tuple[str, ...] = ()
    """Files that were added here, and are deleted."""
    stays: tuple[str, ...] = ()
    """Where the same report is found too, and stays in the index."""
    kept: tuple[str, ...] = ()
    """Files of other folders: they stay, and are read again when they change."""


class Archive(Protocol):
    """What can be looked through: `rag.answer.Assistant`."""

    def entries(self) -> Sequence[Entry]: ...

    def failures(self) -> Sequence[Problem]: ...


class Catalogue:
    """The reports of an archive, newest first, to be searched; remembers how they are folded."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._read: tuple[Sequence[Entry], Sequence[tuple[str, Entry]]] = ((), ())

    def found(self, query: str = "", language: str | None = None) -> list[Entry]:
        """Return the reports with all words of `query` in title, source or agency."""
        asked = fold(unicodedata.normalize("NFC", query)).split()
        return [
            entry
            for text, entry in self._all()
            if (language is None or entry.language == language) and all(t in text for t in asked)
        ]

    def languages(self) -> list[str]:
        """Return the languages there are, the commonest first."""
        counted: dict[str, int] = {}
        for _, entry in self._all():
            if entry.language:
                counted[entry.language] = counted.get(entry.language, 0) + 1
        return sorted(counted, key=lambda language: (-counted[language], language))

    def _all(self) -> Sequence[tuple[str, Entry]]:
        entries = self._archive.entries()
        seen, folded = self._read
        if entries != seen:  # the same objects until a report changes: quickly compared
            ordered = sorted(entries, key=lambda entry: entry.date or "", reverse=True)
            folded = [(_sought(entry), entry) for entry in ordered]
            self._read = entries, folded  # at once: many sessions read it
        return folded


def _sought(entry: Entry) -> str:
    told = (entry.title, *entry.places, entry.agency or "")
    return fold(unicodedata.normalize("NFC", "\n".join(told)))


Watcher = Callable[[Sequence[Upload], float], None]
"""Is told of every file, and the share that is read of what is to be read."""


class Library:
    """Changes the archive that the settings name. One at a time: `IndexBusy` for the others."""

    def __init__(self, settings: Settings, embeddings: Embeddings, name: str) -> None:
        """`name` is that of the embedding model, as the index remembers it."""
        self._settings = settings
        self._embeddings = embeddings
        self._name = name
        self.uploads = uploads_folder(settings.index, settings.cache)

    # --- adding --------------------------------------------------------------------------------

    def add(
        self, files: Sequence[Path], *, watcher: Watcher = lambda uploads, share: None
    ) -> list[Upload]:
        """Keep these files and index them; return what became of each, in their order.

        One that cannot be read is not kept, and the others are. The files given are left alone.

        :raises IndexBusy: another process writes.
        :raises NotStored: there is no room.
        """
        given = [_received(file, number) for number, file in enumerate(files)]
        if all(upload.is_over for upload in given):
            return given
        with writing(self._settings.index) as held:
            store = self._store()
            known = store.known()
            given = self._kept(files, given, known, store.files())
            told = _Told(given, held, watcher)
            watcher(told.uploads, 0.0)
            report = sync_found(
                self._contents(),
                store,
                self._embeddings,
                watcher=told.advanced,
                batch=_WRITTEN_TOGETHER,
            )
            given = self._outcomes(given, store, report)
            self._follow(store)
        return given

    def _kept(
        self,
        files: Sequence[Path],
        given: Sequence[Upload],
        known: dict[str, Known],
        records: Sequence[FileRecord],
    ) -> list[Upload]:
        """Copy what is new into the folder of uploads, under names that nobody has."""
        indexed = {one.place for one in known.values()}
        by_digest = {one.digest: one.path for one in records if one.place in indexed}
        taken = {_same(name) for name in (*known, *(one.path for one in records))}
        taken |= {_same(path.name) for path in self._files()}
        kept = []
        try:
            self.uploads.mkdir(parents=True, exist_ok=True)
            for file, upload in zip(files, given, strict=True):
                if upload.is_over:
                    kept.append(upload)
                    continue
                digest = digest_of_file(file)
                if digest in by_digest:
                    kept.append(replace(upload, state="known", like=(by_digest[digest],)))
                    continue
                name = _free(upload.name, taken)
                self._copy(file, name)
                taken.add(_same(name))
                by_digest[digest] = name
                kept.append(replace(upload, kept_as="" if name == upload.name else name))
        except OSError as error:
            for upload in kept:
                if not upload.is_over:
                    (self.uploads / _name_of(upload)).unlink(missing_ok=True)
            raise NotStored(str(self.uploads), error.strerror or str(error)) from None
        return kept

    def _copy(self, file: Path, name: str) -> None:
        """Copy it whole or not at all; until it is whole its name is one that is not indexed."""
        partial = self.uploads / f".{hashlib.sha256(name.encode()).hexdigest()[:16]}.partial"
        try:
            shutil.copyfile(file, partial)
            partial.replace(self.uploads / name)
        finally:
            partial.unlink(missing_ok=True)

    def _outcomes(self, given: Sequence[Upload], store: Store, report: Report) -> list[Upload]:
        """Tell what became of each file, and delete those that hold no report."""
        root = self._root
        reports: dict[Place, dict[str, Known]] = {}
        for source, one in store.known().items():
            if one.root == root:
                reports.setdefault(one.place, {})[source] = one
        records = {one.place: one for one in store.files()}
        passages = {entry.source: entry.passages for entry in store.entries()}
        outcomes = []
        for upload in given:
            if upload.is_over:
                outcomes.append(upload)
                continue
            place = (root, _name_of(upload))
            held = reports.get(place, {})
            record = records.get(place, FileRecord(*place, ""))
            problems = record.problems or _of_file(report.problems, place[1])
            if not held:
                Path(*place).unlink(missing_ok=True)
                store.forget_files([record])
                refused = [one for one in problems if one.grade != "noted"]
                none = Problem(upload.name, "it holds no report")
                upload = replace(upload, state="refused", problems=tuple(refused) or (none,))
            else:
                like = dict.fromkeys(one.copy_of for one in held.values() if one.copy_of)
                upload = replace(
                    upload,
                    state="added",
                    reports=len(held),
                    passages=sum(passages.get(source, 0) for source in held),
                    like=tuple(like),
                    problems=tuple(problems),
                )
            outcomes.append(upload)
        return outcomes

    # --- removing ------------------------------------------------------------------------------

    def removal(self, source: str) -> Removal | None:
        """Return what removing that report would come to, None if there is none of this name."""
        return self._removal(source, self._store().known())

    def remove(self, source: str) -> Removal | None:
        """Take a report out of the archive; return what was done, None if there was none.

        Of one that was added here its file is deleted, and goes with all that it holds. One of
        another folder leaves the index, with its copies; its file is not touched, and is read again
        when it changes or the index is made anew.

        :raises IndexBusy: another process writes.
        """
        with writing(self._settings.index):
            store = self._store()
            removal = self._removal(source, store.known())
            if removal is None:
                return None
            try:
                for name in removal.deleted:
                    (self.uploads / name).unlink(missing_ok=True)
            except OSError as error:
                raise NotStored(str(self.uploads), error.strerror or str(error)) from None
            found = self._contents() if removal.deleted else _nothing()
            sync_found(found, store, self._embeddings, without=removal.sources)
            self._follow(store)
        return removal

    def _removal(self, source: str, known: dict[str, Known]) -> Removal | None:
        if source not in known:
            return None
        copies = {other for other, one in known.items() if one.copy_of == source}
        if known[source].root == self._root:
            file = known[source].place
            sources = {other for other, one in known.items() if one.place == file}
            stays = sorted(
                other
                for other, one in known.items()
                if other not in sources and one.copy_of in sources
            )
            return Removal(source, tuple(sorted(sources)), deleted=(file[1],), stays=tuple(stays))
        of_uploads = {other for other in copies if known[other].root == self._root}
        files = {known[other].file for other in of_uploads}
        # A file that was added is deleted only where it holds nothing else.
        deleted = {
            name
            for name in files
            if all(s in of_uploads for s, one in known.items() if one.place == (self._root, name))
        }
        gone = {source, *copies}
        kept = {known[one].file for one in gone if known[one].root != self._root}
        return Removal(
            source, tuple(sorted(gone)), tuple(sorted(deleted)), kept=tuple(sorted(kept))
        )

    # --- indexing again ------------------------------------------------------------------------

    def reindex(self, *, watcher: Callable[[Progress], None] = lambda progress: None) -> Report:
        """Read every folder of the archive again; what was removed stays so until it changes.

        Of a folder that was never indexed whole only the files that are known are read.

        :raises IndexBusy: another process writes.
        """
        with writing(self._settings.index) as held:

            def advanced(progress: Progress) -> None:
                held()
                watcher(progress)

            store = self._store()
            found, lacking = self._known_contents(store)
            report = sync_found(
                found, store, self._embeddings, watcher=advanced, batch=_WRITTEN_TOGETHER
            )
            report.problems += lacking
            self._follow(store)
        return report

    def _known_contents(self, store: Store) -> tuple[Contents, list[Problem]]:
        files: dict[str, list[str]] = {}
        for place in {*(one.place for one in store.known().values()), *_places(store.files())}:
            files.setdefault(place[0], []).append(place[1])
        whole = store.folders()
        found, lacking = [self._contents()], []
        for root, names in sorted(files.items()):
            if root == self._root:
                continue
            if root not in whole:
                found.append(_of_known_files(root, names))
                continue
            try:
                found.append(contents([Path(root)]))
            except NothingToIndex:
                reason = "the folder is gone or empty; its reports stay as they were"
                lacking.append(Problem(f"{Path(root).name}/", reason))
        return _together(found), lacking

    # --- the folder of uploads -----------------------------------------------------------------

    @property
    def _root(self) -> str:
        return str(self.uploads.resolve())

    def _files(self) -> Iterator[Path]:
        return files_in(self.uploads)

    def _contents(self) -> Contents:
        """Return what was added; unlike any other folder, this one may be empty."""
        try:
            return contents([self.uploads])
        except NothingToIndex:
            roots = {self._root} if self.uploads.is_dir() else set()
            return Contents([], [], frozenset(roots))

    def holds(self, source: str) -> bool:
        """Whether this is a file, or a report in one, that was added here."""
        name = re.split(r"[/#:]", source)[0]
        return bool(name) and (self.uploads / name).is_file()

    def _store(self) -> Store:
        return Store(self._settings.index, self._name)

    def _follow(self, store: Store) -> None:
        FollowedWords(store, words_folder(self._settings.index, self._settings.cache)).current()


class _Told:
    """Turns how far indexing is into what became of each file."""

    def __init__(
        self, uploads: Sequence[Upload], held: Callable[[], None], watcher: Watcher
    ) -> None:
        self.uploads = list(uploads)
        self._held = held
        self._watcher = watcher

    def advanced(self, progress: Progress) -> None:
        self._held()
        for at, upload in enumerate(self.uploads):
            if upload.is_over:
                continue
            if _name_of(upload) in progress.done:
                self.uploads[at] = replace(upload, state="added")
            elif _name_of(upload) == progress.reading:
                self.uploads[at] = replace(upload, state="reading")
        self._watcher(list(self.uploads), progress.bytes / (progress.of_bytes or 1))


def uploads_folder(index: str, cache: Path) -> Path:
    """Return where files added to `index` are kept."""
    return page_folder(index, cache) / _FOLDER


def page_folder(index: str, cache: Path) -> Path:
    """Return where the page keeps what it is given: in the index or, of a server's, the cache."""
    if is_server(index):
        return cache / "pages" / hashlib.sha256(index.encode()).hexdigest()[:16]
    return Path(index)


def plain_name(name: str) -> str:
    r"""Return a name that is one of a visible file, in no folder, on any system.

    >>> plain_name("../../x.txt"), plain_name("C:\\a\\b.txt"), plain_name(".htaccess")
    ('x.txt', 'b.txt', 'htaccess')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name).rstrip("/\\ ."))[-1]
    # Controls, halves of surrogate pairs, and what turns the direction of writing around.
    shown = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    plain = re.sub(r'[<>:"|?*#]', "_", shown).strip(" .") or "_"
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > 10:
        return _cut(plain, _LONGEST_NAME)
    return f"{_cut(stem, _LONGEST_NAME)}.{suffix}"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")


def _received(file: Path, number: int) -> Upload:
    """Return a file that was given, refused at once where it need not be read for that."""
    name = plain_name(file.name)
    try:
        size = file.stat().st_size
    except OSError as error:
        return _refused(name, 0, error.strerror or str(error))
    if number >= MOST_FILES:
        return _refused(name, size, f"more than {MOST_FILES} files at once; add it separately")
    if reason := no_report(name):
        return _refused(name, size, reason)
    if size == 0:
        return _refused(name, size, "the file is empty")
    if size > LARGEST_FILE:
        return _refused(name, size, f"larger than {LARGEST_FILE >> 20} MB")
    return Upload(name, "waiting", size)


def _refused(name: str, size: int, reason: str) -> Upload:
    return Upload(name, "refused", size, problems=(Problem(name, reason),))


def _free(name: str, taken: set[str]) -> str:
    """Return `name`, or with a number where a file or a report has it."""
    stem, dot, suffix = name.rpartition(".")
    number, free = 1, name
    while _same(free) in taken:
        number += 1
        free = f"{stem} ({number}){dot}{suffix}"
    return free


def _same(name: str) -> str:
    """Return what is equal for names that some file system takes for one."""
    return unicodedata.normalize("NFC", name).casefold()


def _name_of(upload: Upload) -> str:
    return upload.kept_as or upload.name


def _of_file(problems: Iterable[Problem], file: str) -> tuple[Problem, ...]:
    return tuple(one for one in problems if re.match(rf"{re.escape(file)}($|[/#:])", one.source))


def _places(records: Iterable[FileRecord]) -> Iterator[Place]:
    return (record.place for record in records)


def _of_known_files(root: str, names: Iterable[str]) -> Contents:
    files = [File(Path(root, name), name, root) for name in sorted(names)]
    return Contents([file for file in files if file.path.is_file()], [], frozenset())


def _nothing() -> Contents:
    return Contents([], [], frozenset())


def _together(found: Sequence[Contents]) -> Contents:
    return Contents(
        [file for one in found for file in one.files],
        [problem for one in found for problem in one.problems],
        frozenset(root for one in found for root in one.roots),
    )
