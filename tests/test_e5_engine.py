"""The engine gives the vectors of the reference, in order, of whatever text.

`make test-slow` compares every passage of the sample archive, and in eight bits too.
"""

import json
import math
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.clean import labelled
from rag.config import PACKAGED_MODEL, read_settings
from rag.e5.engine import (
    MAX_LENGTH,
    PAD_TO,
    TOKENS_PER_BATCH,
    Engine,
    Family,
    Precision,
    batches,
    engine_folder,
    fastest_precision,
    processor_features,
)
from rag.e5.packed import SHA256, Floats
from rag.embed import SentenceEmbeddings
from rag.errors import NotStored
from rag.prepare import in_context
from rag.records import SEARCHED
from rag.split import split

if TYPE_CHECKING:
    from tests.conftest import CORPUS, report_in
    from tests.test_embed import reference
    from tests.test_end_to_end import QUESTIONS, real_model
else:
    from conftest import CORPUS, report_in
    from test_embed import reference
    from test_end_to_end import QUESTIONS, real_model

HAS_AMX = "amx_bf16" in processor_features()
HAS_VNNI = bool({"avx512_vnni", "avx_vnni"} & processor_features())


@cache
def engine(precision: Precision) -> Engine:
    return Engine(engine_folder(read_settings().cache, precision), precision)


# --- the vectors are those of the reference ------------------------------------------------------


@cache
def passages() -> list[str]:
    """What is embedded of the sample archive."""
    sources = sorted(CORPUS.glob("*.txt"))
    reports = [labelled(report_in(path)) for path in sources]
    found = [in_context(p) for report in reports for p in split(report) if p.kind in SEARCHED]
    assert len(found) > 100
    return found


@cache
def questions() -> list[str]:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


@cache
def expected(step: int) -> tuple[Floats, Floats]:
    """What the reference makes of every `step`-th passage, and of the questions."""
    documents = np.array(reference().embed_documents(passages()[::step]), np.float32)
    return documents, np.array([reference().embed_query(q) for q in questions()], np.float32)


def assert_near(
    precision: Precision, *, step: int, cosine: float, shared: int, lost: float
) -> None:
    """Hold the engine to the reference: the cosine of every vector, and of each question's five
    nearest passages how many are the same ones, and by how much the others are farther.
    """
    documents, queries = expected(step)
    our_documents = engine(precision).encode(passages()[::step], "passage")
    our_queries = engine(precision).encode(questions(), "query")
    assert (our_documents * documents).sum(1).min() >= cosine
    assert (our_queries * queries).sum(1).min() >= cosine
    right = queries @ documents.T
    best = np.argsort(-right, axis=1)[:, :5]
    ours = np.argsort(-(our_queries @ our_documents.T), axis=1)[:, :5]
    for question, (one, other) in enumerate(zip(best, ours, strict=True)):
        assert len({*one} & {*other}) >= shared, questions()[question]
        fifth = right[question, one[-1]]
        assert right[question, other].min() >= fifth - lost, questions()[question]
    if shared == 5:
        assert (best == ours).all(), "the same five in another order"


@pytest.mark.slow
def test_in_full_precision_every_ranking_is_that_of_the_reference() -> None:
    assert_near("f32", step=3, cosine=0.99999, shared=5, lost=0)


@pytest.mark.skipif(not HAS_AMX, reason="no AMX here")
def test_in_half_precision_what_is_found_is_as_near_as_the_reference_s() -> None:
    assert_near("bf16", step=3, cosine=0.9999, shared=4, lost=0.001)


@pytest.mark.slow
def test_the_whole_archive_is_ranked_as_the_reference_ranks_it() -> None:
    assert_near("f32", step=1, cosine=0.99999, shared=5, lost=0)
    if HAS_AMX:
        assert_near("bf16", step=1, cosine=0.9999, shared=4, lost=0.001)


@pytest.mark.slow
def test_in_eight_bits_the_best_passage_is_nearly_always_that_of_the_reference() -> None:
    # Without VNNI, where nobody gets it unasked, sums of products overflow now and then.
    assert_near("int8", step=1, cosine=0.997 if HAS_VNNI else 0.99, shared=3, lost=0.01)
    documents, queries = expected(1)
    ours = (
        engine("int8").encode(questions(), "query") @ engine("int8").encode(passages(), "passage").T
    )
    right = queries @ documents.T
    assert (ours.argmax(1) == right.argmax(1)).mean() >= 0.9
    of_ours = np.take_along_axis(right, ours.argmax(1)[:, None], axis=1)[:, 0]
    assert (right.max(1) - of_ours).max() <= 0.01


