"""Which words are denied: by « ne … pas », "not", « không »; and what a « mais » affirms again."""

from dataclasses import replace

import rag.claims.words as say
from rag.claims.records import Claims, Force


def mark_denials(found: Claims) -> None:
    """Mark the words that a negator of the sentence denies, the nearest most surely."""
    words, language = found.words, found.language
    for at, word in enumerate(words):
        if word.plain in say.NEGATOR_OPENS and language == "fr":
            _between_ne_and_pas(found, at)
        if _is_negator(found, at):
            verb_before = at and words[at - 1].denied == 2
            _deny_behind(found, at, 1 if verb_before and word.plain not in ("ni", "aucun") else 2)
    for at, word in enumerate(words):
        if word.plain in say.CONTRAST[language] and any(
            one.denied for one in words[max(0, at - 12) : at]
        ):
            _affirm_other(found, at)


def _is_negator(found: Claims, at: int) -> bool:
    """« pas », "not", « không »; the "t" of "don't", and no other; « không » is also zero."""
    word, language = found.words[at], found.language
    before = found.words[at - 1].plain if at else ""
    if word.plain not in say.NEGATORS[language] or word.kind == "name":
        return False
    if language == "en" and word.plain == "t":
        return before.endswith("n")
    return not (language == "vi" and before in say.ZERO)


def _between_ne_and_pas(found: Claims, at: int) -> None:
    words = found.words
    for place in range(at + 1, min(len(words), at + 7)):
        if words[place].plain in ("que", "qu"):
            found.extents.setdefault("only", "ne … que")
            return
        if words[place].plain in say.NEGATORS["fr"] or words[place].plain == "plus":
            for one in words[at + 1 : place]:
                if one.kind != "small":
                    one.denied = 2
            if words[place].plain == "plus":
                _deny_behind(found, place, 2)
            return


def _deny_behind(found: Claims, at: int, force: Force) -> None:
    """Mark the next word that has a content, and less surely the one behind it."""
    marked = 0
    for one in found.words[at + 1 : at + 7]:
        if one.part != found.words[at].part or (marked and one.comma != found.words[at].comma):
            return
        if marked and one.plain in say.FINITE[found.language]:
            return
        if one.kind in ("small", "number"):
            continue
        if one.kind in ("name", "country") and not marked:
            continue
        one.denied = max(one.denied, force if not marked else 1)
        marked += 1
        if marked == 2:
            return


def _affirm_other(found: Claims, at: int) -> None:
    """« pas établies le 12, mais le 22 »: established they are; the 12th is what is denied."""
    core = [one for one in found.words[:at] if one.denied == 2 and one.part == found.words[at].part]
    behind = [one for one in found.words[at + 1 : at + 5] if one.kind not in ("small", "number")]
    if not core or any(one.when is None for one in behind[:1]):
        return
    for one in core:
        one.affirmed = True
    start = core[-1].start
    for word in found.words[:at]:
        if word.start > start and word.when is not None:
            found.whens[word.when] = replace(found.whens[word.when], denied=True)
