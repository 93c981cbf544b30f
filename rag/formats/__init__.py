"""One small reader per file format; `rag.load` chooses between them."""
