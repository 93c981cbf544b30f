"""What a run says on a terminal: its figures, its faults, and how it differs from another."""

from collections.abc import Sequence

from eval.compare import Comparison, Difference
from eval.figures import Figures
from eval.sets import Sets

_MOST_NAMED = 20


def table(figures: Figures, groups: Sequence[str]) -> str:
    """Return the figures as lines, a column a group, and the interval of the first group."""
    names = list(dict.fromkeys(name for group in groups for name in figures[group]))
    rows = [["", groups[0], "95 %", *groups[1:]]]
    for name in names:
        cells = [figures[group].get(name) for group in groups]
        shown = [f"{one.value:g}" if one else "" for one in cells]
        between = f"{cells[0].low:g}–{cells[0].high:g}" if cells[0] else ""
        rows.append([name, shown[0], between, *shown[1:]])
    counts = [f"{figures[group]['language'].questions}" for group in groups]
    rows.append(["questions", counts[0], "", *counts[1:]])
    return _aligned(rows)


def differences(found: Comparison) -> str:
    """Return what two runs differ in, and the questions that turned."""
    rows = [["", "before", "after", "difference", "95 %", ""]]
    rows += [_difference(one) for one in found.differences]
    lines = [_aligned(rows)] if found.differences else ["No question was asked in both runs."]
    for ids, said in ((found.broken, "from right to wrong"), (found.mended, "from wrong to right")):
        more = f" … and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
        lines.append(f"{len(ids)} {said}{': ' * bool(ids)}{', '.join(ids[:_MOST_NAMED])}{more}")
    if found.only_before or found.only_after:
        lines.append(
            f"Left out: {found.only_before} questions asked only before, "
            f"{found.only_after} only now."
        )
    return "\n".join(lines)


def _difference(one: Difference) -> list[str]:
    change = one.after - one.before
    between = f"{one.low:+g} to {one.high:+g}"
    return [
        one.measure.name,
        f"{one.before:g}",
        f"{one.after:g}",
        f"{round(change, 3):+g}",
        between,
        "" if one.verdict == "not_shown" else one.verdict,
    ]


def faults(sets: Sets) -> str:
    """Return every fault of the sets, a line each, or that there is none."""
    count = len(sets.questions)
    drafts = f", {sets.drafts} drafts" if sets.drafts else ""
    if not sets.faults:
        return f"{count} questions{drafts}: nothing is wrong with them."
    return "\n".join(
        [
            *map(str, sets.faults),
            f"{len(sets.faults)} faults; {count} questions{drafts} can be asked.",
        ]
    )


def left_out(sets: Sets) -> str:
    """Return what of the sets was not asked, "" if all was."""
    counts = {
        "questions with faults": len({(f.path, f.line) for f in sets.faults if not f.of_a_field}),
        "unknown fields": sum(fault.of_a_field for fault in sets.faults),
        "drafts that nobody accepted": sets.drafts,
    }
    parts = [f"{count} {what}" for what, count in counts.items() if count]
    return f"Left out: {', '.join(parts)}." if parts else ""


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in rows
    )
