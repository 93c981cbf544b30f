"""What `sourcier eval` does: question sets and an index in, one run out."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eval.questions import read_questions
from eval.run import by_language, run
from rag.answer import Assistant
from rag.config import Settings
from rag.embed import SentenceEmbeddings
from rag.index import update
from rag.store import Store


def evaluated(
    settings: Settings,
    files: Sequence[Path],
    *,
    archive: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Return the run, as DESIGN.md lays `run.json` down.

    :raises BadRequest: a set cannot be used; nothing was asked then.
    """
    questions = [question for file in files for question in read_questions(file)]
    with _assistant(settings, archive) as assistant:
        records = run(questions, assistant, progress)
    return {
        "settings": settings.model_dump(mode="json") | {"archive": archive and str(archive)},
        "measures": by_language(records),
        "records": [record.as_json() for record in records],
    }


@contextmanager
def _assistant(settings: Settings, archive: Path | None) -> Iterator[Assistant]:
    embeddings = SentenceEmbeddings(settings)
    if archive is None:
        yield Assistant(Store(settings.index, embeddings.name), embeddings)
        return
    # Chroma holds its files open until the process ends; Windows would refuse to delete them.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as index:
        update(settings.model_copy(update={"index": index}), [archive])
        yield Assistant(Store(index, embeddings.name), embeddings)


def table(measures: dict[str, dict[str, float | int]]) -> str:
    """Return the measures as lines, a column a language."""
    names = list(dict.fromkeys(name for column in measures.values() for name in column))
    rows = [["", *measures]]
    rows += [[name, *(str(column.get(name, "")) for column in measures.values())] for name in names]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        )
        for row in rows
    )
