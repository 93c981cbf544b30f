"""The search form: glued words apart, broken words whole, and every word leads back."""

import re
import subprocess
import sys
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.glued import cuts
from rag.searched import SearchForm, search_form, words
from rag.words import fold, plain_number

PIECES = st.sampled_from(
    """
    la Chine laChine hautsofficiels dela del’ASEAN l'octroipar juin,avec RCEP).Lors COVID-19.Ils
    coopé-\nration vice-\nministre co\xadopération 2\xa0450 6,65 2\u202f450\u202f000 œuvre ﬁn m² ½
    Tô Đạo e\u0301te\u0301 « » … – \n \r\n \n\n \u200b https://a.fr/laChine de 22 Levice-ministre .
    """.replace("\\n", "\n").split(" ")
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, max_size=15).map(" ".join),
    st.lists(PIECES, max_size=15).map("".join),
)


def cleaned(slice_: str) -> str:
    """What a stretch of the original says, written without the module under test."""
    whole = re.sub("[\xad\u200b\u200c\u200d\u2060\ufeff]", "", slice_)
    whole = re.sub(r"[-‐‑‒–—―−][^\S\n\r]*[\r\n\x85\u2028\u2029]+[^\S\n\r]*", "", whole)
    return plain_number(fold(unicodedata.normalize("NFKC", whole)))


@given(TEXTS)
@example("aﬁ aﬁ")
@example("hautsofficiels de laChine,avec e\u0301te\u0301")
def test_the_slice_of_the_original_says_the_word(text: str) -> None:
    for word in search_form(text).words:
        assert cleaned(text[word.start : word.end]) == word.text


@given(TEXTS)
def test_words_follow_one_another_inside_the_text(text: str) -> None:
    before = 0
    for word in search_form(text).words:
        assert before <= word.start < word.end <= len(text)
        before = word.end


@given(TEXTS)
def test_only_white_space_hyphens_and_spelling_differ_from_the_original(text: str) -> None:
    def letters(of: str) -> str:
        return "".join(c for c in fold(unicodedata.normalize("NFKC", of)) if c.isalnum())

    assert letters(search_form(text).text) == letters(text)


@given(TEXTS)
def test_the_words_alone_are_the_words_with_their_places(text: str) -> None:
    form = search_form(text)
    assert words(text) == [word.text for word in form.words]


@pytest.mark.parametrize(
    ("glued", "apart"),
    [
        ("des hautsofficiels vietnamiens", "des hauts officiels vietnamiens"),
        ("Levice-ministre", "Le vice-ministre"),
        ("de levice-ministre", "de le vice-ministre"),
        ("pour àaccéder", "pour à accéder"),
        ("l’octroipar la Chine", "l'octroi par la Chine"),
        ("la Républiquede Corée", "la République de Corée"),
        ("se coordonnerétroitement", "se coordonner étroitement"),
        ("pour deréduire", "pour de réduire"),
        ("sonengagement", "son engagement"),
        ("lors dela réunion", "lors de la réunion"),
        ("y aparticipé", "y a participé"),
        ("a en outresouligné", "a en outre souligné"),
        ("vietnamienNguyen", "vietnamien Nguyen"),
        ("LaChine, le Japon", "La Chine, le Japon"),
        ("de laChine", "de la Chine"),
        ("del’ASEAN", "de l'ASEAN"),
        ("grâce àl'exception", "grâce à l'exception"),
        ("œuvreefficacement", "œuvre efficacement"),
        ("unecondition préalable", "une condition préalable"),
        ("Fin. Laréunion a eu lieu", "Fin. La réunion a eu lieu"),
        ("les pays de l'ASEANet", "les pays de l'ASEAN et"),
        ("départementsde leurscapacités", "départements de leurs capacités"),
    ],
)
def test_glued_words_are_set_apart(glued: str, apart: str) -> None:
    assert search_form(glued).text == apart


@pytest.mark.parametrize(
    ("glued", "apart"),
    [
        ("investissements,étendre", "investissements, étendre"),
        ("le 22,avec", "le 22, avec"),
        ("la rencontre.Lors", "la rencontre. Lors"),
        ("(RCEP).Lors", "(RCEP). Lors"),
        ("le COVID-19.Ils", "le COVID-19. Ils"),
        ("événement.L’ambassadeur", "événement. L'ambassadeur"),
        ("l'ASEAN.A cette occasion", "l'ASEAN. A cette occasion"),
        ("verte...Les", "verte... Les"),
        ("ảnh 1Photo", "ảnh 1 Photo"),
    ],
)
def test_a_space_follows_the_mark_that_lost_it(glued: str, apart: str) -> None:
    assert search_form(glued).text == apart


