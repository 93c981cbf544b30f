"""The steps that `stack.py` times, each a process of its own: `python stack_steps.py STEP ...`.

A step prints one JSON object. Imports wait inside the steps: what a step does not need is not in
its time or memory.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_chroma import Chroma

    from rag.e5.engine import Engine

QUESTIONS = (
    "Qui peut demander une copie intégrale d'un acte de naissance ?",
    "Quels travaux demandent un permis de construire ?",
    "Comment demander une aide au logement ?",
)


def prepare(archive: str, texts: str) -> dict[str, Any]:
    """Make the models' folders, and write to `texts` what `sourcier index` embeds of `archive`."""
    from rag.clean import labelled
    from rag.config import read_settings
    from rag.e5.folder import model_folder
    from rag.load import read
    from rag.prepare import in_context
    from rag.records import SEARCHED, Document
    from rag.split import split

    _engine()
    documents = []
    for file in sorted(Path(archive).iterdir()):
        with file.open("rb") as opened:
            found = list(read(opened, file.name))
        documents += [labelled(one) for one in found if isinstance(one, Document)]
    passages = [passage for document in documents for passage in split(document)]
    embedded = [in_context(passage) for passage in passages if passage.kind in SEARCHED]
    Path(texts).write_text(json.dumps(embedded))
    return {"passages": len(embedded), "model": str(model_folder(read_settings().cache))}


def bare(texts: str) -> dict[str, Any]:
    """Embed these texts and do nothing else."""
    known = json.loads(Path(texts).read_text())
    engine = _engine()
    started = time.perf_counter()
    engine.encode(known, "passage")
    return {"encode_seconds": time.perf_counter() - started}


def _engine() -> "Engine":
    """Return the engine that the program chooses for this processor."""
    from rag.config import read_settings
    from rag.e5.engine import Engine, engine_folder, fastest_precision, processor_features

    chosen = fastest_precision(None, processor_features())
    return Engine(engine_folder(read_settings().cache, chosen), chosen)


def langchain_index(archive: str, database: str, model: str) -> dict[str, Any]:
    """Index as LangChain's guides do it: recursive splitter, HuggingFaceEmbeddings, Chroma."""
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    documents = [
        Document(file.read_text(encoding="utf-8"), metadata={"source": file.name})
        for file in sorted(Path(archive).iterdir())
    ]
    splitter = RecursiveCharacterTextSplitter(chunk_size=800, chunk_overlap=0)
    chunks = splitter.split_documents(documents)
    _langchain(database, model).add_documents(chunks)
    return {"passages": len(chunks)}


def langchain_ask(database: str, model: str) -> dict[str, Any]:
    """Find the passages for a question. Nothing is written from them: that takes a chat model."""
    return {"found": len(_langchain(database, model).similarity_search(QUESTIONS[0]))}


def _langchain(database: str, model: str) -> "Chroma":
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings

    embeddings = HuggingFaceEmbeddings(
        model_name=model,
        encode_kwargs={"prompt_name": "passage"},
        query_encode_kwargs={"prompt_name": "query"},
    )
    return Chroma("passages", embeddings, persist_directory=database)


def memory(index: str) -> dict[str, Any]:
    """Do what `sourcier chat` does, one thing after another, and note the memory after each."""
    return {"steps": [{"after": after, **_resident()} for after in _chat(index)]}


def _chat(index: str) -> Iterator[str]:
    yield "Python"
    import chromadb  # noqa: F401

    from rag.answer import Assistant
    from rag.config import read_settings
    from rag.embed import SentenceEmbeddings
    from rag.store import Store

    yield "importing LangChain, Chroma and the program"
    from ui.serve import serve

    yield "importing Gradio"
    settings = read_settings(index=index)
    embeddings = SentenceEmbeddings(settings)
    embeddings.embed_query("Bonjour ?")
    yield "loading the model"
    assistant = Assistant(Store(index, embeddings.name), embeddings)
    yield "opening the index"
    chat = serve(assistant, host="127.0.0.1", port=0, say=lambda _: None, block=False)
    with chat:
        _fetch(chat.url)
        yield "serving the page"
        assistant.ask(QUESTIONS[0])
        yield "the first question"
        for question in QUESTIONS[1:]:
            assistant.ask(question)
        yield f"{len(QUESTIONS)} questions"


def _fetch(url: str) -> None:
    from urllib.request import ProxyHandler, build_opener

    build_opener(ProxyHandler({})).open(url).read()


def _resident() -> dict[str, float]:
    """Return the megabytes this process holds, and those of them that no file backs."""
    import psutil

    held = psutil.Process().memory_info()
    return {"megabytes": held.rss / 1e6, "of_no_file": (held.rss - held.shared) / 1e6}


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    step.__name__: step for step in (prepare, bare, langchain_index, langchain_ask, memory)
}

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])))
