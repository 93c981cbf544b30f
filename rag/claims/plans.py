"""Which words are only planned, asked for, promised or possible, and not told as done."""

import re
from collections.abc import Iterator, Sequence

import rag.claims.words as say
from rag.claims.records import Claims, Word

_REACH = 4
"""Words with a content, on one side, that are surely meant."""


def mark_plans(found: Claims) -> None:
    """Mark what a word like « prévoit » or a future makes unreal: what is near it most surely."""
    for at, word in enumerate(found.words):
        pending = _is_pending(found, at)
        if not pending and not _is_unreal(found, at):
            continue
        for one in found.words:
            if one.part == word.part:
                one.unreal = one.unreal or 1
        word.unreal = 2
        if pending:
            for one in found.words[at + 1 : at + 6]:
                one.pending = one.pending or one.part == word.part
        _mark_around(found, at)


def _mark_around(found: Claims, at: int) -> None:
    """Mark what stands behind the word `at`, and before it where that is what is planned."""
    words, language, word = found.words, found.language, found.words[at]
    before = words[max(0, at - 12) : at]
    _mark(words[at + 1 :], word, _REACH)
    if language == "fr" and any(
        one.plain in say.BEING["fr"] for one in (word, *before[-3:])
    ):  # « l'usine est prévue »
        _mark(reversed(before), word, _REACH + 1, over_commas=True)
    elif language == "vi" and word.plain.startswith("nghiên"):
        _mark(reversed(before), word, _REACH)


def _is_pending(found: Claims, at: int) -> bool:
    """« attendent leur bornage », « restent environ 16 % », « reste à »; not « reste ministre »."""
    plain = found.words[at].plain
    if plain not in say.PENDING[found.language]:
        return False
    behind = found.words[at + 1] if at + 1 < len(found.words) else None
    if at and found.words[at - 1].plain == "chỉ":
        return False
    return plain in say.WAITING or (
        behind is not None and (behind.value is not None or behind.plain in say.STILL)
    )


def _mark(
    ahead: Sequence[Word] | Iterator[Word], marker: Word, reach: int, *, over_commas: bool = False
) -> None:
    for one in ahead:
        if one.part != marker.part or not reach or (one.comma != marker.comma and not over_commas):
            return
        if one.kind != "small":
            one.unreal = 2
            reach -= 1


def _is_unreal(found: Claims, at: int) -> bool:
    """Whether the word `at` makes what stands near it planned, asked for, promised or possible."""
    word, language = found.words[at], found.language
    if language == "fr" and word.kind in ("word", "small") and _is_future(word):
        return True
    if word.kind in ("name", "number"):
        return False
    pieces = re.split(r"[\s'’-]", word.plain)
    if language == "fr" and any(piece.startswith("engag") for piece in pieces):
        near = {one.plain for one in found.words[max(0, at - 3) : at]}
        return bool({"s", "se"} & (set(pieces) | near))  # « s'est engagé »; else it is begun
    behind = found.words[at + 1 : at + 4]
    if any(piece.startswith("demand") for piece in pieces) and any(one.value for one in behind):
        return False  # « a demandé près de 38 mois de travaux »
    if language == "vi" and _is_done_vi(found, at):
        return False
    if any(piece in say.UNREAL[language] for piece in pieces):
        return True
    told = " ".join(one.plain for one in found.words[at : at + 2]) + " "
    return any(told.startswith(" ".join(phrase) + " ") for phrase in say.UNREAL_PHRASES[language])


def _is_future(word: Word) -> bool:
    """« s'achèvera », « entrera en vigueur », and the conditional."""
    written = re.split(r"[\s'’]", word.said.lower())
    return any(say.FUTURE.fullmatch(one) and not say.NO_FUTURE.fullmatch(one) for one in written)


def _is_done_vi(found: Claims, at: int) -> bool:
    """« các kế hoạch » are things; what somebody was forced to, « buộc … phải », was done."""
    before = found.words[max(0, at - 8) : at]
    if before and before[-1].plain in _THINGS_VI:
        return True
    return any(one.plain in _FORCED_VI for one in before)


_FORCED_VI = frozenset(("buộc", "khiến", "buộc phải"))
_THINGS_VI = frozenset("các những sự bản".split())
