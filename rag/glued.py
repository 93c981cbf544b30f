"""Words that a copied report has glued together: « hautsofficiels », « laChine », « del'ASEAN ».

A word is cut only into words that French knows, and only if French does not know it whole. What
may stand beside what was counted on pyspellchecker's lexicon itself: would each of its 140,000
words be cut if it were not listed? « surcapacité » and « coréenne » must not be, so « sur » opens
no pair and « ne » closes none.
"""

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources

_OPENS = frozenset(
    """
    à au aux avec avoir ce ces cet cette dans de des du elle elles en est et été être fut il ils la
    le les leur leurs lui mais ne nos nous on ont ou où par pas plus pour que qui sa sans se selon
    ses si son sont un une vers vos était
    """.split()
)
"""Short and frequent words after which a word of content may be glued."""

_CLOSES = frozenset(
    """
    à au aux avec ces cette dans de des du en est et fut la le les leur leurs lui ont où ou par pas
    plus pour que qui sa sans selon si son sont sous sur un une vers été était être
    """.split()
)
"""Those that may be glued after a word of content. Not « ne », « se »: endings of French."""

_TAILS = frozenset("à avec dans de des du et par pour qui sur".split())
"""Those that may be glued after a name."""

_SUBJECTS = frozenset("elle elles il ils nous on qui".split())
_STARTS = frozenset(
    "avec ce ces cette dans elle elles en il ils la le les leur leurs nous on un une".split()
)
"""Those that may be glued at the start of a sentence. Not « et »: « Etaient » is one word."""

_NUMBERS = frozenset("deux trois quatre cinq six sept huit neuf dix".split())
_DETERMINERS = frozenset(
    "au aux ce ces cet cette des du la le les leurs nos sa ses son un une vos".split()
)
_BEFORE_SHORT = (_OPENS | {"sous", "sur"}) - _DETERMINERS - {"lui", "ne", "se", "si"}
_AFTER_SHORT = _CLOSES | set("ce cet il ils leurs nos ses vos".split())
"""Those that may be glued to another short word: « dela », « etdans »."""

_SHORT = _OPENS | _CLOSES | {"a", "y"}

_PREFIXES = frozenset(
    """
    aéro alter amphi ampli anti audio auto bien bio boule centra chrono contra contre dactylo
    disco dynamo entre euro extra forma franco hydro hyper indu infra inter kilo libéra macro
    magnéto main maxi micro milita mini mono moto multi néo para péri photo poli poly porte
    prédis prés privé proto pseudo psycho radio ravi rétro sauve semi socio sous sténo stéréo
    super sur télé terri tour trans tri turbo typo ultra uni vice vidéo vieil
    """.split()
)
"""Words, by the lexicon, that begin many others: no content follows them."""

_ENDINGS = re.compile(
    r"(?:r?aient|r?ions|r?iez|rais|rait|sais|sait|tais|tait|trais|trait|lait|lions|liez|nions|niez"
    r"|tri(?:ez|ons)|ir(?:ai|as|ait|ont|ez|ons|ais)|ser(?:ai[st]?|ez)|liser|lisent|lisait|sent|lent"
    r"|tant|ment|cents|ries|uses|sons|tons|nées|nais(?:es?)?|n?ois(?:es?)?|iens?|enn?es?|aires?"
    r"|nages?|nier|traire|sage|tiers|tiques?|sables?|eaux|sures?|esses?|alités?|graphi?es?|âtres?"
    r"|ment(?:al|aux|ales?)|risées?|aises?|ounais|rois|lises?|cent|chai|âmes|sphères?|phones?"
    r"|mens|dais|listes?|lier|lien|vante|sceptiques?|graphiques?|ailles)\Z"
)
"""Words, by the lexicon, that end many others: no content comes before them."""

_ENDS_SO = re.compile(r"[la] (?:les?|la)\Z|a des?\Z|[ié] en\Z|[^sx] (?:s?ont)\Z|\b\w{1,5} aux\Z")
"""« référentielle », « arbitrales », « malien » are no two words, « baisseront » neither."""

_PARTICIPLE = re.compile(r"(?:[éiu]|is|ert|int|ait|uit)\Z")

