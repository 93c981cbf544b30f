"""What an index knows of its reports, kept in step while a run changes it.

Pure bookkeeping, so that the rules of who owns a name, what moved and what is a copy can be read,
and tested, without a disk.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from rag import copies
from rag.metadata import NOT_COMPARED, Known, Place

_ALIKE = 3
"""One would do, but for titles that differ."""


class Ledger:
    """Every report by its source, the ones that will be gone at the end of the run included."""

    def __init__(self, known: Mapping[str, Known]) -> None:
        self.known = dict(known)
        self.gone: set[str] = set()
        """Not found any more. They stay to the end: what they hold may turn up elsewhere."""
        self._by_trace: dict[str, list[str]] = defaultdict(list)
        self._by_file: dict[Place, list[str]] = defaultdict(list)
        self._lost: dict[str, list[str]] = defaultdict(list)
        for source, one in self.known.items():
            self._by_trace[_trace(one)].append(source)
            self._by_file[one.place].append(source)

    def note(self, source: str, one: Known) -> None:
        """Note what will be written of a report; it is not gone (any more)."""
        self.known[source] = one
        self.gone.discard(source)
        self._by_trace[_trace(one)].append(source)
        self._by_file[one.place].append(source)

    def lose(self, sources: Iterable[str]) -> None:
        """Note that these are not where they were."""
        for source in sources:
            self.gone.add(source)
            self._lost[_trace(self.known[source])].append(source)

    def in_file(self, place: Place) -> list[str]:
        """Return the sources that are known from that file."""
        found = dict.fromkeys(self._by_file.get(place, ()))
        return [source for source in found if self.known[source].place == place]

    def files(self) -> list[Place]:
        """Return every file that a report is known from."""
        return list(self._by_file)

    def living(self, key: str) -> list[str]:
        """Return the sources with this key that are not gone; none for a text too short for one."""
        found = dict.fromkeys(self._by_trace.get(key, ())) if key else {}
        return [s for s in found if self.known[s].key == key and s not in self.gone]

    def owner(self, source: str, place: Place) -> str | None:
        """Return the file that holds a report of this name, if that is another and is there."""
        one = self.known.get(source)
        if one is None or source in self.gone or one.place == place:
            return None
        path = Path(*one.place)
        return str(path) if path.exists() else None

    def moved_from(self, now: Known) -> str | None:
        """Return, once, a report that is gone and that this one is, by its words or its bytes."""
        lost = self._lost.get(_trace(now), [])
        while lost:
            if (source := lost.pop(0)) in self.gone:
                return source
        return None

    def alike(self, now: Known) -> list[str]:
        """Return the reports with these words and this date that have passages, gone or not."""
        found = dict.fromkeys(self._by_trace.get(_trace(now), ()))
        alike = (s for s in found if self.known[s].stands and self.known[s].date == now.date)
        return list(islice(alike, _ALIKE))

    def stands_for(self, source: str, now: Known) -> str:
        """Return which other report stands for this one if it is known as `now`; "" if none."""
        others = [other for other in self.living(now.key) if other != source]
        places = [_place(other, self.known[other]) for other in others]
        original = copies.standing_for([*places, _place(source, now)])[source]
        return "" if original == source or self.known[original].copy_of else original

    def misplaced(self) -> Iterator[tuple[str, str]]:
        """Yield each living report that is not what it should be, and which should stand for it.

        That is itself where a copy should be a report of its own.
        """
        for key in list(self._by_trace):
            sources = self.living(key)
            if len(sources) > 1 or any(self.known[source].copy_of for source in sources):
                stands = copies.standing_for([_place(s, self.known[s]) for s in sources])
                for source, original in stands.items():
                    if (self.known[source].copy_of or source) != original:
                        yield source, original

    def of_origins(self, sources: Collection[str]) -> list[str]:
        """Return the reports that tell the same news as any of these, which are left out."""
        left = set(sources)
        origins = {self.known[source].origin for source in left} - {"", NOT_COMPARED}
        if not origins:
            return []
        return [s for s, one in self.known.items() if one.origin in origins and s not in left]


def _trace(one: Known) -> str:
    """Return what a report is told by, wherever it is: its words, or its bytes if these are few."""
    return one.key or one.digest


def _place(source: str, one: Known) -> copies.Place:
    return copies.Place(one.root, one.file, source, one.date)
