"""What a question takes from the turns before it, so that it stands alone.

« Et la République de Corée ? » has no verb, « Qui l'a signé ? » does not say what: such a question
leans on what was said, and is looked for together with that. A question that stands alone is left
alone, for a new topic must not be mixed with the old one.
"""

import logging
import re
from collections import Counter
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel

from rag.asked import asked_for
from rag.records import Turn
from rag.sought import placed
from rag.words import content_words, fold, language_of, words

_log = logging.getLogger(__name__)

LONGEST_CARRIED = 300
"""Characters taken over from an earlier turn: the question itself must stay in what is read."""

_REPLACED = frozenset({"country", "period"})
"""« Et en 2022 ? » asks the same of another year, not of both."""

_UNNAMED = frozenset({"period", "role"})


def standing_alone(question: str, history: Sequence[Turn]) -> str:
    """Return `question` with what it leans on, if it leans on anything: the user's turn before it,
    itself standing alone, and what the answer to that named.

    Where it only names another country or period, it is the turn before it, of that.

    >>> standing_alone("Et en 2022 ?", [Turn("user", "Qui présidait l'ASEAN en 2021 ?")])
    "Qui présidait l'ASEAN en 2022 ?"
    """
    history = [Turn(turn.role, turn.content[:LONGEST_TURN]) for turn in history[-_MOST_TURNS:]]
    asked = [at for at, turn in enumerate(history) if turn.role == "user" and _asks(turn.content)]
    if not asked or not _asks(question) or not leans(question):
        return question
    before = standing_alone(history[asked[-1]].content, history[: asked[-1]])
    other, in_its_place = _with_others(before[-LONGEST_CARRIED:], question)
    own = content_words(_OPENING.sub("", fold(_spaced(question))), language_of(question))
    if in_its_place and set(words(other)).issuperset(own):
        return other
    carried = [other]
    if _has_pronoun(question) and not _names_one(other):
        answered = " ".join(turn.content for turn in history[asked[-1] + 1 :])
        carried += _named_first(answered[:LONGEST_CARRIED])
    return " ".join([*carried, question])


def less(question: str, history: Sequence[Turn], thing: str) -> str:
    """Return `question`, standing alone, without the thing that was recognised in it as `thing`.

    >>> less("Qui présidait l'ASEAN en 2021 ?", (), "2021")
    "Qui présidait l'ASEAN ?"
    """
    alone = standing_alone(question, history)
    for (start, end), one in reversed(placed(alone, language_of(alone))):
        if one.shown == thing:
            alone = _LEADING.sub("", alone[:start]) + alone[end:]
    return " ".join(_LOOSE_HYPHEN.sub(" ", alone).split())


_LOOSE_HYPHEN = re.compile(r"(?<!\S)-(?=\w)|(?<=\w)-(?!\S)")
_LEADING = re.compile(
    r"(?:\b(?:en|aux?|du|de|des|les?|la|à|in|of|the|since|during|vào|năm|trong)\s+|\b[dl]['’])+$",
    re.IGNORECASE,
)


_ARTICLE = re.compile(r"(?:les?|la|l['’]|the)?", re.IGNORECASE)


def _with_others(text: str, question: str) -> tuple[str, bool]:
    """Return an earlier turn with the country or period of `question` in the place of its own, and
    whether any was put there.

    « Qui est le Premier ministre du Cambodge ? » and « Et du Laos ? » ask of « … du Laos ». Where
    one of the two names several, what is replaced is only left out.
    """
    own: dict[str, list[tuple[str, str]]] = {}
    for (start, end), one in placed(question, language_of(question)):
        led = _LEADING.search(question[:start])
        own.setdefault(one.kind, []).append((led[0] if led else "", question[start:end]))
    found = placed(text, language_of(text))
    several = Counter(one.kind for _, one in found)
    put = False
    for (start, end), one in reversed(found):
        if one.kind not in _REPLACED or one.kind not in own:
            continue
        before, other = _LEADING.sub("", text[:start]), ""
        if len(own[one.kind]) == several[one.kind] == 1:
            (lead, other), put = own[one.kind][0], True
            # « Et le Laos ? » brings no preposition: « le rang du Japon » keeps its own.
            before = text[:start] if _ARTICLE.fullmatch(lead.strip()) else f"{before}{lead}"
        text = before + other + text[end:]
    return " ".join(text.split()), put


_COURTESIES = {
    "fr": r"merci(?: (?:beaucoup|bien|infiniment|mille fois|d avance|a (?:vous|toi)))?|mille mercis"
    r"|d accord|bonjour|bonsoir|salut|coucou|bonne (?:journee|soiree|nuit)|au revoir|a bientot"
    r"|(?:c est )?(?:parfait|super|tres bien|bien|entendu|compris|note)|oui|non|ca va"
    r"|comment (?:ca va|allez vous|vas tu)|je vous remercie|monsieur|madame",
    "en": r"thanks(?: (?:a lot|so much|very much|again))?|thank you(?: (?:so|very) much)?|thx"
    r"|many thanks|hello(?: there)?|hi(?: there)?|hey|good(?: (?:morning|afternoon|evening|night))?"
    r"|goodbye|bye|great|perfect|got it|i see|yes|no|how are you",
    "vi": r"(?:xin )?cam on(?: (?:ban|nhieu|rat nhieu|ban nhieu))?|(?:xin )?chao(?: ban)?|tam biet"
    r"|vang|da|duoc roi|tot lam|khong",
}
_SAID_EVERYWHERE = r"ok|okay"
_POLITE = {
    language: re.compile(rf"(?:(?:{said}|{_SAID_EVERYWHERE})(?: |$))+")
    for language, said in _COURTESIES.items()
}


def courtesy(said: str) -> str | None:
    """Return the language of what is only polite and asks for nothing, None of anything else.

    >>> courtesy("Merci beaucoup !"), courtesy("thanks"), courtesy("Merci, et le Laos ?")
    ('fr', 'en', None)
    """
    plain = " ".join(words(said))
    return next((one for one, polite in _POLITE.items() if polite.fullmatch(plain)), None)


def _asks(said: str) -> bool:
    return bool(words(said)) and courtesy(said) is None


_WHO_IS = frozenset("qui est etait c who is was la ai".split())


def _names_one(question: str) -> bool:
    """Whether « il » of the next turn is whom this one names: « Qui est Hun Manet ? »."""
    found = [place for place, one in placed(question, language_of(question)) if one.kind == "name"]
    if len(found) != 1:
        return False
    ((start, end),) = found
    return _WHO_IS.issuperset(words(f"{question[:start]} {question[end:]}"))


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
    if not _asks(question) or not any(turn.role == "user" for turn in history):
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
