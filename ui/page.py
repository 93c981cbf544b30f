"""The page in each of its languages: the masthead, and a view below each tab.

Gradio's own translation (`gr.I18n`) chooses among the languages that Gradio comes in, and
Vietnamese is none of them; so each language has a page of its own, laid out by the same functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from eval.bench import Bench
from rag.errors import RagError
from rag.library import Library
from ui.api import endpoints
from ui.chat import Answering, Chat, chat_view
from ui.evaluation import EvaluationView, evaluation_view
from ui.html import escaped
from ui.library import library_view
from ui.quiet import QUIET
from ui.reasons import trouble_line
from ui.sources import archive_line
from ui.words import LANGUAGES, Language, Words


@dataclass(frozen=True, slots=True)
class Behind:
    """What the page stands in front of; the views of what is None only read, or are left out."""

    assistant: Answering
    library: Library | None = None
    bench: Bench | None = None
    feedback: Path | None = None
    """The file of what people say of answers."""
    examples: Sequence[str] = ()


def pages(behind: Behind) -> gr.Blocks:
    """Lay the pages out: the first language at ``/``, the others at ``/en`` and ``/vi``.

    `ui.serve` gives them their style sheets and script; without these they are plain.
    """
    first, *others = LANGUAGES
    blocks = gr.Blocks(
        title="Sourcier", analytics_enabled=False, fill_width=True, delete_cache=(3600, 86400)
    )
    with blocks:
        endpoints(behind.assistant)  # first, or an event of the page has the name `ask`
        _page(blocks, behind, Words(first))
    for language in others:
        words = Words(language)
        with blocks.route(words("language"), f"/{language}", show_in_navbar=False):
            _page(blocks, behind, words)
    return blocks


def _page(blocks: gr.Blocks, behind: Behind, words: Words) -> None:
    masthead = _Masthead(behind.assistant, words)
    with gr.Column(elem_id="page"):
        drawn = gr.HTML(masthead.drawn(), elem_id="masthead")
        with gr.Tabs(elem_id="views", selected="chat") as views:
            with gr.Tab(words("view_chat"), id="chat", elem_id="chat-view"):
                chat = chat_view(behind.assistant, words, behind.examples, behind.feedback)
            with gr.Tab(words("view_library"), id="library", elem_id="library-view") as tab:
                library = library_view(behind.assistant, behind.library, words)
            if behind.bench:
                with gr.Tab(words("view_evaluation"), id="evaluation", elem_id="evaluation-view"):
                    evaluation = evaluation_view(behind.bench, words, behind.feedback)
                _open_in_the_chat(evaluation, chat, views)
    library.refresh_on(tab.select)
    blocks.load(masthead.drawn, None, drawn, **QUIET)
    for change in library.changes:
        change.then(masthead.drawn, None, drawn, **QUIET)


def _open_in_the_chat(evaluation: EvaluationView, chat: Chat, views: gr.Tabs) -> None:
    """Put the question of a failure into the box, in a new conversation with its earlier turns."""
    select = evaluation.open.click(lambda: gr.update(selected="chat"), None, views, **QUIET)
    chat.begin_on(select.then, evaluation.opened)  # after it: what is hidden takes no focus


@dataclass(frozen=True, slots=True)
class _Masthead:
    assistant: Answering
    words: Words

    def drawn(self) -> str:
        """Say what is searched; read at each load, so that a new report is counted."""
        try:
            line = archive_line(self.words, self.assistant.entries())
        except RagError as error:
            line = trouble_line(self.words, error)
        return (
            f"<header {self._told()}><h1>Sourcier</h1>"
            f'<p id="archive">{escaped(line)}</p>{self._languages()}</header>'
        )

    def _told(self) -> str:
        """What `page.js` says by itself."""
        told = {
            "language": self.words.language,
            "log": self.words("conversation"),
            "copied": self.words("act_copied"),
            "replaces": self.words("act_replaces"),
            "not-copied": self.words("act_not_copied"),
        }
        return " ".join(f'data-{name}="{escaped(said)}"' for name, said in told.items())

    def _languages(self) -> str:
        links = "".join(self._link(language) for language in LANGUAGES)
        return f'<nav aria-label="{self.words("languages")}">{links}</nav>'

    def _link(self, language: Language) -> str:
        path = "./" if language == LANGUAGES[0] else f"./{language}"
        here = ' aria-current="page"' if language == self.words.language else ""
        name = Words(language)("language")
        return f'<a href="{path}" lang="{language}" hreflang="{language}"{here}>{name}</a>'