@pytest.mark.slow
def test_eight_bits_are_made_without_a_word_on_stdout_and_twice_alike(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from rag.e5.engine import engine_folder
engine_folder(Path(sys.argv[1]), "int8")
assert not sys.modules.get("openvino_telemetry")
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    new = Engine(engine_folder(tmp_path, "int8"), "int8").encode(questions(), "query")
    assert (new * engine("int8").encode(questions(), "query")).sum(1).min() > 0.9999


# --- whatever the text ---------------------------------------------------------------------------

ODD = ["", " \t\n", "\0", "a\0b", "\ud83d", "x\udce9y", "é" * 20_000, "mot " * 100_000, "😀\u200d"]
PLAIN = ["Le pont de Kampot mesure 300 mètres.", "Nga và Việt Nam ký hiệp định. " * 30]


def test_every_text_has_a_vector_that_its_companions_do_not_change() -> None:
    texts = [ODD[0], PLAIN[0], *ODD[1:], PLAIN[1]]
    together = np.array(real_model().embed_documents(texts))
    alone = np.array([real_model().embed_documents([text])[0] for text in texts])
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert (alone * together).sum(1).min() >= 0.9999


def test_odd_texts_have_the_vectors_of_the_reference() -> None:
    # Of the family that promises it: on some processors `auto` takes 8-bit integers.
    exact = SentenceEmbeddings(read_settings(embedding_model=PACKAGED_MODEL, engine="exact"))
    ours, right = exact.embed_documents(ODD), reference().embed_documents(ODD)
    np.testing.assert_allclose(np.linalg.norm(right, axis=1), 1, atol=1e-5)
    assert (np.array(ours) * np.array(right)).sum(1).min() >= 0.9995


@pytest.mark.usefixtures("wheel")
def test_more_texts_take_no_more_memory_than_their_vectors(tmp_path: Path) -> None:
    small = Engine(engine_folder(tmp_path, "f32"), "f32")
    texts = [f"le pont {number}" for number in range(30_000)]

    def beyond_the_result(count: int) -> int:
        tracemalloc.start()
        vectors = small.encode(texts[:count], "passage")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak - vectors.nbytes

    assert beyond_the_result(len(texts)) < 1.3 * beyond_the_result(10_000)


# --- batches -------------------------------------------------------------------------------------


@given(lengths=st.lists(st.integers(2, MAX_LENGTH), max_size=300))
def test_every_text_is_in_one_batch_that_fits_with_little_filling(lengths: list[int]) -> None:
    found = [(batch.tolist(), row) for batch, row in batches(lengths)]
    assert sorted(text for batch, _ in found for text in batch) == list(range(len(lengths)))
    for batch, row in found:
        longest = max(lengths[text] for text in batch)
        assert row == math.ceil(longest / PAD_TO) * PAD_TO
        assert len(batch) * row <= TOKENS_PER_BATCH
    # Texts come in order of length, so rows grow; a batch is closed only when it is full.
    for (batch, row), (following, next_row) in pairwise(found):
        assert row <= next_row
        first = math.ceil(min(lengths[text] for text in following) / PAD_TO) * PAD_TO
        assert (len(batch) + 1) * first > TOKENS_PER_BATCH


# --- which precision, and where it is kept -------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "features", "nncf", "chosen"),
    [
        (None, "amx_bf16 avx512_vnni", True, "bf16"),
        (None, "avx2 avx512_vnni", True, "int8"),
        (None, "avx2 avx_vnni", True, "int8"),
        (None, "avx2 avx_vnni", False, "f32"),
        (None, "avx2 avx512f", True, "f32"),
        (None, "", True, "f32"),
        ("exact", "amx_bf16 avx512_vnni", True, "bf16"),
        ("exact", "avx2 avx512_vnni", True, "f32"),
        ("int8", "amx_bf16 avx512_vnni", True, "int8"),
        ("int8", "", False, "int8"),
    ],
)
def test_the_precision_is_what_the_processor_is_good_at(
    monkeypatch: pytest.MonkeyPatch,
    family: Family | None,
    features: str,
    nncf: bool,
    chosen: Precision,
) -> None:
    monkeypatch.setattr("rag.e5.engine.find_spec", lambda name: nncf and name == "nncf")
    assert fastest_precision(family, frozenset(features.split())) == chosen


@pytest.mark.usefixtures("wheel")
def test_the_folder_is_named_by_what_is_in_it(tmp_path: Path) -> None:
    name = engine_folder(tmp_path, "f32").name
    assert re.fullmatch(rf".*-{SHA256[:8]}-exact-v\d+-openvino-\d+\.\d+\.\d+", name)


@pytest.mark.usefixtures("wheel")
@pytest.mark.parametrize("size", ["4k", "40k", "100k", "148k"])
def test_a_disk_that_fills_up_while_the_engine_is_made_is_named(
    disk: Callable[[str], Path], size: str
) -> None:
    cache = disk(f"size={size}")
    with pytest.raises(NotStored, match="SOURCIER_CACHE") as raised:
        engine_folder(cache, "f32")
    assert "\n" not in str(raised.value)
    assert [path for path in cache.iterdir() if path.suffix != ".lock"] == []
    folder = engine_folder(disk("size=1m"), "f32")
    disk("ro")
    assert Engine(folder, "f32").encode([], "query").shape == (0, 32)
