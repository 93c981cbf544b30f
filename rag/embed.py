"""Settings -> LangChain `Embeddings`.

The default model runs on the engine of `rag.e5`; any other model, and the default one where that
engine cannot be had, on sentence-transformers.
"""

import contextlib
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.config import PACKAGED_MODEL, Settings
from rag.e5.engine import (
    VERSION,
    Engine,
    Family,
    Precision,
    Role,
    engine_folder,
    engine_path,
    fastest_precision,
    processor_features,
)
from rag.e5.folder import model_folder
from rag.e5.packed import SHA256, Floats
from rag.errors import ModelUnavailable, NotStored

_log = logging.getLogger(__name__)

REMEMBERED = 20_000
"""Texts, of which the vectors take 30 MB."""


class Encoder(Protocol):
    """What turns texts into unit vectors, float32, shape (texts, dimensions)."""

    def encode(self, texts: Sequence[str], role: Role) -> Floats: ...


class SentenceEmbeddings(Embeddings):
    """The embedding model of the settings. It is loaded at its first use, not before.

    Vectors are unit vectors, so a dot product is a cosine. A model that asks for prompts
    (``query: ``, ``passage: ``) gets them.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._last_query: tuple[str, list[float]] = ("", [])
        self._precision = precision_of(settings)
        self._encoder: Encoder | None = None
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        """What an index remembers: vectors of two names are never compared."""
        if self._settings.embedding_model != PACKAGED_MODEL:
            return self._settings.embedding_model
        name = f"{PACKAGED_MODEL}@{SHA256[:8]}"
        return f"{name}+int8-v{VERSION}" if self._precision == "int8" else name

    @property
    def engine(self) -> str:
        """What computes the vectors, for people."""
        if self._precision is None:
            return "sentence-transformers"
        return f"OpenVINO, {self._precision}"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector a text, in order.

        LangChain's lists take 12 KB a vector: a million texts are better given in parts.
        """
        return self._encode(texts, "passage")

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question; that of the last one is remembered."""
        known, vector = self._last_query
        if known != text or not vector:
            vector = self._encode([text], "query")[0]
            self._last_query = (text, vector)
        return vector

    def load_meanwhile(self) -> None:
        """Begin to load the model; the first use waits for it, and meets its errors.

        What must be made first is left to that use: a command may end in an error before.
        """
        # No daemon: an interpreter that ends while OpenVINO loads beside it is aborted.
        threading.Thread(target=self._load_quietly).start()

    def _load_quietly(self) -> None:
        with contextlib.suppress(Exception):
            precision = self._precision
            if precision is None or engine_path(self._settings.cache, precision).is_dir():
                self._loaded()

    def _encode(self, texts: Sequence[str], role: Role) -> list[list[float]]:
        # Half a surrogate pair, left by a careless cut, is no text to any tokenizer.
        whole = [text.encode("utf-8", "replace").decode() for text in texts]
        vectors: list[list[float]] = self._loaded().encode(whole, role).tolist()
        return vectors

    def _loaded(self) -> Encoder:
        with self._loading:
            if self._encoder is None:
                self._encoder = self._load()
        return self._encoder

    def _load(self) -> Encoder:
        name, precision = self._settings.embedding_model, self._precision
        if name != PACKAGED_MODEL:
            return SentenceTransformerEncoder(name)
        if precision is not None:
            try:
                return self._engine(precision)
            except (ImportError, RuntimeError) as error:
                if precision == "int8":  # nothing else computes such vectors
                    raise ModelUnavailable(
                        f"The 8-bit engine cannot be used here ({first_line(error)}). Set "
                        "SOURCIER_ENGINE=exact and rebuild the index."
                    ) from error
                _log.warning("OpenVINO cannot be used (%s): torch does it.", first_line(error))
                self._precision = None
        elif self._settings.engine != "sentence-transformers":
            _log.info("OpenVINO is not installed: torch does it, several times as slowly.")
        return SentenceTransformerEncoder(str(self._in_cache(model_folder)), local=True)

    def _engine(self, precision: Precision) -> Engine:
        return Engine(self._in_cache(lambda cache: engine_folder(cache, precision)), precision)

    def _in_cache(self, made_in: Callable[[Path], Path]) -> Path:
        try:
            return made_in(self._settings.cache)
        except NotStored as refused:
            where = tempfile.TemporaryDirectory(prefix="sourcier-", ignore_cleanup_errors=True)
            try:
                folder = made_in(Path(where.name))
            except NotStored:
                raise refused from None
            self._temporary = where
            _log.warning(
                "The cache %s cannot be written or is full, so the model is prepared anew at each "
                "start. Name another folder in SOURCIER_CACHE.",
                self._settings.cache,
            )
            return folder


class Remembering(Embeddings):
    """Embeds no text twice that it still remembers: a sentence is read for many questions."""

    def __init__(self, embeddings: Embeddings, most: int = REMEMBERED) -> None:
        self._embeddings = embeddings
        self._most = most
        self._known: dict[str, Floats] = {}
        self._changing = threading.Lock()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector a text, in order."""
        with self._changing:
            known = {text: self._known.pop(text) for text in set(texts) & self._known.keys()}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            made = self._embeddings.embed_documents(new)
            known |= dict(zip(new, np.asarray(made, dtype=np.float32), strict=True))
        with self._changing:
            self._known |= known  # at the end: those asked for last are forgotten last
            for text in list(islice(self._known, max(0, len(self._known) - self._most))):
                del self._known[text]
        return [known[text].tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._embeddings.embed_query(text)


def precision_of(settings: Settings) -> Precision | None:
    """Return the precision of the fast engine, or None where sentence-transformers must do."""
    if settings.embedding_model != PACKAGED_MODEL or settings.engine == "sentence-transformers":
        return None
    if settings.engine == "int8":
        return "int8"
    if not find_spec("openvino"):
        return None
    family: Family | None = "exact" if settings.engine == "exact" else None
    return fastest_precision(family, processor_features())


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by name or folder.

    :raises ModelUnavailable: for whatever the many ways of loading a model end in.
    """

    def __init__(self, name: str, *, local: bool = False) -> None:
        if local:
            # Set before the import: afterwards the hub is asked about files that are not there.
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils.logging import disable_progress_bar

            disable_progress_bar()  # type: ignore[no-untyped-call]
            options: dict[str, Any] = {"local_files_only": True, "device": "cpu"} if local else {}
            self._model = SentenceTransformer(name, **options)
        except Exception as error:
            raise ModelUnavailable(
                f"The embedding model {name!r} cannot be loaded ({first_line(error)}). Set "
                "SOURCIER_EMBEDDING_MODEL to a sentence-transformers model that this machine can "
                f"reach, by name or folder, or unset it to use {PACKAGED_MODEL!r}."
            ) from error

    def encode(self, texts: Sequence[str], role: Role) -> Floats:
        """Return the vectors of `texts`, float32, shape (texts, dimensions)."""
        prompts = ("query",) if role == "query" else ("passage", "document")
        known = [prompt for prompt in prompts if self._model.prompts.get(prompt)]
        vectors: Floats = self._model.encode(
            list(texts),
            prompt_name=known[0] if known else None,
            normalize_embeddings=True,
            show_progress_bar=False,
            batch_size=16,
        )
        return vectors


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
