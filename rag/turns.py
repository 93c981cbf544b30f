"""What a question takes from the turns before it, so that it stands alone.

« Et la République de Corée ? » has no verb, « Qui l'a signé ? » does not say what: such a question
leans on what was said, and is looked for together with that. A question that stands alone is left
alone, for a new topic must not be mixed with the old one.
"""

import logging
import re
from collections.abc import Collection, Sequence

from langchain_core.language_models import BaseChatModel

from rag.asked import asked_for
from rag.records import Turn
from rag.sought import placed
from rag.words import content_words, fold, language_of

_log = logging.getLogger(__name__)

LONGEST_CARRIED = 300
"""Characters taken over from an earlier turn: the question itself must stay in what is read."""

_REPLACED = frozenset({"country", "period"})
"""« Et en 2022 ? » asks the same of another year, not of both."""

_UNNAMED = frozenset({"period", "role"})


def standing_alone(question: str, history: Sequence[Turn]) -> str:
    """Return `question` with what it leans on, if it leans on anything: the user's turn before it,
    itself standing alone, and what the answer to that named.

    >>> standing_alone("Et en 2022 ?", [Turn("user", "Qui présidait l'ASEAN en 2021 ?")])
    "Qui présidait l'ASEAN ? Et en 2022 ?"
    """
    history = [Turn(turn.role, turn.content[:LONGEST_TURN]) for turn in history[-_MOST_TURNS:]]
    asked = [at for at, turn in enumerate(history) if turn.role == "user" and turn.content.strip()]
    if not asked or not leans(question):
        return question
    before = standing_alone(history[asked[-1]].content, history[: asked[-1]])
    own = {one.kind for _, one in placed(question, language_of(question))}
    carried = [_without(before[-LONGEST_CARRIED:], own & _REPLACED)]
    if _has_pronoun(question):
        answered = " ".join(turn.content for turn in history[asked[-1] + 1 :])
        carried += _named_first(answered[:LONGEST_CARRIED])
    return " ".join([*carried, question])


_LEADING = re.compile(
    r"(?:\b(?:en|aux?|du|de|des|les?|la|à|in|of|the|since|during|vào|năm|trong)\s+|\b[dl]['’])+$",
    re.IGNORECASE,
)


def _without(text: str, kinds: Collection[str]) -> str:
    for (start, end), one in reversed(placed(text, language_of(text))):
        if one.kind in kinds:
            text = _LEADING.sub("", text[:start]) + text[end:]
    return " ".join(text.split())


def _named_first(answer: str) -> list[str]:
    """Return the first thing that an answer names; a second one was measured to mislead."""
    found = placed(answer, language_of(answer))
    named = [answer[start:end] for (start, end), one in found if one.kind not in _UNNAMED]
    return [f"{one}." for one in named[:1]]  # so that it is no part of the words behind it


_ASKED_OF_A_MODEL = """\
Rewrite the last question so that it can be understood without the conversation before it: put in \
their place what its pronouns and its missing words stand for. Keep its language. Do not answer \
it. If it can be understood alone, repeat it unchanged. Write the question and nothing else.

{turns}
Last question: {question}"""

LONGEST_TURN = 2000
"""Characters read of an earlier turn."""

_MOST_TURNS = 6
"""Earlier turns that are looked at."""


def rewritten(question: str, history: Sequence[Turn], model: BaseChatModel) -> str:
    """Return `question` as a chat model says it without its turns; else as `standing_alone` does.

    What a model writes is only looked for, never shown: an answer still quotes the reports.
    """
    if not any(turn.role == "user" for turn in history):
        return question
    turns = "\n".join(
        f"{turn.role}: {turn.content[:LONGEST_CARRIED]}" for turn in history[-_MOST_TURNS:]
    )
    asked = _ASKED_OF_A_MODEL.format(turns=turns, question=question)
    try:
        said = " ".join(model.invoke(asked).text.split())
    except Exception as error:  # each provider raises its own
        _log.warning("The chat model did not answer (%s); the question is put without it.", error)
        said = ""
    if not said or len(said) > LONGEST_CARRIED + len(question):
        return standing_alone(question, history)
    return said


_OPENING = re.compile(
    r"(?:et|mais|alors|and|but|what about|how about|con|the con|vay con|vay)\b(?! qu)"
)
_LONGEST_OPENED = 6
"""Words of content behind an opening: « còn bao nhiêu … » is a question of its own."""

# Of Vietnamese only what has its accents: « ho », « no », « do » are many other words.
_PRONOUN = {
    "fr": re.compile(
        r"(?<!faut-)(?<!fait-)(?<!agit-)(?<!fera-t-)(?<!y a-t-)(?<!existe-t-)"
        r"(?<=-)(?:ils?|elles?)\b"
        r"|\bl['’](?=(?:a|ont|avait|aurait|eut)\b)"
        r"|\b(?:lui|leurs?|celui-ci|celle-ci|ceux-ci|celles-ci|s(?:on|a|es)|cela)\b"
        r"|\bc(?:e|et|ette|es)\b(?=(?: [a-z]{3,}))(?! (?:que?|qui|sont|sera|fut)\b)"
    ),
    "en": re.compile(
        r"\b(?:it|its|they|he|she|them|him|his|her|their|this|those)\b"
        r"|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b"
    ),
    "vi": re.compile(r"\b(?:ấy|họ|nó|đó|này|đấy)\b|\b(?:ong|ba|anh|chi) ay\b"),
}
_AT_THE_END = re.compile(r"\b(?:it|him|her|them|cela|lui|elle|eux)\s*\W*$")

_NOUN = {
    "fr": re.compile(r"\b(?:l['’]|(?:les?|la|une?|des|du|aux?) )\w"),
    "en": re.compile(r"\b(?:the|an?) \w"),
    "vi": re.compile(r"\b(?:các|những|cái) \w"),
}


def leans(question: str) -> bool:
    """Whether a question lacks what it speaks of.

    A pronoun that follows a name or a noun stands for that: « Où Hun Manet a-t-il appris … ? ».
    """
    language, folded = language_of(question), fold(_spaced(question))
    content = content_words(question, language)
    if _OPENING.match(folded):
        # « Et en quelle année Vo Van Thuong fut-il élu ? » asks for a thing, and of whom.
        named = any(one.kind == "name" for _, one in placed(question, language))
        whole = named and asked_for(question, language) is not None
        return len(content) <= _LONGEST_OPENED and not whole
    if _AT_THE_END.search(folded):
        return True
    names = [start for (start, _), _ in placed(_spaced(question), language)]
    pronoun = _PRONOUN[language].search(_as_compared(question, language))
    if pronoun:
        before = folded[: pronoun.start()]
        return not (
            _NOUN[language].search(before) or any(start < pronoun.start() for start in names)
        )
    return not names and len(content) <= (1 if _NOUN[language].search(folded) else 2)


def _has_pronoun(question: str) -> bool:
    language = language_of(question)
    said = _as_compared(question, language)
    return bool(_PRONOUN[language].search(said) or _AT_THE_END.search(fold(said)))


def _as_compared(question: str, language: str) -> str:
    return _spaced(question).casefold() if language == "vi" else fold(_spaced(question))


def _spaced(question: str) -> str:
    return " ".join(question.split())
