"""The layout of the chat page and what its buttons do. HTML comes from `ui.render`."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import gradio as gr

from rag.errors import RagError
from rag.records import Answer, Document, Role, Turn
from ui import render
from ui.render import Exchange

logger = logging.getLogger(__name__)

_PROMISE = (
    '<div class="welcome"><p class="lead">Posez une question à l’archive.</p>'
    "<p>Chaque phrase de la réponse renvoie à la dépêche d’où elle vient&nbsp;: "
    "cliquez sur &#91;1&#93; pour lire les mots exacts.</p></div>"
)
_UNEXPECTED = "Une erreur inattendue s’est produite ; le journal du serveur en donne le détail."


class Answering(Protocol):
    """What the page needs of `rag.answer.Assistant`."""

    def stream(self, question: str, *, history: Sequence[Turn] = ()) -> Iterator[Answer]: ...

    def document(self, source: str) -> Document | None: ...

    def entries(self) -> Sequence[render.Listed]: ...


def page(assistant: Answering, *, examples: Sequence[str] = ()) -> gr.Blocks:
    """Lay the page out. `ui.serve` gives it its style sheet; without it the page is plain."""
    desk = _Desk(assistant)
    blocks = gr.Blocks(title="Sourcier", analytics_enabled=False, fill_width=True)
    with blocks:
        with gr.Column(elem_id="page"):
            with gr.Row(elem_id="masthead"):
                gr.HTML(desk.masthead, elem_id="title")
                clear = gr.Button("Effacer", elem_id="clear", size="sm", scale=0, min_width=96)
            with gr.Row(elem_id="desk"):
                with gr.Column(elem_id="talk", scale=3, min_width=320):
                    conversation = _conversation(examples)
                    box = _question_box()
                with gr.Column(elem_id="sources", scale=2, min_width=320):
                    sources = gr.HTML(render.sources_panel(()), elem_id="cards")
        exchanges = gr.State(())
        shown = [box, conversation, sources, exchanges]
        # One dependency for every way to ask, so that a second question waits for the first:
        # `trigger_mode="once"` holds within a dependency, not between two.
        asking = gr.on(
            [box.submit, conversation.example_select],
            desk.ask,
            [box, exchanges],
            shown,
            show_progress="hidden",
            trigger_mode="once",
            api_visibility="private",
        )
        clear.click(
            desk.cleared,
            None,
            shown,
            cancels=[asking],
            show_progress="hidden",
            api_visibility="private",
        )
    return blocks


def _conversation(examples: Sequence[str]) -> gr.Chatbot:
    """A chat whose messages are HTML of ours: escaped there, and sanitised again by Gradio."""
    return gr.Chatbot(
        elem_id="conversation",
        label="Conversation",
        show_label=False,
        container=False,
        height="100%",
        layout="panel",
        buttons=[],
        placeholder=_PROMISE,
        examples=[{"text": example} for example in examples] or None,
        latex_delimiters=[],
        sanitize_html=True,
        allow_tags=False,
        line_breaks=False,
        group_consecutive_messages=False,
    )


def _question_box() -> gr.Textbox:
    """With ``lines=1`` and more allowed, Gradio sends on Enter and breaks on Shift+Enter."""
    return gr.Textbox(
        elem_id="question",
        label="Votre question",
        placeholder="Votre question…",
        lines=1,
        max_lines=6,
        show_label=False,
        container=False,
        autofocus=True,
        submit_btn="Demander",
        html_attributes=gr.InputHTMLAttributes(enterkeyhint="send", lang="fr", spellcheck=True),
    )


def history(exchanges: Sequence[Exchange]) -> list[Turn]:
    """Return the conversation as the assistant reads it."""
    turns = []
    for exchange in exchanges:
        turns.append(Turn("user", exchange.answer.question))
        turns.append(Turn("assistant", exchange.answer.text))
    return turns


@dataclass(frozen=True, slots=True)
class _Desk:
    """The handlers of the page's events. What a person did is in their arguments, not here."""

    assistant: Answering

    def masthead(self) -> str:
        """Say what is searched; read at each load, so that a new report is counted."""
        try:
            line = render.archive_line(self.assistant.entries())
        except RagError as error:
            line = render.escaped(str(error))
        return f'<h1>Sourcier</h1><p id="archive">{line}</p>'

    def ask(
        self, question: str, exchanges: tuple[Exchange, ...], event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        """Answer, sentence by sentence. After an error the question is back in its box."""
        question = _asked(question, event)
        if not question:
            yield _changed()
            return
        shown = [*_messages(exchanges), _message("user", render.question_block(question))]
        searching = _message("assistant", render.searching_block())
        yield _changed(question="", messages=[*shown, searching])
        try:
            yield from self._answered(question, exchanges, shown)
        except Exception as error:  # the rim: whatever happened, the page and what it shows stay
            trouble = _message("assistant", render.trouble_block(_line(error)))
            yield _changed(
                question=question,
                messages=[*shown, trouble],
                sources=render.sources_panel(exchanges),
            )

    def _answered(
        self, question: str, exchanges: tuple[Exchange, ...], shown: list[gr.MessageDict]
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the growing answer, then its sources with the whole reports."""
        exchange = None
        cited = 0
        for answer in self.assistant.stream(question, history=history(exchanges)):
            exchange = Exchange(len(exchanges) + 1, answer)
            # Redrawing the cards closes what a reader opened, so only for a new one.
            more = len(answer.citations) > cited
            cited = len(answer.citations)
            yield _changed(
                messages=[*shown, _message("assistant", render.answer_block(exchange))],
                sources=render.sources_panel([*exchanges, exchange]) if more else None,
            )
        if exchange is not None:
            exchanges = (*exchanges, self._with_reports(exchange))
            yield _changed(sources=render.sources_panel(exchanges), exchanges=exchanges)

    def _with_reports(self, exchange: Exchange) -> Exchange:
        found = {
            source: self.assistant.document(source)
            for source in render.shown_sources(exchange.answer)
        }
        reports = {source: report for source, report in found.items() if report is not None}
        return Exchange(exchange.number, exchange.answer, reports)

    def cleared(self) -> tuple[Any, ...]:
        return _changed(question="", messages=[], sources=render.sources_panel(()), exchanges=())


def _asked(question: str, event: gr.EventData) -> str:
    """Return the example that was chosen, or what was typed."""
    chosen = isinstance(event.target, gr.Chatbot)
    return (str(event.value["text"]) if chosen else question).strip()


def _line(error: Exception) -> str:
    if isinstance(error, RagError):
        return str(error)
    logger.error("A question could not be answered", exc_info=error)
    return _UNEXPECTED


def _messages(exchanges: Sequence[Exchange]) -> list[gr.MessageDict]:
    messages = []
    for exchange in exchanges:
        messages.append(_message("user", render.question_block(exchange.answer.question)))
        messages.append(_message("assistant", render.answer_block(exchange)))
    return messages


def _message(role: Role, content: str) -> gr.MessageDict:
    return {"role": role, "content": content}


def _changed(
    *,
    question: str | None = None,
    messages: list[gr.MessageDict] | None = None,
    sources: str | None = None,
    exchanges: tuple[Exchange, ...] | None = None,
) -> tuple[Any, ...]:
    """Return the values of the page's four outputs; None leaves one as it is."""
    values = (question, messages, sources, exchanges)
    return tuple(gr.skip() if value is None else value for value in values)
