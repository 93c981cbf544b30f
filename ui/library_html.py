"""What the library shows, as HTML. Pure functions: `Words` and records -> HTML."""

from collections.abc import Sequence

from babel import Locale

from rag.library import Removal, Upload
from rag.metadata import Entry
from rag.records import Problem
from ui.html import escaped
from ui.reasons import reason_line
from ui.words import Words

MOST_NAMED = 5
"""Copies, and teasers, of one report that are named; the others are counted."""

MOST_FAILURES = 100
"""Failures that are listed: a broken archive may have a hundred thousand."""

_SIGNS = {"waiting": "…", "reading": "▸", "added": "✓", "known": "=", "refused": "✕"}


def said_block(line: str, *, bad: bool = False) -> str:
    """Say one thing; what went wrong has a sign, not only a colour."""
    sign = "<b>✕</b> " if bad else ""
    return f'<p class="{"bad" if bad else "well"}">{sign}{escaped(line)}</p>' if line else ""


def language_name(words: Words, code: str) -> str:
    """Return what a language is called: « vietnamien » for ``vi``."""
    return str(Locale.parse(words.language).languages.get(code, code))


# --- the reports -------------------------------------------------------------------------------


def reports_block(words: Words, entries: Sequence[tuple[Entry, bool]], *, removable: bool) -> str:
    """Draw reports, each with whether it was added from the page."""
    if not entries:
        return f'<p class="none">{escaped(words("library_none"))}</p>'
    names = ["title", "date", "kind", "language", "passages", "source"]
    heads = [escaped(words(f"library_head_{name}")) for name in names]
    if removable:
        heads.append(f'<span class="sr">{escaped(words("library_head_acts"))}</span>')
    rows = "".join(_row(words, entry, added, removable) for entry, added in entries)
    return _table(escaped(words("library_title")), heads, rows)


def _table(caption: str, heads: Sequence[str], rows: str) -> str:
    """Draw a table; the roles say so where its rows are cards, on a phone."""
    drawn = "".join(f'<th scope="col" role="columnheader">{head}</th>' for head in heads)
    return (
        f'<table role="table"><caption class="sr">{caption}</caption>'
        f'<thead role="rowgroup"><tr role="row">{drawn}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>'
    )


def _row(words: Words, entry: Entry, added: bool, removable: bool) -> str:
    title = entry.title.strip() or words("library_untitled")
    beside = "".join(f'<span class="beside">{one}</span>' for one in _beside(words, entry))
    language = language_name(words, entry.language) if entry.language else ""
    cells = [
        ("date", escaped(words.date(entry.date))),
        ("kind", _kind(words, entry, added)),
        ("language", escaped(language or words("library_no_language"))),
        ("passages", escaped(words.number(entry.passages))),
        ("source", f'<span class="file">{escaped(entry.source)}</span>'),
    ]
    drawn = "".join(
        f'<td role="cell" class="{name}" data-label="{label}">{cell}</td>'
        for name, cell in cells
        for label in [escaped(words(f"library_head_{name}"))]
    )
    if removable:
        said = escaped(words("library_remove_this", title=title))
        drawn += (
            f'<td role="cell" class="acts"><button type="button" aria-label="{said}" '
            f'data-source="{escaped(entry.source)}">{escaped(words("library_remove"))}</button></td>'
        )
    heading = f'<span class="title">{escaped(title)}</span>{beside}'
    return f'<tr role="row"><th scope="row" role="rowheader" dir="auto">{heading}</th>{drawn}</tr>'


def _kind(words: Words, entry: Entry, added: bool) -> str:
    told = [words("library_kind_report")]
    if added:
        told.append(words("library_kind_added"))
    if not entry.whole:
        told.append(words("library_kind_partial"))
    return escaped(", ".join(told))


def _beside(words: Words, entry: Entry) -> list[str]:
    """Name the stories that a report announces, and where else it was found."""
    told = []
    if entry.teasers:
        titles = _named(words, entry.teasers)
        told.append(words.count("library_teasers", len(entry.teasers), titles=titles))
    if entry.copies:
        told.append(words("library_copies", places=_named(words, entry.copies)))
    return [escaped(one) for one in told]


