"""Text of an archive stays text, whatever reads the HTML."""

import html

from hypothesis import given
from hypothesis import strategies as st

from ui.html import escaped


@given(st.text())
def test_escaped_text_shows_exactly_its_characters_and_holds_nothing_to_act_on(text: str) -> None:
    shown = escaped(text)
    assert html.unescape(shown) == html.unescape(html.escape(text))
    assert not set(shown) & set("<>\"'*_[]\\~|${}`@\n\r")
