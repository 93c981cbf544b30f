"""Ask a news archive, and check the answers.

The public names are imported on first use, so that ``import rag`` costs nothing:
``sourcier --help`` must not wait for torch.
"""

import importlib
import os
from typing import Any

# Nothing phones home. These are read by the libraries when *they* are imported, and every
# one of them is imported through this package, so this is the one place that can be sure.
for _variable, _value in {
    "ANONYMIZED_TELEMETRY": "False",  # Chroma
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
}.items():
    os.environ.setdefault(_variable, _value)
# Two tokenizer threads per core, and a warning at every fork, gain nothing on short texts.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

_HOMES = {
    "Answer": "rag.records",
    "Assistant": "rag.answer",
    "Document": "rag.records",
    "Passage": "rag.records",
    "PassageRetriever": "rag.retrieve",
    "RagError": "rag.errors",
    "Settings": "rag.config",
    "Store": "rag.store",
    "sync": "rag.index",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
