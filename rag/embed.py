"""Settings -> LangChain `Embeddings`, by sentence-transformers."""

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from langchain_core.embeddings import Embeddings

from rag.config import PACKAGED_MODEL, Settings
from rag.e5 import SHA256, model_folder
from rag.errors import ModelUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class SentenceEmbeddings(Embeddings):
    """A sentence-transformers model. It is loaded at its first use, not before.

    Vectors are unit vectors, so a dot product is a cosine. A model that asks for prompts
    (``query: ``, ``passage: ``) gets them.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._last_query: tuple[str, list[float]] = ("", [])

    @property
    def name(self) -> str:
        """What an index remembers: vectors of two names are never compared."""
        name = self._settings.embedding_model
        return f"{PACKAGED_MODEL}@{SHA256[:8]}" if name == PACKAGED_MODEL else name

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector a text, in order."""
        return self._encode(texts, "passage", "document")

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question; that of the last one is remembered."""
        known, vector = self._last_query
        if known != text or not vector:
            vector = self._encode([text], "query")[0]
            self._last_query = (text, vector)
        return vector

    def _encode(self, texts: list[str], *prompts: str) -> list[list[float]]:
        known = [prompt for prompt in prompts if self._model.prompts.get(prompt)]
        vectors = self._model.encode(
            texts,
            prompt_name=known[0] if known else None,
            normalize_embeddings=True,
            show_progress_bar=False,
            batch_size=16,
        )
        return [vector.tolist() for vector in vectors]

    @cached_property
    def _model(self) -> "SentenceTransformer":
        name = self._settings.embedding_model
        packaged = name == PACKAGED_MODEL
        where = str(model_folder(self._settings.cache)) if packaged else name
        return _loaded(where, local=packaged)


def _loaded(name: str, *, local: bool) -> "SentenceTransformer":
    """:raises ModelUnavailable: for whatever the many ways of loading a model end in."""
    if local:
        # Set before the import: afterwards the hub is asked about files that are not there.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        options: dict[str, Any] = {"local_files_only": True, "device": "cpu"} if local else {}
        return SentenceTransformer(name, **options)
    except Exception as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelUnavailable(
            f"The embedding model {name!r} cannot be loaded ({first_line}). Set "
            "SOURCIER_EMBEDDING_MODEL to a sentence-transformers model that this machine can "
            f"reach, by name or folder, or unset it to use {PACKAGED_MODEL!r}."
        ) from error
