"""The library: the reports of the archive as a table, and what is added to it or taken from it."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import gradio as gr
from gradio.events import Dependency

from rag.errors import RagError
from rag.index import Progress
from rag.library import FORMATS, LARGEST_FILE, MOST_FILES, Archive, Catalogue, Library, Upload
from rag.metadata import Entry
from ui.html import escaped
from ui.library_html import (
    confirmation,
    failures_block,
    language_name,
    progress_block,
    reports_block,
    said_block,
    summary_line,
)
from ui.quiet import QUIET
from ui.reasons import trouble_line
from ui.words import Words

logger = logging.getLogger(__name__)

A_PAGE = 50
"""Reports drawn at once: an archive may have a hundred thousand."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LibraryView:
    """The components of the view, and the events after which the archive is another."""

    said: gr.HTML
    query: gr.Textbox
    language: gr.Dropdown
    reports: gr.HTML
    place: gr.HTML
    previous: gr.Button
    next: gr.Button
    failures: gr.HTML
    page: gr.State
    asked: gr.State
    """The report that may be removed: its source, or ""."""
    uploads: gr.HTML
    sure: gr.Column
    question: gr.HTML
    desk: "_Desk"
    changes: list[Dependency]

    @property
    def shown(self) -> list[Any]:
        """What `refresh` draws."""
        return [
            self.reports,
            self.place,
            self.previous,
            self.next,
            self.page,
            self.language,
            self.failures,
        ]

    def refresh_on(self, trigger: Callable[..., Dependency]) -> Dependency:
        """Draw the reports anew at this event, `tab.select` for one: they may be others now."""
        return trigger(
            self.desk.refreshed,
            [self.query, self.language, self.page],
            self.shown,
            show_progress="hidden",
            api_visibility="private",
        )


def library_view(archive: Archive, library: Library | None, words: Words) -> LibraryView:
    """Lay the view out in the present block; without a `library` it only reads."""
    desk = _Desk(archive, library, words, Catalogue(archive))
    with gr.Column(elem_id="library"):
        gr.HTML(_heading(words, library), elem_id="library-heading")
        with gr.Column(elem_id="library-add", visible=library is not None):
            gr.HTML(_limits(words), elem_id="library-limits", js_on_load=_LIMITS_JS)
            with gr.Row(elem_id="library-acts"):
                add = gr.UploadButton(
                    words("library_add"),
                    file_count="multiple",
                    elem_id="library-upload",
                    variant="primary",
                    size="sm",
                    scale=0,
                )
                again = gr.Button(
                    words("library_reindex"), elem_id="library-reindex", size="sm", scale=0
                )
        said = gr.HTML("", elem_id="library-said", js_on_load=_LIVE_JS)
        uploads = gr.HTML("", elem_id="library-uploads")
        with gr.Column(elem_id="library-sure", visible=False) as sure:
            question = gr.HTML("", elem_id="library-question", js_on_load=_LIVE_JS)
            with gr.Row(elem_id="library-answers"):
                yes = gr.Button(
                    words("library_yes"), elem_id="library-yes", variant="stop", size="sm", scale=0
                )
                no = gr.Button(words("library_no"), elem_id="library-no", size="sm", scale=0)
        with gr.Row(elem_id="library-sought"):
            query = gr.Textbox(
                label=words("library_search"),
                placeholder=words("library_search_hint"),
                elem_id="library-query",
                lines=1,
                max_lines=1,
                scale=3,
                html_attributes=gr.InputHTMLAttributes(
                    autocomplete="off", enterkeyhint="search", lang=words.language
                ),
            )
            language = gr.Dropdown(
                [(words("library_any"), "")],
                value="",
                label=words("library_language"),
                elem_id="library-language",
                filterable=False,
                scale=1,
            )
        reports = gr.HTML("", elem_id="library-reports", js_on_load=_REPORTS_JS)
        with gr.Row(elem_id="library-pages"):
            previous = gr.Button(
                words("library_previous"), elem_id="library-previous", size="sm", scale=0
            )
            place = gr.HTML("", elem_id="library-place", js_on_load=_LIVE_JS)
            following = gr.Button(words("library_next"), elem_id="library-next", size="sm", scale=0)
        failures = gr.HTML("", elem_id="library-failures")
        page, asked = gr.State(1), gr.State("")
    view = LibraryView(
        said=said,
        query=query,
        language=language,
        reports=reports,
        place=place,
        previous=previous,
        next=following,
        failures=failures,
        page=page,
        asked=asked,
        uploads=uploads,
        sure=sure,
        question=question,
        desk=desk,
        changes=[],
    )
    _wire(view, add, again, yes, no)
    return view


