"""What kind of thing a question asks for, and which words of a sentence are of that kind.

« Combien de députés … ? » asks for a number, and for one of deputies: « 440 députés » answers it
better than « 12 milliards ». The words found are the short answer that the page marks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rag.dates import moments
from rag.glossary import in_french, known
from rag.words import FUNCTION_WORDS, content_words, fold, stem, words

Kind = Literal["number", "date", "person", "place", "reason", "statement"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The kind of thing asked for."""

    kind: Kind
    unit: str = ""
    """Of a number: percent, money, area, length, time; "" where the question does not say."""
    counted: frozenset[str] = frozenset()
    """Of a number: the stems of what is counted."""
    speaker: frozenset[str] = frozenset()
    """Of a statement: the stems of the name of who made it, in French too."""


@dataclass(frozen=True, slots=True)
class Short:
    """Words of a sentence, ``sentence[start:end]``, that are of the kind asked for.

    `fit` is how well: 1, or less where the unit or the thing counted is another one or unknown.
    """

    start: int
    end: int
    fit: float


# « Quelle longueur », « Quelle est la longueur »: the thing asked for may stand a verb away.
_WHICH = r"quel(?:le)?s? (?:(?:est|sont|etait|etaient|fut|a ete) (?:le |la |les |l['’]))?"
_WHAT = r"(?:what|which) (?:(?:is|are|was|were) (?:the )?)?"
# The words that ask, by what they ask for; the first that fits counts.
_ASKING: tuple[tuple[Kind, re.Pattern[str]], ...] = (
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
            rf"\b(?:quand|{_WHICH}(?:annee|date|jour|mois|moment)s?"
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
            rf"|{_WHAT}(?:(?:two|three|four|five) )?(?:city|country|countries|states?|place)"
            r"|o dau|nuoc nao|thanh pho nao)\b|^ou\b"
        ),
    ),
    ("reason", re.compile(r"\b(?:pourquoi|why|vi sao|tai sao|(?:quelle|pour quelles) raisons?)\b")),
)

# Of what is measured, the words of a question and those behind a number, in three languages.
_UNITS: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "percent": (
        re.compile(r"\b(?:pourcentage|part|taux|proportion|percentage|share|phan tram|ty le)\b"),
        re.compile(r"(?:%|pour cent\b|per ?cent\b|phan tram\b)"),
    ),
    "money": (
        re.compile(
            r"\b(?:montant|cout\w*|prix|combien d['’]argent|how much money|costs?|price"
            r"|how (?:large|much) was|bao nhieu (?:tien|do la|usd)|kim ngach|tri gia|commerce"
            r"|trade)\b"
        ),
        re.compile(
            r"(?:(?:millions?|milliards?|billions?|trillions?|ty|trieu)\s+(?:de\s+|d['’])?)?"
            r"(?:dollars?|euros?|usd|yens?|dongs?|yuans?|bahts?|do la|\$|€)"
        ),
    ),
    "area": (
        re.compile(r"\b(?:superficie|surface|dien tich|area|met vuong)\b"),
        re.compile(r"(?:km2|km²|m2|m²|hectares?|(?:kilo)?metres? carres?|met vuong|square)"),
    ),
    "length": (
        re.compile(
            r"\b(?:longueur|distance|hauteur|kilometres|km|combien mesur\w+|length"
            r"|how (?:long|tall|high|far)"
            r"|dai bao nhieu|ki-?lo-?met)\b"
        ),
        re.compile(r"(?:km|kilometres?|metres?|miles?|m|mm|met)\b(?! (?:carre|vuong))"),
    ),
    "time": (
        re.compile(r"\b(?:duree|combien de temps|bao lau|quel age|how old)\b"),
        re.compile(
            r"(?:ans?|annees?|mois|jours?|semaines?|heures?|minutes?|years?|months?|days?|hours?)\b"
        ),
    ),
}
_COUNTED = re.compile(
    r"\b(?:combien (?:de |d['’])|how many |bao nhieu |quel (?:est le )?nombre (?:de |d['’]))"
    r"((?:[^\W\d_]+['’]?[- ]?){1,3})"
)


def asked_for(question: str, language: str) -> Asked | None:
    """Return the kind of thing that `question` asks for, None where its words do not say."""
    folded = fold(question)
    if speaker := _speaker(question, language):
        return Asked("statement", speaker=speaker)
    kind = next((kind for kind, pattern in _ASKING if pattern.search(folded)), None)
    if kind != "number":
        return kind and Asked(kind)
    unit = next((unit for unit, (said, _) in _UNITS.items() if said.search(folded)), "")
    counted = _COUNTED.search(folded)
    return Asked(kind, unit, _counted(counted[1], language) if counted else frozenset())


def _counted(said: str, language: str) -> frozenset[str]:
    """Return the stems, in French too, of the first thing named behind « combien de »."""
    french = [form for forms in in_french(said, language)[0] for form in forms]
    own = content_words(said, language)[:1]
    stems = {stem(word, language) for word in own}
    return frozenset(stems | {stem(word) for form in french for word in words(form)})


