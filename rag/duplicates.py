"""Which reports are copies or reprints of one another: a key, a signature, and clusters.

A copy has every word of the other (`same_report`). A reprint has most of them: cut, updated, with
another opening (`signature`, `clusters`). Two reports resemble each other as far as their
*shingles* do, the sets of their runs of four words; of each set only its smallest hashes are kept,
the same random sample of both (A. Z. Broder, *On the resemblance and containment of documents*,
1997, the sketch he calls MIN_s; bottom-k in Cohen and Kaplan, 2007).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag.records import Document
from rag.words import FUNCTION_WORDS, fold, plain_number, with_names

ENOUGH_WORDS = 8
"""Fewer say too little: « Cours du riz : sans changement. » may be true, and written, every day."""

SHINGLE = 4
"""Words in a run. Five lose more reprints that were edited; three are no better than four."""

SAMPLE = 64
"""Shingles kept of a report."""

DETAILS = 16
"""Numbers kept of a report, and names."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When two reports are one: all of these, as far as their samples tell."""

    contained: float = 0.4
    """Share of the smaller one's shingles that the other has. Not of both together (Jaccard): a
    report cut to its first third keeps all of its own, and has a third of both."""

    jaccard: float = 0.0
    """Share of both together; to compare the two measures with."""

    shared: int = 6
    """Sampled shingles in common below which a share says nothing."""

    smallest: int = 25
    """Shingles of the smaller one; in a sentence or two half of the words may be formula."""

    sizes: float = 0.2
    """A part smaller than this is an item of a digest or a quotation, and no shortened reprint."""

    same_numbers: float = 0.5
    """Share of the numbers that must agree: rates and weather change little else day by day."""

    same_names: float = 0.6
    """Share of the names that must agree: one formula serves for every ambassador received."""


_NEIGHBOURS = 8
"""Reports linked to each that has a shingle in common, so that a formula costs little."""

_COMPARED = 16
"""Members of a cluster that a newcomer is compared with, so that a large one costs little."""

_AT_ONCE = 1 << 12
"""Pairs verified together: 10 MB."""

_PARTS = 16
"""The hashes are sorted a sixteenth at a time: 100,000 reports have six million."""

_NONE = np.uint32(0xFFFFFFFF)
"""Fills the places of a sample that has fewer; no hash has this value."""

_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63], dtype=np.uint64)  # fmt: skip

_FUNCTION_WORDS = FUNCTION_WORDS["fr"] | FUNCTION_WORDS["en"]
"""A capital at the head of a sentence makes no name of them."""

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)

Hashes = NDArray[np.uint32]
Rows = NDArray[np.int64]


def same_report(document: Document) -> str | None:
    """Return a key that two copies of one report have in common, None for too short a report.

    The words are joined without spaces: a word divided at the end of a line is still that word.
    """
    told = [word for word, _ in _told(document)]
    if len(told) < ENOUGH_WORDS:
        return None
    return blake2b("".join(told).encode(), digest_size=16).hexdigest()


def signature(document: Document, *, shingle: int = SHINGLE, sample: int = SAMPLE) -> bytes:
    """Return what `clusters` needs of a report, at most 322 bytes; none for too short a report.

    The sampled shingles, four bytes each; the hashes of numbers and of names, two bytes each; how
    many numbers and how many names, a byte each. All little-endian and ascending.
    """
    told = _told(document)
    if len(told) < ENOUGH_WORDS:
        return b""
    hashes = np.array([_hash(word) for word, _ in told], np.uint64)
    shingles = _shingles(hashes, shingle)[:sample]
    numbers = _details(word for word, _ in told if word[0].isdigit())
    names = _details(word for word, named in told if named and word not in _FUNCTION_WORDS)
    parts = (shingles, numbers, names)
    return b"".join(part.tobytes() for part in parts) + bytes([len(numbers), len(names)])


@lru_cache(maxsize=1)  # the key and the signature of a report are asked for one after the other
def _told(document: Document) -> list[tuple[str, bool]]:
    """Return the folded words of what the report itself tells, each with whether it is a name.

    That is its body and its captions. What an edition puts around them (header, headline,
    dateline, sign-off, teasers, boilerplate) is left out. A document without spans is taken whole.
    """
    kept = [span for span in document.spans if span.kind in ("body", "caption")]
    told = "\n".join(document.text[span.start : span.end] for span in kept)
    # White space made even, or « 2  450 » would be two numbers in one copy and one in the other.
    found = with_names(" ".join((told if document.spans else document.text).split()))
    # Folded once a word, as an archive writes the same words again and again: a third of the time.
    return [(_folded(word), named) for word, named in found]