def _wire(
    view: LibraryView,
    add: gr.UploadButton,
    again: gr.Button,
    yes: gr.Button,
    no: gr.Button,
) -> None:
    desk = view.desk
    looked_at = [view.query, view.language, view.page]
    table = view.shown[:5]
    # `change`: Gradio's `input` hears keys alone, not what is pasted or dictated.
    gr.on(
        [view.query.change, view.language.input],
        desk.searched,
        [view.query, view.language],
        table,
        trigger_mode="always_last",
        **QUIET,
    )
    view.previous.click(desk.before, looked_at, table, **QUIET)
    view.next.click(desk.after, looked_at, table, **QUIET)
    view.reports.click(desk.ask, None, [view.sure, view.question, view.asked], **QUIET).then(
        None, js="() => setTimeout(() => document.querySelector('#library-no')?.focus(), 60)"
    )
    no.click(lambda: (gr.update(visible=False), ""), None, [view.sure, view.asked], **QUIET).then(
        None, js=_TO_THE_SEARCH_JS
    )
    # No queue: who comes while another writes is told so, rather than left waiting.
    writing: dict[str, Any] = {**QUIET, "concurrency_limit": None, "trigger_mode": "once"}
    written = [view.said, view.uploads]
    changing = [
        add.upload(desk.add, [add], [*written, add], **writing),
        yes.click(desk.remove, [view.asked], [view.said, view.sure, view.asked], **writing),
        again.click(desk.reindex, None, written, **writing),
    ]
    changing[1].then(None, js=_TO_THE_SEARCH_JS)
    view.changes.extend(
        change.then(desk.refreshed, looked_at, view.shown, **QUIET) for change in changing
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    """The handlers of the view's events."""

    archive: Archive
    library: Library | None
    words: Words
    catalogue: Catalogue

    # --- looking -------------------------------------------------------------------------------

    def refreshed(self, query: str, language: str | None, page: int) -> tuple[Any, ...]:
        """Draw all of it: reports, languages and failures."""
        try:
            languages = self.catalogue.languages()
            failed = failures_block(self.words, self.archive.failures())
        except Exception as error:
            return (*self._trouble(error), gr.skip(), "")
        chosen = language if language in languages else ""
        named = ((language_name(self.words, code), code) for code in languages)
        choices = [(self.words("library_any"), ""), *named]
        return (
            *self._drawn(query, chosen, page),
            gr.update(choices=choices, value=chosen),
            failed,
        )

    def searched(self, query: str, language: str | None) -> tuple[Any, ...]:
        return self._drawn(query, language, 1)

    def before(self, query: str, language: str | None, page: int) -> tuple[Any, ...]:
        return self._drawn(query, language, page - 1)

    def after(self, query: str, language: str | None, page: int) -> tuple[Any, ...]:
        return self._drawn(query, language, page + 1)

    def _drawn(self, query: str, language: str | None, page: int) -> tuple[Any, ...]:
        """Return reports, place, both buttons and the number of the page."""
        try:
            found = self.catalogue.found(query or "", language or None)
        except Exception as error:
            return self._trouble(error)
        last = max(1, -(-len(found) // A_PAGE))
        page = min(max(1, page), last)
        first = (page - 1) * A_PAGE
        shown = found[first : first + A_PAGE]
        return (
            reports_block(self.words, self._marked(shown), removable=self.library is not None),
            summary_line(self.words, found, first, len(shown)),
            gr.update(interactive=page > 1, visible=last > 1),
            gr.update(interactive=page < last, visible=last > 1),
            page,
        )

    def _marked(self, entries: Sequence[Entry]) -> list[tuple[Entry, bool]]:
        """Tell of each report whether it was added from the page."""
        library = self.library
        return [(one, library is not None and library.holds(one.source)) for one in entries]

    def _trouble(self, error: Exception) -> tuple[Any, ...]:
        hidden = gr.update(visible=False)
        return said_block(self._line(error), bad=True), "", hidden, hidden, 1

    # --- changing ------------------------------------------------------------------------------

    def add(self, files: list[str] | None) -> Iterator[tuple[Any, ...]]:
        """Add files, telling of each what becomes of it."""
        paths = [Path(file) for file in files or ()]
        if not paths or self.library is None:
            yield "", "", None
            return
        working = _Working(lambda tell: self._library.add(paths, watcher=lambda *told: tell(told)))
        try:
            for uploads, share in working:
                done = sum(upload.is_over for upload in uploads)
                line = self.words("library_adding", done=done, all=len(uploads))
                drawn = progress_block(self.words, uploads, share)
                yield said_block(line), drawn, gr.skip()
            yield (
                said_block(self._came_to(working.result)),
                progress_block(self.words, working.result, None),
                None,  # the copies that Gradio made are deleted below
            )
        except Exception as error:
            yield said_block(self._line(error), bad=True), "", None
        finally:
            for path in paths:  # Gradio's copies; those of the library are its own
                path.unlink(missing_ok=True)

    def _came_to(self, uploads: Sequence[Upload]) -> str:
        counts = {state: sum(one.state == state for one in uploads) for state in _ENDS}
        told = (self.words.count(f"library_{s}", n) for s, n in counts.items() if n)
        return ", ".join(told)

    def ask(self, event: gr.EventData) -> tuple[Any, ...]:
        """Ask whether the report is to be removed, and say what that comes to."""
        source = str((event._data or {}).get("source", ""))
        try:
            removal = self._library.removal(source)
            title = next((e.title for e in self.archive.entries() if e.source == source), "")
        except Exception as error:
            return gr.update(visible=False), said_block(self._line(error), bad=True), ""
        if removal is None:
            line = self.words("library_removed_before", source=source)
            return gr.update(visible=True), said_block(line, bad=True), ""
        return gr.update(visible=True), confirmation(self.words, title or source, removal), source

    def remove(self, source: str) -> Iterator[tuple[Any, ...]]:
        hidden = gr.update(visible=False)
        if not source:
            yield gr.skip(), hidden, ""
            return
        yield said_block(self.words("library_removing")), hidden, ""
        try:
            title = next((e.title for e in self.archive.entries() if e.source == source), "")
            removal = self._library.remove(source)
        except Exception as error:
            yield said_block(self._line(error), bad=True), hidden, ""
            return
        name = "library_removed_before" if removal is None else "library_removed"
        line = self.words(name, source=source, title=title or source)
        yield said_block(line, bad=removal is None), hidden, ""

    def reindex(self) -> Iterator[tuple[Any, ...]]:
        yield said_block(self.words("library_reindexing")), ""
        working = _Working(lambda tell: self._library.reindex(watcher=tell))
        try:
            for progress in working:
                yield said_block(self._how_far(progress)), gr.skip()
            report = working.result
        except Exception as error:
            yield said_block(self._line(error), bad=True), ""
            return
        counts = {
            "added": len(report.added) + len(report.copies) + len(report.moved),
            "changed": len(report.changed),
            "removed": len(report.removed),
            "unchanged": len(report.unchanged),
        }
        shown = {name: self.words.number(count) for name, count in counts.items()}
        line = said_block(self.words("library_reindexed", **shown))
        # What could not be read of a file is kept, and listed below; of a folder it is told now.
        yield line, failures_block(self.words, [p for p in report.failed if p.source.endswith("/")])

    def _how_far(self, progress: Progress) -> str:
        files = {"done": progress.files, "all": progress.of_files}
        return self.words("library_reindexing_file", **files)

    @property
    def _library(self) -> Library:
        """Whoever has none has no buttons, but may send what the buttons send."""
        if self.library is None:
            raise _OnlyReads(self.words("library_reads_only"))
        return self.library

    def _line(self, error: Exception) -> str:
        if isinstance(error, RagError):
            return trouble_line(self.words, error)
        logger.error("The archive could not be changed or shown", exc_info=error)
        return self.words("unexpected")


_ENDS = ("added", "known", "refused")


class _OnlyReads(RagError):
    pass


class _Working(Generic[T]):
    """Work done in a thread of its own, to the end, which tells on the way how far it is."""

    result: T

    def __init__(self, work: Callable[[Callable[[Any], None]], T]) -> None:
        self._told: SimpleQueue[Any] = SimpleQueue()
        self._error: Exception | None = None
        self._work = work
        # Whoever closes the page meanwhile stops nothing.
        threading.Thread(target=self._run).start()

    def _run(self) -> None:
        try:
            self.result = self._work(self._told.put)
        except Exception as error:
            self._error = error
        self._told.put(_END)

    def __iter__(self) -> Iterator[Any]:
        """Yield what is told; raise what the work raises."""
        while (told := self._told.get()) is not _END:
            yield told
        if self._error:
            raise self._error


_END = object()


def _heading(words: Words, library: Library | None) -> str:
    only = "" if library else f"<p>{escaped(words('library_reads_only'))}</p>"
    return f"<h2>{escaped(words('library_title'))}</h2>{only}"


def _limits(words: Words) -> str:
    size = LARGEST_FILE >> 20
    limits = words("library_limits", most=MOST_FILES, size=size, formats=", ".join(FORMATS))
    too_large = words("library_too_large", name="\x00", size=size).replace("\x00", "%s")
    return (
        f"<h3>{escaped(words('library_add_title'))}</h3>"
        f"<p>{escaped(limits)}</p><p>{escaped(words('library_keeps'))}</p>"
        f'<div class="too-large" role="status" data-most="{LARGEST_FILE}" '
        f'data-said="{escaped(too_large)}" data-formats="{",".join(FORMATS)}"></div>'
    )


# A file that is too large is not sent at all: Gradio would send it, and say no in English.
_LIMITS_JS = """
const told = () => element.querySelector('.too-large');
const chosen = (event) => event.target.closest?.('#library-acts input[type=file]')
  ?? (event.target.matches?.('input[type=file]') && document.getElementById('library-acts')
      ?.contains(event.target) ? event.target : null);
function ready() {
  const input = document.querySelector('#library-acts input[type=file]');
  if (!input) return setTimeout(ready, 200);
  input.accept = told().dataset.formats;
  input.tabIndex = -1;
}
ready();
document.addEventListener('change', (event) => {
  const input = chosen(event);
  if (!input || !input.files.length) return;
  const list = told(), most = Number(list.dataset.most);
  const small = new DataTransfer();
  list.replaceChildren();
  for (const file of input.files) {
    if (file.size <= most) { small.items.add(file); continue; }
    const line = document.createElement('p');
    line.textContent = list.dataset.said.replace('%s', () => file.name);
    list.append(line);
  }
  if (small.files.length === input.files.length) return;
  if (small.files.length) { input.files = small.files; return; }
  input.value = '';
  event.stopImmediatePropagation();
}, true);
"""

# What appears in it is read aloud; the element itself must be there before.
_LIVE_JS = "element.setAttribute('role', 'status');"

_REPORTS_JS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-source]');
  if (button) trigger('click', { source: button.dataset.source });
});
"""

_TO_THE_SEARCH_JS = (
    "() => document.querySelector('#library-query input, #library-query textarea')?.focus()"
)
