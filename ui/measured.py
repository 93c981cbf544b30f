"""Question sets and runs as HTML: faults, progress, measures, plots, what failed and why.

Everything that a set or an archive says is escaped; what is computed comes from `eval`.
"""

import base64
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from eval import plots
from eval.bench import Kept, Running
from eval.compare import Comparison, Difference
from eval.failures import Failure
from eval.figures import ALL, Figure
from eval.flaws import Flaw
from eval.measures import MEASURES
from eval.questions import Question
from eval.records import Record
from eval.run import Run
from eval.sets import Fault, Sets
from rag.errors import RagError
from ui.html import escaped
from ui.reasons import trouble_line
from ui.words import Words, phrases

_MOST_FAULTS = 30
_MOST_KINDS = 30
_MOST_TURNED = 40
_PASSAGES = 8
_LONGEST_PASSAGE = 260
_LONGEST_NAME = 40


# Messages


def message(text: str, *, bad: bool = False) -> str:
    """Return a line that a screen reader tells at once."""
    return f'<p class="told{" bad" if bad else ""}" role="status">{escaped(text)}</p>'


def trouble(words: Words, error: Exception) -> str:
    """Return what went wrong, in the page's language."""
    said = trouble_line(words, error) if isinstance(error, RagError) else words("unexpected")
    return message(said, bad=True)


def progress(words: Words, running: Running) -> str:
    """Return how far a run is: a bar, and the same as words."""
    if running.stopping.is_set():
        said = words("evaluation_stopping")
    elif not running.total:
        return message(words("evaluation_starting"))
    else:
        done, total = words.number(running.done), words.number(running.total)
        said = words("evaluation_progress_count", done=done, total=total)
    label = escaped(words("evaluation_progress", name=running.of))
    bar = f'<progress max="{running.total or 1}" value="{running.done}" aria-label="{label}">'
    return f'<p class="told">{bar}</progress> <span class="count">{escaped(said)}</span></p>'


def ended(words: Words, running: Running) -> str:
    """Return how a run ended: whole, stopped, or with trouble."""
    if running.trouble:
        return trouble(words, running.trouble)
    if running.was_stopped:
        done, total = words.number(running.done), words.number(running.total)
        return message(words("evaluation_stopped", done=done, total=total))
    return message(words.count("evaluation_finished", running.total))


# A set


def checked(words: Words, sets: Sets, unfinished: int = 0) -> str:
    """Return what a set holds and all that is wrong with it, by line."""
    counts = {"questions": len(sets.questions), "drafts": sets.drafts, "faults": len(sets.faults)}
    told = [
        words.count(f"evaluation_{name}", count)
        for name, count in counts.items()
        if count or name == "questions"
    ]
    said = f"{', '.join(told)}." + ("" if sets.faults else f" {words('evaluation_in_order')}")
    parts = [message(said, bad=bool(sets.faults))]
    if sets.faults:
        parts.append(_faults(words, sets.faults))
    if unfinished:
        parts.append(message(words.count("evaluation_unfinished", unfinished)))
    return "".join(parts)


def _faults(words: Words, faults: Sequence[Fault]) -> str:
    rows = [(str(one.line), flaw(words, one.flaw)) for one in faults[:_MOST_FAULTS]]
    heads = (words("evaluation_line"), words("evaluation_fault"))
    table = _table(words("evaluation_faults_caption"), heads, rows)
    more = len(faults) - len(rows)
    return table + (message(words.count("evaluation_more", more)) if more > 0 else "")


