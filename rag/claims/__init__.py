"""What a sentence claims: its words with their meanings, numbers with their units, names, and of
each whether it is denied, or only planned, asked for or promised.

Nothing here compares; `rag.proof` does.
"""

import unicodedata
from collections.abc import Sequence

from rag.claims.denials import mark_denials
from rag.claims.plans import mark_plans
from rag.claims.records import Claims
from rag.claims.times import mark_times
from rag.claims.tokens import words_of
from rag.claims.units import mark_units
from rag.claims.whole import mark_whole
from rag.searched import search_form


def claims(text: str, language: str, published: str | None) -> Claims:
    """Return what `text` claims; days are told from `published`, ISO, cut to what is known."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if language == "fr":
        plain = " ".join(search_form(plain).text.split())
    found = Claims(language, words_of(plain, language))
    mark_times(found, plain, published)
    mark_units(found)
    mark_denials(found)
    mark_plans(found)
    mark_whole(found)
    return found


def joined(several: Sequence[Claims]) -> Claims:
    """Return the claims of several sentences as those of one text."""
    first, *rest = several
    for other in rest:
        parts = first.words[-1].part + 1 if first.words else 0
        length = len(first.whens)
        for word in other.words:
            word.part += parts
            word.when = None if word.when is None else word.when + length
        first.words += other.words
        first.whens += other.whens
        first.extents = other.extents | first.extents
        first.reported = first.reported and other.reported
        first.cause = first.cause or other.cause
        first.against = first.against or other.against
        first.ways |= other.ways
    return first
