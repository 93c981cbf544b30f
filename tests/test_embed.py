"""The default model embeds sentences: near in meaning, near in space."""

import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag.config import PACKAGED_MODEL, read_settings
from rag.e5.engine import VERSION, Role
from rag.e5.packed import SHA256, Floats
from rag.embed import Remembering, SentenceEmbeddings
from rag.errors import ModelUnavailable

if TYPE_CHECKING:
    from tests import tiny_e5
    from tests.conftest import WordEmbeddings
    from tests.test_end_to_end import real_model
else:
    import tiny_e5
    from conftest import WordEmbeddings
    from test_end_to_end import real_model

BORDER = "Les deux pays veulent achever le bornage de leur frontière terrestre."
NEAR = "Le Vietnam et le Cambodge poursuivent la démarcation de leur limite commune."
RECIPE = "Battez les œufs avec le sucre, puis versez la farine en pluie."


def dot(one: list[float], other: list[float]) -> float:
    return sum(x * y for x, y in zip(one, other, strict=True))


@cache
def reference() -> SentenceEmbeddings:
    return SentenceEmbeddings(read_settings(engine="sentence-transformers"))


@pytest.mark.parametrize("model", [real_model(), reference()], ids=["engine", "reference"])
def test_the_default_model_puts_a_paraphrase_nearer_than_a_recipe(
    model: SentenceEmbeddings,
) -> None:
    border, near, recipe = model.embed_documents([BORDER, NEAR, RECIPE])
    question = model.embed_query(BORDER)
    assert len(question) == 384
    for vector in (border, near, recipe, question):
        assert dot(vector, vector) == pytest.approx(1, abs=1e-5)
    assert dot(border, near) > dot(border, recipe) + 0.01
    assert dot(question, near) > dot(question, recipe) + 0.01
    assert dot(question, border) < 0.999, "a question and a passage have prompts of their own"
    assert model.embed_documents([]) == []


NAME = f"{PACKAGED_MODEL}@{SHA256[:8]}"


@pytest.mark.parametrize(
    ("engine", "name"),
    [("exact", NAME), ("sentence-transformers", NAME), ("int8", f"{NAME}+int8-v{VERSION}")],
)
def test_the_name_changes_with_the_weights_and_what_rounds_them(engine: str, name: str) -> None:
    assert SentenceEmbeddings(read_settings(engine=engine)).name == name


def of_this_machine(
    monkeypatch: pytest.MonkeyPatch, features: str, *missing: str
) -> SentenceEmbeddings:
    """The default model on a processor that can do `features`, without some packages."""
    monkeypatch.setattr("rag.embed.processor_features", lambda: frozenset(features.split()))
    for module in ("rag.embed", "rag.e5.engine"):
        monkeypatch.setattr(f"{module}.find_spec", lambda name: name not in missing)
    return SentenceEmbeddings(read_settings())


@pytest.mark.parametrize(
    ("features", "missing", "engine", "name"),
    [
        ("amx_bf16 avx512_vnni", "", "OpenVINO, bf16", NAME),
        ("avx512_vnni", "", "OpenVINO, int8", f"{NAME}+int8-v{VERSION}"),
        ("avx512_vnni", "nncf", "OpenVINO, f32", NAME),
        ("", "", "OpenVINO, f32", NAME),
        ("amx_bf16", "openvino", "sentence-transformers", NAME),
        ("avx512_vnni", "openvino", "sentence-transformers", NAME),
    ],
)
def test_the_engine_is_what_the_machine_has(
    monkeypatch: pytest.MonkeyPatch, features: str, missing: str, engine: str, name: str
) -> None:
    model = of_this_machine(monkeypatch, features, missing)
    assert (model.engine, model.name) == (engine, name)


@pytest.mark.usefixtures("wheel")
def test_without_openvino_the_reference_computes_the_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("rag.embed.Engine", None)
    model = of_this_machine(monkeypatch, "amx_bf16 avx512_vnni", "openvino")
    assert len(model.embed_query("Bonjour le monde")) == tiny_e5.HIDDEN


def test_another_model_is_known_by_the_name_it_was_given() -> None:
    model = SentenceEmbeddings(read_settings(embedding_model="some/model"))
    assert model.name == "some/model"
    assert model.engine == "sentence-transformers"


@pytest.mark.parametrize("there", [True, False])
def test_a_model_that_cannot_be_loaded_is_named_in_one_line_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    # The hub is not asked: no test leaves the machine.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    where = tmp_path / "not-a-model"
    if there:
        where.mkdir()
    embeddings = SentenceEmbeddings(read_settings(embedding_model=str(where)))
    with pytest.raises(ModelUnavailable, match=r"not-a-model.*SOURCIER_EMBEDDING_MODEL") as raised:
        embeddings.embed_query("Bonjour")
    assert "\n" not in str(raised.value)


def broken(*_: object) -> None:
    raise RuntimeError("Exception from src/core.cpp:1:\nillegal instruction\n")


@pytest.mark.usefixtures("wheel")
def test_where_openvino_does_not_run_the_reference_computes_the_vectors_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SOURCIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("rag.embed.Engine", broken)
    model = SentenceEmbeddings(read_settings(engine="exact"))
    assert len(model.embed_query("Bonjour le monde")) == tiny_e5.HIDDEN
    assert model.name == NAME
    (warning,) = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert "OpenVINO" in warning
    assert "\n" not in warning


