"""Words as they are compared: accents folded, elisions apart, stemmed, numbers whole."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

# Letters that are no base letter plus mark, so that decomposition leaves them alone.
_LETTERS = {"đ": "d", "œ": "oe", "æ": "ae", "ø": "o", "ß": "ss", "ı": "i"}


class _Unmarked(dict[int, str]):
    """Code points -> what is left of them without marks, found when first asked for.

    Decomposition works on each character by itself; so written, folding is eight times as fast.
    """

    def __missing__(self, point: int) -> str:
        letter = _LETTERS.get(chr(point), chr(point))
        decomposed = unicodedata.normalize("NFKD", letter)
        self[point] = "".join(c for c in decomposed if not unicodedata.combining(c))
        return self[point]


_UNMARKED = _Unmarked()

# A number keeps its decimals and its thousands: 6,65 · 2 450 · 1.250.000 · 1,250,000
WORD = re.compile(
    r"\d{1,3}(?:,\d{3}){2,}(?!\d)"
    r"|\d{1,3}(?:[.\u202f\xa0 ]\d{3}(?!\d))+(?:,\d+)?"
    r"|\d+(?:[.,]\d+)?|[^\W\d_]+(?:\+\d+)?"
)


def fold(text: str) -> str:
    """Return `text` without case and without marks: « Bùi » and « Bui », « Đ » and « d » agree."""
    return text.casefold().translate(_UNMARKED)


def words(text: str) -> list[str]:
    """Return the folded words of `text`; « l'ASEAN » is two, « 6,65 » and « 2 450 » one each."""
    return [plain_number(fold(word)) for word in _written(text)]


def _written(text: str) -> list[str]:
    """The words of `text` as they are written (composed, or marks would end a word)."""
    return WORD.findall(unicodedata.normalize("NFKC", text))


def plain_number(word: str) -> str:
    """Write a number one way: thousands closed up, a comma before the decimals."""
    if not word[0].isdigit():
        return word
    closed = "".join(word.split())
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", closed):
        closed = closed.replace(".", "")
    if re.fullmatch(r"\d{1,3}(?:,\d{3}){2,}", closed):  # 1,250,000, as English writes it
        closed = closed.replace(",", "")
    return closed.replace(".", ",")


@lru_cache(maxsize=100_000)
def stem(word: str, language: str = "fr") -> str:
    """Return the Snowball stem of a folded word (Porter's family; Vietnamese has no endings)."""
    if language == "vi" or word[0].isdigit():
        return word
    return fold(str(_stemmer(language).stemWord(word)))


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer({"fr": "french", "en": "english"}[language])


FUNCTION_WORDS: dict[str, frozenset[str]] = {
    "fr": frozenset(
        """
        a afin ai ainsi alors as au aucun aussi autre autres aux avait avant avec avoir
        ayant c ce ceci cela celle celles celui cependant ces cet cette ceux chaque chez ci
        combien comme comment contre d dans date de depuis des dire dit donc dont du durant
        elle elles en encore entre est et etaient etait etant ete etes etre eu eux existe
        faire fait faut fois font fut hors il ils j je jusqu jusque l la laquelle le lequel
        les lesquelles lesquels leur leurs lieu lors lorsque lui m ma mais me meme mes
        moment mon n ne ni non nos notre nous on ont or ou par parce parmi pas pendant peu
        peut plus plusieurs pour pourquoi puis qu quand que quel quelle quelles quelqu
        quelque quelques quels qui quoi s sa sans se selon sera serait ses si sien soit son
        sont sous souvent sur t ta tandis te tel telle tes ton tous tout toute toutes tres
        tu un une vers via voici voila vos votre vous y
        """.split()
    ),
    "en": frozenset(
        """
        a about after all also am an and any are as at be been before being between both but
        by can could did do does doing during each for from had has have having he her here
        hers him his how i if in into is it its itself just many me more most much my no nor
        not of off on once only or other our out over own said same say shall she should so
        some such than that the their them then there these they this those through to too
        under until up upon us very was we were what when where which while who whom whose
        why will with would you your
        """.split()
    ),
    "vi": frozenset(
        """
        ai bao bi boi cac cai can cho chua co con cua cung da dang dau de den di do dua duoc
        duong gi giua hay hoi khi khong la lai lam len luc ma may moi mot muc nam nao nay
        nen neu nguoi nhieu nhu nhung noi o phai qua ra rang rat roi sao sau se tai the theo
        thi thoi trong truoc tu tung va van vao ve vi viec voi vua
        """.split()
    ),
}
"""Words that carry no content of their own, folded. They also tell the languages apart."""

