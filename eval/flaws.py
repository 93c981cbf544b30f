"""What can be wrong with a line of a set: a name, what it is about, and an English line."""

from dataclasses import dataclass

LINES = {
    "no_object": "the line holds no object",
    "missing": "{field} is missing",
    "no_text": "{field} is not text",
    "no_truth": "{field} is not true or false",
    "no_id": "id is neither text nor a number",
    "no_texts": "{field} is no list of texts",
    "no_list": "{field} is no list",
    "no_role": "an element of history has another role than user and assistant",
    "incomplete": "an element of {field} has no {one} or no {other}",
    "broken": "broken JSON at character {place}: {why}",
    "no_utf8": "byte {place} is not UTF-8",
    "not_kept": "it holds characters that cannot be stored",
    "too_deep": "nested too deeply",
    "twice": "{field!r} stands twice in the line",
    "unread": "{why}",
    "slip": "unknown field {field!r}: is it {meant!r}?",
    "unknown": "unknown field {field!r}",
    "empty": "the question is empty",
    "empty_mention": "an element of {field} is empty: nothing can mention it",
    "id_twice": "the id {id!r} stands twice",
    "no_source": "the source {source!r} is not indexed",
    "no_quote": "{source!r} does not hold the quote « {quote} »",
    "no_passage": "no passage {passage!r} is indexed",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """A row of `LINES`, and what it is about.

    >>> str(Flaw("missing", (("field", "id"),)))
    'id is missing'
    """

    name: str
    about: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return LINES[self.name].format(**dict(self.about))


def flaw(name: str, **about: object) -> Flaw:
    return Flaw(name, tuple(about.items()))


class Flawed(ValueError):
    """A line that holds no question, and why."""

    def __init__(self, name: str, **about: object) -> None:
        self.flaw = flaw(name, **about)
        super().__init__(str(self.flaw))
