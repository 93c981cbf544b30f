"""All other words: each must be said by the quotes, in the same language or another."""

from collections.abc import Iterator

import rag.claims.words as say
from rag.claims.records import Word
from rag.findings import Finding
from rag.meanings import named
from rag.proof.pairing import Pairing


def others(pair: Pairing) -> Iterator[Finding]:
    """Yield each word with a content of its own that the quotes do not say."""
    planned = any(word.unreal for word in pair.statement.words)
    for place, word in enumerate(pair.statement.words):
        if word.kind == "word" and word.when is None and not pair.places[place]:
            if _is_light(word, pair.statement.language, planned=planned):
                continue
            yield Finding("word", word.said)


def _is_light(word: Word, language: str, *, planned: bool) -> bool:
    """Whether a word adds nothing by itself: « toute », « aura lieu »; `extents` compares these."""
    if tuple(word.plain.split()) in say.QUANTIFIER_PHRASES[language]:
        return True
    if any(word.plain in listed for listed in say.QUANTIFIERS[language].values()):
        return True
    return planned and bool(word.meanings & named("avoir lieu"))
