"""Which language a first visitor is led to."""

import pytest

from ui.tongue import preferred


@pytest.mark.parametrize(
    ("accepted", "cookies", "language"),
    [
        ("", "", "fr"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "", "fr"),
        ("en-US,en;q=0.9", "", "en"),
        ("de,vi;q=0.5,en;q=0.4", "", "vi"),
        ("de;q=0.2", "", "fr"),
        ("en;q=junk,vi", "", "vi"),
        ("en;q=0,vi;q=0.0", "", "fr"),
        ("vi;q=0,en;q=0.1", "", "en"),
        ("en", "a=1; sourcier_language=vi", "vi"),
        ("en", 'a/b=1; {c}[d]="; sourcier_language=vi', "vi"),
        ("en", "sourcier_language=xx", "en"),
        ("en", "sourcier_language=<;;=", "en"),
    ],
)
def test_the_chosen_language_counts_then_the_accepted_one_and_then_french(
    accepted: str, cookies: str, language: str
) -> None:
    assert preferred(accepted, cookies) == language