@pytest.mark.parametrize("why", ["not installed", "broken"])
def test_where_eight_bits_cannot_be_had_the_way_back_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "not installed":
        monkeypatch.setitem(sys.modules, "openvino", None)
        monkeypatch.setattr("rag.embed.find_spec", lambda name: name != "openvino")
    else:
        monkeypatch.setattr("rag.embed.engine_folder", lambda cache, family: tmp_path)
        monkeypatch.setattr("rag.embed.Engine", broken)
    model = SentenceEmbeddings(read_settings(engine="int8"))
    assert model.name == f"{NAME}+int8-v{VERSION}"
    with pytest.raises(ModelUnavailable, match=r"8-bit.*SOURCIER_ENGINE=exact") as raised:
        model.embed_query("Bonjour")
    assert "\n" not in str(raised.value)


# --- loaded at its first use, once ---------------------------------------------------------------


class Slow:
    """Takes the place of `Engine`: counts how often it is loaded, and takes its time."""

    loaded = 0
    fails = False

    def __init__(self, *_: object) -> None:
        time.sleep(0.1)
        type(self).loaded += 1
        if self.fails:
            raise ModelUnavailable("no such model")

    def encode(self, texts: list[str], role: Role) -> Floats:  # noqa: ARG002
        return np.ones((len(texts), 1), np.float32)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Slow]:
    engine = type("Engine", (Slow,), {})
    monkeypatch.setattr("rag.embed.Engine", engine)
    monkeypatch.setattr("rag.embed.engine_folder", lambda cache, family: tmp_path)
    return engine


def exact() -> SentenceEmbeddings:
    return SentenceEmbeddings(read_settings(engine="exact"))


def test_a_model_that_is_loading_is_waited_for_and_not_loaded_again(slow: type[Slow]) -> None:
    model = exact()
    assert slow.loaded == 0
    model.load_meanwhile()
    assert model.embed_query("Bonjour") == [1]
    model.load_meanwhile()
    assert model.embed_documents(["Bonjour"]) == [[1]]
    assert slow.loaded == 1


def test_what_goes_wrong_while_the_model_is_loading_is_met_at_its_first_use(
    slow: type[Slow], capfd: pytest.CaptureFixture[str]
) -> None:
    slow.fails = True
    model = exact()
    before = threading.active_count()
    model.load_meanwhile()
    while threading.active_count() > before:
        time.sleep(0.01)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(ModelUnavailable, match="no such model"):
        model.embed_query("Bonjour")
    slow.fails = False  # what was wrong may have been mended
    assert model.embed_query("Bonjour") == [1]


def test_of_many_threads_at_first_use_one_loads_the_model(slow: type[Slow]) -> None:
    model, found = exact(), list[list[float]]()
    threads = [
        threading.Thread(target=lambda: found.append(model.embed_query("Bonjour")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, slow.loaded) == ([[1]] * 8, 1)


# --- where the cache cannot be used --------------------------------------------------------------

EMBEDDED = """
import logging
from rag.config import read_settings
from rag.embed import SentenceEmbeddings
logging.basicConfig(format="%(message)s", level=logging.WARNING)
model = SentenceEmbeddings(read_settings(engine="exact"))
assert len(model.embed_query("Bonjour")) == len(model.embed_documents(["monde"])[0]) == 32
"""


@pytest.mark.parametrize("why", ["in the way", "read-only", "full", "nearly full"])
def test_without_room_in_the_cache_the_model_is_made_elsewhere_for_the_time_being(
    tmp_path: Path, request: pytest.FixtureRequest, wheel: Path, why: str
) -> None:
    (tmp_path / "temporary").mkdir()
    if why == "in the way":
        cache = tmp_path / "file" / "cache"
        cache.parent.write_text("x")
    else:
        disk: Callable[[str], Path] = request.getfixturevalue("disk")
        cache = disk("size=40k" if why == "nearly full" else "size=4k")
        if why == "read-only":
            disk("ro")
    said = tiny_e5.run(
        EMBEDDED,
        site=wheel.parents[1],
        SOURCIER_CACHE=str(cache),
        TMPDIR=str(tmp_path / "temporary"),
    )
    assert said.count("\n") == 1, said
    assert str(cache) in said
    assert "SOURCIER_CACHE" in said
    assert list((tmp_path / "temporary").iterdir()) == []


class Counting(WordEmbeddings):
    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += texts
        return super().embed_documents(texts)


def test_a_text_that_is_remembered_is_not_embedded_again_and_its_vector_is_the_same() -> None:
    counting = Counting()
    remembering = Remembering(counting)
    for texts in (["riz", "pont", "riz"], ["pont", "fleuve"], []):
        vectors = np.array(remembering.embed_documents(texts))
        assert np.allclose(vectors, np.array(WordEmbeddings().embed_documents(texts)))
    assert counting.embedded == ["riz", "pont", "fleuve"]
    assert remembering.embed_query("riz") == counting.embed_query("riz")


def test_what_was_not_asked_for_in_the_longest_time_is_forgotten_first() -> None:
    counting = Counting()
    remembering = Remembering(counting, most=2)
    for text in ("riz", "pont", "riz", "fleuve"):
        remembering.embed_documents([text])
    counting.embedded.clear()
    remembering.embed_documents(["riz", "fleuve"])
    assert counting.embedded == []
    remembering.embed_documents(["pont"])
    assert counting.embedded == ["pont"]
    assert len(remembering.embed_documents(["a", "b", "c", "d"])) == 4