def short_answers(
    asked: Asked, question: str, sentence: str, language: str, before: str = ""
) -> list[Short]:
    """Return the words of `sentence` that are of the kind asked for, in order.

    `before` is the sentence that stands before it: « Il a promis … » is said by whom that names.

    What the question says itself is no answer to it: « Qui dirigeait le Secrétariat avant Kao Kim
    Hourn ? » is not answered by Kao Kim Hourn.
    """
    if asked.kind == "statement":
        return _stated(asked, sentence, before)
    given = set(words(question))
    found = [
        one
        for one in _FINDING[asked.kind](asked, sentence, language)
        if not set(words(sentence[one.start : one.end])) <= given
    ]
    return sorted(found, key=lambda one: one.start)


SURE = 0.6
"""How well words must fit what is asked for to be shown as the short answer."""


def short_answer(asked: Asked | None, question: str, sentence: str, language: str) -> Short | None:
    """Return the words that fit best, the first of those that fit alike; None below `SURE`.

    A reason and a statement are clauses: nothing of them is marked.
    """
    if asked is None or asked.kind in ("reason", "statement"):
        return None
    found = short_answers(asked, question, sentence, language)
    best = max(found, key=lambda one: (one.fit, -one.start), default=None)
    return best if best and best.fit >= SURE else None


# --- numbers --------------------------------------------------------------------------------------

_WRITTEN = (
    r"deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt"
    r"|trente|quarante|cinquante|soixante|cent|mille|moitie|tiers|quarts?"
    r"|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|half"
)
_NUMBER = re.compile(
    rf"(?<![\w-])(?:\d+(?:[.,\s]\d+)*(?![\w-])|\d+(?:[.,\s]\d+)*(?=\s?(?:km|m|mm|ha)\b)"
    rf"|(?:(?:{_WRITTEN})(?:[- ]et[- ]|[- ])?)+\b)"
)
_SCALE = re.compile(r"\s*(?:millions?|milliards?|billions?|trieu|ty)\b(?:\s+(?:de\b|d['’]))?")
_ORDINAL = re.compile(r"\s?(?:e|es|er|ere|eme|th|st|nd|rd)\b")
_WORDS_BEHIND = 3


def _numbers(asked: Asked, sentence: str, language: str) -> Iterator[Short]:
    plain = _same_length(sentence)
    times = [(one.start, one.end) for one in moments(sentence, "2024-01-01", language)]
    for match in _NUMBER.finditer(plain):
        start, end = match.start(), match.start() + len(match[0].rstrip(" -"))
        in_a_date = any(start < last and first < end for first, last in times)
        if in_a_date or _ORDINAL.match(plain, end) or (start > 1 and plain[start - 1] in "-."):
            continue
        behind = plain[end : end + 60].lstrip()
        unit = _unit_behind(behind)
        fit = _fit(asked, unit, behind, language)
        yield Short(start, end + _length_of_unit(plain, end, unit), fit)


def _unit_behind(behind: str) -> str:
    scaled = _SCALE.sub("", behind, count=1).lstrip() if _SCALE.match(behind) else behind
    for unit, (_, said) in _UNITS.items():
        if said.match(behind) or said.match(scaled):
            return unit
    return ""


def _fit(asked: Asked, unit: str, behind: str, language: str) -> float:
    if asked.unit:
        return 1.0 if unit == asked.unit else 0.3
    if not asked.counted:
        return 0.8
    near = {stem(word, language) for word in words(behind)[:_WORDS_BEHIND]}
    if near & asked.counted:
        return 1.0
    return 0.2 if unit in ("percent", "money", "time") else 0.5


def _length_of_unit(plain: str, end: int, unit: str) -> int:
    scale = _SCALE.match(plain, end)
    at = scale.end() if scale else end
    if unit:
        blank = len(plain[at:]) - len(plain[at:].lstrip())
        said = _UNITS[unit][1].match(plain, at + blank)
        return said.end() - end if said else at - end
    return len(scale[0].rstrip()) if scale and "d" not in scale[0][-3:] else 0


# --- dates, names, places, reasons ----------------------------------------------------------------


def _dates(_asked: Asked, sentence: str, language: str) -> Iterator[Short]:
    for one in moments(sentence, "2024-01-01", language):
        said = sentence[one.start : one.end]
        yield Short(one.start, one.end, 1.0 if re.search(r"\d", said) else 0.5)


_WORD = re.compile(r"[^\W\d_][\w’-]*")
_TITLE = re.compile(r"\b(?:MM?|Mme|Mlle|Mr|Mrs|Ms|ông|bà)\.?\s+$")


