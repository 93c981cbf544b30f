"""An answer as a message of the conversation. Pure functions, `Words` and records -> HTML.

Gradio sanitises the messages of a chat and leaves of an element's attributes little more than
``id``, ``class`` and ``href``: what a button does is in its ``id``, and `page.js` reads it there.
"""

from collections.abc import Mapping, Sequence

from rag.records import Answer, Sought, Statement, Turn, Verdict
from ui.exchanges import Exchange
from ui.html import escaped
from ui.words import LANGUAGES, Words

# The sign says the same as the word, and both say it without any colour.
_SIGNS: Mapping[Verdict, str] = {
    "verbatim": "« »",
    "supported": "✓",
    "partial": "≈",
    "unsupported": "?",
}


def question_block(words: Words, question: str) -> str:
    label = f'<span class="sr">{words("question_label")} </span>'
    return f'<p class="question" dir="auto">{label}{escaped(question)}</p>'


def turn_block(words: Words, turn: Turn) -> str:
    """Draw what was said before the first question, and checked nowhere here."""
    if turn.role == "user":
        return question_block(words, turn.content)
    label = f'<span class="label">{words("turn_before")}</span>'
    return f'<p class="before" dir="auto">{label} {escaped(turn.content)}</p>'


def searching_block(words: Words) -> str:
    return f'<p class="searching">{words("searching")}</p>'


def trouble_block(words: Words, message: str) -> str:
    """Show an error as a message of the conversation, so that what was there can stay."""
    return (
        f'<div class="trouble"><p class="label">{words("trouble")}</p>'
        f"<p>{escaped(message)}</p></div>"
    )


def answer_block(words: Words, exchange: Exchange, *, growing: bool = False) -> str:
    """Draw an answer, whole, stopped or still growing.

    The blocks are apart by a blank line: Gradio then redraws only the one that changed.
    """
    answer = exchange.answer
    if answer.refused:
        blocks = [_refusal(words, exchange), *_remarks(words, answer)]
    else:
        blocks = [
            _statement(words, exchange, place, statement)
            for place, statement in enumerate(answer.statements, 1)
        ]
        blocks += _remarks(words, answer)
        if not blocks and growing:
            return searching_block(words)
    if exchange.stopped and not growing:
        blocks.append(f'<p class="remark">{words("stopped")}</p>')
    return "\n\n".join([*blocks, *_sought(words, exchange)])


def acts_block(words: Words, exchange: Exchange, copied: str, judgements: Mapping[str, str]) -> str:
    """Draw what can be done with a whole answer.

    `copied` is what its first button copies; `judgements` gives the words of each that a reader
    may pass on it.
    """
    number = exchange.number
    acts = "".join(_act(name, number, words(f"act_{name}")) for name in ("copy", "edit", "retry"))
    judged = "".join(_act(name, number, said) for name, said in judgements.items())
    return (
        f'<div class="acts">{acts}<span class="judged">'
        f'<span class="sr">{words("feedback_group")} </span>{judged}</span></div>'
        f'<pre class="copied" id="copied-{number}">{escaped(copied)}</pre>'
    )


def next_block(words: Words, questions: Sequence[str]) -> str:
    """Offer what can be asked next."""
    if not questions:
        return ""
    asked = "".join(
        f'<li><button class="act" data-act="next" data-question="{escaped(question)}" dir="auto">'
        f"{escaped(question)}</button></li>"
        for question in questions
    )
    return f'<p class="label">{words("next_questions")}</p><ul>{asked}</ul>'


def _act(name: str, target: object, said: str) -> str:
    return f'<button class="act {name}" id="act-{name}-{target}">{escaped(said)}</button>'


# --- a sentence ------------------------------------------------------------------------------


