"""The view that asks a question set and shows how good the answers are. HTML: `ui.measured`."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from eval.bench import Bench, RunGoesOn, Running
from eval.questions import Question
from rag.errors import RagError
from ui import feedback, measured
from ui.html import escaped
from ui.quiet import QUIET
from ui.words import Words

logger = logging.getLogger(__name__)

_LOOKS = 0.25
"""Seconds between two looks at how far a run is."""


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """What the page needs of the view: `open` is clicked, and `opened` then goes to the chat."""

    open: gr.Button
    opened: gr.State
    """The `eval.questions.Question` of the failure that is shown, with its earlier turns; None
    where no failure is."""


def evaluation_view(bench: Bench, words: Words, said: Path | None = None) -> EvaluationView:
    """Lay the view out; `said` is the file of what people said of answers."""
    with gr.Column(elem_classes="evaluation"):
        gr.HTML(f'<p class="lead">{escaped(words("evaluation_about"))}</p>')
        asking = _asking(words, from_feedback=said is not None)
        runs = _runs(words)
        failures = _failures(words)
    _wire(_Desk(bench, words, said), asking, runs, failures)
    return EvaluationView(failures.opens, failures.opened)


class _Asking(NamedTuple):
    """A set is chosen or made, and asked."""

    sets: gr.Dropdown
    upload: gr.UploadButton
    made: gr.Button
    note: gr.HTML
    checked: gr.HTML
    lenient: gr.Checkbox
    start: gr.Button
    stop: gr.Button
    status: gr.HTML


def _asking(words: Words, *, from_feedback: bool) -> _Asking:
    with gr.Column(elem_classes="asking"):
        _heading(words("evaluation_sets"))
        sets = _dropdown(words("evaluation_choose_set"), "evaluation-set")
        with gr.Row(elem_classes="ways"):
            upload = gr.UploadButton(words("evaluation_add_set"), size="sm", min_width=120)
            made = gr.Button(
                words("evaluation_from_feedback"), size="sm", min_width=120, visible=from_feedback
            )
        note = gr.HTML("", elem_id="evaluation-note")
        checked = gr.HTML("", elem_id="evaluation-checked")
        lenient = gr.Checkbox(False, label=words("evaluation_lenient"), visible=False)
        with gr.Row(elem_classes="ways"):
            start = gr.Button(words("evaluation_run"), variant="primary", size="sm")
            stop = gr.Button(words("evaluation_stop"), size="sm", interactive=False)
        status = gr.HTML("", elem_id="evaluation-status")
    return _Asking(sets, upload, made, note, checked, lenient, start, stop, status)


class _Runs(NamedTuple):
    """A run is chosen, and maybe one before it."""

    run: gr.Dropdown
    before: gr.Dropdown
    told: gr.HTML
    measures: gr.HTML


def _runs(words: Words) -> _Runs:
    _heading(words("evaluation_results"))
    with gr.Row(elem_classes="ways"):
        run = _dropdown(words("evaluation_choose_run"), "evaluation-run")
        before = _dropdown(words("evaluation_choose_before"), "evaluation-before")
    told = gr.HTML("", elem_id="evaluation-told")
    return _Runs(run, before, told, gr.HTML("", elem_id="evaluation-measures"))


class _Failures(NamedTuple):
    """What failed in the run, one at a time."""

    failure: gr.HTML
    place: gr.State
    opened: gr.State
    back: gr.Button
    onward: gr.Button
    opens: gr.Button


def _failures(words: Words) -> _Failures:
    _heading(words("evaluation_failures"))
    failure = gr.HTML("", elem_id="evaluation-failures")
    with gr.Row(elem_classes="ways"):
        steps = [
            gr.Button(words(f"evaluation_{name}"), size="sm", interactive=False)
            for name in ("previous", "next", "open")
        ]
    return _Failures(failure, gr.State(0), gr.State(None), *steps)


def _wire(desk: "_Desk", asking: _Asking, runs: _Runs, failures: _Failures) -> None:
    sets, chosen = asking.sets, [runs.run, runs.before]
    running = [asking.status, asking.start, asking.stop, *chosen]
    shown = [runs.told, *failures]
    stepped = [runs.run, failures.place]
    quiet: dict[str, Any] = {**QUIET, "concurrency_limit": None}
    gr.on(None, desk.arrived, [], [sets, *running, runs.told], **quiet)
    sets.change(desk.checked, sets, [asking.checked, asking.lenient], **quiet)
    asking.upload.upload(desk.added, asking.upload, [sets, asking.note, asking.upload], **quiet)
    asking.made.click(desk.made, None, [sets, asking.note], **quiet)
    asked = [sets, runs.before, asking.lenient]
    asking.start.click(desk.asked, asked, running, trigger_mode="once", **quiet)
    asking.stop.click(desk.stopped, None, [asking.status], **quiet)
    gr.on(
        [one.change for one in chosen],
        desk.shown,
        chosen,
        [runs.measures, *shown],
        trigger_mode="always_last",
        **quiet,
    )
    failures.back.click(desk.earlier, stepped, shown, **quiet)
    failures.onward.click(desk.later, stepped, shown, **quiet)


def _heading(text: str) -> gr.HTML:
    return gr.HTML(f"<h2>{escaped(text)}</h2>")


def _dropdown(label: str, name: str) -> gr.Dropdown:
    """One that only offers what there is: typing in it would do nothing."""
    return gr.Dropdown(
        [], value=None, label=label, elem_id=name, filterable=False, interactive=True, min_width=240
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    """The handlers of the view's events. What a person chose is in their arguments, not here."""

    bench: Bench
    words: Words
    said: Path | None

    # Which sets and runs there are, and how far the run is that goes on

    def arrived(self) -> Iterator[tuple[Any, ...]]:
        """Fill the choices at each load, and follow the run that goes on, if one does."""
        sets = gr.update(choices=self.bench.sets())
        hint = "evaluation_run_needed" if self.bench.runs() else "evaluation_no_runs"
        results = measured.message(self.words(hint))
        running = self.bench.running
        if running is None or running.ended.is_set():
            status = "" if self.bench.sets() else measured.message(self.words("evaluation_no_sets"))
            yield sets, *self._still(status), results
            return
        for values in self._followed(running):
            yield sets, *values, results

    def asked(self, name: str | None, before: str | None, lenient: bool) -> Iterator[Any]:
        """Ask a set, and show how far it is until it ended."""
        if not name:
            yield self._still(measured.message(self.words("evaluation_set_needed"), bad=True))
            return
        running: Running | None
        try:
            running = self.bench.start(name, before=before or "", lenient=lenient)
        except RunGoesOn:  # of another tab or person: its bar says of which set
            running = self.bench.running
        except Exception as error:  # the rim: whatever happened, the view and what it shows stay
            yield self._still(self._trouble(error))
            return
        if running:
            yield from self._followed(running)

    def _followed(self, running: Running) -> Iterator[tuple[Any, ...]]:
        told = ""
        while not running.ended.wait(_LOOKS):
            now = measured.progress(self.words, running)
            if now != told:
                yield now, gr.update(interactive=False), gr.update(interactive=True), *_skipped(2)
            told = now
        if running.trouble:
            self._logged(running.trouble)
        yield self._still(measured.ended(self.words, running), chosen=running.name)

    def _still(self, status: str, *, chosen: str = "") -> tuple[Any, ...]:
        """Return the view with no run going on; `chosen` is the run to show, if not the same."""
        runs = [(measured.run_label(self.words, one), one.name) for one in self.bench.runs()]
        none = (self.words("evaluation_none"), "")
        update = gr.update(choices=runs, value=chosen) if chosen else gr.update(choices=runs)
        before = gr.update(choices=[none, *runs])
        return status, gr.update(interactive=True), gr.update(interactive=False), update, before

    def stopped(self) -> str:
        self.bench.stop()
        return measured.message(self.words("evaluation_stopping"))

    # A set

    def checked(self, name: str | None) -> Iterator[tuple[Any, Any]]:
        """Say what a set holds, and all that is wrong with it."""
        if not name:
            yield "", gr.update(visible=False)
            return
        yield measured.message(self.words("evaluation_checking")), gr.skip()
        try:
            sets = self.bench.checked(name)
            told = measured.checked(self.words, sets, self.bench.unfinished(name))
            yield told, gr.update(visible=bool(sets.faults and sets.questions), value=False)
        except Exception as error:  # the rim
            yield self._trouble(error), gr.update(visible=False)

    def added(self, file: str | None) -> tuple[Any, ...]:
        """Add a set of the reader's own, and choose it; one that cannot be asked is not kept."""
        emptied = gr.update(value=None)
        if not file:
            return gr.skip(), gr.skip(), emptied
        path = Path(file)
        try:
            name, sets = self.bench.add(path, path.name)
        except Exception as error:  # the rim
            return gr.skip(), self._trouble(error), emptied
        if not name:
            told = measured.message(self.words("evaluation_not_added", name=path.name), bad=True)
            return gr.skip(), told + measured.checked(self.words, sets), emptied
        told = measured.message(self.words("evaluation_added", name=name))
        return self._chosen(name), told, emptied

    def made(self) -> tuple[Any, Any]:
        """Make a set of what people said of answers, and choose it."""
        try:
            assert self.said is not None, "the button is hidden without it"
            lines = feedback.question_set(self.said)
            if not lines:
                return gr.skip(), measured.message(self.words("evaluation_no_feedback"), bad=True)
            written = "".join(f"{line}\n" for line in lines).encode()
            name = self.bench.keep(f"feedback-{date.today():%Y-%m-%d}.jsonl", written)
            unread = feedback.said(self.said).unread
        except Exception as error:  # the rim
            return gr.skip(), self._trouble(error)
        told = measured.message(self.words("evaluation_added", name=name))
        if unread:
            numbers = ", ".join(map(str, unread))
            line = self.words.count("evaluation_feedback_unread", len(unread), lines=numbers)
            told += measured.message(line, bad=True)
        return self._chosen(name), told

    def _chosen(self, name: str) -> Any:
        return gr.update(choices=self.bench.sets(), value=name)

    # A run

    def shown(self, name: str | None, before: str | None) -> Iterator[tuple[Any, ...]]:
        """Show the measures of a run, how it differs from another, and its first failure."""
        if not name:
            yield tuple(_skipped(8))
            return
        told = measured.message(self.words("evaluation_reading"))
        yield gr.skip(), told, *_skipped(6)
        try:
            run = self.bench.run(name)
            other = before if before and before != name else ""
            comparison = self.bench.compared(other, name) if other else None
            labels = {one.name: measured.run_label(self.words, one) for one in self.bench.runs()}
            results = measured.results(self.words, run, comparison, labels.get(other, other))
            yield results, "", *self._failure(name, 0)
        except Exception as error:  # the rim: what was shown stays
            yield gr.skip(), self._trouble(error), *_skipped(6)

    def earlier(self, name: str | None, place: int) -> tuple[Any, ...]:
        return self._stepped(name, place - 1)

    def later(self, name: str | None, place: int) -> tuple[Any, ...]:
        return self._stepped(name, place + 1)

    def _stepped(self, name: str | None, place: int) -> tuple[Any, ...]:
        if not name:
            return tuple(_skipped(7))
        try:
            return "", *self._failure(name, place)
        except Exception as error:  # the rim: what was shown stays
            return self._trouble(error), *_skipped(6)

    def _failure(self, name: str, place: int) -> tuple[Any, ...]:
        """Return a failure, its place, its question, and which buttons lead on."""
        failed = self.bench.failed(name)
        if not failed:
            told = measured.message(self.words("evaluation_no_failures"))
            return told, 0, None, *[gr.update(interactive=False)] * 3
        place = min(max(place, 0), len(failed) - 1)
        block = measured.failure_block(self.words, failed[place], place, len(failed))
        question: Question = failed[place].record.question
        leads = (place > 0, place < len(failed) - 1, True)
        return block, place, question, *(gr.update(interactive=one) for one in leads)

    # Trouble

    def _trouble(self, error: Exception) -> str:
        self._logged(error)
        return measured.trouble(self.words, error)

    def _logged(self, error: Exception) -> None:
        if not isinstance(error, RagError):
            logger.error("The evaluation failed", exc_info=error)


def _skipped(count: int) -> list[Any]:
    return [gr.skip()] * count
