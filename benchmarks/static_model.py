"""Write a model that takes no time: the mean of the default model's vectors of words.

    python benchmarks/static_model.py /tmp/static
    python benchmarks/indexing.py ../shared --rounds 0 --records 100000 --model /tmp/static

An ordinary sentence-transformers folder (250,000 words, 384 dimensions, 384 MB). It finds little;
but with it what indexing itself takes, memory above all, can be followed over 100,000 records in
minutes on a machine whose processor would embed them for hours.
"""

import sys
from pathlib import Path

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

from rag.e5.packed import read_packed, unpacked
from rag.e5.tokenizer import tokenizer


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    packed = read_packed()
    words = StaticEmbedding(tokenizer(packed), embedding_weights=unpacked(packed.words))
    model = SentenceTransformer(modules=[words, Normalize()], device="cpu")
    model.save(str(Path(sys.argv[1]).resolve()), create_model_card=False)


if __name__ == "__main__":
    main()