@lru_cache(maxsize=100_000)
def _folded(written: str) -> str:
    return plain_number(fold(written))


def _details(found: Iterable[str]) -> NDArray[np.uint16]:
    return np.array(sorted({_hash(word) & 0xFFFF for word in found})[:DETAILS], "<u2")


@lru_cache(maxsize=100_000)
def _hash(word: str) -> int:
    return crc32(word.encode())


def _shingles(hashes: NDArray[np.uint64], length: int) -> Hashes:
    """Return, ascending, a hash of each run of words: a weighted sum, MurmurHash3's finalizer.

    64 bits that wrap around are meant; 32 are kept.
    """
    runs = np.lib.stride_tricks.sliding_window_view(hashes, length)
    mixed = runs @ _ODD[:length]
    for multiplier in (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)):
        mixed = (mixed ^ (mixed >> np.uint64(33))) * multiplier
    found = np.unique((mixed >> np.uint64(32)).astype("<u4"))
    kept: Hashes = found[found != _NONE]
    return kept


def clusters(
    signatures: Iterable[tuple[str, bytes]],
    *,
    order: Callable[[str], Any] = str,
    rule: Rule = Rule(),
) -> dict[str, str]:
    """Return the origin of each report that has a reprint: the first of its cluster by `order`.

    Clusters join where most of their reports match, not where one pair does (single linkage, which
    union-find gives): then a series in which each bulletin resembles the last, or a digest of
    several reports, would make one of them all. The result does not depend on the order in which
    reports come.
    """
    sources = _by_signature(signatures)
    sketches = _Sketches(sources)
    origins: dict[str, str] = {}
    for cluster in _linked(sketches, rule):
        members = sorted(
            (source for row in cluster for source in sketches.sources[row]),
            key=lambda source: (order(source), source),
        )
        if len(members) > 1:
            origins |= dict.fromkeys(members, members[0])
    return origins


def _by_signature(signatures: Iterable[tuple[str, bytes]]) -> dict[bytes, list[str]]:
    """Return the sources of each signature: copies are one report from here on.

    Sorted, so that reports whose smallest hashes agree are neighbours.
    """
    found = defaultdict(list)
    for source, one in signatures:
        if one:
            found[one].append(source)
    return {one: found[one] for one in sorted(found)}


