"""Words of one line say the same, in three languages; some lines are opposites."""

import pytest

from rag.meanings import is_deed, named, opposites, sense_at


@pytest.mark.parametrize(
    ("written", "language", "french"),
    [
        ("approved", "en", "approuver"),
        ("phê chuẩn", "vi", "approuver"),
        ("succèdent", "fr", "succéder"),
        ("félicité", "fr", "féliciter"),
        ("hoà bình", "vi", "paix"),
        ("prime minister", "en", "premier ministre"),
        ("ministre des affaires étrangères", "fr", "ministre affaires etrangeres"),
        ("bộ trưởng ngoại giao", "vi", "ministre affaires etrangeres"),
        ("chinoises", "fr", "Chine"),
        ("lào", "vi", "Laos"),
    ],
)
def test_an_expression_has_the_meaning_of_its_line(
    written: str, language: str, french: str
) -> None:
    words = written.split()
    found = sense_at(words, 0, language)
    assert found
    assert found.length == len(words)
    assert found.meanings & named(french)


def test_a_stem_makes_no_country_of_a_verb() -> None:
    found = sense_at(["libérer"], 0, "fr")
    assert found
    assert found.kind == ""


def test_opposites_are_opposite_both_ways() -> None:
    assert opposites(named("hausse")) & named("baisse")
    assert opposites(named("baisse")) & named("hausse")


def test_what_is_done_to_another_is_a_deed() -> None:
    assert is_deed(named("libérer"))
    assert not is_deed(named("frontière"))