def _named(words: Words, names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    named = " · ".join(names[:MOST_NAMED])
    return f"{named} {words.count('library_more', more)}" if more > 0 else named


def summary_line(words: Words, found: Sequence[Entry], first: int, shown: int) -> str:
    """Say which reports are shown, of how many."""
    if len(found) == shown:
        passages = words.count("passages", sum(entry.passages for entry in found))
        return f"<p>{escaped(words.count('reports', shown))} · {escaped(passages)}</p>"
    numbers = {"first": first + 1, "last": first + shown, "all": len(found)}
    told = {name: words.number(number) for name, number in numbers.items()}
    return f"<p>{escaped(words('library_shown', **told))}</p>"


def failures_block(words: Words, failures: Sequence[Problem]) -> str:
    """List what could not be read, and why; nothing where all could."""
    if not failures:
        return ""
    rows = "".join(
        f'<tr role="row"><th scope="row" role="rowheader"><span class="file">'
        f'{escaped(one.source)}</span></th><td role="cell">'
        f"{escaped(reason_line(words, one.reason))}</td></tr>"
        for one in failures[:MOST_FAILURES]
    )
    more = len(failures) - MOST_FAILURES
    rest = f"<p>{escaped(words.count('library_more', more))}</p>" if more > 0 else ""
    said = escaped(words.count("library_failures", len(failures)))
    heads = [escaped(words(f"library_head_{name}")) for name in ("source", "reason")]
    table = _table(said, heads, rows)
    return f"<details><summary>{said}</summary>{table}{rest}</details>"


# --- what is added and removed -----------------------------------------------------------------


def progress_block(words: Words, uploads: Sequence[Upload], share: float | None) -> str:
    """Draw what became of each file so far; `share` of them is read, None once all is done."""
    if not uploads:
        return ""
    items = "".join(_upload(words, upload) for upload in uploads)
    bar = (
        ""
        if share is None
        else f'<progress max="100" value="{100 * share:.0f}" '
        f'aria-label="{escaped(words("library_share"))}"></progress>'
    )
    label = escaped(words("library_given"))
    return f'{bar}<ul class="uploads" tabindex="0" aria-label="{label}">{items}</ul>'


def _upload(words: Words, upload: Upload) -> str:
    state = escaped(words(f"library_state_{upload.state}"))
    told = "".join(f'<span class="told">{escaped(one)}</span>' for one in _told(words, upload))
    return (
        f'<li class="{upload.state}"><span class="file">{escaped(upload.name)}</span> '
        f'<span class="state"><b>{_SIGNS[upload.state]}</b> {state}</span>{told}</li>'
    )


def _told(words: Words, upload: Upload) -> list[str]:
    told = []
    if upload.reports:
        reports = words.count("reports", upload.reports)
        told.append(f"{reports} · {words.count('passages', upload.passages)}")
    if upload.kept_as:
        told.append(words("library_kept_as", file=upload.kept_as))
    name = "library_known_as" if upload.state == "known" else "library_like"
    told += [words(name, file=file) for file in upload.like[:MOST_NAMED]]
    told += [_problem(words, upload, one) for one in upload.problems[:MOST_NAMED]]
    if (more := len(upload.problems) - MOST_NAMED) > 0:
        told.append(words.count("library_more", more))
    return told


def _problem(words: Words, upload: Upload, problem: Problem) -> str:
    """Say what is wrong with a file, or with the part of it that is named then."""
    reason = reason_line(words, problem.reason)
    part = problem.source.removeprefix(upload.kept_as or upload.name).lstrip("/:#")
    return f"{part} – {reason}" if part and part != problem.source else reason


def confirmation(words: Words, title: str, removal: Removal) -> str:
    """Ask whether a report is to be removed, and say what becomes of its files."""
    lines = [words("library_sure_deleted", file=file) for file in removal.deleted]
    if removal.deleted and not removal.kept and len(removal.sources) > 1:
        lines.append(words.count("library_sure_several", len(removal.sources)))
    lines += [words("library_sure_kept", file=file) for file in removal.kept[:MOST_NAMED]]
    lines += [words("library_sure_stays", file=file) for file in removal.stays[:MOST_NAMED]]
    told = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    return f'<p class="ask">{escaped(words("library_sure", title=title))}</p><ul>{told}</ul>'
