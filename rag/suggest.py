"""What to ask next: of whom an answer names, and of the other reports that were found for it."""

from collections.abc import Iterator

from rag.phrases import phrase
from rag.records import Answer
from rag.sought import placed
from rag.words import fold, language_to_compare

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
    """Yield the names of several words that the quotes hold and the question does not."""
    seen = fold(answer.question)
    for citation in answer.citations:
        text = citation.quote.text
        language = language_to_compare(citation.passage.language, text)
        for (start, end), one in placed(text, language):
            name = text[start:end]
            if one.kind == "name" and " " in name and fold(name) not in seen:
                seen += " " + fold(name)
                yield name


def _titles(answer: Answer) -> Iterator[str]:
    """Yield the titles of the reports found and not cited, one of each origin."""
    cited = {citation.quote.source for citation in answer.citations}
    seen = {source for one in cited for source in answer.reprints.get(one, [one])} | cited
    told = {citation.passage.title for citation in answer.citations}
    for scored in answer.passages:
        passage = scored.passage  # that of a teaser has the title of a story that is elsewhere
        whole = 0 < len(passage.title) <= _LONGEST and not passage.title.endswith("…")
        if not whole or passage.source in seen or passage.title in told or passage.kind == "teaser":
            continue
        seen |= {passage.source, *answer.reprints.get(passage.source, ())}
        told.add(passage.title)
        yield passage.title
