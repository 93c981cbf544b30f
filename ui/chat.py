"""The view that people ask in: the conversation, its sources, and what can be done with both.

What a person does to a message, to a chip or in the list of conversations reaches Python over the
*bridge*: `page.js` tells it which button was pressed, and it makes an event of Gradio's of that.
"""

import datetime
import json
import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeGuard, get_args

import gradio as gr
from gradio.events import Dependency

from eval.questions import Question
from rag.errors import RagError
from rag.records import Answer, Document, Role, Turn
from rag.retrieve import Filters
from ui.answers import (
    acts_block,
    answer_block,
    next_block,
    question_block,
    searching_block,
    trouble_block,
    turn_block,
)
from ui.api import Searching
from ui.conversations import conversation_list, summaries
from ui.exchanges import Conversation, Exchange, kept, restored, with_reports
from ui.export import as_docx, copied, file_name
from ui.export import markdown as as_markdown
from ui.feedback import LONGEST_COMMENT, Feedback, Judgement, keep
from ui.filters import FilterBoxes, NotUnderstood, chosen, filter_boxes
from ui.html import escaped
from ui.quiet import QUIET
from ui.reasons import trouble_line
from ui.sources import archive_line, sources_panel
from ui.words import Words

logger = logging.getLogger(__name__)

_OF_AN_ANSWER: tuple[Judgement, ...] = ("good", "wrong", "source_wrong", "should_refuse")
_OF_A_REFUSAL: tuple[Judgement, ...] = ("good", "wrong")

AT_ONCE = 4
"""Questions that are answered at the same time; the next wait."""

LONGEST = 2000
"""Characters of a question that are read; that the rest is not, is said."""

Changes = dict[Any, Any]
"""What an event changes on the page: a component -> its new value, or `gr.update`."""


class Answering(Searching, Protocol):
    """What the page needs of `rag.answer.Assistant`."""

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Iterator[Answer]: ...

    def suggestions(self, answer: Answer, *, filters: Filters | None = None) -> Sequence[str]: ...

    def less(self, question: str, history: Sequence[Turn], thing: str) -> str: ...

    def document(self, source: str) -> Document | None: ...


@dataclass(frozen=True, slots=True)
class ChatView:
    """The components of the view, and what a conversation is held in."""

    box: gr.Textbox
    log: gr.Chatbot
    cards: gr.HTML
    next: gr.HTML
    notice: gr.HTML
    cancel: gr.Button
    new: gr.Button
    listed: gr.HTML
    filters: FilterBoxes
    bridge: gr.HTML
    talk: gr.State
    editing: gr.State
    wire: gr.Textbox
    unsent: gr.Textbox
    """A question that could not be answered, on its way back into the box."""
    markdown: gr.DownloadButton
    docx: gr.DownloadButton
    judging: gr.State
    judged: gr.Column
    thanks: gr.HTML
    comment: gr.Textbox

    @property
    def changed_by_asking(self) -> list[Any]:
        return [self.box, self.log, self.cards, self.next, self.notice, self.cancel, self.judged,
                self.talk, self.editing, self.unsent]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chat:
    """What the page needs of the view."""

    desk: "_Desk"
    asking: Sequence[Dependency]

    def begin_on(self, trigger: Callable[..., Dependency], question: gr.State) -> Dependency:
        """At this event, begin a conversation with the question in the box, not yet sent."""
        view = self.desk.view
        begun: Dependency = trigger(None, cancels=[*self.asking], **QUIET).then(
            self.desk.begun_with, question, view.changed_by_asking, **QUIET
        )
        begun.then(None, js="() => sourcier.left()", **QUIET)
        begun.then(self.desk.exported, view.talk, [view.markdown, view.docx], **QUIET)
        return begun


def chat_view(
    assistant: Answering, words: Words, examples: Sequence[str], feedback: Path | None
) -> Chat:
    """Lay the view out and wire its events; what is said of answers goes to the file `feedback`."""
    desk = _Desk(assistant, words, _laid_out(words, examples), feedback)
    return Chat(desk, _wired(desk.view, desk))


