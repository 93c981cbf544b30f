"""The search form of a text: the same words, set apart and spelt one way (law 1).

What is read and quoted is always the original; what is embedded and compared is this form, and
each of its words leads back to the stretch of the original that it stands for.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from rag.glued import cuts, has_article, has_tail, known, reads_as_name
from rag.words import FUNCTION_WORDS, WORD, fold, plain_number, stem

# One character for one, so that no offset moves.
_VARIANTS = str.maketrans(
    {
        **dict.fromkeys("’‘‛ʼ′＇`´", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\t\v\xa0\u1680\u202f\u205f\u3000", " "),
        **{chr(space): " " for space in range(0x2000, 0x200B)},
        **dict.fromkeys("\u2028\u2029\x85", "\n"),
    }
)
_LETTER = r"[^\W\d_]"
_INVISIBLE = "\xad\u200b\u200c\u200d\u2060\ufeff"
_REWRITTEN = re.compile(
    rf"(?P<dropped>[{_INVISIBLE}]+)"
    rf"|(?<={_LETTER})(?P<hyphen>-[ ]*\r?\n[ ]*)(?={_LETTER})"
    r"|(?P<space>[ ]*[\r\n][\s]*|[ ]{2,})"
    r"|(?P<odd>\w[\u0300-\u036f]+|[^\x00-\xa0«°»À-ÿ\w\s])"
    r"|(?P<letter>[^\x00-\u02af\u1ea0-\u1ef9\W])"
)
_NEEDS_REWRITING = re.compile(rf"[{_INVISIBLE}\n\r]|  ")
_PART = re.compile(rf"{_LETTER}+")
_TOKEN = re.compile(rf"{_LETTER}{{2,}}'?")
_ELISION = re.compile("[aeiouyhàâéèêëîïôûœæ]", re.IGNORECASE)
_MARK = re.compile(rf"[,;:!?.)](?={_LETTER})|(?<=[ ])\d(?=[A-ZÀ-ÖØ-Þ][a-zß-ÿ])")
_SENTENCE_BEGINS = re.compile(r"[A-ZÀ-ÖØ-Þ][a-zß-ÿ']|[AÀ] ")
_SENTENCE_ENDS = re.compile(r"(?:[^\W\d_]{2}|[\d)»\"]|\.\.|\bM)\.\Z")
_CLAUSE_ENDS = re.compile(r"(?:[^\W\d_]{2}|\d)[,;]\Z|[^\W\d_]{2}[:!?]\Z|\w{3}\)\Z|[ ]\d\Z")
_ADDRESS = re.compile(r"://|\bwww\.|@|#|\.(?:asia|com|eu|fr|gouv|gov|info|int|io|net|org|vn)\b")
_BEFORE_HYPHEN = re.compile(r"-[a-zß-ÿ]")
_IN_CODE = re.compile(r"[\d_]")
_SENTENCE_START = re.compile(r"(?:\A|[.!?:»)\"\n]|\s-)[\s\"«(-]*\Z")


class Word(NamedTuple):
    """A folded word; the original's ``[start:end]`` is what it stands for.

    A tuple, as a frozen record costs four times as long to make and there are 130 in a passage.
    """

    text: str
    start: int
    end: int


class _Edit(NamedTuple):
    """The original's ``[start:end]`` is written `text` in the search form."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What is searched instead of a text, and the way back.

    ``begins`` are the offsets in ``text`` at which a stretch begins, ``stretches`` the stretches of
    the original: two as long as each other agree character by character.
    """

    text: str
    begins: tuple[int, ...]
    stretches: tuple[tuple[int, int], ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """The words as they are compared, each with its place in the original."""
        found: list[Word] = []
        ends = (*self.begins[1:], len(self.text))
        place = 0
        for match in WORD.finditer(self.text):
            start, end = match.span()
            while ends[place] <= start:
                place += 1
            moved = self.stretches[place][0] - self.begins[place]
            if end > ends[place] or not self._is_same(place, ends[place]):
                first, last = self._original(start)[0], self._original(end - 1)[1]
            else:  # nearly always
                first, last = start + moved, end + moved
            if folded := _folded(match.group()):
                found.append(Word(folded, first, last))
        return tuple(found)

    def _is_same(self, place: int, end: int) -> bool:
        first, last = self.stretches[place]
        return last - first == end - self.begins[place]

    def _original(self, at: int) -> tuple[int, int]:
        """Return where in the original the character at `at` stands; at worst, all its stretch."""
        place = bisect_right(self.begins, at) - 1
        after = self.begins[place + 1] if place + 1 < len(self.begins) else len(self.text)
        if not self._is_same(place, after):
            return self.stretches[place]
        start = self.stretches[place][0] + at - self.begins[place]
        return start, start + 1


def search_form(text: str) -> SearchForm:
    """Return the search form of `text`: glued words apart, broken words whole, spelling one."""
    plain = text.translate(_VARIANTS)
    edits = list(_rewritings(plain))
    form = _edited(plain, edits)
    gaps = [at for at in _gaps(form.text) if form._original(at) != form._original(at - 1)]
    if not gaps:
        return form
    starts = [form._original(at)[0] for at in gaps]
    return _edited(plain, sorted([*edits, *(_Edit(at, at, " ") for at in starts)]))


def words(text: str) -> list[str]:
    """Return the folded words of `text`'s search form."""
    found = WORD.findall(search_form(text).text)
    return [folded for word in found if (folded := _folded(word))]


