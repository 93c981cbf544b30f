"""The engine's tokenizer gives what the reference's gives, whatever the text."""

import sys
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, normalizers

from rag.config import read_settings
from rag.e5.engine import MAX_LENGTH, engine_folder
from rag.e5.folder import model_folder
from rag.e5.packed import PackedModel, read_packed
from rag.e5.tokenizer import Pieces, tokenizer, write_pieces

if TYPE_CHECKING:
    from tests.tiny_e5 import PIECES, packed
else:
    from tiny_e5 import PIECES, packed

START, END = 0, 2
MARKS = ("<s>", "</s>", "<pad>", "<unk>")
EVERYTHING = 1_000_000


@cache
def pieces() -> Pieces:
    return Pieces(engine_folder(read_settings().cache, "f32"))


@cache
def reference() -> Tokenizer:
    return Tokenizer.from_file(str(model_folder(read_settings().cache) / "tokenizer.json"))


def assert_agree(text: str, found: list[int]) -> None:
    """Hold `found` to what the reference gives.

    Where two ways of cutting are equally probable, as « xx » + « xxxx » and « xxxx » + « xx » are,
    either is right.
    """
    expected = reference().encode(text).ids
    if found != expected:
        assert probability(found) == pytest.approx(probability(expected), rel=1e-6), text


def probability(numbers: list[int]) -> float:
    return sum(scores()[number] for number in numbers)


@cache
def scores() -> list[float]:
    return [float(score) for score in read_packed().scores]


def known_to_both(character: str) -> bool:
    """Whether both have heard of it: Python's Unicode is newer than that of `tokenizers`."""
    new = normalizers.NFKC().normalize_str(character)
    return bool(new == unicodedata.normalize("NFKC", character))


_WORDS = """Le Vietnam et le Cambodge poursuivent la démarcation de leur frontière terrestre
aujourd'hui l’ASEAN s'est « réunie » œuvre 6,65 1.250.000 2021 – — … the of negotiations don't
Bùi Thị Hoa Hà Nội không được việc nước Nga\u0300y ﬁn ① Å ½ ㎏ ａｂｃ ＡＳＥＡＮ ２０２１
東京 ไทย ភាសា ລາວ
👨\u200d👩\u200d👧 🇫🇷 😀 ▁ ▁▁a < > / unk pad mask""".split()
_ODD = [
    *" \t\n\r\0\x01\x0b\x0c\x1c\x1f\x7f\x85\xa0\xad\u1680\u180e\u2003\u2028\u2029\u202e\u202f",
    *"\u200b\u200d\u2060\u3000\ufeff\u0301\u0323\u0302\u1161\u11a8\ue000\ufffd\ufffe\U0010ffff",
    "  ",
    "\u0301" * 40,
    "x" * 700,
    "0" * 700,
    "." * 300,
    "éà" * 300,
    "frontière" * 150,
]
texts = st.lists(
    st.sampled_from(_WORDS)
    | st.sampled_from(_WORDS).map(" {}".format)
    | st.sampled_from(_ODD)
    | st.characters(codec="utf-8").filter(known_to_both),
    max_size=60,
).map("".join)


@settings(max_examples=400)
@given(text=texts)
@example("")
@example(" \x85 ")
@example("Un.\x85\x00\u2028")
@example("x" * 100)
@example("mot " * 20_000)
def test_every_text_is_cut_as_the_reference_cuts_it(text: str) -> None:
    if not any(mark in text for mark in MARKS):
        (found,) = pieces().token_ids([text], EVERYTHING)
        assert_agree(text, found)
        assert pieces().token_ids([text], MAX_LENGTH) == [
            found if len(found) <= MAX_LENGTH else [*found[: MAX_LENGTH - 1], END]
        ]


def test_every_character_that_is_changed_before_cutting_is_changed_alike() -> None:
    changed = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.normalize("NFKC", character) != character
        or unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Zs")
    ]
    known = list(filter(known_to_both, changed))
    assert len(known) > 5_000
    assert len(changed) - len(known) < 200
    given = [text for character in known for text in (f"a{character}b", f"a {character} ")]
    for text, found in zip(given, pieces().token_ids(given, MAX_LENGTH), strict=True):
        assert_agree(text, found)


@pytest.mark.parametrize("mark", MARKS)
def test_a_report_cannot_write_a_mark_of_the_model_s_own(mark: str) -> None:
    """The one difference: the reference takes the written mark for a real one."""
    for text in (mark, f"Un {mark} deux{mark}", f"{mark}{mark}"):
        (found,) = pieces().token_ids([text], MAX_LENGTH)
        assert (found[0], found[-1]) == (START, END)
        assert min(found[1:-1]) > 3
        assert reference().encode(text).ids != found


@pytest.mark.parametrize("text", ["Bonjour monde", "Bonjour\tmonde", " Bon\xadjour  monde\t"])
def test_both_read_what_was_packed(tmp_path: Path, text: str) -> None:
    model = PackedModel(packed())
    write_pieces(model, tmp_path)
    assert Pieces(tmp_path).token_ids([text], 16) == [[0, 5, 6, 2]]
    assert tokenizer(model).encode(text).ids == [0, 5, 6, 2]
    assert PIECES[5:7] == ["▁Bonjour", "▁monde"]


def test_the_real_vocabulary_is_the_published_one() -> None:
    # The numbers that XLM-RoBERTa's published tokenizer gives.
    assert pieces().token_ids(["Hello world"], MAX_LENGTH) == [[0, 35378, 8999, 2]]
    assert reference().encode("Hello world").ids == [0, 35378, 8999, 2]
