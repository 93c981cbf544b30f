"""A small cross-encoder that reads a question and a sentence together.

==============  ====================================================================================
`window`        question and sentence in its place -> token ids, and which tokens are the sentence
`weights`       what was trained: a safetensors file beside this one, with its card
`graph`         the encoder with those weights and three heads, as an OpenVINO graph
`calibration`   its log-odds -> the probability that a sentence answers
`judge`         windows -> how well each answers, how probably, and which words are the answer
==============  ====================================================================================

A bi-encoder compares two vectors made apart; this one sees both texts at once (Nogueira and Cho,
2019), and marks the answer as Devlin et al. (2019) do for SQuAD. It is the default embedder, all of
whose layers were trained further (`training/`).

`rag.relevance` asks it about the best six sentences; `CARD.md` says what it was trained on, its
figures and its limits. Without its weights, or with ``SOURCIER_JUDGE=off``, words and vectors
decide alone.
"""
