"""Text that was encoded twice is read as it was meant, and other text is left alone."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.formats.found import Unreadable
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
    text, remark = decoded_again("&frac12; l&eacute;gume l&#x27;eau &amp; le sel &#128077;")
    assert text == "½ légume l'eau & le sel 👍"
    assert "entities" in remark


def test_what_is_no_whole_entity_is_left_alone() -> None:
    address = "https://x.example/?a=1&copy=2&section=3"
    text, _ = decoded_again(f"Voir {address} l&agrave;, &trucs; et &laquoi;, d&egrave;s lundi")
    assert text == f"Voir {address} là, &trucs; et &laquoi;, dès lundi"


@pytest.mark.parametrize(
    "text",
    [
        MEANT,
        "São Paulo et Ângela",
        "AT&T et R&D",
        "Une seule &eacute; ?",
        "Â la vérité",
        "Les &trucs; et les &laquoi; d'avant",
    ],
)
def test_a_text_encoded_once_is_left_alone(text: str) -> None:
    assert decoded_again(text) == (text, "")


@given(st.text(alphabet="abcéèàùçôêîœ’«» .,-ĐđạờùÉÀÇ", max_size=80))
def test_french_and_vietnamese_come_back_to_the_letter(text: str) -> None:
    assert decoded_again(text) == (text, "")


def test_a_file_of_blanks_written_as_entities_is_empty() -> None:
    with pytest.raises(Unreadable, match="the file is empty"):
        list(read_text(io.BytesIO(b"&nbsp;\n&nbsp;"), "a.txt"))


def test_the_note_stands_beside_the_report() -> None:
    found = list(read_text(io.BytesIO("Ã©tÃ© prochain".encode()), "a.txt"))
    assert found[0] == Document("a.txt", "été prochain")
    assert isinstance(found[1], Problem)
    assert found[1].grade == "noted"
