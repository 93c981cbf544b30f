"""Text that was encoded twice: « Ã© » for « é », « &eacute; » for « é ».

Somebody's program read a file in the wrong encoding, or as a page, and saved what it saw. To read
such a file is to decode it twice; nothing else of it is changed.
"""

import html
import re

_MOJIBAKE = re.compile(r"[ÃÂâÄÆ][\u0080-\u00bf\u0152-\u2122]|á[\u0080-\u00bf\u0152-\u2122]")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,5}|#[xX][0-9a-fA-F]{2,4});")
_LEAST = 2


def decoded_again(text: str) -> tuple[str, str]:
    """Return the text as it was meant, and what is to be known about that, or "".

    ftfy (R. Speer, 2019) undoes a wrong encoding only where the result explains every character.
    """
    remarks = []
    if len(_MOJIBAKE.findall(text)) >= _LEAST:
        import ftfy

        mended = ftfy.fix_encoding(text)
        if mended != text:
            text = mended
            remarks.append("its characters had been encoded twice (« Ã© ») and were decoded twice")
    if len(_ENTITY.findall(text)) >= _LEAST:
        text = html.unescape(text)
        remarks.append("it had the entities of a web page (« &eacute; »), which were read as such")
    return text, "; ".join(remarks)
