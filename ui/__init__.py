"""The chat page: it draws what `rag` returns, and computes nothing of its own.

`render` turns records into HTML, `page` lays the components out, `serve` opens the port.
Gradio takes seconds to import, so nothing is imported here.
"""
