"""Whether none of the sentences found answers, so that the question is refused.

Words and vectors say whether the archive speaks of it; the judge, where there is one, whether the
best sentence answers. What the judge doubts must fit: have a thing of the kind asked for, and be
told of the country, the organisation and the time that the question names.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.asked import is_of_another, may_hold
from rag.question import Query
from rag.relevance import Candidate
from rag.searched import stems
from rag.untold import of_another_time, untold
from rag.words import fold, is_among, language_to_compare, stem
from rag.write import with_whom_it_speaks_of

LEAST_PROBABLE = 0.5
"""Below it the best sentence is no answer; in every language, others were tried
(`eval/README.md`)."""

LEAST_PROBABLE_ELSEWHERE = 0.8
"""The same where the question asks for a thing by its name (« la population de … », « le maire de
… ») that the best passage does not name."""

LEAST_PROBABLE_UNNAMED = 0.98
"""The same where no passage read names it: what people ask first of an archive that cannot know."""

LEAST_PROBABLE_READ = 0.038
"""Below it, by the judge, the best sentence is no answer."""

LEAST_PROBABLE_UNTOLD = 0.7
"""Below it, by the judge, or without one, a country or a year of the question must stand in a
passage of the `LOOKED_THROUGH` best sentences, and the best one must not be of another time: of
another year an answer reads as well."""

LOOKED_THROUGH = 2


@dataclass(frozen=True, slots=True)
class Refusal:
    """That none of the sentences answers."""

    untold: tuple[str, ...] = ()
    """The countries and times of the question that the best passages do not tell of, if that is
    why."""


def refusal(
    query: Query,
    found: Sequence[Candidate],
    *,
    least_read: float = LEAST_PROBABLE_READ,
    looked_through: int = LOOKED_THROUGH,
) -> Refusal | None:
    """Return one where the archive does not speak of it, or the best sentence of another thing.

    :param found: best first
    """
    if max(one.answers for one in found) < _least_probable(query, found):
        return Refusal()
    judged = found[0].judged
    if judged and judged.probability < least_read:
        return Refusal()
    if found[0].is_doubted and _lacks_what_is_asked(query, found[0]):
        return Refusal()
    if query.only_when or (judged and judged.probability >= LEAST_PROBABLE_UNTOLD):
        return None  # what happened in a period is chosen by its days already
    passages = {one.passage.id: one.passage for one in found[:looked_through]}
    missing = untold(query, list(passages.values())) if passages else []
    if passages and not missing:
        missing = of_another_time(query, with_whom_it_speaks_of(found[0]), found[0].passage)
    return Refusal(tuple(missing)) if missing else None


def _least_probable(query: Query, found: Sequence[Candidate]) -> float:
    if query.thing is None:
        return LEAST_PROBABLE
    thing = stem(fold(query.thing), "fr")
    best = found[0].passage
    if is_among(thing, stems(f"{best.heading} {best.text}", "fr")):
        return LEAST_PROBABLE
    read = " ".join({one.passage.id: one.passage.text for one in found}.values())
    named = is_among(thing, stems(read, "fr"))
    return LEAST_PROBABLE_ELSEWHERE if named else LEAST_PROBABLE_UNNAMED


def _lacks_what_is_asked(query: Query, best: Candidate) -> bool:
    """Whether a sentence names no day or nobody where that is asked for, or where a number, a day
    or a person is, speaks only of other countries or organisations than the question.
    """
    if query.asked is None:
        return False
    text, said = query.part or query.text, with_whom_it_speaks_of(best).text
    language = language_to_compare(best.passage.language, best.passage.text)
    if query.asked.kind in ("date", "person") and not may_hold(query.asked, text, said, language):
        return True
    return query.asked.kind in ("number", "date", "person") and is_of_another(text, said, language)
