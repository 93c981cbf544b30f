"""What `sourcier eval` does: question sets and an index in, one run out."""

import hashlib
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eval.compare import compared
from eval.figures import figures
from eval.records import Record
from eval.report import report as rendered
from eval.run import JOURNAL, RUN, Asked, Journal, NotKept, Progress, Run, run
from eval.sets import Sets, read_sets
from rag.answer import Assistant
from rag.config import Settings
from rag.embed import SentenceEmbeddings
from rag.errors import BadRequest
from rag.index import update

REPORT = "report.html"


class FaultySet(BadRequest):
    pass


class NothingToAsk(BadRequest):
    pass


def checked(settings: Settings, files: Sequence[Path], *, archive: Path | None = None) -> Sets:
    """Return the sets with everything that is wrong with them; nothing is asked."""
    with _archive(settings, archive) as assistant:
        return read_sets(files, lru_cache(maxsize=1000)(assistant.document))


def evaluated(
    settings: Settings,
    files: Sequence[Path],
    *,
    archive: Path | None = None,
    out: Path | None = None,
    before: Sequence[Record] | None = None,
    lenient: bool = False,
    progress: Progress = lambda done, total: None,
) -> Run:
    """Ask all questions and return the run; with `out` it is kept there, and goes on there.

    Its report tells how it differs from the run `before`.

    :raises BadRequest: a set has faults and the run is not `lenient`; nothing was asked then.
    """
    with _archive(settings, archive) as assistant:
        return evaluate(
            assistant,
            settings,
            files,
            archive=archive,
            out=out,
            before=before,
            lenient=lenient,
            progress=progress,
        )


def evaluate(
    assistant: Asked,
    settings: Settings,
    files: Sequence[Path],
    *,
    archive: Path | None = None,
    out: Path | None = None,
    before: Sequence[Record] | None = None,
    lenient: bool = False,
    progress: Progress = lambda done, total: None,
) -> Run:
    """Do what `evaluated` does with an assistant that is open already.

    :raises FaultySet: a set has faults and the run is not `lenient`; nothing was asked then.
    :raises NothingToAsk: no question is left without them.
    :raises OtherRun: in `out` lies the beginning of another run.
    """
    report = lru_cache(maxsize=1000)(assistant.document)
    sets = read_sets(files, report)
    _refuse_faults(sets, lenient=lenient)
    told = _circumstances(settings, files, archive, assistant)
    assistant.warm()  # or the first question would be timed with the loading of the model
    journal = Journal(out / JOURNAL, _identity(told, sets)) if out else None
    try:
        records = run(sets.questions, assistant, report=report, progress=progress, journal=journal)
    finally:
        if journal:
            journal.close()
    whole = Run(told, sets, tuple(records), figures(records))
    if out:
        comparison = compared(before, records) if before is not None else None
        _write(out / RUN, json.dumps(whole.as_json(), ensure_ascii=False))
        _write(out / REPORT, rendered(whole, comparison))
        (out / JOURNAL).unlink()
    return whole


def _refuse_faults(sets: Sets, *, lenient: bool) -> None:
    if sets.faults and not lenient:
        more = f" and {len(sets.faults) - 1} more" if len(sets.faults) > 1 else ""
        raise FaultySet(
            f"{sets.faults[0]}{more}. `sourcier eval --check FILE` lists all; `--lenient` leaves "
            "such questions out."
        )
    if not sets.questions:
        raise NothingToAsk("No question is left to ask. `sourcier eval --check FILE` says why.")


@contextmanager
def _archive(settings: Settings, archive: Path | None) -> Iterator[Assistant]:
    embeddings = SentenceEmbeddings(settings)
    # Chroma holds its files open until the process ends; Windows would refuse to delete them.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        index = temporary if archive else settings.index
        if archive:
            update(settings.model_copy(update={"index": index}), [archive])
        yield Assistant.opened(settings.model_copy(update={"index": index}), embeddings)


def _circumstances(
    settings: Settings, files: Sequence[Path], archive: Path | None, assistant: Asked
) -> dict[str, Any]:
    """Return what a figure may depend on."""
    return settings.model_dump(mode="json") | {
        "archive": archive and str(archive),
        "sets": [
            {"file": str(file), "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
            for file in files
        ],
        **assistant.identity(),
        "version": version("sourcier"),
        "commit": _commit(),
        "machine": {
            "system": platform.platform(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
    }


def _identity(told: dict[str, Any], sets: Sets) -> dict[str, Any]:
    """Return what must be the same for a run to go on where it stopped."""
    same = {name: told[name] for name in ("model", "reports", "version", "commit")}
    changed = _git("diff", "HEAD") if str(told["commit"]).endswith("+") else ""
    return same | {
        "changed": changed,
        "questions": [question.as_row() for question in sets.questions],
    }


def _commit() -> str | None:
    """Return the commit of this source, « + » if it was changed since; None if it is installed."""
    return _git("describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*").strip() or None


def _git(*arguments: str) -> str:
    """Return what git says of this source, "" where there is no git or no repository."""
    command = ("git", *arguments)
    try:
        said = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.decode("utf-8", "replace")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _write(path: Path, text: str) -> None:
    """Write it whole or not at all.

    :raises NotKept: the disk is full, or gone.
    """
    try:
        held = path.with_name(f"{path.name}.part")
        held.write_text(text, encoding="utf-8")
        held.replace(path)
    except OSError as error:
        raise NotKept(
            f"{path} cannot be written ({error.strerror or error}). What was answered is kept; "
            "make room and run the same command again."
        ) from None