def flaw(words: Words, found: Flaw) -> str:
    """Return what is wrong with a line, in the page's language.

    >>> from eval.flaws import flaw as of
    >>> flaw(Words("en"), of("missing", field="id"))
    'the field id is missing'
    """
    return words(f"evaluation_fault_{found.name}", **dict(found.about))


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of plain texts, the first cell of each row being its head."""
    columns = "".join(f'<th scope="col">{escaped(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{escaped(first)}</th>'
        + "".join(f"<td>{escaped(cell)}</td>" for cell in others)
        + "</tr>"
        for first, *others in rows
    )
    return _scrolled(
        caption,
        f"<table><caption>{escaped(caption)}</caption><thead><tr>{columns}</tr></thead>"
        f"<tbody>{body}</tbody></table>",
    )


def _scrolled(label: str, table: str) -> str:
    """Let a table scroll by itself, by keyboard as well, and not the page."""
    named = f'role="region" tabindex="0" aria-label="{escaped(label)}"'
    return f'<div class="scroll" {named}>{table}</div>'


# A run


def run_label(words: Words, kept: Kept) -> str:
    """Return what a run is called in the choice of runs."""
    date = words.date(kept.day)
    return words("evaluation_run_label", name=kept.of, date=date, time=kept.time)


def results(words: Words, run: Run, comparison: Comparison | None = None, before: str = "") -> str:
    """Return the measures of a run, by language and by kind, and how it differs from another."""
    languages = run.languages
    kinds = [kind for kind in run.kinds if "right" in run.figures[kind]][:_MOST_KINDS]
    parts = [
        f'<p class="lead">{escaped(words("evaluation_heading"))}</p>',
        f'<p class="meta">{escaped(" · ".join(_circumstances(words, run)))}</p>',
        _plot(words, "languages", plots.by_language(run.figures, languages[1:], _called(words))),
        _measures(words, run, languages, words("evaluation_table"), explained=True),
    ]
    if kinds:
        drawn = plots.by_kind(run.figures, kinds, lambda kind: kind_name(words, kind))
        shown = escaped(words("evaluation_kinds_show"))
        table = _measures(words, run, kinds, words("evaluation_kinds"))
        parts += [
            f"<h3>{escaped(words('evaluation_kinds'))}</h3>",
            _plot(words, "kinds", drawn),
            f"<details><summary>{shown}</summary>{table}</details>",
        ]
    if comparison:
        parts.append(_comparison(words, comparison, before))
    return f'<div class="results">{"".join(parts)}</div>'


def _circumstances(words: Words, run: Run) -> Iterator[str]:
    yield words.count("evaluation_questions", len(run.records))
    if model := run.settings.get("model"):
        yield str(model)
    if reports := run.settings.get("reports"):
        yield words("evaluation_archive_id", id=str(reports)[:12])
    if commit := str(run.settings.get("commit") or ""):
        shown = commit[:12] + "+" * commit.endswith("+")
        yield words("evaluation_commit", commit=shown)


def _measures(
    words: Words, run: Run, groups: Sequence[str], caption: str, *, explained: bool = False
) -> str:
    names = [m.name for m in MEASURES if any(m.name in run.figures[g] for g in groups)]
    heads = "".join(f'<th scope="col">{escaped(group_name(words, group))}</th>' for group in groups)
    rows = "".join(
        f'<tr><th scope="row">{_measure_head(words, name, explained)}</th>'
        + "".join(f"<td>{_figure(words, run.figures[group].get(name))}</td>" for group in groups)
        + "</tr>"
        for name in names
    )
    counts = "".join(
        f"<td>{words.number(run.figures[group]['language'].questions)}</td>" for group in groups
    )
    return _scrolled(
        caption,
        f"<table><caption>{escaped(caption)}. {escaped(words('evaluation_table_note'))}</caption>"
        f'<thead><tr><th scope="col">{escaped(words("evaluation_measure"))}</th>{heads}</tr>'
        "</thead>"
        f'<tbody>{rows}<tr><th scope="row">{escaped(words("evaluation_asked_row"))}</th>{counts}'
        "</tr></tbody></table>",
    )


def _measure_head(words: Words, name: str, explained: bool) -> str:
    means = escaped(words(f"evaluation_means_{name}"))
    head = escaped(words(f"evaluation_measure_{name}"))
    return head + (f"<small>{means}</small>" if explained else "")


def _figure(words: Words, figure: Figure | None) -> str:
    if figure is None:
        return ""
    between = _between(words, figure.low, figure.high)
    return words.number(figure.value) + (f"<small>{between}</small>" if between else "")


def _between(words: Words, low: float, high: float) -> str:
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"{words.number(low)}–{words.number(high)}"


def _plot(words: Words, name: str, svg: str) -> str:
    """As an image it keeps its names to itself, and its text is no markup of the page."""
    drawn = base64.b64encode(svg.encode()).decode()
    alt = escaped(words(f"evaluation_plot_{name}"))
    caption = escaped(words(f"evaluation_caption_{name}"))
    return (
        f'<figure><img src="data:image/svg+xml;base64,{drawn}" alt="{alt}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def group_name(words: Words, group: str) -> str:
    """Return what a group of questions is called: all, a language, or a kind."""
    if group == ALL:
        return words("evaluation_all")
    language = f"lang_{group}"
    return words(language) if _has(words, language) else kind_name(words, group)


def kind_name(words: Words, kind: str) -> str:
    """Return what a kind is called; those that only a set knows are named as it names them."""
    name = f"evaluation_kind_{kind}"
    shown = words(name) if _has(words, name) else kind
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}…"


def _called(words: Words) -> Callable[[str], str]:
    def called(name: str) -> str:
        measure = f"evaluation_measure_{name}"
        return words(measure) if _has(words, measure) else group_name(words, name)

    return called


def _has(words: Words, name: str) -> bool:
    return name in phrases()[words.language]


# Two runs


def _comparison(words: Words, found: Comparison, before: str) -> str:
    parts = [f"<h3>{escaped(words('evaluation_comparison', run=before))}</h3>"]
    if found.differences:
        drawn = plots.of_comparison(found, _called(words))
        heads = ("measure", "before", "after", "difference", "interval", "verdict")
        parts += [
            _plot(words, "comparison", drawn),
            _table(
                words("evaluation_comparison", run=before),
                [words(f"evaluation_{head}") for head in heads],
                [_difference(words, one) for one in found.differences],
            ),
        ]
        parts += [
            f"<p><b>{escaped(words(f'evaluation_{name}'))} ({len(ids)})</b> {_ids(ids)}</p>"
            for name, ids in (("broken", found.broken), ("mended", found.mended))
        ]
    else:
        parts.append(message(words("evaluation_nothing_common")))
    if found.only_before or found.only_after:
        counts = {"before": found.only_before, "after": found.only_after}
        shown = {name: words.number(count) for name, count in counts.items()}
        parts.append(f'<p class="meta">{escaped(words("evaluation_left_out", **shown))}</p>')
    return "".join(parts)


def _difference(words: Words, one: Difference) -> list[str]:
    change = round(one.after - one.before, 3)
    return [
        words(f"evaluation_measure_{one.measure.name}"),
        words.number(one.before),
        words.number(one.after),
        ("+" if change > 0 else "") + words.number(change),
        f"{words.number(one.low)} … {words.number(one.high)}",
        words(f"evaluation_{one.verdict}"),
    ]


def _ids(ids: Sequence[str]) -> str:
    shown = escaped(", ".join(ids[:_MOST_TURNED])) or "–"
    return f"{shown} …" if len(ids) > _MOST_TURNED else shown


# What failed


def failure_block(words: Words, failure: Failure, place: int, of: int) -> str:
    """Return one failure: the question, what was expected, what was answered, what was found."""
    record, asked = failure.record, failure.record.question
    number = words("evaluation_failure_count", n=words.number(place + 1), of=words.number(of))
    why = " · ".join(words(f"evaluation_reason_{one}") for one in failure.reasons)
    tags = [asked.id, group_name(words, asked.language)]
    tags += [kind_name(words, asked.kind)] if asked.kind else []
    return (
        f'<article class="failure"><p class="meta" role="status">{escaped(number)}</p>'
        f'<p class="why">{escaped(why)}</p>{_history(words, asked)}'
        f'<h3 lang="{escaped(asked.language)}">{escaped(asked.question)}</h3>'
        f'<p class="meta">{escaped(" · ".join(tags))}</p>'
        f"<dl><dt>{escaped(words('evaluation_expected'))}</dt><dd>{_expected(words, failure)}</dd>"
        f"<dt>{escaped(words('evaluation_answer'))}</dt>"
        f'<dd lang="{escaped(str(record.answer["language"]))}">{_answer(words, record)}</dd>'
        f"{_comment(words, asked)}</dl>{_passages(words, failure)}</article>"
    )


def _history(words: Words, asked: Question) -> str:
    said = ((words(f"evaluation_turn_{turn.role}"), turn.content) for turn in asked.history)
    return "".join(
        f'<p class="meta"><b>{escaped(who)}</b> {escaped(content)}</p>' for who, content in said
    )


def _expected(words: Words, failure: Failure) -> str:
    asked = failure.record.question
    if not asked.answerable:
        return escaped(words("evaluation_expected_refusal"))
    lines = [escaped(" · ".join(asked.answers))] if asked.answers else []
    for fact, is_said in failure.mentioned:
        lines.append(_fact(fact, is_said, words(f"evaluation_{'said' if is_said else 'unsaid'}")))
    lines += [_fact(one, False, words("evaluation_forbidden")) for one in failure.wrong]
    lines += [_quote(words, gold.quote, gold.source) for gold in asked.gold]
    return "".join(f"<div>{line}</div>" for line in lines) or "–"


def _fact(fact: str, right: bool, told: str) -> str:
    sign = "✓" if right else "✗"
    shown = escaped(fact.replace("|", " / "))
    return f'{sign} {shown} <span class="meta">{escaped(told)}</span>'


def _quote(words: Words, text: str, of: str) -> str:
    quoted = escaped(words("evaluation_quotes", text=text))
    return f'<blockquote>{quoted} <span class="meta">{escaped(of)}</span></blockquote>'


def _answer(words: Words, record: Record) -> str:
    quotes = "".join(
        _quote(words, one["quote"], f"[{one['number']}] {_report(words, one)}")
        for one in record.answer["citations"]
    )
    remarks = "".join(f'<p class="meta">{escaped(one)}</p>' for one in record.answer["remarks"])
    return f"{escaped(record.answer['text'])}{quotes}{remarks}"


def _report(words: Words, one: Mapping[str, Any]) -> str:
    title = one.get("title") or one["source"]
    return f"{title}, {words.date(one.get('date'))} · {one['source']}"


def _comment(words: Words, asked: Question) -> str:
    if not asked.comment:
        return ""
    name = escaped(words("evaluation_comment"))
    return f"<dt>{name}</dt><dd>{escaped(asked.comment)}</dd>"


def _passages(words: Words, failure: Failure) -> str:
    record = failure.record
    if not record.passages:
        return ""
    said = words("evaluation_passages")
    if record.question.is_labelled and record.question.answerable:
        rank = failure.rank
        found = "evaluation_rank" if rank else "evaluation_no_rank"
        said += f" · {words(found, rank=rank)}"
    items = "".join(
        f"<li>{'✓ ' if failure.rank == place else ''}"
        f'<span class="meta">{escaped(_report(words, one))}</span> {escaped(_cut(one))}</li>'
        for place, one in enumerate(record.passages[:_PASSAGES], 1)
    )
    return f"<details><summary>{escaped(said)}</summary><ol>{items}</ol></details>"


def _cut(passage: Mapping[str, Any]) -> str:
    text = str(passage.get("text", ""))
    return text if len(text) <= _LONGEST_PASSAGE else f"{text[:_LONGEST_PASSAGE]}…"
