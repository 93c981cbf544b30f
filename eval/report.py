"""A run as one HTML file that needs no network: figures, plots, and the failures one by one."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template

from eval import plots
from eval.compare import Comparison
from eval.failures import Reason, failures
from eval.meanings import MEANINGS
from eval.measures import MEASURES
from eval.run import Run
from eval.show import left_out

_SHOWN_PASSAGES = 8
_MOST_KINDS = 30
_REASONS: dict[Reason, tuple[str, str]] = {
    "answered_without_answer": (
        "répond, alors que l’archive n’en dit rien",
        "answers, though the archive says nothing of it",
    ),
    "invented_quote": (
        "une citation n’est pas dans la dépêche",
        "a quote does not stand in its report",
    ),
    "says_what_is_wrong": ("dit ce qui est faux", "says what is wrong"),
    "misses_all": ("ne dit rien de ce qu’il fallait", "says nothing of what it must"),
    "unsupported": ("une phrase sans preuve", "a sentence without proof"),
    "misses_some": ("ne dit qu’une partie", "says only a part"),
    "refused": ("refuse, alors que l’archive répond", "refuses, though the archive answers"),
    "cites_elsewhere": ("juste, mais cite d’autres mots", "right, but cites other words"),
}


def report(run: Run, comparison: Comparison | None = None) -> str:
    """Return the report; everything that an archive or a set says is escaped in it."""
    kinds = [kind for kind in run.kinds if "right" in run.figures[kind]][:_MOST_KINDS]
    groups = run.languages
    names = [one.name for one in MEASURES if any(one.name in run.figures[g] for g in groups)]
    return _template().render(
        sets=", ".join(Path(one["file"]).name for one in run.settings["sets"]),
        settings=run.settings,
        count=len(run.records),
        left=left_out(run.sets),
        groups=groups,
        rows=[(name, [run.figures[group].get(name) for group in groups]) for name in names],
        meanings=[(name, *MEANINGS[name]) for name in names],
        plots={
            "languages": plots.by_language(run.figures, groups[1:]),
            "kinds": plots.by_kind(run.figures, kinds) if kinds else "",
            "comparison": plots.of_comparison(comparison)
            if comparison and comparison.differences
            else "",
        },
        comparison=comparison,
        failed=failures(run.records),
        reasons=_REASONS,
        shown=_SHOWN_PASSAGES,
    )


def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, autoescape=True, trim_blocks=True).get_template(
        "report.html.jinja"
    )
