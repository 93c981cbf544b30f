"""The filters beside the question box, and what they come to."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.errors import BadFilter
from rag.records import SEARCHED
from rag.retrieve import Filters
from rag.sought import periods
from ui.words import LANGUAGES, Words


class NotUnderstood(Exception):
    """What was written in a filter cannot be used; says why, in the page's language."""


@dataclass(frozen=True, slots=True)
class FilterBoxes:
    """The components, in the order in which `chosen` takes their values."""

    since: gr.Textbox
    until: gr.Textbox
    source: gr.Textbox
    language: gr.Dropdown
    kind: gr.Dropdown
    clear: gr.Button
    fold: gr.Accordion

    @property
    def inputs(self) -> list[Any]:
        return [self.since, self.until, self.source, self.language, self.kind]


def filter_boxes(words: Words) -> FilterBoxes:
    """Lay the filters out, folded."""
    with gr.Accordion(words("filters"), open=False, elem_id="filters") as fold:
        with gr.Row():
            hint = words("filter_date_hint")
            since = gr.Textbox(label=words("filter_since"), placeholder=hint, min_width=96)
            until = gr.Textbox(label=words("filter_until"), placeholder=hint, min_width=96)
            source = gr.Textbox(
                label=words("filter_source"), placeholder=words("filter_source_hint"), min_width=96
            )
            language = _choice(words, "filter_language", "lang", LANGUAGES)
            kind = _choice(words, "filter_kind", "kind", sorted(SEARCHED))
        clear = gr.Button(words("filters_clear"), elem_classes="quiet", size="sm")
    return FilterBoxes(since, until, source, language, kind, clear, fold)


def _choice(words: Words, name: str, prefix: str, values: Any) -> gr.Dropdown:
    choices = [(words("filter_any"), "")]
    choices += [(words(f"{prefix}_{value}"), value) for value in values]
    return gr.Dropdown(choices, value="", label=words(name), min_width=96, filterable=False)


def chosen(words: Words, *values: str | None) -> Filters | None:
    """Return the filters that `FilterBoxes.inputs` come to, None where there are none.

    A date may be written as ISO has it or as the page's language does.

    :raises NotUnderstood: it is neither, or `Filters` cannot be made of these.
    """
    # Gradio gives None for a box that was never unfolded.
    since, until, source, language, kind = (value or "" for value in values)
    first, last = _date(words, since, first=True), _date(words, until, first=False)
    try:
        filters = Filters(first, last, source.strip() or None, language or None, kind or None)
    except BadFilter as error:
        raise NotUnderstood(words(f"filter_bad_{'_'.join(error.names)}")) from None
    return filters or None


def _date(words: Words, written: str, *, first: bool) -> str | None:
    written = written.strip()
    if not written:
        return None
    try:
        Filters(since=written)
    except BadFilter:
        found = periods(written, words.language)
        if not found or found[0][0].yearly:
            raise NotUnderstood(words("filter_bad_date", written=written[:60])) from None
        period = found[0][0]
        return (period.first if first else period.last).isoformat()
    return written
