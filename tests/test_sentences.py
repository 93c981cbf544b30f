"""Where sentences begin and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import boundaries


def sentences(text: str, language: str = "fr") -> list[str]:
    return [text[start:end].strip() for start, end in boundaries(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Le pont est ouvert. Le train roule.", ["Le pont est ouvert.", "Le train roule."]),
        ("Le pont est ouvert.Le train roule.", ["Le pont est ouvert.", "Le train roule."]),
        ("M. Vu a parlé. Mme Hoa aussi.", ["M. Vu a parlé.", "Mme Hoa aussi."]),
        ("MM. Vu et K. Chan sont là.", ["MM. Vu et K. Chan sont là."]),
        ("Il coûte 6.65 millions. Fin.", ["Il coûte 6.65 millions.", "Fin."]),
        ("Le ministre a dit :\n« Oui. »", ["Le ministre a dit :\n« Oui. »"]),
        ("Une phrase\nqui continue.", ["Une phrase\nqui continue."]),
        ("Un titre\n\nUne phrase.", ["Un titre", "Une phrase."]),
        ("Un titre\r\n\r\nUne phrase.", ["Un titre", "Une phrase."]),
        ("À faire :\n- un\n- deux", ["À faire :", "- un", "- deux"]),
        (
            "😀 Le pont 😀 est ouvert. Le train roule.",
            ["😀 Le pont 😀 est ouvert.", "Le train roule."],
        ),
        ("", []),
        ("  \n ", [""]),
    ],
)
def test_a_sentence_ends_where_a_reader_would_say(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize("language", ["fr", "en", "vi"])
@given(text=st.text() | st.text(st.sampled_from("Aé. M!?\r\n\t-•« »0")))
def test_sentences_joined_together_are_the_text(language: str, text: str) -> None:
    places = boundaries(text, language)
    assert "".join(text[start:end] for start, end in places) == text
    assert all(start < end for start, end in places)
    if len(places) > 1:
        assert all(text[start:end].strip() for start, end in places)


@pytest.mark.parametrize("run", ["\n \n", "M. "])
def test_a_run_of_blank_lines_or_initials_is_read_in_a_moment(run: str) -> None:
    # Not a timed test: reading each time from the last sentence on took hours for these.
    text = f"Le pont est ouvert.{run * 200_000}Il mesure 412 mètres."
    assert boundaries(text)[-1][1] == len(text)