def _laid_out(words: Words, examples: Sequence[str]) -> ChatView:
    bridge = gr.HTML("", elem_id="bridge", js_on_load=_BRIDGE)
    wire, unsent = (gr.Textbox(visible=False) for _ in range(2))
    with gr.Row(elem_id="bar"):
        with gr.Accordion(words("conversations"), open=False, elem_id="conversations"):
            listed = gr.HTML(conversation_list(words, ()), elem_id="listed")
        new = gr.Button(words("new_conversation"), elem_id="new", size="sm", scale=0)
        markdown, docx = (
            gr.DownloadButton(words(f"export_{name}"), elem_classes="quiet", visible=False)
            for name in ("markdown", "docx")
        )
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="talk", scale=3, min_width=320):
            log = _log(words, examples)
            following = gr.HTML("", elem_id="next")
            with gr.Column(elem_id="judged", visible=False) as judged:
                thanks = gr.HTML("", elem_id="thanks")
                comment = gr.Textbox(
                    label=words("feedback_comment"),
                    placeholder=words("feedback_comment_hint"),
                    submit_btn=words("feedback_send"),
                    max_length=LONGEST_COMMENT,
                )
            notice = gr.HTML("", elem_id="notice")
            cancel = gr.Button(
                words("editing_cancel"), elem_id="cancel-edit", size="sm", visible=False
            )
            filters = filter_boxes(words)
            box = _question_box(words)
        with gr.Column(elem_id="sources", scale=2, min_width=320):
            cards = gr.HTML(sources_panel(words, ()), elem_id="cards")
    return ChatView(
        box=box,
        log=log,
        cards=cards,
        next=following,
        notice=notice,
        cancel=cancel,
        new=new,
        listed=listed,
        filters=filters,
        bridge=bridge,
        talk=gr.State(Conversation()),
        editing=gr.State(None),
        wire=wire,
        unsent=unsent,
        markdown=markdown,
        docx=docx,
        judging=gr.State(None),
        judged=judged,
        thanks=thanks,
        comment=comment,
    )


_BRIDGE = """
document.addEventListener("sourcier", ({detail}) => trigger(detail.event, detail.data));
document.documentElement.dataset.bridged = "";
document.dispatchEvent(new Event("sourcier-bridged"));
"""


_ASKABLE = """
(typed, unsent) => [
  {__type__: "update", value: typed || unsent, submit_btn: %s, stop_btn: false}, "",
]
"""


def _log(words: Words, examples: Sequence[str]) -> gr.Chatbot:
    """A chat whose messages are HTML of ours: escaped there, and sanitised again by Gradio."""
    promise = (
        f'<div class="welcome"><p class="lead">{escaped(words("welcome"))}</p>'
        f"<p>{escaped(words('welcome_promise'))}</p></div>"
    )
    return gr.Chatbot(
        elem_id="conversation",
        label=words("conversation"),
        show_label=False,
        container=False,
        height="100%",
        layout="panel",
        buttons=[],
        placeholder=promise,
        examples=[{"text": example} for example in examples] or None,
        latex_delimiters=[],
        sanitize_html=True,
        allow_tags=False,
        line_breaks=False,
        group_consecutive_messages=False,
    )


def _question_box(words: Words) -> gr.Textbox:
    """With ``lines=1`` and more allowed, Gradio sends on Enter and breaks on Shift+Enter."""
    return gr.Textbox(
        elem_id="question",
        label=words("question"),
        placeholder=words("question_hint"),
        lines=1,
        max_lines=6,
        show_label=False,
        container=False,
        autofocus=True,
        submit_btn=words("ask"),
        html_attributes=gr.InputHTMLAttributes(
            enterkeyhint="send", lang=words.language, spellcheck=True
        ),
    )


