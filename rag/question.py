"""What a question says: its language, its terms, what it asks for, when.

Its terms are what a report that answers would speak of, in the language of the report.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.glossary import in_french
from rag.records import Sought
from rag.sought import Period, periods, sought
from rag.words import (
    FUNCTION_WORDS,
    fold,
    is_among,
    language_of,
    plain_number,
    stem,
    with_names,
    words,
)

Asked = Literal["number", "date", "person", "place", "reason"]


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

    @property
    def sought(self) -> tuple[Sought, ...]:
        """What it asks about, to be shown."""
        return sought(self.text, self.language)

    def terms(self, language: str) -> tuple[Term, ...]:
        """Return what it speaks of, in stems of `language`, that of the report."""
        if language == self.language:
            return _own_terms(self.text, language)
        if language == "fr":
            return _terms_in_french(self.text, self.language)
        return tuple(term for term in _own_terms(self.text, self.language) if term.named)


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
    thing, asked = _THING.match(text), _asked(fold(text))
    # A length or a date is told by a figure, without the word; a mayor is called one.
    by_name = thing[1] if thing and asked not in ("number", "date", "place") else None
    language = language_of(text)
    when = tuple(period for period, _ in periods(text, language))
    return Query(text, language, asked, by_name, when)


# « Quelle longueur », « Quelle est la longueur »: the thing asked for may stand a verb away.
_WHICH = r"quel(?:le)?s? (?:(?:est|sont|etait|etaient|fut|a ete) (?:le |la |les |l['’]))?"
_WHAT = r"(?:what|which) (?:(?:is|are|was|were) (?:the )?)?"
# The words that ask, by what they ask for; the first that fits counts.
_ASKING: tuple[tuple[Asked, re.Pattern[str]], ...] = (
    (
        "number",
        re.compile(
            rf"\b(?:combien|pourcentage|{_WHICH}(?:part|montant|nombre|longueur|superficie|taux"
            r"|proportion|valeur|cout|prix|taille|hauteur|duree|distance)"
            rf"|how (?:many|much|large|long|big)|percentage"
            rf"|{_WHAT}(?:number|share|amount|length|value|cost|size)|bao nhieu|phan tram)\b"
        ),
    ),
    (
        "date",
        re.compile(
            rf"\b(?:quand|{_WHICH}(?:annee|date|jour|mois)s?"
            rf"|when|(?:on |in )?{_WHAT}(?:year|date|day|month)|khi nao|nam nao"
            r"|ngay nao|thang nao|bao gio)\b"
        ),
    ),
    (
        "person",
        re.compile(
            rf"\b(?:qui|{_WHICH}(?:ministre|president|dirigeant|responsable|nom)s?|who|whom"
            rf"|{_WHAT}(?:ministers?|leaders?|name)|ai|ong nao|bo truong nao)\b"
        ),
    ),
    (
        "place",
        re.compile(
            rf"\b(?:{_WHICH}(?:ville|pays|localite|lieu|etat|province|capitale)x?s?|where"
            rf"|{_WHAT}(?:city|country|countries|states?|place)|o dau|nuoc nao|thanh pho nao)\b"
            r"|^ou\b"
        ),
    ),
    ("reason", re.compile(r"\b(?:pourquoi|why|vi sao|tai sao|(?:quelle|pour quelles) raisons?)\b")),
)


_THING = re.compile(
    r"(?:quel(?:le)?s? (?:est|sont|était|étaient) |qui (?:est|était) )(?:le |la |les |l['’])"
    r"(?:(?:nouve(?:au|lle|aux)|actuel(?:le)?s?|princip(?:al|ale|aux)|premi(?:er|ère)s?"
    r"|derni(?:er|ère)s?|grande?s?|ancien(?:ne)?s?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix"
    r"|\d+) )*(\w+)",
    re.IGNORECASE,
)


def _asked(folded: str) -> Asked | None:
    return next((asked for asked, pattern in _ASKING if pattern.search(folded)), None)


_MONTHS = (
    r"(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|thang \d+)"
)
_DATE = re.compile(rf"\b(?:\d{{1,2}}(?:er)? )?{_MONTHS}(?: \d{{4}})?\b|\b(?:1[5-9]|20)\d\d\b")
# Figures that count nothing: dates, ordinals, and the tails of names such as COVID-19.
_NO_COUNT = re.compile(
    rf"{_DATE.pattern}|\b\d+(?:e|es|er|re|th|st|nd|rd)\b|[^\W\d]-\d+|\b[a-z]+\d+"
)
_COUNT = re.compile(
    r"\d|\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze"
    r"|seize|vingt|trente|quarante|cinquante|soixante|cent|mille|millions?|milliards?|moitie"
    r"|tiers|quart)\b"
)
_REASON = re.compile(
    r"\b(?:car|parce|afin|pour|raisons?|faute|causes?|grace|puisque|invoquant|because|due|vi|do)\b"
)
# Names are told by their capitals, so these two read the text as it is written.
_PERSON = re.compile(r"[A-ZÀ-ỸĐ][\w-]+ [A-ZÀ-ỸĐ][\w-]+")
_PLACE = re.compile(r"(?<=[^.!?…«] )[A-ZÀ-ỸĐ][\w-]+")


def holds_what_is_asked(query: Query, sentence: str) -> bool:
    """Whether `sentence` holds a number, a date, a name ... that the question did not give.

    « Qui dirigeait le Secrétariat avant Kao Kim Hourn ? » is not answered by Kao Kim Hourn.
    """
    given = words(query.text)
    new = " ".join(word for word in sentence.split() if not set(words(word)) <= set(given))
    match query.asked:
        case "person":
            return bool(_PERSON.search(new))
        case "place":
            return bool(_PLACE.search(new))
        case "number":
            return bool(_COUNT.search(_NO_COUNT.sub(" ", fold(new))))
        case "date":
            return bool(_DATE.search(fold(new)))
        case "reason":
            return bool(_REASON.search(fold(sentence)))
    return False


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
