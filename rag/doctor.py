"""Is everything there? One line a check, and the mend where something is not."""

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.config import PACKAGED_MODEL, Settings
from rag.embed import SentenceEmbeddings, precision_of
from rag.errors import RagError
from rag.judge.judge import judge_of
from rag.store import Store

_NEEDED = ("chromadb", "langchain-core", "sentence-transformers", "torch", "gradio")
_FREE = 300_000_000
"""Bytes: the prepared model, and room to write it before the old one goes."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    passed: bool
    said: str


def checks(settings: Settings) -> Iterator[Check]:
    """Yield every check in turn; none stops the next."""
    for name, look in (
        ("Python", _python),
        ("packages", _packages),
        ("cache", lambda: _cache(settings)),
        ("embedding model", lambda: _model(settings)),
        ("judge", lambda: _judge(settings)),
        ("index", lambda: _index(settings)),
    ):
        yield _checked(name, look)


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except (RagError, OSError) as error:
        return Check(name, False, str(error))


def _python() -> str:
    return sys.version.split()[0]


def _packages() -> str:
    found = []
    for package in _NEEDED:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            raise RagError(
                f"{package} is not installed. Run `pip install -c constraints.txt .` again."
            ) from None
    return ", ".join(found)


def _cache(settings: Settings) -> str:
    there = next(folder for folder in (settings.cache, *settings.cache.parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise RagError(
            f"{str(there)!r} is no folder that can be written. Name another in SOURCIER_CACHE."
        )
    free = shutil.disk_usage(there).free
    if free < _FREE and not settings.cache.exists():
        raise RagError(
            f"Only {free // 10**6} MB are free in {there}. Free some, or name another folder in "
            "SOURCIER_CACHE."
        )
    return f"{settings.cache}, {free // 10**9} GB free"


def _model(settings: Settings) -> str:
    embeddings = SentenceEmbeddings(settings)
    size = len(embeddings.embed_query("Bonjour"))
    kind = "packaged" if settings.embedding_model == PACKAGED_MODEL else "named in the settings"
    return f"{embeddings.name} ({kind}) on {embeddings.engine}, {size} dimensions"


def _judge(settings: Settings) -> str:
    precision = precision_of(settings)
    if settings.judge == "off" or precision is None:
        why = "off" if settings.judge == "off" else "not used with this embedding model or engine"
        return f"{why}: words and vectors decide"
    if judge_of(settings) is None:
        raise RagError(
            "The judge of answers cannot be used, and words and vectors decide. Set "
            "SOURCIER_JUDGE=off to do so without this line."
        )
    return f"reads the best sentences ({precision})"


def _index(settings: Settings) -> str:
    store = Store(settings.index, SentenceEmbeddings(settings).name)
    entries = store.entries()
    halves = [entry.source for entry in entries if not entry.whole]
    if halves:
        raise RagError(
            f"{len(halves)} reports are only half written ({halves[0]} …): an indexing was cut "
            "short. Run the same `sourcier index` again."
        )
    return f"{settings.index}, {len(entries)} reports, {store.passage_count()} passages"
