"""A gate: figures that a run must reach, or a build fails.

A gate file has a condition a line; what follows ``#`` is a remark::

    facts >= 0.5
    fr wrongly_refused <= 0.05            # of the French questions
    number facts >= 0.4                   # of the questions of kind number
    citation_precision >= run - 0.03      # no worse than the run by more than that
    run baselines/main.json               # which run; beside the gate file
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.compare import paired, records_in
from eval.figures import ALL, Figures, figures
from eval.measures import MEASURES
from eval.records import Record
from rag.errors import BadRequest

_CONDITION = re.compile(
    r"(?:(?P<group>\S.*?)\s+)?(?P<measure>\w+)\s*(?P<sign>>=|<=)\s*"
    r"(?:(?P<run>run)\s*(?P<by>[+-]\s*[\d.]+)?|(?P<bound>[+-]?\s*[\d.]+))"
)
_RUN = re.compile(r"run\s+(?P<path>\S.*)")
_NAMES = {measure.name for measure in MEASURES}
_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Condition:
    line: int
    text: str
    group: str
    measure: str
    sign: str
    by: float
    beside_run: bool

    def failure(self, this: Figures, run: Figures) -> str | None:
        """Return why the figures do not meet it, None if they do.

        Beside a run, both are of the questions that both asked.
        """
        now = this.get(self.group, {}).get(self.measure)
        before = run.get(self.group, {}).get(self.measure)
        if now is None or (self.beside_run and before is None):
            where = "the questions that both runs asked have" if self.beside_run else "this run has"
            return f"line {self.line}: {self.text}: {where} no such figure"
        value = now.value
        beside = before.value if self.beside_run and before else 0.0
        bound = beside + self.by
        if value >= bound - _NOISE if self.sign == ">=" else value <= bound + _NOISE:
            return None
        shown = f" {beside:g} {self.by:+g} = {bound:g}" if self.beside_run else f" {bound:g}"
        return f"line {self.line}: {self.text}: it is {value:g}, not {self.sign}{shown}"


@dataclass(frozen=True, slots=True)
class Gate:
    conditions: tuple[Condition, ...]
    run: tuple[Record, ...] = ()
    """Of the run to compare with; empty without one."""

    def failures(self, records: Sequence[Record]) -> list[str]:
        """Return the conditions that a run does not meet, each with its figure."""
        now = figures(records)
        pairs = paired(self.run, records)
        before = figures([one for one, _ in pairs]) if pairs else {}
        after = figures([other for _, other in pairs]) if pairs else {}
        told = (
            one.failure(after, before) if one.beside_run else one.failure(now, {})
            for one in self.conditions
        )
        return [why for why in told if why]


def read_gate(path: Path) -> Gate:
    """Return the gate of a file.

    :raises BadRequest: it cannot be read, a line is no condition, or the run it names is none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise BadRequest(
            f"The gate {str(path)!r} cannot be read ({why}). Name a file of conditions: "
            "`sourcier eval FILE --gate FILE`."
        ) from None
    conditions = []
    runs = []
    for number, line in enumerate(lines, start=1):
        text = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        if text and not _CONDITION.fullmatch(text) and (named := _RUN.fullmatch(text)):
            runs.append(path.parent / named["path"])
        elif text:
            conditions.append(_condition(text, number, path))
    if not conditions or len(runs) > 1:
        raise BadRequest(f"{path} has no condition, or names more than one run.")
    if any(one.beside_run for one in conditions) and not runs:
        raise BadRequest(f"{path} compares with a run and names none. Add a line `run FILE`.")
    return Gate(tuple(conditions), tuple(records_in(runs[0])) if runs else ())


def _condition(text: str, line: int, path: Path) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None or found["measure"] not in _NAMES:
        raise BadRequest(
            f"{path}, line {line} is no condition: {text!r}. Write `MEASURE >= 0.5`, "
            "`fr MEASURE <= 0.1` or `MEASURE >= run - 0.02`."
        )
    by = "".join((found["bound"] or found["by"] or "0").split())
    try:
        bound = float(by)
    except ValueError:
        raise BadRequest(f"{path}, line {line}: {by!r} is no number.") from None
    group = found["group"] or ALL
    return Condition(line, text, group, found["measure"], found["sign"], bound, bool(found["run"]))