_THREE = frozenset(
    """
    an ans art bas but cas dix eau fin jeu loi mai mer mis nom nord pays peu pu roi rue six sud vie
    """.split()
)
_ARTICLES = frozenset("à au aux ce ces cette de des du en la le les leur sa ses son un une".split())

_ELISIONS = tuple("qu c d j l m n s t".split())
_WHOLE_ELISIONS = tuple("aujourd jusqu lorsqu presqu prud puisqu quelqu quoiqu".split())
_ELIDED = re.compile(r"(?:qu|[cdjlmnst])\Z")
_INNER_CAPITAL = re.compile(r"(?<=[a-zß-ÿœ])(?=[A-ZÀ-Þ])")
_ACRONYM = re.compile(r"([A-ZÀ-Þ]{3,})([a-zß-ÿ]+)\Z")
_FRENCH = re.compile(r"[a-zàâäçéèêëîïôöùûüÿœæ]+\Z")
_UNLISTED = frozenset("auxdites auxdits desdites desdits dudit merde susdit susdite".split())
_LONGEST = 45
_FEWEST = 6


@cache
def lexicon() -> dict[str, int]:
    """Return how often each French word was counted in subtitles; « œ » is written « oe »."""
    packed = resources.files("spellchecker").joinpath("resources/fr.json.gz").read_bytes()
    counted: dict[str, int] = json.loads(gzip.decompress(packed))
    return counted


def known(word: str) -> bool:
    """Whether French has the word, its plural, or the word with its « œ » written « oe »."""
    word = word.casefold().replace("œ", "oe")
    return word in _SHORT or word in _UNLISTED or word in lexicon() or _singular(word) in lexicon()


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 5 and word[-1] in "sx" else word


@lru_cache(maxsize=50_000)
def cuts(token: str) -> tuple[int, ...]:
    """Return where spaces are missing in `token`: letters, with the apostrophe after them if any.

    Of a token that opens with a capital this says only where: it may be a name (`reads_as_name`).
    """
    if len(token) > _LONGEST:
        return ()
    if token.endswith("'"):
        return _before_elision(token[:-1])
    if known(token):
        return ()
    if not token[1:].islower():
        return _at_capital(token)
    return _places(_pieces(token))


def _before_elision(token: str) -> tuple[int, ...]:
    """« del' » is « de l' », « chefd' » is « chef d' », « l' » and « lorsqu' » are whole."""
    word = token.casefold()
    if word in _WHOLE_ELISIONS:
        return ()
    for elision in (*_ELISIONS, *_WHOLE_ELISIONS):
        rest = word.removesuffix(elision)
        if rest != word and rest and _is_piece(rest):
            return (len(rest),)
    if (elided := _ELIDED.search(word)) and (found := cuts(token[: elided.start()])):
        return (*found, elided.start())
    return ()


def _at_capital(token: str) -> tuple[int, ...]:
    """« vietnamienNguyen », « laChine », « ASEANet »; « TotalEnergies » and « iPhone » stay."""
    if acronym := _ACRONYM.match(token):
        joined = len(acronym[2]) > 1 or acronym[2] == "à"
        return (acronym.end(1),) if joined and acronym[2] in _CLOSES else ()
    found = [m.start() for m in _INNER_CAPITAL.finditer(token)]
    if len(found) != 1:
        return ()
    left, right = token[: found[0]], token[found[0] :]
    if len(right) < 2 or not (right[1:].islower() or right.isupper()):
        return ()
    if left[0].isupper():
        return (len(left),) if left in {"Le", "La", "Les"} else ()
    if _is_piece(left):
        return (len(left),)
    return (*inside, len(left)) if (inside := _places(_pieces(left))) else ()


def _places(pieces: tuple[str, ...]) -> tuple[int, ...]:
    places, at = [], 0
    for piece in pieces[:-1]:
        at += len(piece)
        places.append(at)
    return tuple(places)


