"""Index FOLDER into INDEX with the stand-in, slowly: `test_index_laws.py` kills this.

python tests/index_slowly.py FOLDER INDEX
"""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import rag.index
import rag.prepare
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

DELAY = 0.02
"""Seconds a batch: as long as its writing takes, so that a kill hits either."""


class SlowWords(WordEmbeddings):
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        time.sleep(DELAY)
        return super().embed_documents(texts)


if __name__ == "__main__":
    folder, index = sys.argv[1:]
    rag.prepare.BATCH = 4
    with rag.index.writing(index):
        print("indexing", flush=True)
        embeddings = SlowWords()
        rag.index.sync([Path(folder)], Store(index, embeddings.name, create=True), embeddings)
