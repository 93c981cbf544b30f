"""Question and sentences -> how well each answers, how probably, and which words are the answer."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.cache import made_once
from rag.config import Settings
from rag.e5.engine import (
    Precision,
    batches,
    engine_folder,
    engine_path,
)
from rag.e5.graph import openvino, save
from rag.e5.int8 import write_int8_graph
from rag.e5.packed import Bytes, read_packed, unpacked
from rag.e5.tokenizer import Pieces, write_pieces
from rag.embed import first_line, precision_of
from rag.errors import ModelUnavailable, NotStored
from rag.judge.calibration import probability
from rag.judge.graph import judge_graph
from rag.judge.weights import SHA256, Trained, trained
from rag.judge.window import Sentence, Window, windows

LONGEST_ANSWER = 16
"""Tokens of a short answer."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judge says of one sentence."""

    relevance: float
    """Log-odds that it answers; to put sentences in order."""
    probability: float
    """That it answers, calibrated (`calibration`)."""
    short: tuple[int, int] | None
    """``text[short[0]:short[1]]``: the likeliest words of the sentence, right or not."""


class Judge:
    """The trained model, compiled for this processor.

    >>> judge("Combien de bornes ?", "fr", [Sentence("Il y a 315 bornes.")])  # doctest: +SKIP
    [Judged(relevance=2.1, probability=0.9, short=(7, 10))]
    """

    def __init__(self, folder: Path, engine: Path, precision: Precision, stored: Trained) -> None:
        """`folder` holds the graph, `engine` the words and the vocabulary of the embedder."""
        core = openvino().Core()
        hint = {"INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32"}
        self._compiled = core.compile_model(core.read_model(folder / "encoder.xml"), "CPU", hint)
        self._pieces = Pieces(engine)
        self._words: Bytes = np.load(engine / "words.npy", mmap_mode="r")
        self._calibration = stored.calibration
        self._request = self._compiled.create_infer_request()
        self._one_at_a_time = threading.Lock()

    def __call__(self, question: str, language: str, sentences: Sequence[Sentence]) -> list[Judged]:
        rows = windows(self._pieces, question, sentences)
        calibration = self._calibration.get(language, self._calibration["fr"])
        found: dict[int, Judged] = {}
        for batch, _ in batches([len(row.ids) for row in rows]):
            some = [rows[place] for place in batch]
            relevance, span = self._inferred(some)
            for place, row, score, sides in zip(batch, some, relevance, span, strict=True):
                likely = probability(float(score), sentences[place], *calibration)
                found[place] = Judged(float(score), likely, best_span(row, sides))
        return [found[place] for place in range(len(rows))]

    def _inferred(self, rows: Sequence[Window]) -> tuple[Any, Any]:
        given = inputs(self._words, rows)
        with self._one_at_a_time:
            found = self._request.infer(given, share_inputs=True)
            return np.array(found["relevance"])[:, 0], np.array(found["span"])


def inputs(words: Bytes, rows: Sequence[Window]) -> dict[str, Any]:
    """Return the inputs of the graph; `words` is the embedder's table, as it is stored."""
    length = max(len(row.ids) for row in rows)
    ids = np.zeros((len(rows), length), np.int64)
    mask = np.zeros((len(rows), length), np.float32)
    sentence = np.zeros((len(rows), length), np.float32)
    for place, row in enumerate(rows):
        ids[place, : len(row.ids)] = row.ids
        mask[place, : len(row.ids)] = 1
        sentence[place, row.first : row.last] = 1
    pieces, where = np.unique(ids, return_inverse=True)
    looked_up = unpacked(words[pieces])[where.reshape(ids.shape)]
    return {"words": looked_up, "mask": mask, "sentence": sentence}


def best_span(row: Window, sides: Any) -> tuple[int, int] | None:
    """Return the characters of the sentence whose first and last token have the best sum.

    `sides`: (tokens, 2), the scores of each token of the row as first and as last.
    """
    inside = sides[row.first : row.last]
    if not len(inside):
        return None
    sums = inside[:, 0][:, None] + inside[:, 1][None, :]
    allowed = np.triu(np.ones_like(sums)) - np.triu(np.ones_like(sums), LONGEST_ANSWER)
    said = np.array([end > start for start, end in row.places])  # a space alone is a token too
    allowed *= said[:, None] & said[None, :]
    first, last = np.unravel_index(np.where(allowed > 0, sums, -np.inf).argmax(), sums.shape)
    start, end = row.places[first][0], row.places[last][1]
    return (start, end) if end > start else None


def judge_of(settings: Settings) -> Judge | None:
    """Return the judge; None where it is off, or cannot be had.

    It reads with the words and the vocabulary of the default embedder, as that engine has them.
    """
    precision = precision_of(settings) if settings.judge == "auto" else None
    if precision is None:
        return None
    try:
        stored = trained()
        if stored is None:
            _log.warning("The judge's weights are not the known ones: words and vectors decide.")
            return None
        engine = engine_folder(settings.cache, precision)
        return Judge(_prepared(settings.cache, precision, stored), engine, precision, stored)
    except (NotStored, ModelUnavailable, ImportError, OSError, RuntimeError) as error:
        why = first_line(error)
        _log.warning("The judge of answers cannot be used (%s): words and vectors decide.", why)
        return None


def _prepared(cache: Path, precision: Precision, stored: Trained) -> Path:
    name = engine_path(cache, precision).name
    folder = cache / f"judge-{SHA256[:8]}-{name.partition('-small-')[2]}"
    return made_once(folder, lambda partial: _make(partial, precision, stored), megabytes=60)


def _make(folder: Path, precision: Precision, stored: Trained) -> None:
    _log.info("Preparing the judge of answers, once (half a minute) …")
    packed = read_packed()
    if precision == "int8":
        write_pieces(packed, folder)
        write_int8_graph(folder, "rag.judge.int8")
    else:
        save(judge_graph(packed, stored.weights), folder)
