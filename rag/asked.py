"""What kind of thing a question asks for, and which words of a sentence are of that kind.

« Combien de députés … ? » asks for a number, and for one of deputies: « 440 députés » answers it
better than « 12 milliards ». The words found are the short answer that the page marks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.dates import moments
from rag.glossary import in_french, known
from rag.names import names
from rag.words import (
    content_words,
    fold,
    is_among,
    language_of,
    stem,
    with_names,
    words,
)

Kind = Literal["number", "date", "person", "place", "reason", "statement"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The kind of thing asked for."""

    kind: Kind
    unit: str = ""
    """Of a number: percent, money, area, length, time; "" where the question does not say."""
    counted: frozenset[str] = frozenset()
    """Of a number: the stems of what is counted."""
    whole: bool = False
    """Of a number: of « neuf des dix membres » ten are meant: « Combien de membres compte … ? »."""
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
    stems = _counted(counted[1], language) if counted else frozenset()
    return Asked(kind, unit, stems, whole=bool(_HAS.search(folded)))


# « Combien de membres compte l'ASEAN ? », and not « Combien de membres ont voté ? ».
_HAS = re.compile(
    r"\b(?:compte(?:-t-|nt|\b)|comptait|comptaient|comprend|comporte|possede|y a-t-il|y avait-il"
    r"|existe-t-il|a-t-(?:il|elle|on) (?:de|en tout|au total)\b|in all|in total)"
    r"|\b(?:are|were) there\b|\b(?:have|has|had)\W*$|\bco bao nhieu\b"
)


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
        and not (asked.kind != "reason" and _is_denied(sentence, one))
    ]
    return sorted(found, key=lambda one: one.start)


def may_hold(asked: Asked, question: str, sentence: str, language: str) -> bool:
    """Whether a sentence has what may be of the kind; wider than what is marked.

    Who presides may be a country, a firm's or an office's name.
    """
    if short_answers(asked, question, sentence, language):
        return True
    given = fold(question)
    things = [sentence[one.start : one.end] for one in known(sentence, language) if one.row.kind]
    others = things + [sentence[start:end] for start, end in names(sentence, language)]
    return asked.kind == "person" and any(fold(one) not in given for one in others)


_DENYING = re.compile(
    r"\b(?:(?:pas|non|not|chu khong|khong phai)(?: (?:pas|phai))?|au lieu d[eu']|plutot qu[e']"
    r"|instead of|rather than|thay vi)\W*(?:\w{1,4}\W+)?$"
)
_DENYING_BEFORE = re.compile(r"\b(?:pas|non|not|khong)\b[^.;,]{0,60}$")
_RATHER = re.compile(r"[^.;]{0,40}?\b(?:mais|but|ma la)\b")


def _is_denied(sentence: str, one: Short) -> bool:
    """Whether a sentence says that it is not this: « pas le 12 mars, mais le 22 mars »."""
    before, behind = fold(sentence[: one.start][-80:]), fold(sentence[one.end :][:60])
    if _DENYING.search(before):
        return True
    return bool(_DENYING_BEFORE.search(before) and _RATHER.match(behind))


SURE = 0.6
"""How well words must fit what is asked for to be shown as the short answer."""


def short_answer(asked: Asked | None, question: str, sentence: str, language: str) -> Short | None:
    """Return the words that fit best, the first of those that fit alike; None below `SURE`.

    A reason and a statement are clauses, and of several things one is no answer: nothing of them
    is marked. Nor is what the sentence says of another thing than the question: better no mark
    than a wrong one.
    """
    if asked is None or asked.kind in ("reason", "statement") or _SEVERAL.search(fold(question)):
        return None
    found = [one for one in short_answers(asked, question, sentence, language) if one.fit >= SURE]
    if asked.kind in ("number", "date", "person") and is_of_another(question, sentence, language):
        return None
    if asked.kind == "person":
        found = _who_may_be_it(found, question, sentence, language)
    if asked.kind in ("date", "place"):
        return _of_the_event(found, question, sentence, language)
    return max(found, key=lambda one: (one.fit, -one.start), default=None)


# --- which of them is marked ----------------------------------------------------------------------

_SEVERAL = re.compile(
    r"\b(?:quels|quelles|lesquel(?:le)?s"
    r"|(?:which|what) (?:\w+ )?(?:countries|states|cities|places|provinces|ministers|leaders))\b"
    r"|\bnhung \w+(?: \w+)? nao\b"
)


def is_of_another(question: str, sentence: str, language: str) -> bool:
    """Whether a sentence speaks, of countries or organisations, only of others than the question.

    The number of ASEM's members is not that of ASEAN's.
    """
    asked, told = _named(question, language_of(question)), _named(sentence, language)
    return any(
        asked[kind] and told[kind] and not asked[kind] & told[kind]
        for kind in ("country", "organisation")
    )


_ACRONYM = re.compile(r"\b[A-Z]{3,}\b")
_NO_ORGANISATION = frozenset(
    "USD EUR GBP JPY CNY VND PIB GDP PNB COVID VIH HIV SIDA PME TGV".split()
)


def _named(text: str, language: str) -> dict[str, set[str]]:
    things = known(text, language)
    organisations = {one.row.forms["fr"][0] for one in things if one.row.kind == "organisation"}
    spoken = [(one.start, one.end) for one in things]
    acronyms = {
        fold(one[0])
        for one in _ACRONYM.finditer(text)
        if not any(start <= one.start() < end for start, end in spoken)
        and one[0] not in _NO_ORGANISATION
        and any(sign.islower() for sign in text)  # « QUI PRÉSIDE ? » has none
    }
    return {
        "country": {one.row.kind for one in things if one.row.is_country},
        "organisation": organisations | acronyms,
    }


