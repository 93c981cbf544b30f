"""The judge's log-odds of a sentence -> the probability that it answers the question."""

import math
import re

from rag.judge.window import Sentence
from rag.words import words

_DATE = re.compile(r" \([\d-]+\)$")
_SHORT_WORD = 3
_TOLD = 0.5
"""Share of the title's longer words from which a sentence tells it again."""

_USUAL, _SHORTEST, _LONGEST = 100, 30, 500
"""Characters of a sentence."""


def probability(relevance: float, sentence: Sentence, scale: float, shift: float) -> float:
    """Return the probability that it answers.

    `scale` and `shift` are those of its question's language, fitted on single sentences (Platt,
    1999). Of the best sentence of a question they say too little where it is long, since most of it
    answers nothing, and where it tells its title again, as few do that were trained on: so much is
    added to the log-odds as `eval/README.md` found.
    """
    length = min(max(len(sentence.text), _SHORTEST), _LONGEST)
    log_odds = scale * relevance + shift + math.log(length / _USUAL) + tells_its_title(sentence)
    return 1 / (1 + math.exp(-log_odds))


def tells_its_title(sentence: Sentence) -> bool:
    """Whether it says half of the words of its report's title, or more."""
    title = {word for word in words(_DATE.sub("", sentence.heading)) if len(word) > _SHORT_WORD}
    return bool(title) and len(title.intersection(words(sentence.text))) >= _TOLD * len(title)
