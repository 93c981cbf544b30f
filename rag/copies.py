"""Which of several copies of a report stands for them all."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report was found, and the publication date it has there ("" if none)."""

    root: str
    file: str
    source: str
    date: str


def standing_for(places: Sequence[Place]) -> dict[str, str]:
    """Return, by source, the source that stands for each of the copies of one text.

    The copy with the fullest date stands for all; among equals the first in order of place. Copies
    whose dates contradict each other are different reports: a notice may say the same each week.
    The result depends on the places alone, not on the order in which they were found.
    """
    fullest = max((place.date for place in places), key=len)
    if all(fullest.startswith(place.date) for place in places):
        first = min(
            places, key=lambda place: (-len(place.date), place.root, place.file, place.source)
        )
        return {place.source: first.source for place in places}
    by_date: dict[str, list[Place]] = {}
    for place in places:
        by_date.setdefault(place.date, []).append(place)
    return {
        source: original
        for same in by_date.values()
        for source, original in standing_for(same).items()
    }
