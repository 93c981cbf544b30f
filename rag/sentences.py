"""Where sentences begin and end, as offsets that tile the text.

`sentencex` (Wikimedia) finds the boundaries, also where a copied report has lost the space
after the full stop. It takes « M. » and initials for ends of sentences, so those are joined again.
"""

import re
from itertools import pairwise

import sentencex

_NO_END = re.compile(
    r"(?:(?<![\w.])(?:MM?|Mme|Mmes|Mlle|Me|Dr|Pr|Mr|Mrs|Ms|Jr|Sr|St|Ste|art|av|cf|env|no|p|pp|vol|TS|PGS)"
    r"|(?<!\w)[A-ZÀ-Ỹ])\.\Z"
)
_WORD = re.compile(r"\S")
_FAR_BACK = 200
# A single line end is only wrapping, unless a list goes on after it.
_BREAK = re.compile(r"\r?\n\s*\r?\n\s*|\r?\n\s*(?=[-*•–]\s)")


def boundaries(text: str, language: str = "fr") -> list[tuple[int, int]]:
    """Return ``(start, end)`` of each sentence of `text`; joined together they are `text`."""
    cuts = [0]
    first = _first_word(text, 0)
    for start in _starts(text, language):
        # Some words back are enough: a million line ends or initials would be read each time.
        before = text[max(cuts[-1], start - _FAR_BACK) : start]
        ended = before.rstrip()
        joined = _NO_END.search(ended) and before[len(ended) :].count("\n") < 2
        if first < start and not joined:
            cuts.append(start)
            first = _first_word(text, start)
    # What is left after the last cut may be white space only: it belongs to the sentence before.
    if len(cuts) > 1 and not text[cuts[-1] :].strip():
        cuts.pop()
    return list(pairwise([*cuts, len(text)])) if text else []


def _first_word(text: str, start: int) -> int:
    found = _WORD.search(text, start)
    return found.start() if found else len(text)


def _starts(text: str, language: str) -> list[int]:
    """Every offset at which a sentence, a paragraph or a list item may begin, in order."""
    found = {b["start_index"] for b in sentencex.get_sentence_boundaries(language, text)}
    found.update(m.end() for m in _BREAK.finditer(text))
    return sorted(start for start in found if 0 < start < len(text))
