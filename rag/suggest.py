"""What to ask next: of whom an answer names, and of the other reports that were found for it."""

import re
from collections.abc import Iterator, Sequence

from rag.glossary import Known, known
from rag.names import names
from rag.phrases import phrase
from rag.records import Answer
from rag.sought import sought
from rag.words import FUNCTION_WORDS, fold, language_to_compare

SUGGESTED = 3

_LONGEST = 120
"""Characters of a title that can stand in a question."""

_MOST_TRIED = 6


def suggested(answer: Answer) -> list[str]:
    """Return questions worth trying, the likeliest first; not all of them have an answer."""
    persons = [phrase("who_is", answer.language, name=name) for name in _names(answer)]
    reports = [phrase("what_of", answer.language, title=title) for title in _titles(answer)]
    return [*persons[:2], *reports][:_MOST_TRIED]


def _names(answer: Answer) -> Iterator[str]:
    """Yield the persons that the quotes name and the question does not."""
    seen = fold(answer.question)
    for citation in answer.citations:
        text = citation.quote.text
        language = language_to_compare(citation.passage.language, text)
        for name in _persons(text, language):
            if fold(name) not in seen:
                seen += " " + fold(name)
                yield name


# --- persons -------------------------------------------------------------------------------------

_TITLE = re.compile(
    r"(?:\bM\.|\bMM\.|\b(?:Mme|Mlle|Mr|Mrs|Ms)\b\.?|\b(?:général|sultan|General|Sultan|ông|bà))\s+"
)
_SPOKEN = re.compile(r"[^\W\d_]{2}")
_STOP = re.compile(r"[.;:!?()«»“”\"\n]")
_APPOSED = re.compile(r",\s+(?:vice-|ancien(?:ne)? |former |nguyên |cựu )?")


def _persons(text: str, language: str) -> Iterator[str]:
    """Yield the names of several words with a title or a role beside them.

    Nothing else tells a person from a place or from the theme of a summit. One that begins a
    sentence, or stands behind a small word, may have more or less than the name in it: « Recevant
    Hun Manet », « la Santé Do Xuan Tuyen », « Le Minh Khai ».
    """
    things = [one for one in known(text, language) if one.row.kind]
    found = [
        (_without_title(text, start, end, things), end) for start, end in names(text, language)
    ]
    several = [(start, end) for start, end in found if len(text[start:end].split()) > 1]
    for number, (start, end) in enumerate(several):
        apart = all(one.end <= start or end <= one.start for one in things)
        if not apart or not _SPOKEN.search(text, start, end):
            continue
        others = [last for _, last in several[:number] if not _is_in(last, things)]
        before = text[_begin(text, start, others, things) : start]
        small = re.search(r"([^\W\d_]+)['’\s]+$", before)
        if not before.strip() or (small and fold(small[1]) in FUNCTION_WORDS[language]):
            continue
        if _is_led_in(before, language) or _is_explained(text, end, language):
            yield text[start:end]


def _without_title(text: str, start: int, end: int, things: Sequence[Known]) -> int:
    """Return where a name begins that « Mme » or « Prime Minister » stands before."""
    if title := _TITLE.match(text, start, end):
        return title.end()
    roles = (one.end for one in things if one.row.kind == "role" and start <= one.start < one.end)
    return next((role + 1 for role in roles if start < role < end), start)


def _is_in(place: int, things: Sequence[Known]) -> bool:
    """Whether a name ends within what is said of a role or of its country."""
    return any(one.start < place <= one.end for one in things if one.row.kind != "place")


def _begin(text: str, start: int, others: Sequence[int], things: Sequence[Known]) -> int:
    """Return where what is said of a name begins: behind a stop, another name or a place."""
    places = [one.end for one in things if one.row.kind == "place" and one.end <= start]
    titled = re.search(r"\bMM?\.\s+$", text[:start])
    stops = [stop.end() for stop in _STOP.finditer(text, 0, titled.start() if titled else start)]
    return max((*others, *places, *stops), default=0)


def _is_led_in(before: str, language: str) -> bool:
    """« le général », « le Premier ministre japonais », « le ministre de la Défense, »."""
    if re.search(rf"{_TITLE.pattern}$", before):
        return True
    things = known(before, language)
    roles = [one.end for one in things if one.row.kind == "role"]
    if not roles:
        return False
    between = before[roles[-1] :]
    for one in things:
        between = between.replace(before[one.start : one.end], "")
    return not between.strip() or before.rstrip().endswith(",")


def _is_explained(text: str, end: int, language: str) -> bool:
    """« , vice-ministre du Travail »; with an article it may be whom the next clause is of."""
    apposed = _APPOSED.match(text, end)
    if not apposed:
        return False
    behind = text[apposed.end() : apposed.end() + 60]
    return any(one.row.kind == "role" and one.start == 0 for one in known(behind, language))


# --- reports -------------------------------------------------------------------------------------


def _titles(answer: Answer) -> Iterator[str]:
    """Yield the titles of the reports found and not cited, one of each origin."""
    cited = {citation.quote.source for citation in answer.citations}
    seen = {source for one in cited for source in answer.reprints.get(one, [one])} | cited
    told = {citation.passage.title for citation in answer.citations}
    for scored in answer.passages:
        passage = scored.passage  # that of a teaser has the title of a story that is elsewhere
        if passage.source in seen or passage.title in told or passage.kind == "teaser":
            continue
        if not _can_be_asked(passage.title, answer.language):
            continue
        seen |= {passage.source, *answer.reprints.get(passage.source, ())}
        told.add(passage.title)
        yield passage.title


def _can_be_asked(title: str, language: str) -> bool:
    """Whether a title is whole, and no question of a time: « lundi » would be this week's."""
    whole = len(title) <= _LONGEST and not title.endswith("…")
    return bool(whole and _SPOKEN.search(title)) and all(
        one.kind != "period" for one in sought(title, language)
    )
