"""Plots of a run as SVG: readable on paper, by everyone who sees colours otherwise."""

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from eval.compare import Comparison
from eval.figures import ALL, Figure, Figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

# Okabe and Ito's colours, of which every pair can be told apart; the marks differ as well.
_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7")
_MARKS = "osD^v"
Called = Callable[[str], str]
"""What a measure, a group or a kind is called in the plot."""

_ALWAYS = (ALL, "fr", "en", "vi")
"""Each of these has one colour and mark in every report; other languages share the last."""
_SHARES = (
    *("right", "facts", "citation_precision", "citation_recall", "recall_5", "ndcg_10"),
    *("refusal_precision", "refusal_recall"),
)


def by_language(figures: Figures, languages: Sequence[str], called: Called = str) -> str:
    """Return the main shares with their intervals, a mark a language."""
    shown = [name for name in _SHARES if name in figures[ALL]]
    groups = [ALL, *languages] if len(languages) > 1 else [ALL]
    axes, svg = _plot(len(shown) * 0.17 * max(2, len(groups)))
    for place, group in enumerate(groups):
        at = [row + (place - (len(groups) - 1) / 2) * 0.17 for row in range(len(shown))]
        told = [figures[group].get(name) for name in shown]
        looks = _ALWAYS.index(group) if group in _ALWAYS else -1
        _points(axes, at, told, _COLOURS[looks], _MARKS[looks], called(group))
    _rows(axes, [called(name) for name in shown])
    if len(groups) > 1:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=4, frameon=False)
    return svg()


def by_kind(figures: Figures, kinds: Sequence[str], called: Called = str) -> str:
    """Return the share of right answers of each kind of question, with its interval."""
    told = [
        (f"{called(kind)} ({figures[kind]['right'].questions})", figures[kind]["right"])
        for kind in kinds
    ]
    told.sort(key=lambda one: one[1].value)
    axes, svg = _plot(len(told) * 0.28)
    _points(axes, range(len(told)), [one for _, one in told], _COLOURS[1], _MARKS[0], "right")
    _rows(axes, [name for name, _ in told])
    return svg()


def of_comparison(found: Comparison, called: Called = str) -> str:
    """Return the differences of shares between two runs with their paired intervals."""
    shown = [one for one in found.differences if one.measure.name in _SHARES]
    axes, svg = _plot(len(shown) * 0.28, between=None)
    told = [Figure(one.after - one.before, one.low, one.high, 0) for one in shown]
    _points(axes, range(len(told)), told, _COLOURS[1], _MARKS[0], "")
    axes.axvline(0, color=_COLOURS[0], linewidth=1)
    _rows(axes, [called(one.measure.name) for one in shown])
    return svg()


def _plot(
    height: float, *, between: tuple[float, float] | None = (0, 1)
) -> tuple[Any, Callable[[], str]]:
    """Return the axes to draw on, and what makes an SVG of them once they are drawn."""
    from matplotlib.figure import Figure as Drawn

    canvas = Drawn(figsize=(7, 0.9 + height), layout="constrained")
    axes = canvas.subplots()
    if between:
        axes.set_xlim(between[0] - 0.02, between[1] + 0.02)
    axes.grid(axis="x", color="#dddddd")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return axes, lambda: _svg(canvas)


def _svg(canvas: "Canvas") -> str:
    import matplotlib as mpl

    written = io.StringIO()
    # Without a date and with a salt of our own, one run draws one file.
    with mpl.rc_context({"svg.hashsalt": "sourcier", "svg.fonttype": "none"}):
        canvas.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    svg = written.getvalue()
    return svg[svg.index("<svg") :]


def _points(
    axes: "Axes",
    at: Sequence[float],
    told: Sequence[Figure | None],
    colour: str,
    mark: str,
    label: str,
) -> None:
    known = [(y, one) for y, one in zip(at, told, strict=True) if one]
    axes.errorbar(
        [one.value for _, one in known],
        [y for y, _ in known],
        xerr=[
            [max(0.0, one.value - one.low) for _, one in known],
            [max(0.0, one.high - one.value) for _, one in known],
        ],
        fmt=mark,
        color=colour,
        label=_plain(label),
        markersize=5,
        linewidth=1.2,
        capsize=2,
    )


def _plain(text: str) -> str:
    """Between two dollars matplotlib would read a formula."""
    return text.replace("$", r"\$")


def _rows(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_plain(name) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.4, -0.6)
