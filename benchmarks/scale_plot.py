"""The plot of `scale.py`: how each way grows, both axes by powers of ten."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np

_LOOKS = {"ours": ("#0072B2", "o"), "chroma": ("#D55E00", "s"), "langchain": ("#009E73", "^")}
"""Okabe and Ito's colours, as in `eval/plots.py`."""


def plot(result: dict[str, Any]) -> str:
    """Return an SVG of eight panels; a size that was not measured is left out."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    canvas = Figure(figsize=(14, 6.4), layout="constrained")
    panels = canvas.subplots(2, 4).flat
    sizes = sorted(int(name) for name in result if name.isdecimal())
    for axes, (title, (read, lowest, highest)) in zip(panels, _PANELS.items(), strict=True):
        for way, (colour, mark) in _LOOKS.items():
            told = [read(result[str(size)], way) for size in sizes]
            axes.plot(sizes, told, color=colour, marker=mark, markersize=5, label=way)
        axes.set(xscale="log", yscale="log", title=title, xlabel="passages")
        axes.set_ylim(lowest, highest)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter("{x:,g}")
            axis.set_minor_formatter("")
        axes.grid(color="#dddddd")
        axes.spines[["top", "right"]].set_visible(False)
    canvas.legend(
        *axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    written = io.StringIO()
    # Without a date and with a salt of our own, one run draws one file.
    with mpl.rc_context({"svg.hashsalt": "sourcier", "svg.fonttype": "none"}):
        canvas.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return written.getvalue()


Read = Callable[[dict[str, Any], str], float]
"""From what was measured of one size, and a way, to a number."""


def _ms(share: str, percentile: int) -> Read:
    return lambda one, way: float(np.percentile(one["ways"][way]["ms"][share], percentile))


def _built(what: str) -> Read:
    def read(one: dict[str, Any], way: str) -> float:
        parts = ("ours", "words") if way == "ours" else ("plain",)
        return sum(one["build"][part][what] for part in parts)

    return read


_PANELS: dict[str, tuple[Read, float, float]] = {
    "a question, ms (p50)": (_ms("none", 50), 5, 10_000),
    "a question, ms (p95)": (_ms("none", 95), 5, 10_000),
    "within half of the days, ms (p95)": (_ms("50 %", 95), 5, 10_000),
    "within one day in 100, ms (p95)": (_ms("1 %", 95), 5, 10_000),
    "memory of the process, MB": (lambda one, way: one["ways"][way]["megabytes"], 100, 10_000),
    "disk, MB": (_built("megabytes"), 1, 20_000),
    "build, seconds of processor": (_built("processor_seconds"), 1, 10_000),
    "from the start to an answer, s": (lambda one, way: one["ways"][way]["start_s"], 0.1, 100),
}
"""What is drawn, and the ends of the axis: the same for all times."""