def _wired(view: ChatView, desk: "_Desk") -> Sequence[Dependency]:
    """Tie what a person does to what happens; return what another conversation must stop."""
    # One dependency for every way to ask, so that a second question waits for the first:
    # `trigger_mode="once"` holds within a dependency, not between two.
    ways = [view.box.submit, view.log.example_select, view.bridge.submit]
    asking = gr.on(
        ways,
        desk.ask,
        [view.box, view.talk, view.editing, *view.filters.inputs],
        view.changed_by_asking,
        trigger_mode="once",
        concurrency_limit=AT_ONCE,
        js="(...given) => (window.sourcier?.sent(), given)",
        **QUIET,
    )
    # In the browser, which alone knows what was typed into the box since, and once the answer has
    # ended there: what is sent while Gradio still takes it for running is lost without a word.
    returned = [view.box, view.unsent]
    asking.then(None, returned, returned, js=_ASKABLE % json.dumps(desk.words("ask")), **QUIET)
    keeping = asking.then(desk.wired, view.talk, view.wire, **QUIET)
    keeping.then(None, view.wire, None, js="(kept) => sourcier.keep(kept)", **QUIET)
    suggested: dict[str, Any] = {"concurrency_limit": AT_ONCE, **QUIET}
    suggesting = keeping.then(desk.suggest, view.talk, view.next, **suggested)
    exported = [view.markdown, view.docx]
    keeping.then(desk.exported, view.talk, exported, **QUIET)
    stopping = [asking, keeping, suggesting]
    # What is drawn comes after the cancelling: a late sentence would else be drawn over it.
    view.box.stop(None, cancels=stopping, **QUIET).then(
        desk.stopped, view.talk, view.changed_by_asking, **QUIET
    )
    beginning = view.new.click(None, cancels=stopping, **QUIET).then(
        desk.begun, None, view.changed_by_asking, **QUIET
    )
    beginning.then(None, js="() => sourcier.left()", **QUIET)
    beginning.then(desk.exported, view.talk, exported, **QUIET)
    view.bridge.edit(desk.edit, view.talk, view.changed_by_asking, **QUIET)
    view.cancel.click(desk.edited_not, None, view.changed_by_asking, **QUIET)
    view.bridge.select(None, cancels=stopping, **QUIET)  # Gradio runs them one after the other
    opening = view.bridge.select(desk.open, None, view.changed_by_asking, **QUIET)
    reopened = opening.then(desk.suggest, view.talk, view.next, **suggested)
    # What is suggested late is of the question before.
    gr.on(ways, None, cancels=[suggesting, reopened], **QUIET)
    opening.then(desk.exported, view.talk, exported, **QUIET)
    judging = [view.judging, view.judged, view.thanks, view.comment]
    view.bridge.like(desk.judge, view.talk, judging, **QUIET)
    view.comment.submit(desk.commented, [view.comment, view.judging], judging, **QUIET)
    view.bridge.input(desk.full, None, view.notice, **QUIET)
    view.bridge.change(desk.listing, view.talk, view.listed, **QUIET)
    _filters_wired(view, desk)
    return stopping


def _filters_wired(view: ChatView, desk: "_Desk") -> None:
    boxes = view.filters
    gr.on([box.change for box in boxes.inputs], desk.counted, boxes.inputs, boxes.fold, **QUIET)
    boxes.clear.click(desk.unfiltered, None, boxes.inputs, **QUIET)


