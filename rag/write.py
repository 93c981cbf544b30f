"""The quoting writer: the one to three sentences that answer, word for word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.asked import short_answer
from rag.question import Query
from rag.records import Citation, Quote
from rag.relevance import Candidate
from rag.searched import stems
from rag.words import fold, language_to_compare

LONGEST_ANSWER = 3
LONGEST_PART = 2
"""Sentences that answer a part of a question."""

GAP = 0.6
"""How far below the best sentence another may score and still be quoted: half as likely."""

_SAME = 0.6
"""Share of common words from which two sentences tell the same."""

SURE_ENOUGH = 0.38
"""How probable it must be to the judge that a sentence answers, for words to be marked that the
rules do not find."""

READ_OFF = ("number", "date", "person", "place")
"""What is asked for where the judge's words are marked."""

LONGEST_WITH_BEFORE = 500
"""Characters of a quote that is made longer by the sentence before it."""


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence of an answer: its text, what it cites, and where its short answer stands."""

    text: str
    citations: tuple[Citation, ...]
    short: tuple[int, int] | None = None


def quoted(
    query: Query,
    candidates: Sequence[Candidate],
    first: int = 1,
    *,
    apart: Sequence[Candidate] = (),
    said: Sequence[Quote] = (),
) -> Iterator[Written]:
    """Yield the sentences of an answer, each with its citation, numbered from `first`.

    `candidates` come best first. `apart` are those of reports that say otherwise (`differing`):
    where there are any, these are quoted. A sentence that begins with « Il » or « Les deux
    parties » is quoted together with the one before it, which says who that is; by itself where
    that is said already, here or among `said`, the quotes of the parts before.
    """
    most = LONGEST_PART if query.part else LONGEST_ANSWER
    written: list[Quote] = []
    for candidate in apart or _chosen(candidates, most):
        if any(_meet(candidate.quote, other) for other in written):  # said before a pronoun
            continue
        quote = _quote(candidate, said, written)
        written.append(quote)
        number = first + len(written) - 1
        text = _text(quote, candidate.quote)
        short = _short(query, candidate, text)
        yield Written(text, (Citation(number, candidate.passage, quote),), short)


def _quote(candidate: Candidate, said: Sequence[Quote], written: Sequence[Quote]) -> Quote:
    """Return what is quoted of a sentence: the quote that has it, where a part before said it."""
    for known in said:
        if _meet(candidate.quote, known):
            return known
    whole = with_whom_it_speaks_of(candidate)
    return candidate.quote if any(_meet(whole, one) for one in (*said, *written)) else whole


def _text(quote: Quote, sentence: Quote) -> str:
    """Return the words of a quote, its sentence apart from others though they are glued."""
    start = max(0, sentence.start - quote.start)
    end = min(len(quote.text), sentence.end - quote.start)
    pieces = quote.text[:start], quote.text[start:end], quote.text[end:]
    return " ".join(word for piece in pieces for word in piece.split())


def _chosen(candidates: Sequence[Candidate], most: int) -> list[Candidate]:
    chosen: list[Candidate] = []
    for candidate in candidates:
        if candidate.score < candidates[0].score - GAP or len(chosen) == most:
            break
        if not any(_same(candidate.quote, other.quote) for other in chosen):
            chosen.append(candidate)
    return chosen


def _meet(one: Quote, other: Quote) -> bool:
    return one.source == other.source and one.start < other.end and other.start < one.end


def _same(one: Quote, other: Quote) -> bool:
    """Jaccard similarity of the words: reprints and headlines say a thing twice."""
    ones, others = stems(one.text, "fr"), stems(other.text, "fr")
    return len(ones & others) > _SAME * len(ones | others)


_LEANS_BACK = re.compile(
    r"\W*(?:(?:ils?|elles?|ce dernier|cette derniere|ces dernier\w+|celui-ci|celle-ci|ceux-ci"
    r"|celles-ci|tous (?:les )?deux|toutes (?:les )?deux"
    r"|l(?:es|eurs?) deux (?:parties|pays|ministres|dirigeants|hommes|camps|voisins|chefs)"
    r"|he|she|they|both|the two (?:sides|countries|ministers|leaders|men)"
    r"|ong ay|ba ay|ho|hai (?:ben|nuoc|bo truong))\b(?! (?:y a|faut|s['’]agit|est prevu)\b))"
)


def with_whom_it_speaks_of(candidate: Candidate) -> Quote:
    """Return the sentence as a quote, with the one before it where it begins with a pronoun."""
    quote, passage = candidate.quote, candidate.passage
    if candidate.before is None or not _LEANS_BACK.match(fold(quote.text)):
        return quote
    text = passage.text[candidate.before - passage.start : quote.end - passage.start]
    if len(text) > LONGEST_WITH_BEFORE:
        return quote
    return Quote(quote.source, candidate.before, text)


def _short(query: Query, candidate: Candidate, text: str) -> tuple[int, int] | None:
    """Return which words of `text` are the short answer: by the judge, where it read the sentence.

    Its words are marked where the rules find the same, or it is sure that the sentence answers.
    """
    passage = candidate.passage
    language = language_to_compare(passage.language, passage.text)
    best = short_answer(query.asked, query.text, text, language)
    found = (best.start, best.end) if best else None
    judged = candidate.judged
    if judged is None or query.asked is None or query.asked.kind not in READ_OFF:
        return found
    read = _words_of_the_judge(candidate, text)
    same = read and found and read[0] < found[1] and found[0] < read[1]
    return read if same or judged.probability >= SURE_ENOUGH else None


def _words_of_the_judge(candidate: Candidate, text: str) -> tuple[int, int] | None:
    """Return where its words stand in `text`, which ends with the sentence, its spaces made one."""
    if candidate.judged is None or candidate.judged.short is None:
        return None
    sentence = candidate.quote.text
    start, end = candidate.judged.short
    words = " ".join(sentence[start:end].split())
    behind = len(text) - len(" ".join(sentence.split()))
    found = text.find(words, behind + len(" ".join(sentence[:start].split()))) if words else -1
    return (found, found + len(words)) if found >= 0 else None