@lru_cache(maxsize=5_000)  # a question reads some 150; 50,000 passages would take 200 MB
def stems(text: str, language: str) -> frozenset[str]:
    """Return the stems of what is searched instead of `text`."""
    return frozenset(stem(word, language) for word in words(text))


def _folded(word: str) -> str:
    folded = fold(word)
    return plain_number(folded) if folded else ""


def _edited(plain: str, edits: Iterable[_Edit]) -> SearchForm:
    parts: list[str] = []
    begins: list[int] = []
    stretches: list[tuple[int, int]] = []
    at = length = 0
    for start, end, written in chain(edits, [_Edit(len(plain), len(plain), "")]):
        for part, stretch in ((plain[at:start], (at, start)), (written, (start, end))):
            if part:
                parts.append(part)
                begins.append(length)
                stretches.append(stretch)
                length += len(part)
        at = end
    return SearchForm("".join(parts), tuple(begins), tuple(stretches))


def _rewritings(plain: str) -> Iterator[_Edit]:
    """Yield what is written another way, in order: line ends, hyphens there, ligatures, marks."""
    if not _NEEDS_REWRITING.search(plain) and unicodedata.is_normalized("NFKC", plain):
        return
    for match in _REWRITTEN.finditer(plain):
        written = _rewritten(match)
        if written != match.group():
            yield _Edit(match.start(), match.end(), written)


def _rewritten(match: re.Match[str]) -> str:
    found = match.group()
    if match["dropped"]:
        return ""
    if match["hyphen"]:
        return _joint(match)
    if match["space"]:
        return _one_space(match)
    return _composed(found)


def _joint(match: re.Match[str]) -> str:
    """Return what joins the halves of a word: a hyphen if the whole is no word, and both are."""
    text = match.string
    *_, before = _PART.finditer(text, max(0, match.start() - 40), match.start())
    after = _PART.match(text, match.end())
    left, right = before.group(), after.group() if after else ""
    if right[:1].isupper() or (not known(left + right) and known(left) and known(right)):
        return "-"
    return ""


def _one_space(match: re.Match[str]) -> str:
    """A blank line stays a line end, and so does what parts two numbers: or they become one."""
    text, found = match.string, match.group()
    around = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
    if found.count("\n") > 1 or (len(around) == 2 and around.isdecimal()):
        return "\n"
    return " "


def _composed(found: str) -> str:
    """« e´ » as one character, « ﬁ » as two; not « ½ »: its digits would be words of their own."""
    compatible = unicodedata.normalize("NFKC", found)
    if (
        len(compatible) == 1
        or compatible.isalpha()
        or compatible.isdecimal()
        or compatible == "..."
    ):
        return compatible
    return unicodedata.normalize("NFC", found)


def _gaps(text: str) -> list[int]:
    """Return the offsets at which a space is missing, in order; in an address none is."""
    end, is_address = 0, False
    gaps = []
    for at in sorted({*_after_marks(text), *_glued(text)}):
        if at >= end:  # each stretch without a blank is read once, however long it is
            start, end = text.rfind(" ", end, at) + 1, text.find(" ", at)
            end = end if end >= 0 else len(text)
            is_address = bool(_ADDRESS.search(text, start, end))
        if not is_address:
            gaps.append(at)
    return gaps


def _after_marks(text: str) -> Iterator[int]:
    """Yield the end of each mark with a word glued to it: « juin,avec », « rencontre.Lors »."""
    for match in _MARK.finditer(text):
        at = match.end()
        before = text[max(0, at - 4) : at]
        if text[at - 1] == ".":
            missing = _SENTENCE_ENDS.search(before) and _SENTENCE_BEGINS.match(text, at)
        else:
            missing = _CLAUSE_ENDS.search(before)
        if missing:
            yield at


def _glued(text: str) -> Iterator[int]:
    french: bool | None = None
    for match in _TOKEN.finditer(text):
        if not (found := cuts(match.group())) or not _is_loose(match):
            continue
        if french is None:
            french = _is_french(text)
        if french:
            yield from (match.start() + at for at in found)


def _is_loose(match: re.Match[str]) -> bool:
    """Whether a token that can be cut may be: not in a code, no name within a sentence."""
    text, token = match.string, match.group()
    if _IN_CODE.search(text[max(0, match.start() - 1) : match.end() + 1]):
        return False
    if token[-1] == "'":
        return bool(_ELISION.match(text, match.end()))
    if not token[0].isupper():
        return True
    if not token[1:].islower():
        # « LaChine », but « LaGuardia »: what follows is a word, or stands alone elsewhere.
        right = token[cuts(token)[-1] :]
        return right.islower() or known(right) or bool(re.search(rf"\b{right}\b", text))
    if has_tail(token) or (has_article(token) and _BEFORE_HYPHEN.match(text, match.end())):
        return True
    opens = _SENTENCE_START.search(text, max(0, match.start() - 8), match.start())
    return bool(opens) and not reads_as_name(token)


def _is_french(text: str) -> bool:
    """Whether no other language speaks louder: English is full of « dis pose »."""
    written = text.casefold().split()
    votes = {
        language: sum(word in listed for word in written)
        for language, listed in FUNCTION_WORDS.items()
    }
    return votes["fr"] >= max(votes["en"], votes["vi"])