@dataclass(frozen=True, slots=True)
class _Desk:
    """The handlers of the view's events. What a person did is in their arguments, not here."""

    assistant: Answering
    words: Words
    view: ChatView
    feedback: Path | None

    # --- asking ------------------------------------------------------------------------------

    def ask(
        self,
        typed: str,
        talk: Conversation,
        editing: int | None,
        event: gr.EventData,
        *filtered: str | None,
    ) -> Iterator[Changes]:
        """Answer, sentence by sentence. After an error the question goes back to its box."""
        question = typed
        try:
            question, before = self._asked(typed, talk, editing, event)
            filters = chosen(self.words, *filtered)
        except NotUnderstood as error:
            yield {self.view.notice: _notice(str(error)), self.view.unsent: question}
            return
        except Exception as error:  # the rim, as below
            yield self._troubled(talk, question, error)
            return
        if not question:
            yield {self.view.notice: ""}
            return
        exchange = Exchange(
            len(before.exchanges) + 1,
            Answer(question[:LONGEST], self.words.language),
            filters=filters,
            stopped=True,
        )
        yield self._begun(before, exchange, len(question))
        try:
            yield from self._answered(before, exchange)
        except Exception as error:  # the rim: whatever happened, the page and what it shows stay
            yield {**self._troubled(talk, question, error), self.view.editing: editing}

    def _asked(
        self, typed: str, talk: Conversation, editing: int | None, event: gr.EventData
    ) -> tuple[str, Conversation]:
        """Return what is asked, and the conversation it is asked in."""
        data = event._data or {}
        if isinstance(event.target, gr.Chatbot):
            return str(data["value"]["text"]).strip(), talk
        if isinstance(event.target, gr.Textbox):
            return typed.strip(), talk.upto(editing) if editing else talk
        if data.get("act") == "next":
            return str(data.get("question", "")).strip(), talk
        number, _, place = str(data.get("target", "")).partition("-")
        exchange = talk.exchange(int(number)) if number.isdecimal() else None
        if exchange is None:
            return "", talk
        before = talk.upto(exchange.number)
        asked = exchange.answer
        if data.get("act") == "without" and place.isdecimal() and int(place) < len(asked.sought):
            thing = asked.sought[int(place)].shown
            return self.assistant.less(asked.question, before.history, thing), before
        return asked.question, before

    def _begun(self, before: Conversation, exchange: Exchange, length: int) -> Changes:
        question = exchange.answer.question
        number = self.words.number
        told = self.words("too_long", n=number(length), most=number(LONGEST))
        cut = told if length > LONGEST else ""
        return {
            self.view.box: gr.update(**self._stopping()),
            self.view.log: [
                *self._messages(before),
                _message("user", question_block(self.words, question)),
                _message("assistant", searching_block(self.words)),
            ],
            self.view.next: "",
            self.view.judged: gr.update(visible=False),
            self.view.notice: _notice(cut),
            self.view.cancel: gr.update(visible=False),
            self.view.talk: before.plus(exchange),
            self.view.editing: None,
        }

    def _answered(self, before: Conversation, exchange: Exchange) -> Iterator[Changes]:
        """Yield the growing answer, then its sources with the whole reports."""
        cited = 0
        question = exchange.answer.question
        for answer in self.assistant.stream(
            question, history=before.history, filters=exchange.filters
        ):
            exchange = replace(exchange, answer=answer)
            talk = before.plus(exchange)
            log = self._messages(talk, growing=True)
            changes: Changes = {self.view.talk: talk, self.view.log: log, **self._busy(True)}
            if len(answer.citations) > cited:
                # Redrawing the cards closes what a reader opened, so only for a new one.
                cited = len(answer.citations)
                changes[self.view.cards] = sources_panel(self.words, talk.exchanges)
            yield changes
        whole = with_reports(replace(exchange, stopped=False), self.assistant.document)
        shown = {**self._shown(before.plus(whole)), **self._busy(True)}
        del shown[self.view.notice]  # what it says is of this question
        yield shown

    def _troubled(self, talk: Conversation, question: str, error: Exception) -> Changes:
        """Show the conversation as it was: what was to be replaced is not, where that failed."""
        shown = self._shown(talk)
        shown[self.view.log] += [
            _message("user", question_block(self.words, question[:LONGEST])),
            _message("assistant", trouble_block(self.words, self._line(error))),
        ]
        return {**shown, self.view.unsent: question}

    def _line(self, error: Exception) -> str:
        if isinstance(error, RagError):
            return trouble_line(self.words, error)
        logger.error("A question could not be answered", exc_info=error)
        return self.words("unexpected")

    def suggest(self, talk: Conversation) -> str:
        """Offer what to ask next; what goes wrong there costs no one an answer."""
        if not talk:
            return ""
        try:
            last = talk.exchanges[-1]
            questions = self.assistant.suggestions(last.answer, filters=last.filters)
        except Exception as error:  # the rim: the answer stands without them
            logger.warning("No question could be suggested: %s", error)
            return ""
        return next_block(self.words, questions)

    # --- what else is done to a conversation ---------------------------------------------------

    def stopped(self, talk: Conversation) -> Changes:
        return {**self._shown(talk), **self._busy(False)}

    def begun(self) -> Changes:
        """Begin a conversation; what is typed already is its first question."""
        return {**self._shown(Conversation()), **self._busy(False)}

    def begun_with(self, question: Question | None) -> Changes:
        """Begin a conversation with what was said before a question, and the question typed."""
        if question is None:
            return {}
        talk = Conversation(before=question.history)
        return {**self._shown(talk), self.view.box: self._typed(question.question)}

    def edit(self, talk: Conversation, event: gr.EventData) -> Changes:
        """Put a past question back into the box; asked again, it replaces what followed it."""
        number = str((event._data or {}).get("target", ""))
        exchange = talk.exchange(int(number)) if number.isdecimal() else None
        if exchange is None:
            return {}
        return {
            self.view.box: self._typed(exchange.answer.question),
            self.view.editing: exchange.number,
            self.view.notice: _notice(self.words("editing", number=exchange.number)),
            self.view.cancel: gr.update(visible=True),
        }

    def edited_not(self) -> Changes:
        return {
            self.view.box: self._typed(""),
            self.view.editing: None,
            self.view.notice: "",
            self.view.cancel: gr.update(visible=False),
        }

    def open(self, event: gr.EventData) -> Changes:
        """Show a conversation that the browser kept; what is typed already is asked in it."""
        try:
            told = (event._data or {}).get("conversation")
            talk = restored(told, self.assistant.document)
        except ValueError:
            return {self.view.notice: _notice(self.words("conversation_unreadable"))}
        except RagError as error:
            return {self.view.notice: _notice(trouble_line(self.words, error))}
        return {**self._shown(talk), **self._busy(False)}

    def listing(self, talk: Conversation, event: gr.EventData) -> str:
        told = (event._data or {}).get("conversations") or ()
        return conversation_list(self.words, summaries(told), talk.id)

    def full(self) -> str:
        return _notice(self.words("conversation_full"))

    def wired(self, talk: Conversation) -> str:
        """Return the conversation as the browser is to keep it, "" where there is none."""
        return kept(talk) if talk else ""

    def counted(self, *values: str) -> Any:
        """Say on the folded filters how many there are."""
        number = sum(1 for value in values if value)
        label = self.words("filters_in_force", n=number) if number else self.words("filters")
        return gr.update(label=label)

    def unfiltered(self) -> list[str]:
        return [""] * len(self.view.filters.inputs)

    def exported(self, talk: Conversation) -> Changes:
        """Offer the conversation as files, written anew after each answer."""
        if not talk:
            nothing = gr.update(value=None, visible=False)
            return {self.view.markdown: nothing, self.view.docx: nothing}
        told: dict[str, Any] = {
            "archive": archive_line(self.words, self.assistant.entries()),
            "on": datetime.date.today(),
        }
        text = as_markdown(self.words, talk.name, talk.exchanges, **told)
        word = as_docx(self.words, talk.name, talk.exchanges, **told)
        return {
            self.view.markdown: self._file(talk, ".md", text.encode()),
            self.view.docx: self._file(talk, ".docx", word),
        }

    def _file(self, talk: Conversation, suffix: str, content: bytes) -> Any:
        """Write to where Gradio serves files from, and deletes them after a day."""
        folder = Path(self.view.docx.GRADIO_CACHE) / "exported" / uuid.uuid4().hex
        folder.mkdir(parents=True)
        path = folder / file_name(self.words, talk.name, suffix)
        path.write_bytes(content)
        return gr.update(value=str(path), visible=True)

    # --- what a reader thinks of an answer -------------------------------------------------------

    def judge(self, talk: Conversation, event: gr.EventData) -> Changes:
        """Keep at once what was pressed; a comment may follow, and then counts instead."""
        told = event._data or {}
        number, verdict = str(told.get("target", "")), told.get("judgement")
        exchange = talk.exchange(int(number)) if number.isdecimal() else None
        if exchange is None or not _is_verdict(verdict):
            return {}
        history = talk.upto(exchange.number).history
        given = Feedback.on(exchange.answer, verdict, filters=exchange.filters, history=history)
        return {**self._kept(given), self.view.judging: given}

    def commented(self, comment: str, given: Feedback | None) -> Changes:
        if given is None or not comment.strip():
            return {self.view.judged: gr.update(visible=False)}
        kept = self._kept(replace(given, comment=comment.strip()[:LONGEST_COMMENT]))
        return {**kept, self.view.judging: None, self.view.comment: gr.update(visible=False)}

    def _kept(self, given: Feedback) -> Changes:
        said = "feedback_thanks"
        try:
            if self.feedback is None:
                said = "feedback_not_kept"
            else:
                keep(self.feedback, given)
        except RagError as error:
            logger.error("%s", error)
            said = "feedback_not_kept"
        return {
            self.view.judged: gr.update(visible=True),
            self.view.thanks: _notice(self.words(said)),
            self.view.comment: gr.update(value="", visible=said == "feedback_thanks"),
        }

    # --- what is shown -------------------------------------------------------------------------

    def _shown(self, talk: Conversation) -> Changes:
        """Return the whole conversation as it stands, with nothing being edited."""
        return {
            self.view.log: self._messages(talk),
            self.view.cards: sources_panel(self.words, talk.exchanges),
            self.view.next: "",
            self.view.judged: gr.update(visible=False),
            self.view.notice: "",
            self.view.cancel: gr.update(visible=False),
            self.view.talk: talk,
            self.view.editing: None,
        }

    def _messages(self, talk: Conversation, *, growing: bool = False) -> list[gr.MessageDict]:
        messages = [_message(turn.role, turn_block(self.words, turn)) for turn in talk.before]
        for exchange in talk.exchanges:
            question = question_block(self.words, exchange.answer.question)
            last = growing and exchange is talk.exchanges[-1]
            messages.append(_message("user", question))
            messages.append(_message("assistant", self._drawn(exchange, growing=last)))
        return messages

    def _drawn(self, exchange: Exchange, *, growing: bool) -> str:
        if exchange.stopped:
            return answer_block(self.words, exchange, growing=growing)
        fitting = _OF_A_REFUSAL if exchange.answer.refused else _OF_AN_ANSWER
        judgements: dict[str, str] = {name: self.words(f"feedback_{name}") for name in fitting}
        acts = acts_block(self.words, exchange, copied(self.words, exchange), judgements)
        return f"{answer_block(self.words, exchange)}\n\n{acts}"

    def _typed(self, question: str) -> Any:
        return gr.update(value=question, submit_btn=self.words("ask"), stop_btn=False)

    def _busy(self, busy: bool) -> Changes:
        """Give the box its stop button while an answer is written; what is typed there stays.

        Said with every sentence: on a busy machine the page draws only the last of what comes at
        once, and the first saying of it would be lost.
        """
        given = self._stopping() if busy else {"submit_btn": self.words("ask"), "stop_btn": False}
        return {self.view.box: gr.update(**given)}

    def _stopping(self) -> dict[str, Any]:
        return {"submit_btn": False, "stop_btn": self.words("stop")}


def _is_verdict(told: Any) -> TypeGuard[Judgement]:
    return told in get_args(Judgement)


def _message(role: Role, content: str) -> gr.MessageDict:
    return {"role": role, "content": content}


def _notice(line: str) -> str:
    return f'<p class="notice" role="status">{escaped(line)}</p>' if line else ""