# The words that ask: each weighs double, for a question is short and mostly names.
_ASKING = {
    "fr": frozenset("quel quelle quels quelles qui quand combien pourquoi comment".split()),
    "en": frozenset("who what when where which why how did does is are was were".split()),
    "vi": frozenset("ai gi nao bao dau khi sao".split()),
}
VIETNAMESE = re.compile(r"[ăđơưĂĐƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ]")


def language_of(question: str) -> str:
    """Return ``fr``, ``en`` or ``vi``; French, the archive's own, when nothing speaks for another.

    Function words decide, so that names decide nothing: a statistical detector was tried
    (py3langid), and took « Bui Thanh Son Luang Prabang » for Vietnamese and half of the
    Vietnamese questions typed without accents for French or English.
    """
    found = with_names(question)
    written = [word for word, named in found if not named]
    if len(found) > 1 and len(written) == 1 and not _asks(written[0]):
        return "fr"  # « To Lam »: all names, and the first word has its capital from that too
    votes = {
        language: sum(
            (_as_typed(word, language) in listed) + (_as_typed(word, language) in _ASKING[language])
            for word in written
        )
        for language, listed in FUNCTION_WORDS.items()
    }
    # Vietnamese names keep their accents in French reports too, so names have no vote here either.
    votes["vi"] += sum(bool(VIETNAMESE.search(word)) for word in written)
    return max(votes, key=lambda language: (votes[language], language == "fr"))


def language_to_compare(known: str | None, text: str) -> str:
    """Return the language of a report if its words can be compared, else the likeliest that can."""
    return known if known in FUNCTION_WORDS else language_of(text)


def _asks(word: str) -> bool:
    return any(_as_typed(word, language) in asking for language, asking in _ASKING.items())


def _as_typed(word: str, language: str) -> str:
    """English has no accents to leave out: « Tô » is not its « to »."""
    return word.casefold() if language == "en" else fold(word)


def with_names(text: str) -> list[tuple[str, bool]]:
    """Return each word with whether it is written as a name: a capital, and not in first place.

    « Ông » and « Bà », Mr and Mrs, are none, though they are written with a capital.
    """
    written = _written(text)
    return [
        (word, place > 0 and word[0].isupper() and word not in _HONORIFICS)
        for place, word in enumerate(written)
    ]


_HONORIFICS = frozenset({"Ông", "Bà"})


_SHORTEST_BEGINNING = 4


def is_among(stem: str, said: frozenset[str]) -> bool:
    """Whether one of `said` is the same word: equal, or one the beginning of the other.

    « born » and « bornag » are one word; the shorter has four letters or more.
    """
    if stem in said:
        return True
    # Looked up rather than compared one by one: a question compares some 15,000 pairs.
    shorter = (stem[:-1], stem[:-2])
    if any(len(one) >= _SHORTEST_BEGINNING and one in said for one in shorter):
        return True
    if len(stem) < _SHORTEST_BEGINNING:
        return False
    longest = len(stem) + 2
    return any(one.startswith(stem) and len(one) <= longest for one in said)


def content_words(text: str, language: str) -> list[str]:
    """Return the folded words of `text` that are not function words of `language`, once each.

    A name is content whatever it looks like: « Bui Thanh Son » keeps its « Son ».
    """
    function = FUNCTION_WORDS[language]
    found = [(plain_number(fold(word)), named) for word, named in with_names(text)]
    return list(dict.fromkeys(word for word, named in found if named or word not in function))
