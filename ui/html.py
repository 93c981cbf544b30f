"""Text to HTML that shows exactly this text, whoever reads the HTML before a person does.

There are three such readers: Gradio's Markdown (chat messages), its templates (`gr.HTML`) and the
browser.
"""

import html

# What Markdown (``* _ [ ] \ ~ |``), its block structure (a line break) and the templates of
# `gr.HTML` (``$ { } ` @``) could act on. As character references they are plain text to all.
_INERT = str.maketrans({character: f"&#{ord(character)};" for character in "*_[]\\~|${}`@\n\r\t"})


def escaped(text: str) -> str:
    """Return `text` as HTML that shows exactly these characters, wherever it is put."""
    return html.escape(text).translate(_INERT)
