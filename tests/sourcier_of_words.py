"""The command `sourcier` with the stand-in for the model, for tests of several processes.

python tests/sourcier_of_words.py COMMAND ...; with SLOWLY set, a batch is a few reports, and takes
that many seconds more.
"""

import os
import time
from typing import TYPE_CHECKING

import rag.doctor
import rag.embed
import rag.index
import rag.prepare
import rag.server
from rag.cli import main
from rag.config import Settings

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

SLOWLY = float(os.environ.get("SLOWLY", "0"))


class Words(WordEmbeddings):
    def __init__(self, settings: Settings) -> None:
        pass

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        time.sleep(SLOWLY)
        return super().embed_documents(texts)


if __name__ == "__main__":
    for module in (rag.doctor, rag.embed, rag.index):
        module.SentenceEmbeddings = Words  # type: ignore[attr-defined]
    if SLOWLY:
        rag.prepare.BATCH = 4
    rag.server.BEATS, rag.server.SILENT = 0.5, 4.0
    main()