def names(sentence: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield where words with a capital stand, together if they stand together.

    A word that opens the sentence counts if the next one has a capital too.
    """
    start = end = count = 0
    for match in _WORD.finditer(sentence):
        small = not count and fold(match[0]) in FUNCTION_WORDS[language]  # « Bui Thanh Son »
        capital = match[0][0].isupper() and not small
        if count and not (capital and sentence[end : match.start()] in (" ", "\u00a0")):
            if count > 1 or start > 0:
                yield start, end
            count = 0
        if capital:
            start, end, count = (start if count else match.start()), match.end(), count + 1
    if count > 1 or (count and start > 0):
        yield start, end


def _persons(_asked: Asked, sentence: str, language: str) -> Iterator[Short]:
    things = [(one.start, one.end) for one in known(sentence, language) if one.row.kind]
    for start, end in names(sentence, language):
        titled = bool(_TITLE.search(sentence[:start]))
        # « Saint-Martin » is an island, « Laurent Saint-Martin » is not.
        if any(first <= start and end <= last for first, last in things) and not titled:
            continue
        if _TOWARDS.search(sentence[:start]):
            continue
        several = " " in sentence[start:end] or "\u00a0" in sentence[start:end]
        yield Short(start, end, 1.0 if several or titled else 0.4)


_TOWARDS = re.compile(r"\b(?:à|en|au|aux|in|at|ở|tại)\s+$", re.IGNORECASE)
_AT = re.compile(
    r"(?:\b(?:à|a|en|au|aux|dans|de|du|des|in|at|ở|tại|entre|et)\s+|\b[dl]['’])$", re.IGNORECASE
)


def _places(_asked: Asked, sentence: str, language: str) -> Iterator[Short]:
    for one in known(sentence, language):
        if one.row.is_country or one.row.kind == "place":
            yield Short(one.start, one.end, 1.0)
    for start, end in names(sentence, language):
        if _AT.search(sentence[:start]):
            yield Short(start, end, 0.7)


_REASON = re.compile(
    r"\b(?:car|parce qu|afin (?:de|d|qu)|pour|en raison d|faute d|a cause d|grace a|puisqu"
    r"|en invoquant|invoquant|because|due to|in order to|vi|do|nham)\b"
)


_CLAUSE_END = re.compile(r"[;.]")


def _reasons(_asked: Asked, sentence: str, _language: str) -> Iterator[Short]:
    plain = _same_length(sentence)
    for match in _REASON.finditer(plain):
        stop = _CLAUSE_END.search(plain, match.end())
        yield Short(match.start(), stop.start() if stop else len(plain), 1.0)


_SAYING = (
    r"(?:dit|declare|affirme|promis|assure|annonce|souligne|estime|propose|demande|appele|rappele"
    r"|exprime|insiste|salue|precise|indique|soutenu)"
)
_WHAT_WAS_SAID = {
    "fr": re.compile(rf"\bqu['’](?:a|ont|avait)(?:-t-(?:il|elle))?[^?]{{0,60}}?{_SAYING}\b"),
    "en": re.compile(
        r"\bwhat (?:did|has|does)\b.{1,60}?\b(?:said?|say|promised?|declared?|announced?|asked?"
        r"|propose|call(?:ed)? for)\b"
    ),
    "vi": re.compile(r"\b(?:noi|tuyen bo|hua|cam ket|khang dinh|de nghi|phat bieu)\b.{0,15}\bgi\b"),
}
_SAYS = re.compile(
    rf"\b(?:a|ont|avait|aurait|s['’]est|se|il|elle) (?:\w+ )?{_SAYING}e?s?\b|\b{_SAYING}\b"
    r"|\b(?:selon|d['’]apres|dixit|said|says|told|according to|pledged|noi|tuyen bo|khang dinh)\b|«"
)
_HE = re.compile(r"^\W*(?:il|elle|ils|elles|ce dernier|cette derniere|he|she|they|ong|ba)\b")


def _speaker(question: str, language: str) -> frozenset[str]:
    """Return the name of whose words are asked for: « Qu'a déclaré Kao Kim Hourn … ? »."""
    if not _WHAT_WAS_SAID[language].search(fold(question)):
        return frozenset()
    named = next((question[start:end] for start, end in names(question, language)), "")
    french = [form for forms in in_french(named, language)[0] for form in forms]
    return frozenset(stem(word) for said in (named, *french) for word in words(said))


def _stated(asked: Asked, sentence: str, before: str) -> list[Short]:
    """Only what the report gives to that person: « les deux parties » are not one of them."""
    plain = _same_length(sentence)
    saying = _SAYS.search(plain)
    if not saying:
        return []
    if asked.speaker & {stem(word) for word in words(sentence)}:
        return [Short(saying.start(), len(sentence), 1.0)]
    if _HE.match(plain) and asked.speaker & {stem(word) for word in words(before)}:
        return [Short(saying.start(), len(sentence), 0.7)]
    return []


_FINDING = {
    "number": _numbers,
    "date": _dates,
    "person": _persons,
    "place": _places,
    "reason": _reasons,
}


def _same_length(text: str) -> str:
    """Fold `text` letter by letter, so that offsets stay: « œ » becomes « o »."""
    return "".join((fold(sign) or " ")[0] for sign in text)
