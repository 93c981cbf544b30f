"""LangChain's own tests of a retriever, on `PassageRetriever` over a real index."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests

from rag.follow import FollowedWords
from rag.index import sync
from rag.retrieve import PassageRetriever
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings


class TestPassageRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def archive(self, store: Store, folder: Callable[..., Path]) -> None:
        reports = {f"pont{n}_txt": f"Le pont numéro {n} mesure {n}12 mètres." for n in range(5)}
        embeddings = WordEmbeddings()
        sync([folder(**reports)], store, embeddings)
        self.params = {"store": store, "embeddings": embeddings, "words": FollowedWords(store)}

    @property
    def retriever_constructor(self) -> type[PassageRetriever]:
        return PassageRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self.params

    @property
    def retriever_query_example(self) -> str:
        return "Combien mesure le pont ?"

    @property
    def num_results_arg_name(self) -> str:
        return "top"
