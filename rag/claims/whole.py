"""What single words say of the whole sentence: of how many it is true, why, and who says so."""

from collections.abc import Iterator, Sequence

import rag.claims.words as say
from rag.claims.records import Claims

_WAYS = {
    "after": say.AFTER,
    "before": say.BEFORE,
    "more": say.MORE_THAN,
    "less": say.LESS_THAN,
}


def mark_whole(found: Claims) -> None:
    """Add the quantifiers, the cause and who says it, by the first word that tells each."""
    language = found.language
    plains = [piece for one in found.words for piece in one.plain.split()]
    for at, plain in enumerate(plains):
        before = plains[at - 1] if at else ""
        for extent, said in _extents(plains, at, language):
            found.extents.setdefault(extent, said)
        if plain in say.AGAINST[language]:
            found.against = plain
        for way, by_language in _WAYS.items():
            if plain in by_language[language] and before not in ("d", "ne", "n"):
                found.ways.add(way)
    text = f" {' '.join(plains)} "
    found.cause = next((one for one in say.CAUSE[language] if f" {one} " in text), "")
    text = text.replace(" selon laquelle ", " ").replace(" selon lequel ", " ")
    found.reported = next((one for one in say.REPORTED[language] if f" {one} " in text), "")


def _extents(plains: Sequence[str], at: int, language: str) -> Iterator[tuple[str, str]]:
    """Yield the class of each quantifier that begins at a word, and how it is said."""
    plain, before = plains[at], plains[at - 1] if at else ""
    none = (
        (plain == "most" and before == "the")
        or plain == "quelques"
        or (plain == "duy" and plains[at + 1 : at + 2] != ["nhất"])
    )
    for extent, listed in say.QUANTIFIERS[language].items():
        if plain in listed and not none:
            yield extent, plain
    for phrase, extent in say.QUANTIFIER_PHRASES[language].items():
        if tuple(plains[at : at + len(phrase)]) == phrase:
            yield extent, " ".join(phrase)
