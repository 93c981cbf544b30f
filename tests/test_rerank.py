"""A cross-encoder of the user's reads the best passages again."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.config import read_settings
from rag.errors import BadRequest
from rag.records import Passage, ScoredPassage
from rag.rerank import RERANKED, CrossEncoder, reranked, reranker_of


def ranking(count: int) -> list[ScoredPassage]:
    return [
        ScoredPassage(Passage(f"{n}.txt", 0, f"Texte {n}."), 1 - n / 100, 0.8) for n in range(count)
    ]


def by_length_of_what_is_read(question: str, texts: Sequence[str]) -> list[float]:
    return [float(len(text) + len(question)) for text in texts]


def the_last_first(question: str, texts: Sequence[str]) -> list[float]:  # noqa: ARG001
    return [float(n) for n, _ in enumerate(texts)]


def test_the_best_passages_come_in_the_order_of_the_reranker() -> None:
    found = reranked("?", ranking(RERANKED + 2), the_last_first)
    sources = [one.passage.source for one in found]
    assert sources[:RERANKED] == [f"{n}.txt" for n in reversed(range(RERANKED))]
    assert sources[RERANKED:] == [f"{n}.txt" for n in (RERANKED, RERANKED + 1)]
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@pytest.mark.parametrize("count", [0, 1])
def test_where_nothing_can_change_places_nothing_is_read(count: int) -> None:
    def never(question: str, texts: Sequence[str]) -> list[float]:
        raise AssertionError((question, texts))

    assert reranked("?", ranking(count), never) == ranking(count)


def test_it_reads_a_passage_below_its_title_and_date() -> None:
    bare = ScoredPassage(Passage("a.txt", 0, "Un texte."), 0.9, 0.8)
    titled = ScoredPassage(
        Passage("b.txt", 0, "Un texte.", title="Le pont", date="2024-01"), 0.5, 0.8
    )
    assert reranked("?", [bare, titled], by_length_of_what_is_read)[0].passage == titled.passage


def test_without_a_setting_there_is_none() -> None:
    assert reranker_of(read_settings()) is None


def tiny(where: Path) -> Path:
    """Make a real cross-encoder of two small layers, which knows nothing."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        PreTrainedTokenizerFast,
    )

    torch.manual_seed(0)
    vocabulary = {
        word: n
        for n, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "pont", "riz", "le", "412"])
    }
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, **special)  # type: ignore[no-untyped-call]
    tokenizer.save_pretrained(where)
    config = BertConfig(  # type: ignore[call-arg]
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(where)
    return where


@pytest.mark.slow
def test_a_cross_encoder_is_loaded_by_its_folder_and_tells_texts_apart(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "model")
    reranker = reranker_of(read_settings(reranker=str(folder)))
    assert reranker is not None
    scores = reranker("le pont", ["le pont 412", "riz"])
    assert len(set(scores)) == 2
    assert reranker("le pont", ["le pont 412", "riz"]) == scores


@pytest.mark.slow
def test_a_reranker_that_is_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="SOURCIER_RERANKER"):
        CrossEncoder(str(tmp_path / "none"))("?", ["a", "b"])
