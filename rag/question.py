"""What a question says: its language, its terms, what it asks for, when.

Its terms are what a report that answers would speak of, in the language of the report.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.asked import Asked, asked_for
from rag.glossary import in_french
from rag.records import Sought
from rag.sought import Period, periods, sought
from rag.words import (
    FUNCTION_WORDS,
    content_words,
    fold,
    is_among,
    language_of,
    plain_number,
    stem,
    with_names,
    words,
)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a question speaks of. A report does too that has every stem of any one form."""

    shown: str
    forms: tuple[tuple[str, ...], ...]
    named: bool
    """A name, a year or a number: it is the same in every language and has no paraphrase."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood."""

    text: str
    language: str
    asked: Asked | None
    thing: str | None = None
    """What is asked for by its own name: « population » in « Quelle est la population de … ? »."""
    periods: tuple[Period, ...] = ()
    """When what is asked about happens, as far as the question says."""
    part: str = ""
    """What this one asks, where it is a part of a longer question."""
    only_when: bool = False
    """It asks what happened in its periods, and says nothing else: reports are chosen by date."""

    @property
    def sought(self) -> tuple[Sought, ...]:
        """What it asks about, to be shown."""
        return sought(self.text, self.language)

    def terms(self, language: str) -> tuple[Term, ...]:
        """Return what it speaks of, in stems of `language`, that of the report."""
        if language == self.language:
            return self._own_terms()
        if language == "fr":
            return _terms_in_french(self.text, self.language)
        return tuple(term for term in self._own_terms() if term.named)

    def _own_terms(self) -> tuple[Term, ...]:
        found = _own_terms(self.text, self.language)
        happens = _HAPPENED[self.language] if self.only_when else ()
        return tuple(term for term in found if fold(term.shown) not in happens)

    def share_known(self, language: str) -> float:
        """Return the share of what it speaks of that `terms` has in `language`.

        1 in its own language, and where it speaks of nothing.
        """
        if language == self.language:
            return 1.0
        return _share_known(self.text, self.language, language)


def is_said(term: Term, said: frozenset[str]) -> bool:
    """Whether one form of `term` stands, whole, among the stems `said`."""
    return any(all(is_among(part, said) for part in form) for form in term.forms)


def share_said(
    terms: Sequence[Term],
    said: frozenset[str],
    *,
    if_none: float,
    weights: Mapping[Term, float] | None = None,
) -> float:
    """Return the share of `terms` that stand among the stems `said`, each with its weight or 1."""
    if not terms:
        return if_none
    heavy = [weights[term] if weights else 1.0 for term in terms]
    told = (weight for term, weight in zip(terms, heavy, strict=True) if is_said(term, said))
    return sum(told) / sum(heavy)


def understood(question: str) -> Query:
    """Return what `question` says, white space and unpaired surrogates put right."""
    text = " ".join(question.encode("utf-8", "replace").decode().split())
    language = language_of(text)
    thing, asked = _THING.match(text), asked_for(text, language)
    # A length or a date is told by a figure, without the word; a mayor is called one.
    measured = asked is not None and asked.kind in ("number", "date", "place")
    by_name = thing[1] if thing and not measured else None
    found = periods(text, language)
    when = tuple(period for period, _ in found)
    rest = _without(text, [(moment.start, moment.end) for _, moment in found])
    nothing_else = bool(when) and _HAPPENED[language].issuperset(content_words(rest, language))
    return Query(text, language, asked, by_name, when, only_when=nothing_else)


def _without(text: str, places: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(places):
        text = f"{text[:start]} {text[end:]}"
    return text


_HAPPENED = {
    "fr": frozenset("passe passer arrive arriver produit evenement evenements actualite".split()),
    "en": frozenset("happen happened happening happens took take place event events news".split()),
    "vi": frozenset("chuyen xay dien su kien tin tuc".split()),
}
"""What is said of anything that happens, and tells no report from another."""


_THING = re.compile(
    r"(?:quel(?:le)?s? (?:est|sont|était|étaient) |qui (?:est|était) )(?:le |la |les |l['’])"
    r"(?:(?:nouve(?:au|lle|aux)|actuel(?:le)?s?|princip(?:al|ale|aux)|premi(?:er|ère)s?"
    r"|derni(?:er|ère)s?|grande?s?|ancien(?:ne)?s?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix"
    r"|\d+) )*(\w+)",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def _own_terms(text: str, language: str) -> tuple[Term, ...]:
    found: dict[str, Term] = {}
    for written, capital in with_names(text):
        word = plain_number(fold(written))
        named = capital or word[0].isdigit()
        if named or word not in FUNCTION_WORDS[language]:
            found.setdefault(word, Term(written, ((stem(word, language),),), named))
    return tuple(found.values())


@lru_cache(maxsize=256)
def _terms_in_french(text: str, language: str) -> tuple[Term, ...]:
    """What the glossary knows, and the names and numbers it does not."""
    known, rest = in_french(text, language)
    left = set(words(rest))
    terms = [
        Term(forms[0], tuple(tuple(stem(w, "fr") for w in words(f)) for f in forms), named=False)
        for forms in known
    ]
    terms += [
        Term(term.shown, ((stem(fold(term.shown), "fr"),),), named=True)
        for term in _own_terms(text, language)
        if term.named and fold(term.shown) in left
    ]
    return tuple(terms)


@lru_cache(maxsize=256)
def _share_known(text: str, own: str, language: str) -> float:
    terms = _own_terms(text, own)
    rest = in_french(text, own)[1] if language == "fr" else text
    left = set(words(rest))
    known = sum(term.named or fold(term.shown) not in left for term in terms)
    return known / len(terms) if terms else 1.0
