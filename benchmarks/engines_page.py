"""The figures of `engines.py` as a page of tables."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from engine_kinds import KINDS, OTHER_PROCESSORS, REFERENCE
from record import preamble, table
from retrieval import MEASURES, SETS

SPEED = (
    *("", "passages/s", "× reference", "ms a query"),
    *("RSS, MB", "load, s", "build, s", "disk, MB"),
)

Figures = dict[str, dict[str, Any]]


def page(result: dict[str, Any]) -> str:
    """Return the page: speed, quality, mixed indexes, other processors, what failed."""
    engines: Figures = result["engines"]
    facts = result["circumstances"]
    timed = {name: row for name, row in engines.items() if "passages_per_second" in row}
    parts = [
        "# Ways to compute the default model",
        f"Written by `benchmarks/engines.py`. {preamble(facts)}",
        f"## Speed and size\n\n{facts['passages']} passages of PIAF, {facts['rounds']} rounds.",
        _speed(timed),
        *_quality(timed),
        *_other_processors(timed),
        *(
            f"{row['about']}: failed, {row['failed']}."
            for row in engines.values()
            if "failed" in row
        ),
    ]
    return "\n\n".join(parts) + "\n"


def ratio(found: dict[str, Any], to: dict[str, Any]) -> float:
    """Return how many times as fast, the median of what each round says."""
    speeds = zip(found["passages_per_second"], to["passages_per_second"], strict=True)
    return median(one / other for one, other in speeds)


def _speed(engines: Figures) -> str:
    rows = [
        [
            row["about"],
            f"{median(row['passages_per_second']):.1f}",
            f"{ratio(row, engines[REFERENCE]):.2f}",
            f"{median(row['query_milliseconds']):.1f}",
            f"{row['resident_megabytes']:.0f}",
            f"{row['load_seconds']:.1f}",
            f"{row['build_seconds']:.1f}",
            f"{row['disk_megabytes']:.0f}",
        ]
        for name, row in engines.items()
        if KINDS[name].judged
    ]
    return table(SPEED, rows)


def _quality(engines: Figures) -> Iterator[str]:
    judged = {name: row for name, row in engines.items() if "quality" in row}
    if not judged:
        return
    yield (
        "## Quality\n\nCosine to the reference over the passages, mean (least). R and MRR by "
        "vectors alone; for the others than the reference the difference to it, with a 95 % "
        "interval (paired bootstrap over the questions)."
    )
    for set_name in SETS:
        head = [set_name, "cosine", *MEASURES]
        yield table(head, [_judged(name, row, set_name) for name, row in judged.items()])
    eight_bit = {name: row for name, row in judged.items() if "int8" in name}
    if eight_bit:
        yield "### An index made with one engine, asked with another"
        for set_name in SETS:
            yield _mixed(eight_bit, set_name)


def _judged(name: str, row: dict[str, Any], set_name: str) -> list[str]:
    found = row["quality"][set_name]
    cosine = f"{found['cosine_mean']:.5f} ({found['cosine_min']:.4f})"
    cells = [
        f"{found['alone'][measure]['mean']:.3f}"
        if name == REFERENCE
        else _difference(found["alone"][measure])
        for measure in MEASURES
    ]
    return [row["about"], cosine, *cells]


def _mixed(engines: Figures, set_name: str) -> str:
    pairs = ("its questions on reference passages", "reference questions on its passages")
    rows = [
        [
            f"{row['about']}: {pair}",
            *(_difference(row["quality"][set_name][pair][measure]) for measure in MEASURES),
        ]
        for row in engines.values()
        for pair in pairs
    ]
    return table([set_name, *MEASURES], rows)


def _difference(found: dict[str, Any]) -> str:
    low, high = found["interval"]
    return f"{found['difference']:+.3f} [{low:+.3f}, {high:+.3f}]"


def _other_processors(engines: Figures) -> Iterator[str]:
    rows = []
    for isa, about in OTHER_PROCESSORS.items():
        exact, whole = engines.get(f"ov-f32@{isa}"), engines.get(f"ov-int8@{isa}")
        if exact and whole:
            speeds = [f"{median(row['passages_per_second']):.1f}" for row in (exact, whole)]
            rows.append([about, *speeds, f"{ratio(whole, exact):.2f}"])
    if rows:
        yield (
            "## Other processors\n\nPassages/s on OpenVINO when this processor is held to what "
            "others can do (`ONEDNN_MAX_CPU_ISA`): the ratio carries over, the speed hardly."
        )
        yield table(["", "f32", "int8", "int8 / f32"], rows)
