"""What an index knows of its reports, kept in step while a run changes it.

Pure bookkeeping, so that the rules of who owns a name, what moved and what is a copy can be read,
and tested, without a disk.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path

from rag import copies
from rag.metadata import NOT_COMPARED, Known, Place

_ALIKE = 3
"""One would do, but for titles that differ."""

_DATES = 6
"""Of so many dates, one of them named twice, two contradict each other: none is fuller than a day,
and a month, a year or nothing may each be that day cut short."""


class Ledger:
    """Every report by its source, the ones that will be gone at the end of the run included."""

    def __init__(self, known: Mapping[str, Known]) -> None:
        self.known = dict(known)
        self.gone: set[str] = set()
        """Not found any more. They stay to the end: what they hold may turn up elsewhere."""
        self._by_trace: dict[str, dict[str, list[str]]] = defaultdict(dict)
        """By date; without the copies, of which one text may have thousands."""
        self._by_file: dict[Place, list[str]] = defaultdict(list)
        self._lost: dict[str, list[str]] = defaultdict(list)
        for source, one in self.known.items():
            self._enter(source, one)

    def note(self, source: str, one: Known) -> None:
        """Note what will be written of a report; it is not gone (any more)."""
        self.known[source] = one
        self.gone.discard(source)
        self._enter(source, one)

    def _enter(self, source: str, one: Known) -> None:
        self._by_file[one.place].append(source)
        if not _is_settled_copy(one):
            self._by_trace[_trace(one)].setdefault(one.date, []).append(source)

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
        found = self._by_trace[_trace(now)].get(now.date, ())
        alike = (s for s in found if self.known[s].stands and self.known[s].date == now.date)
        return list(dict.fromkeys(islice(alike, _ALIKE)))

    def stands_for(self, source: str, now: Known) -> str:
        """Return which other report stands for this one if it is known as `now`; "" if none.

        One report of each of a few dates is asked: `misplaced` tells in the end where another
        should stand.
        """
        if not now.key:
            return ""
        dates = chain([now.date], self._by_trace[now.key])
        found = (self._one_of(now.key, date, source) for date in dates)
        others = dict.fromkeys(islice(filter(None, found), _DATES))
        places = [_place(other, self.known[other]) for other in others]
        original = copies.standing_for([*places, _place(source, now)])[source]
        return "" if original == source or self.known[original].copy_of else original

    def _one_of(self, key: str, date: str, other_than: str) -> str | None:
        """Return a report with this key and date that is there and is no copy."""
        for source in reversed(self._by_trace[key].get(date, ())):
            one = self.known[source]
            is_there = source not in self.gone and (one.key, one.date) == (key, date)
            if is_there and source != other_than and not _is_settled_copy(one):
                return source
        return None

    def misplaced(self) -> Iterator[tuple[str, str]]:
        """Yield each living report that is not what it should be, and which should stand for it.

        That is itself where a copy should be a report of its own.
        """
        living = defaultdict(list)
        for source, one in self.known.items():
            if one.key and source not in self.gone:
                living[one.key].append(source)
        for sources in living.values():
            if len(sources) > 1 or self.known[sources[0]].copy_of:
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


def _is_settled_copy(one: Known) -> bool:
    """Whether it is a copy and stays one: what is not whole is read again and may stand."""
    return one.is_whole and bool(one.copy_of)


def _place(source: str, one: Known) -> copies.Place:
    return copies.Place(one.root, one.file, source, one.date)