def _pieces(token: str) -> tuple[str, ...]:
    """Return the likeliest known words whose letters are those of `token`, or nothing."""
    word = token.casefold()
    if len(word) != len(token) or not _FRENCH.match(word) or _lacks_accent(word):
        return ()
    if at := _at_grave(word):
        return word[:at], word[at:]
    return max(filter(_holds, _ways(word, 4)), key=_likelihood, default=())


def _holds(pieces: tuple[str, ...]) -> bool:
    """Whether more than two pieces are no accident: « acadienne » is not « a cadi en ne »."""
    if len(pieces) == 2:
        return True
    last = pieces[-1]
    ends_well = last in _CLOSES if last in _SHORT else not _ENDINGS.match(last)
    return ends_well and "a" not in pieces[:-1]


def _lacks_accent(word: str) -> bool:
    """« deplacement » has lost its accent, but « departager » is « de partager », the likelier."""
    counted = lexicon()
    return word.startswith("de") and counted.get("dé" + word[2:], 0) > counted.get(word[2:], 0)


def reads_as_name(token: str) -> bool:
    """Whether a capitalised token that can be cut looks like a name, even where a sentence begins.

    « Laréunion » does not; « Lagarde », « Delacroix » and « Dupont » do.
    """
    first, *others = _pieces(token)
    if first not in _STARTS:
        return True
    return len(others) == 1 and len(others[0]) < 6 and first in {"la", "le", "les"}


def has_article(token: str) -> bool:
    """Whether a capitalised token that can be cut begins with an article: « Levice »."""
    return _pieces(token)[:1] in {("le",), ("la",), ("les",), ("un",), ("une",)}


def has_tail(token: str) -> bool:
    """Whether what follows in a capitalised token is no part of a name: « Républiquede »."""
    pieces = _pieces(token)
    first, last = pieces[0], pieces[-1]
    if last == "à":
        return True
    if len(pieces) != 2 or len(first) < 5 or (len(first) == 5 and last == "de"):
        return False
    return last in _TAILS or (len(last) > 4 and len(token) > 12)


def _at_grave(word: str) -> int:
    """Return where « à » ends or begins a token: nothing but « à » itself does so in new words."""
    if len(word) < _FEWEST:
        return 0
    if word[0] == "à":
        return 0 if any(_ways(word, 4)) else 1
    return 0 if word[-1] != "à" or any(_ways(word, 4)) else len(word) - 1


def _ways(word: str, most: int, before: str = "") -> Iterator[tuple[str, ...]]:
    """Yield each way to read `word` as two to `most` words that may stand side by side."""
    if before and _fits(before, word):
        yield (word,)
    if most == 1:
        return
    for at in range(1, len(word)):
        first, rest = word[:at], word[at:]
        if (not before and _is_piece(first)) or (before and _fits(before, first)):
            for others in _ways(rest, most - 1, first):
                yield (first, *others)


def _likelihood(pieces: tuple[str, ...]) -> tuple[int, float]:
    """Fewest pieces first, then the most frequent of the rarest."""
    return -len(pieces), min(lexicon().get(p.replace("œ", "oe"), 1) for p in pieces)


@lru_cache(maxsize=20_000)
def _is_piece(word: str) -> bool:
    return word in _SHORT or word in _THREE or (len(word) >= 4 and known(word))


def _fits(left: str, right: str) -> bool:
    """Whether two words glued together are likelier than one that the lexicon lacks."""
    if not _is_piece(right):
        return False
    if right in _THREE:
        return left in _ARTICLES or left in _NUMBERS
    if left in _THREE:
        return right in _CLOSES
    if left in _SHORT:
        return _fits_after_short(left, right)
    if right in _SHORT:
        return right in _CLOSES and not _ENDS_SO.search(left + " " + right)
    return left not in _PREFIXES and not _ENDINGS.match(right)


def _fits_after_short(left: str, right: str) -> bool:
    if right in _SHORT:
        if right in {"ne", "se"}:
            return left in _SUBJECTS
        return left + right in {"nepas", "leplus", "laplus", "lesplus"} or (
            left in _BEFORE_SHORT and right in _AFTER_SHORT
        )
    if left == "a":
        return len(right) > 4 and bool(_PARTICIPLE.search(right))
    return left in _OPENS and (len(right) > 4 or left not in {"en", "par"})