_STOP = re.compile(r"[.;:()«»,](?!\s*$)")
_APPOSED = re.compile(r"\s*[,(]\s*(?=\S)(?!(?:et|puis|ou|mais|and|or|but|và|còn)\b)([^,;.)]+)")
_NO_MORE = re.compile(r"\b(?:ancien(?:ne)?|ex|former|vice|deputy|futur|cuu|nguyen|pho)[\s-]+$")


def _who_may_be_it(found: list[Short], question: str, sentence: str, language: str) -> list[Short]:
    """Return the names beside which the role stands that is asked about, else those beside which
    no other one does: « le Premier ministre malaisien Anwar Ibrahim » is not the one of Laos, nor
    « l'ancien Premier ministre » the one.
    """
    fits = [(_is_so_called(one, question, sentence, language), one) for one in found]
    return [one for fit, one in fits if fit] or [one for fit, one in fits if fit is None]


def _is_so_called(one: Short, question: str, sentence: str, language: str) -> bool | None:
    """Whether what stands beside a name is what is asked about; None if that says nothing of it."""
    asked = known(question, language_of(question))
    countries = {thing.row.kind for thing in asked if thing.row.is_country}
    roles = [set(words(thing.row.forms["fr"][0])) for thing in asked if thing.row.kind == "role"]
    beside = "\n".join(_beside(one, sentence, language))
    told = known(beside, language)
    elsewhere = {thing.row.kind for thing in told if thing.row.is_country}
    if countries and elsewhere and not countries & elsewhere:
        return False
    held = [thing for thing in told if thing.row.kind == "role"]
    if not roles or not held:
        return None
    return any(
        role <= set(words(thing.row.forms["fr"][0])) - {"vice"}
        and "vice" not in words(thing.row.forms["fr"][0])
        and not _NO_MORE.search(fold(beside[: thing.start]))
        for role in roles
        for thing in held
    )


def _beside(one: Short, sentence: str, language: str) -> Iterator[str]:
    """Yield what stands before a name, up to another's, and what is apposed to it."""
    things = [(thing.start, thing.end) for thing in known(sentence, language) if thing.row.kind]
    others = [
        end
        for start, end in names(sentence, language)
        if end <= one.start and not any(start < last and first < end for first, last in things)
    ]
    before = sentence[max(others, default=0) : one.start]
    *_, start = [0, *(stop.end() for stop in _STOP.finditer(before))]
    yield sentence[one.start : one.end]  # « le Japonais Shigeru Ishiba »
    yield before[start:]
    if apposed := _APPOSED.match(sentence, one.end):
        yield apposed[1]


_CLAUSE = re.compile(r"[,;:.()]")


def _of_the_event(found: list[Short], question: str, sentence: str, language: str) -> Short | None:
    """Return the date, or the place, whose clause says most of what the question does; None where
    two do alike, or where the sentence says nothing of the event but names.
    """
    asked = _forms(question, language)
    events = [forms for forms, named in asked if not named]
    if events and not _said(events, sentence, language):
        return None
    spoken = [forms for forms, _ in asked]
    told = [(_said(spoken, _clause(one, sentence), language), one) for one in found]
    best = max((count for count, _ in told), default=0)
    likeliest = [one for count, one in told if count == best]
    return likeliest[0] if len(likeliest) == 1 else None


def _forms(question: str, language: str) -> list[tuple[list[frozenset[str]], bool]]:
    """Return each thing that a question speaks of, in stems of `language`; and whether it is named.

    Of another language that is what the glossary knows of it.
    """
    own = language_of(question)
    if own == language:
        named = {fold(word) for word, capital in with_names(question) if capital}
        return [
            ([frozenset({stem(word, language)})], word in named or word[0].isdigit())
            for word in content_words(question, language)
        ]
    things = known(question, own) if language == "fr" else []
    rows = [thing.row for thing in things]
    return [
        ([frozenset(map(stem, words(form))) for form in row.forms["fr"]], bool(row.kind))
        for row in rows
    ]


def _said(things: Sequence[Sequence[frozenset[str]]], text: str, language: str) -> int:
    said = frozenset(stem(word, language) for word in words(text))
    return sum(
        any(all(is_among(part, said) for part in form) for form in forms) for forms in things
    )


def _clause(one: Short, sentence: str) -> str:
    *_, start = [0, *(stop.end() for stop in _CLAUSE.finditer(sentence, 0, one.start))]
    stop = _CLAUSE.search(sentence, one.end)
    return sentence[start : stop.start() if stop else len(sentence)]


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
_OF_ALL = re.compile(
    rf"(?:des|sur(?: les)?|of(?: the)?|out of(?: the)?|trong(?: so)?) (?:\d+|(?:{_WRITTEN})+) "
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
    part = _OF_ALL.match(behind)  # « neuf des dix membres » are nine, of ten
    if part:
        behind = behind[part.end() :]
    another = _NUMBER.search(behind)
    near = {
        stem(word, language)
        for word in words(behind[: another.start()] if another else behind)[:_WORDS_BEHIND]
    }
    if near & asked.counted:
        return _PART if part and asked.whole else 1.0
    return 0.2 if unit in ("percent", "money", "time") else 0.5


_PART = 0.5
"""Below `SURE`: a part of what is asked for whole."""


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


_TITLE = re.compile(r"\b(?:MM?|Mme|Mlle|Mr|Mrs|Ms|ông|bà)\.?\s+$")


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
