"""Comparing what is said with what was wanted: mentions, and the words of short answers."""

import re
from collections import Counter
from collections.abc import Sequence

from rag.words import fold

# « 2,450 » may be a decimal, « 1,250,000 » is none.
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:(?:[ .]\d{3})+|(?:,\d{3}){2,})(?!\d)")
_ARTICLES = {
    "fr": "le la les l un une des du de d au aux",
    "en": "a an the",
    "vi": "",
}


def mentions(text: str, wanted: str) -> bool:
    """Whether `text` says `wanted` (« a|b »: either), case and accents aside.

    A number counts only as a number of its own: « 16 » is not in « 2016 », « 16,5 » or « 16 000 ».
    """
    said = _plain(text)
    return any(_occurs(_plain(choice), said) for choice in wanted.split("|"))


def _plain(text: str) -> str:
    """The text folded, white space single, thousands closed up."""
    folded = " ".join(fold(text).split())
    return _THOUSANDS.sub(lambda m: re.sub(r"[ .,]", "", m[0]), folded)


def _occurs(wanted: str, said: str) -> bool:
    if not wanted:
        return False
    before = r"(?<!\d)(?<!\d[.,])" if wanted[0].isdigit() else ""
    after = r"(?![.,]?\d)" if wanted[-1].isdigit() else ""
    return re.search(before + re.escape(wanted) + after, said) is not None


def tokens(text: str, language: str) -> list[str]:
    """Return the words that are compared: folded, without punctuation and articles.

    As the SQuAD script does it (Rajpurkar et al. 2016), with the articles of each language (MLQA,
    Lewis et al. 2020).
    """
    articles = _ARTICLES.get(language, "").split()
    return [word for word in re.findall(r"\w+", _plain(text)) if word not in articles]


def exact_match(said: str, answers: Sequence[str], language: str) -> float:
    """Return 1 if the words are those of one of the answers, or else 0."""
    return float(any(tokens(said, language) == tokens(one, language) for one in answers))


def token_f1(said: str, answers: Sequence[str], language: str) -> float:
    """Return the best F1 of the words said against an answer's, each word as often as it stands."""
    return max((_f1(tokens(said, language), tokens(one, language)) for one in answers), default=0.0)


def _f1(said: list[str], wanted: list[str]) -> float:
    shared = sum((Counter(said) & Counter(wanted)).values())
    if not shared:
        return float(said == wanted)
    precision, recall = shared / len(said), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)