@pytest.mark.parametrize(
    "text",
    """
    McDonald TotalEnergies iPhone AstraZeneca YouTube PetroVietnam VietnamPlus LaGuardia DuPont
    Saleumxay Kommasith Thongloun Sisoulith Nguyenthi saleumxay nguyenthi Dupont Lagarde Delacroix
    cybercriminalité vietnamo-lao sous-régionaux électronucléaire antidumping cryptomonnaie
    vietnamienne laotienne singapourien indopacifique multilatéralisme surcapacité désinformation
    camerounais animalier euroscepticisme deplacement détention autosuffisance téléconsultation
    résilience coprésidé visioconférence agroforesterie blockchain
    U.S.A 6,65 a.m. S.E.M. 2021-2025 12:30 1.250.000 J.-C. aujourd'hui jusqu'à lorsqu'il prud'homme
    https://lecontexte.fr/dela,avec?a=laChine www.lacoopération.vn dela@exemple.fr #laréunion
    laréunion_2 x2dela
    """.split(),
)
def test_what_is_one_word_stays_one(text: str) -> None:
    assert search_form(text).text == text
    assert search_form(f"Hier, {text}, dit le ministre de la Chine").text == (
        f"Hier, {text}, dit le ministre de la Chine"
    )


@pytest.mark.parametrize(
    "text",
    [
        "The desire of the parliament is to enable a new enforcement of the law",
        "Together with the unemployment of the sector, the disposal was uneven and unclear",
        "Bộ trưởng Ngoại giao Việt Nam đã gặp gỡ tại Luang Prabang vào ngày hai mươi tám",
    ],
)
def test_english_and_vietnamese_come_to_no_harm(text: str) -> None:
    assert search_form(text).text == text


@pytest.mark.parametrize("word", ["juin,avec", "dela-", "https://a.fr/dela,"])
def test_a_text_without_blanks_is_searched_in_the_time_that_it_is_long(word: str) -> None:
    began = time.perf_counter()
    form = search_form(word * 10_000)
    assert time.perf_counter() - began < 5
    assert (" " in form.text) == ("://" not in word)


def test_words_beside_an_address_are_set_apart() -> None:
    assert search_form("juin,avec https://a.fr/dela,laChine dela Chine").text == (
        "juin, avec https://a.fr/dela,laChine de la Chine"
    )


def test_glued_letters_are_cut_only_where_the_text_is_french() -> None:
    assert cuts("lecontexte")
    assert search_form("what they say of the lecontexte is that").text.count("lecontexte") == 1
    assert search_form("dans lecontexte").text == "dans le contexte"


def test_a_name_in_mid_sentence_is_left_alone() -> None:
    assert search_form("Hier, Larivière a parlé").text == "Hier, Larivière a parlé"


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("la coopé-\nration", "la coopération"),
        ("la coopé-\r\n  ration", "la coopération"),
        ("la co\xadopération", "la coopération"),
        ("le vice-\nministre", "le vice-ministre"),
        ("Vietnam-\nLaos", "Vietnam-Laos"),
        ("une ligne\net une autre", "une ligne et une autre"),
        ("un alinéa\n\n\nun autre", "un alinéa\nun autre"),
        ("en\xa0France\u202f!", "en France !"),
        ("“l’été”", '"l\'été"'),
        ("1975–1986", "1975-1986"),
        ("ﬁnance", "finance"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_line_ends_and_typography_are_made_one(broken: str, whole: str) -> None:
    assert search_form(broken).text == whole


def test_two_numbers_on_two_lines_stay_two() -> None:
    assert words("le 22\n450 personnes") == ["le", "22", "450", "personnes"]
    assert words("2\u202f450 doses") == ["2450", "doses"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bùi Thanh Sơn", "Bui Thanh Son"),
        ("Tô Lâm", "To Lam"),
        ("Đặng", "Dang"),
        ("mise en œuvre", "mise en oeuvre"),
        (
            unicodedata.normalize("NFC", "Hà Nội à l’été"),
            unicodedata.normalize("NFD", "Hà Nội à l’été"),
        ),
        ("la\xa0Chine", "laChine"),
        ("coopé-\nration", "coopération"),
    ],
)
def test_spellings_of_one_word_agree(one: str, other: str) -> None:
    assert words(one) == words(other)


def test_a_glued_word_leads_to_its_own_letters() -> None:
    text = "des hautsofficiels"
    assert [(word.text, text[word.start : word.end]) for word in search_form(text).words] == [
        ("des", "des"),
        ("hauts", "hauts"),
        ("officiels", "officiels"),
    ]


def test_a_word_broken_over_a_line_leads_to_both_its_halves() -> None:
    text = "la coopé-\nration"
    *_, last = search_form(text).words
    assert (last.text, text[last.start : last.end]) == ("cooperation", "coopé-\nration")


def test_an_empty_text_has_an_empty_form() -> None:
    assert search_form("") == SearchForm("", (), ())
    assert search_form("").words == ()


def test_the_lexicon_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, rag.searched; sys.exit('spellchecker' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
