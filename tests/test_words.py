"""How words are compared: without case or accents, numbers whole; and in which language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.words import content_words, fold, is_among, language_of, stem, with_names, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bùi Thị Hoa", "Bui Thi Hoa"),
        ("Đặng Đình Đạo", "dang dinh dao"),
        ("Hà Nội", "Ha\u0300 No\u0302\u0323i"),
        ("L’ÉTÉ À LAŒKEN", "l’ete a laoeken"),
        ("Straße", "STRASSE"),
    ],
)
def test_case_and_accents_make_no_difference(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6,65 millions", ["6,65", "millions"]),
        ("6.65 millions", ["6,65", "millions"]),
        ("2 450 doses", ["2450", "doses"]),
        ("2\u202f450 doses", ["2450", "doses"]),
        ("2\xa0450\xa0000 doses", ["2450000", "doses"]),
        ("1.250.000 tonnes", ["1250000", "tonnes"]),
        ("1.250.000,5 tonnes", ["1250000,5", "tonnes"]),
        ("1,250,000 tons", ["1250000", "tons"]),
        ("en 2024 315 bornes", ["en", "2024", "315", "bornes"]),
        ("l'ASEAN", ["l", "asean"]),
        ("d’accord, qu'il", ["d", "accord", "qu", "il"]),
        ("l'ASEAN+3", ["l", "asean+3"]),
        ("COVID-19", ["covid", "19"]),
        ("?! …", []),
        ("", []),
    ],
)
def test_words_are_what_a_reader_would_count(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text())
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    assert all(words(text))
    assert all(stem(word, "fr") for word in words(text))
    assert language_of(text) in ("fr", "en", "vi")
    assert set(content_words(text, "en")) <= {fold(word) for word in words(text)}


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("frontières", "frontière", "fr"),
        ("signé", "signés", "fr"),
        ("ministers", "minister", "en"),
        ("2024", "2024", "fr"),
    ],
)
def test_inflected_forms_have_one_stem(one: str, other: str, language: str) -> None:
    assert stem(fold(one), language) == stem(fold(other), language)


def test_vietnamese_words_are_their_own_stems() -> None:
    assert [stem(word, "vi") for word in words("các bộ trưởng")] == ["cac", "bo", "truong"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("born", "bornag", True),
        ("pont", "pont", True),
        ("pon", "pont", False),
        ("port", "portugais", False),
        ("2024", "2025", False),
    ],
)
def test_two_stems_are_one_word_if_one_begins_the_other(one: str, other: str, same: bool) -> None:
    assert is_among(one, frozenset({other})) is same
    assert is_among(other, frozenset({one})) is same


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Qui préside l'ASEAN en 2024 ?", "fr"),
        ("qui preside l'asean", "fr"),
        ("Combien de doses la Chine a-t-elle données ?", "fr"),
        ("Que dit la dépêche sur Nguyễn Thị Đào ?", "fr"),
        ("Who chairs ASEAN in 2024?", "en"),
        ("How many doses did China give?", "en"),
        ("how long is the border", "en"),
        ("Ai là chủ tịch ASEAN năm 2024?", "vi"),
        ("Bao nhiêu liều vắc-xin đã được trao?", "vi"),
        ("ai la chu tich asean nam 2024", "vi"),
        ("bao nhieu lieu vac xin da duoc trao", "vi"),
        ("Bùi Thị Hoa", "fr"),
        ("Nguyen Van Dung", "fr"),
        ("Luang Prabang", "fr"),
        ("To Lam", "fr"),
        ("May Lwin", "fr"),
        ("Tô Lâm", "fr"),
        ("ASEAN 2024", "fr"),
        ("???", "fr"),
        ("", "fr"),
    ],
)
def test_the_language_is_that_of_the_small_words_never_of_the_names(
    question: str, language: str
) -> None:
    assert language_of(question) == language


def test_a_name_is_a_capital_that_is_not_in_first_place() -> None:
    assert with_names("Les ministres de Kralanh") == [
        ("Les", False),
        ("ministres", False),
        ("de", False),
        ("Kralanh", True),
    ]


def test_mister_and_madam_are_no_names_in_vietnamese() -> None:
    assert [name for name, named in with_names("Tuổi của Ông Hun Manet và Bà Lan") if named] == [
        "Hun",
        "Manet",
        "Lan",
    ]


def test_content_words_leave_out_small_words_but_no_name() -> None:
    question = "Quand est-ce que Bui Thanh Son a vu le Laos ?"
    assert content_words(question, "fr") == ["bui", "thanh", "son", "vu", "laos"]