class _Sketches:
    """The signatures as arrays, a row each."""

    def __init__(self, sources: dict[bytes, list[str]]) -> None:
        self.sources = list(sources.values())
        widest = max((len(_parts(one)[0]) // 4 for one in sources), default=0)
        self.shingles = np.full((len(sources), max(widest, SAMPLE)), _NONE)
        self.numbers = np.full((len(sources), DETAILS), _NONE)
        self.names = np.full((len(sources), DETAILS), _NONE)
        for row, one in enumerate(sources):
            shingles, numbers, names = _parts(one)
            self.shingles[row, : len(shingles) // 4] = np.frombuffer(shingles, "<u4")
            self.numbers[row, : len(numbers) // 2] = np.frombuffer(numbers, "<u2")
            self.names[row, : len(names) // 2] = np.frombuffer(names, "<u2")

    def matched(self, one: Rows, other: Rows, rule: Rule) -> NDArray[np.float64]:
        """Return how far each row of `one` resembles its row of `other`, 0 for those that differ.

        Where both match, it is the Jaccard similarity.
        """
        shared, few, many = _in_common(self.shingles[one], self.shingles[other])
        jaccard = shared / np.maximum(few + many - shared, 1)
        small, large = np.sort([_size(self.shingles[one]), _size(self.shingles[other])], axis=0)
        numbers, of_numbers, _ = _in_common(self.numbers[one], self.numbers[other])
        names, of_names, _ = _in_common(self.names[one], self.names[other])
        alike = (
            (shared >= rule.contained * few)
            & (jaccard >= rule.jaccard)
            & (shared >= rule.shared)
            & (small >= np.maximum(rule.smallest, rule.sizes * large))
            & (numbers >= rule.same_numbers * of_numbers)
            & (names >= rule.same_names * of_names)
        )
        nearness: NDArray[np.float64] = np.where(alike, jaccard, 0.0)
        return nearness


def _parts(one: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the shingles, the numbers and the names of a signature."""
    names = len(one) - 2 - 2 * one[-1]
    numbers = names - 2 * one[-2]
    return one[:numbers], one[numbers:names], one[names:-2]


def _in_common(one: Hashes, other: Hashes) -> tuple[Rows, Rows, Rows]:
    """Return of each pair of rows how many hashes are shared, and how many the two have at most.

    Counted up to where the samples of both reach: below that, each is the whole of its set.
    """
    reach = np.minimum(one[:, -1], other[:, -1])[:, None]
    counts = [np.sum((rows <= reach) & (rows != _NONE), axis=1) for rows in (one, other)]
    both = np.sort(np.concatenate([one, other], axis=1), axis=1)
    twice = (both[:, 1:] == both[:, :-1]) & (both[:, 1:] <= reach) & (both[:, 1:] != _NONE)
    return np.sum(twice, axis=1), np.minimum(*counts), np.maximum(*counts)


def _size(rows: Hashes) -> NDArray[np.float64]:
    """Return how many shingles each report has, from how far its sample reaches."""
    counts = np.sum(rows != _NONE, axis=1)
    spread: NDArray[np.float64] = (rows.shape[1] - 1) * (float(_NONE) / np.maximum(rows[:, -1], 1))
    return np.where(rows[:, -1] == _NONE, counts, spread)


def _linked(sketches: _Sketches, rule: Rule) -> Iterable[list[int]]:
    """Return the clusters: the pairs that match, joined where most of both clusters match."""
    long = _size(sketches.shingles) >= rule.smallest
    cluster = {
        row: [row] for row, sources in enumerate(sketches.sources) if len(sources) > 1 and long[row]
    }
    for one, other in _matching(sketches, rule):
        here, there = cluster.setdefault(one, [one]), cluster.setdefault(other, [other])
        if here is there or not _most_match(here, there, sketches, rule):
            continue
        here += there
        cluster |= dict.fromkeys(there, here)
    return {id(members): members for members in cluster.values()}.values()


def _most_match(here: list[int], there: list[int], sketches: _Sketches, rule: Rule) -> bool:
    """Whether two clusters are one. More than half: in a chain of three, half of them match."""
    if len(here) == len(there) == 1:
        return True
    some, others = np.array(here[:_COMPARED]), np.array(there[:_COMPARED])
    one, other = (side.ravel() for side in np.meshgrid(some, others))
    return bool(2 * np.count_nonzero(sketches.matched(one, other, rule)) > one.size)


def _matching(sketches: _Sketches, rule: Rule) -> list[tuple[int, int]]:
    """Return the pairs of rows that match, the nearest first."""
    one, other = _candidates(sketches.shingles)
    scores = np.concatenate(
        [np.empty(0)]
        + [
            sketches.matched(one[at : at + _AT_ONCE], other[at : at + _AT_ONCE], rule)
            for at in range(0, len(one), _AT_ONCE)
        ]
    )
    nearest = np.argsort(-scores, kind="stable")[: np.count_nonzero(scores)]
    return list(zip(one[nearest].tolist(), other[nearest].tolist(), strict=True))


def _candidates(shingles: Hashes) -> tuple[Rows, Rows]:
    """Return the pairs of rows with two sampled shingles in common, by sorting what is sampled.

    Sorted by shingle, those that share one stand together; each is paired with the next few.
    """
    pairs = np.concatenate([_neighbours(shingles, part) for part in range(_PARTS)])
    pairs, times = np.unique(pairs, return_counts=True)
    pairs = pairs[times > 1]
    return (pairs >> _HALF).astype(np.int64), (pairs & _LOW).astype(np.int64)


def _neighbours(shingles: Hashes, part: int) -> NDArray[np.uint64]:
    """Return such pairs, two rows in one number, for the hashes that leave `part` as remainder."""
    rows, columns = np.nonzero((shingles % np.uint32(_PARTS) == part) & (shingles != _NONE))
    found = shingles[rows, columns].astype(np.uint64) << _HALF
    found |= rows.astype(np.uint64)
    found.sort()
    value, row = found >> _HALF, found & _LOW
    return np.concatenate(
        [
            (row[:-step][same] << _HALF) | row[step:][same]
            for step in range(1, _NEIGHBOURS + 1)
            for same in [value[:-step] == value[step:]]
        ]
    )
