"""The default model embeds sentences: near in meaning, near in space."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.config import PACKAGED_MODEL, read_settings
from rag.e5.packed import SHA256
from rag.embed import SentenceEmbeddings
from rag.errors import ModelUnavailable

if TYPE_CHECKING:
    from tests.test_end_to_end import real_model
else:
    from test_end_to_end import real_model

BORDER = "Les deux pays veulent achever le bornage de leur frontière terrestre."
NEAR = "Le Vietnam et le Cambodge poursuivent la démarcation de leur limite commune."
RECIPE = "Battez les œufs avec le sucre, puis versez la farine en pluie."


def dot(one: list[float], other: list[float]) -> float:
    return sum(x * y for x, y in zip(one, other, strict=True))


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


def test_the_name_of_the_default_model_changes_with_its_weights() -> None:
    assert SentenceEmbeddings(read_settings()).name == f"{PACKAGED_MODEL}@{SHA256[:8]}"


def test_another_model_is_known_by_the_name_it_was_given() -> None:
    assert SentenceEmbeddings(read_settings(embedding_model="some/model")).name == "some/model"


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
