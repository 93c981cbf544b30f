"""Text that was encoded twice: « Ã© » for « é », « &eacute; » for « é ».

Somebody's program read a file in the wrong encoding, or as a page, and saved what it saw. To read
such a file is to decode it twice; nothing else of it is changed.
"""

import html
import re
from html.entities import html5

_MOJIBAKE = re.compile(r"[ÃÂâÄÆ][\u0080-\u00bf\u0152-\u2122]|á[\u0080-\u00bf\u0152-\u2122]")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}\d{0,2}|#\d{2,6}|#[xX][0-9a-fA-F]{2,5});")
_LEAST = 2


def decoded_again(text: str, *, least: int = _LEAST) -> tuple[str, str]:
    """Return the text as it was meant, and what is to be known about that, or "".

    Fewer than `least` signs of it are taken for a chance.
    ftfy (R. Speer, 2019) undoes a wrong encoding only where the result explains every character.
    """
    remarks = []
    if len(_MOJIBAKE.findall(text)) >= least:
        import ftfy

        mended = ftfy.fix_encoding(text)
        if mended != text:
            text = mended
            remarks.append("its characters had been encoded twice (« Ã© ») and were decoded twice")
    if len(_ENTITY.findall(text)) >= least:
        meant = _ENTITY.sub(_character, text)
        if meant != text:
            text = meant
            remarks.append(
                "it had the entities of a web page (« &eacute; »), which were read as such"
            )
    return text, "; ".join(remarks)


def _character(entity: re.Match[str]) -> str:
    """Return what an entity means; of an unknown one `html.unescape` would read the beginning."""
    known = entity[0][1] == "#" or entity[0][1:] in html5
    return html.unescape(entity[0]) if known else entity[0]
