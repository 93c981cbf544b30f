"""The word index of a store, kept up with it.

It holds nothing that the store does not: lost or out of date, it is made again from there. What it
was made of is noted beside it, the digest of each report and the generation of the store, so that
only the reports that changed are read again.
"""

import hashlib
import json
import logging
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rag.lexical import LAYOUT, WordIndex
from rag.records import Passage
from rag.server import is_server
from rag.store import Store

_READ_AT_ONCE = 500
_NOTE = "made_of.json"

_MOST_OF_THE_TIME = 0.1
"""Share of the time that following may take of an archive that is being indexed meanwhile, if it
takes longer than `_AT_ONCE` seconds."""

_AT_ONCE = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _MadeOf:
    """What a word index was made of: `reports` tells of each by source (see `_reports`)."""

    generation: str | None = None
    passages: int = 0
    reports: dict[str, str] = field(default_factory=dict)


def words_folder(index: str, cache: Path) -> Path:
    """Return where the words of `index` are kept: beside it or, of a server's, in the cache."""
    if is_server(index):
        return cache / "words" / hashlib.sha256(index.encode()).hexdigest()[:16]
    return Path(index) / "words.tantivy"  # a name that no folder of the user has


class FollowedWords:
    """The word index of `store`, in `folder`; in memory without, or where it cannot be written."""

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder
        self._changing = threading.Lock()
        self._ended, self._took = 0.0, 0.0
        self._index = self._opened()
        self._made_of = self._noted()

    def current(self) -> WordIndex:
        """Return the index, holding what the store holds now.

        While an archive is being indexed it changes all the time: following it then takes a tenth
        of the time at most, and is late by as much. Where another process changes the words of the
        same folder, what that one made of them is read.
        """
        generation = self._store.generation()
        # The first question waits until there is an index; later ones take it as it is.
        if generation != self._made_of.generation and self._changing.acquire(
            blocking=self._made_of.generation is None
        ):
            try:
                self._follow(generation)
            finally:
                self._changing.release()
        return self._index

    def _follow(self, generation: str) -> None:
        if self._folder:
            self._read_what_others_made()
        started = time.monotonic()
        rest = self._took / _MOST_OF_THE_TIME if self._took > _AT_ONCE else 0.0
        rests = started - self._ended < rest and self._made_of.generation is not None
        if rests or self._made_of.generation == generation:
            return
        try:
            self._change(generation)
        except BlockingIOError:
            _log.info("Another process brings the word index up to date.")
        except (OSError, ValueError) as error:
            _log.warning("The word index stays behind the archive (%s). Make room.", error)
        self._ended = time.monotonic()
        self._took = self._ended - started

    def _read_what_others_made(self) -> None:
        try:
            self._index.reload()
            noted = self._noted()
        except (OSError, ValueError):  # somebody deleted the folder
            self._index = self._opened()
            self._made_of = self._noted()
            return
        if noted.generation is not None or self._made_of.passages != self._index.count:
            self._made_of = noted

    def _change(self, generation: str) -> None:
        before, now = self._made_of.reports, self._reports()
        changed = [source for source, told in now.items() if before.get(source) != told]
        gone = [*(before.keys() - now.keys()), *changed] if before else None
        self._index.change(gone, self._passages(changed))
        # What was being written while it was read is read again the next time.
        after = self._reports()
        kept = {source: told for source, told in now.items() if after.get(source) == told}
        self._made_of = _MadeOf(generation, self._index.count, kept)
        self._note()

    def _reports(self) -> dict[str, str]:
        """Return what a report's words depend on, by source; "" for a copy, which has none."""
        return {
            source: f"{one.digest} {one.root} {one.file}" if one.stands else ""
            for source, one in self._store.known().items()
            if one.is_whole
        }

    def _passages(self, sources: Sequence[str]) -> Iterator[Passage]:
        for start in range(0, len(sources), _READ_AT_ONCE):
            yield from self._store.passages_of(sources[start : start + _READ_AT_ONCE])

    def _opened(self) -> WordIndex:
        if self._folder is None:
            return WordIndex()
        try:
            try:
                return WordIndex(self._folder)
            except ValueError:  # spoilt, or of another layout
                shutil.rmtree(self._folder)
                return WordIndex(self._folder)
        except (OSError, ValueError) as error:
            _log.warning(
                "The word index %s cannot be used (%s), so it is made in memory each time. Delete "
                "that folder, or make it writable.",
                self._folder,
                error,
            )
            self._folder = None
            return WordIndex()

    def _noted(self) -> _MadeOf:
        """Return what the folder says that the index was made of; nothing, if that cannot be."""
        if self._folder is None:
            return _MadeOf()
        try:
            told: dict[str, Any] = json.loads((self._folder / _NOTE).read_text(encoding="utf-8"))
            if (told["layout"], told["passages"]) != (LAYOUT, self._index.count):
                return _MadeOf()
            return _MadeOf(told["generation"], told["passages"], told["reports"])
        except (OSError, ValueError, KeyError, TypeError):
            return _MadeOf()

    def _note(self) -> None:
        """Write what it was made of, last of all: a kill costs reading some reports again."""
        if self._folder is None:
            return
        partial = self._folder / f"{_NOTE}.partial"
        told = {"layout": LAYOUT, **asdict(self._made_of)}
        partial.write_text(json.dumps(told), encoding="utf-8")
        partial.replace(self._folder / _NOTE)
