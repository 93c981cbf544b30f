"""A hit is widened to its neighbours, and stays a slice of its report."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.follow import FollowedWords
from rag.index import sync
from rag.records import Passage
from rag.retrieve import PassageRetriever, from_langchain
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

LONG = "\n".join(
    f"Le {n}e pont de la province a été ouvert au public après de longs travaux. " * 10
    for n in range(2, 7)
)
REPORT = f"{LONG}\nVoir plus\nUn tramway circule au bord du fleuve."


@pytest.fixture
def retriever(store: Store, folder: Callable[..., Path]) -> PassageRetriever:
    sync([folder(pont_txt=REPORT, riz_txt="Le riz pousse.")], store, WordEmbeddings())
    words = FollowedWords(store)
    return PassageRetriever(store=store, embeddings=WordEmbeddings(), words=words, top=20)


def found(retriever: PassageRetriever, question: str, by: int) -> list[Passage]:
    wide = retriever.model_copy(update={"widened_by": by})
    return [from_langchain(document).passage for document in wide.invoke(question)]


@pytest.mark.parametrize("by", [0, 1, 2, 9])
def test_a_widened_passage_is_a_slice_of_its_report(retriever: PassageRetriever, by: int) -> None:
    for passage in found(retriever, "Quel pont a été ouvert ?", by):
        document = retriever.store.document(passage.source)
        assert document
        assert document.text[passage.start : passage.end] == passage.text


def test_neighbours_come_with_the_best_and_not_a_second_time(retriever: PassageRetriever) -> None:
    bare, wide = (found(retriever, "Quel est le 4e pont ?", by) for by in (0, 1))
    assert wide[0].contains(bare[0])
    assert len(wide[0].text) > len(bare[0].text)
    assert len(wide) < len(bare)
    starts = [(one.source, one.start) for one in wide]
    assert len(starts) == len(set(starts))


def test_a_teaser_is_not_joined_with_the_report_above_it(retriever: PassageRetriever) -> None:
    (teaser,) = (one for one in found(retriever, "Un tramway ?", 3) if one.kind == "teaser")
    assert "pont" not in teaser.text
