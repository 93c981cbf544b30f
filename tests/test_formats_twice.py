"""Text that was encoded twice is read as it was meant, and other text is left alone."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.formats.text import read_text
from rag.formats.twice import decoded_again
from rag.records import Document, Problem

MEANT = "Le président a déclaré à Hanoï : « L’été sera chaud » – et Bùi Thanh Sơn l'a noté."


@pytest.mark.parametrize("wrongly", ["cp1252", "latin-1"])
def test_a_text_encoded_twice_is_decoded_twice_and_noted(wrongly: str) -> None:
    meant = "Le président a déclaré à Hanoï : « la récolte sera tardive », « très tardive »."
    text, remark = decoded_again(meant.encode().decode(wrongly))
    assert text == meant
    assert "decoded twice" in remark


def test_the_entities_of_a_page_are_read() -> None:
    text, remark = decoded_again("L&eacute;gumes &agrave; l&#x27;eau &amp; au sel")
    assert text == "Légumes à l'eau & au sel"
    assert "entities" in remark


@pytest.mark.parametrize(
    "text", [MEANT, "São Paulo et Ângela", "AT&T et R&D", "Une seule &eacute; ?", "Â la vérité"]
)
def test_a_text_encoded_once_is_left_alone(text: str) -> None:
    assert decoded_again(text) == (text, "")


@given(st.text(alphabet="abcéèàùçôêîœ’«» .,-ĐđạờùÉÀÇ", max_size=80))
def test_french_and_vietnamese_come_back_to_the_letter(text: str) -> None:
    assert decoded_again(text) == (text, "")


def test_the_note_stands_beside_the_report() -> None:
    found = list(read_text(io.BytesIO("Ã©tÃ© prochain".encode()), "a.txt"))
    assert found[0] == Document("a.txt", "été prochain")
    assert isinstance(found[1], Problem)
    assert found[1].grade == "noted"