def _statement(words: Words, exchange: Exchange, place: int, statement: Statement) -> str:
    """Draw a sentence with its markers and, below, its verdict and the date of what it quotes.

    A title or a figure holds at a date: it must not take a click to see which.
    """
    turn = exchange.number
    citations = {citation.number: citation for citation in exchange.answer.citations}
    cited = [citations[number] for number in statement.citations]
    markers = " ".join(_marker(words, turn, citation.number) for citation in cited)
    said = dict.fromkeys(words.date(citation.passage.date) for citation in cited)
    when = f' <span class="when">{escaped(", ".join(said))}</span>' if said else ""
    lacks = "".join(
        f'<span class="lacks">{words("lacks")}: {escaped(one)}</span>' for one in statement.lacks
    )
    return (
        f'<p class="statement {statement.verdict}" id="statement-{turn}-{place}">'
        f'<span class="words" dir="auto">{_words(statement)}</span> {markers} '
        f'<span class="proof">{_verdict(words, statement.verdict)}{when}</span>{lacks}</p>'
    )


def _words(statement: Statement) -> str:
    """Return the words of a sentence, what the question asks for in bold."""
    start, end = statement.short or (0, 0)
    text = statement.text
    if start == end:
        return escaped(text)
    short = f'<b class="short">{escaped(text[start:end])}</b>'
    return f"{escaped(text[:start])}{short}{escaped(text[end:])}"


def _marker(words: Words, turn: int, number: int) -> str:
    return (
        f'<a class="marker" href="#source-{turn}-{number}">'
        f'<span class="sr">{words("source")} </span>&#91;{number}&#93;</a>'
    )


def _verdict(words: Words, verdict: Verdict) -> str:
    meaning = escaped(words(f"verdict_{verdict}_means"))
    return (
        f'<span class="verdict" title="{meaning}"><b>{_SIGNS[verdict]}</b> '
        f"{words(f'verdict_{verdict}')}</span>"
    )


# --- what is said about the answer -----------------------------------------------------------


def _remarks(words: Words, answer: Answer) -> list[str]:
    label = f'<span class="label">{words("note")}</span>'
    return [f'<p class="remark">{label} {escaped(remark)}</p>' for remark in answer.remarks]


def _sought(words: Words, exchange: Exchange) -> list[str]:
    """Say what of the question was recognised, each to be taken back, and which filters held."""
    lines = []
    if exchange.answer.sought:
        chips = "".join(
            f"<li>{_chip(words, exchange.number, place, one)}</li>"
            for place, one in enumerate(exchange.answer.sought)
        )
        lines.append(_chips(words("sought"), chips))
    if held := filtered(words, exchange):
        lines.append(_chips(words("filtered"), "".join(f"<li>{escaped(f)}</li>" for f in held)))
    return lines


def _chips(label: str, items: str) -> str:
    return f'<div class="sought"><span class="label">{label}</span> <ul>{items}</ul></div>'


def _chip(words: Words, turn: int, place: int, one: Sought) -> str:
    without = escaped(words("sought_remove", thing=one.shown))
    return (
        f'<span class="thing">{escaped(one.shown)}</span>'
        f'<button class="act without" id="act-without-{turn}-{place}" title="{without}">'
        f'<span class="sr">{without}</span></button>'
    )


def filtered(words: Words, exchange: Exchange) -> Sequence[str]:
    """Return the filters in force, in words."""
    filters = exchange.filters
    if filters is None:
        return ()
    said = [
        filters.since and words("since_date", date=words.date(filters.since)),
        filters.until and words("until_date", date=words.date(filters.until)),
        filters.source,
        filters.language and _language(words, filters.language),
        filters.kind and words(f"kind_{filters.kind}"),
    ]
    return [one for one in said if one]


def _language(words: Words, code: str) -> str:
    return words(f"lang_{code}") if code in LANGUAGES else code


def _refusal(words: Words, exchange: Exchange) -> str:
    answer = exchange.answer
    nearest = "".join(
        f'<li><a class="near" href="#source-{exchange.number}-{place}">'
        f"{escaped(scored.passage.title.strip() or scored.passage.source)}</a> "
        f'<span class="when">{escaped(words.date(scored.passage.date))}</span></li>'
        for place, scored in enumerate(answer.nearest, 1)
    )
    offered = f'<p class="label">{words("nearest")}</p><ul>{nearest}</ul>' if nearest else ""
    return (
        f'<div class="refusal"><p class="verdict"><b>∅</b> {words("refused")}</p>'
        f'<p class="reason">{escaped(answer.reason or "")}</p>{offered}</div>'
    )
