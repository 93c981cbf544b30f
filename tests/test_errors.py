"""An index asked with vectors of another kind names the way back."""

from pathlib import Path
from typing import Any

import pytest

from rag.config import read_settings
from rag.embed import SentenceEmbeddings
from rag.errors import IndexMismatch
from rag.store import Store

INT8, EXACT, OTHER = {"engine": "int8"}, {"engine": "exact"}, {"embedding_model": "some/model"}


@pytest.mark.parametrize(
    ("built", "asked", "back"),
    [
        (INT8, EXACT, "set SOURCIER_ENGINE=int8."),
        (EXACT, INT8, "set SOURCIER_ENGINE=exact."),
        (OTHER, EXACT, "set SOURCIER_EMBEDDING_MODEL back."),
        (EXACT, OTHER, "set SOURCIER_EMBEDDING_MODEL back."),
        (INT8, OTHER, "set SOURCIER_EMBEDDING_MODEL back."),
    ],
)
def test_an_index_of_other_vectors_names_both_ways_to_mend_it(
    tmp_path: Path, built: dict[str, Any], asked: dict[str, Any], back: str
) -> None:
    def opened(options: dict[str, Any], *, create: bool) -> Store:
        model = SentenceEmbeddings(read_settings(**options)).name
        return Store(str(tmp_path / "index"), model, create=create)

    opened(built, create=True)
    opened(built, create=False)
    with pytest.raises(IndexMismatch, match=r"`sourcier index --rebuild FOLDER`") as raised:
        opened(asked, create=False)
    assert str(raised.value).endswith(back)


def test_eight_bit_vectors_of_another_version_can_only_be_made_again() -> None:
    assert str(IndexMismatch("model@1+int8-v1", "model@1+int8-v2")).endswith("--rebuild FOLDER`.")


def test_a_plus_in_the_name_of_a_model_says_nothing_of_its_engine() -> None:
    assert str(IndexMismatch("a+b", "a+c")).endswith("set SOURCIER_EMBEDDING_MODEL back.")
