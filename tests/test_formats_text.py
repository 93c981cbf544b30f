"""Plain text: its encodings, even two in one file, and what is too large or no text."""

import codecs
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.formats.found import Unreadable
from rag.formats.text import LARGEST_TEXT, decoded, decoded_line, read_text
from rag.records import Document, Problem

_SAID = "Bùi Thị Hoa « a signé » l’accord\r\nà Hà Nội : 6,65 €.\n"
_LATIN = "Le ministre « a signé » l’accord\r\nà Vientiane.\n"


def found(data: bytes) -> list[Document | Problem]:
    return list(read_text(io.BytesIO(data), "a.txt"))


@pytest.mark.parametrize(
    ("mark", "encoding", "text"),
    [
        (b"", "utf-8", _SAID),
        (codecs.BOM_UTF8, "utf-8", _SAID),
        (codecs.BOM_UTF16_LE, "utf-16-le", _SAID),
        (codecs.BOM_UTF32_BE, "utf-32-be", _SAID),
        (b"", "utf-16-be", _SAID),
        (b"", "cp1252", _LATIN),
    ],
)
def test_a_report_is_the_text_of_its_file_whatever_the_encoding(
    tmp_path: Path, mark: bytes, encoding: str, text: str
) -> None:
    (tmp_path / "a.txt").write_bytes(mark + text.encode(encoding))
    with (tmp_path / "a.txt").open("rb") as file:
        assert list(read_text(file, "x/a.txt")) == [Document("x/a.txt", text)]


def test_lines_in_another_encoding_are_read_in_theirs_and_counted() -> None:
    lines = ["L’été à Hà Nội.\n", "Rien.\n"] * 18 + ["La récolte « bénéficie ».\r\n"] * 4
    data = b"".join(
        line.encode("cp1252" if number >= 37 else "utf-8") for number, line in enumerate(lines)
    )
    remark = "3 of 40 lines are not UTF-8 and were read as Windows-1252"
    assert found(data) == [
        Document("a.txt", "".join(lines)),
        Problem("a.txt", remark, grade="noted"),
    ]


def test_one_stray_byte_leaves_the_letters_around_it_alone() -> None:
    data = "L’été à Hà Nội ".encode() + b"\xe9 fini.\n"
    assert decoded(data) == "L’été à Hà Nội é fini.\n"
    assert decoded(codecs.BOM_UTF8 + data) == "L’été à Hà Nội é fini.\n"


@pytest.mark.parametrize(
    "text",
    [
        "LIBERTÉ\xa0: le débat\n",
        "LIBERTÉ\xa0:\nle débat\n",
        "« VÉRITÉ»\nL'été.",
        "é«»\né",
        "Fin de la journée à Vinh, sans café",
    ],
)
def test_windows_1252_that_happens_to_look_like_utf8_stays_windows_1252(text: str) -> None:
    assert found(text.encode("cp1252")) == [Document("a.txt", text)]


def test_a_file_cut_within_a_character_loses_only_that_character() -> None:
    document, note = found("Le café de Huế".encode()[:-1])
    assert isinstance(document, Document)
    assert document.text == "Le café de Hu"
    assert note == Problem("a.txt", "the file ends in the middle of a character", grade="noted")


def test_a_language_in_other_letters_is_recognised_by_their_number() -> None:
    text = "ນາຍົກລັດຖະມົນຕີ\nวันนี้\n"
    assert decoded(text.encode() + b"caf\xe9\n") == text + "café\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (codecs.BOM_UTF8, "empty"),
        (b"Un texte\0coup\xc3\xa9", "binary, not text: a zero byte at byte 8"),
        (b"Un\0 texte\0coup\0", "binary, not text: 3 zero bytes, the first at byte 2"),
        (b"\x01\x02\x03\x04 texte", "binary"),
        (codecs.BOM_UTF8 + b"abc\xff", "broken at byte 3"),
        (codecs.BOM_UTF16_LE + b"a\0b\0c", "broken at byte 4"),
        (b"\xc3\xa9t\xe9 \x81", "broken at byte 5"),
        ("été\n".encode() + b"ou\x81i\n", r"broken at byte 8 \(read as Windows-1252\)"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        found(data)


def test_a_text_of_two_gigabytes_is_refused_at_no_cost(tmp_path: Path) -> None:
    with (tmp_path / "vide.txt").open("wb") as sparse:
        sparse.truncate(2_000_000_000)
    tracemalloc.start()
    with (tmp_path / "vide.txt").open("rb") as file, pytest.raises(Unreadable, match="20 MB"):
        list(read_text(file, "vide.txt"))
    assert tracemalloc.get_traced_memory()[1] < 3 * LARGEST_TEXT
    tracemalloc.stop()


def test_the_largest_text_is_still_read() -> None:
    assert len(decoded(b"a" * LARGEST_TEXT)) == LARGEST_TEXT
    with pytest.raises(Unreadable, match="larger than 20 MB"):
        found(b"a" * (LARGEST_TEXT + 1))


@given(st.lists(st.tuples(st.sampled_from("été Hà Nội ’«».".split()), st.booleans()), min_size=1))
def test_lines_of_either_encoding_come_back_to_the_letter(lines: list[tuple[str, bool]]) -> None:
    kept = [(word, word.isascii() or utf8 or "ộ" in word) for word, utf8 in lines]
    data = b"\n".join(word.encode("utf-8" if utf8 else "cp1252") for word, utf8 in kept)
    assert decoded("’\n".encode() + data + b"\n") == "\n".join(["’", *(w for w, _ in kept), ""])


@given(st.binary())
@example(b"\xff\xfe\x00\xd8")
@example(b"\xc2")
def test_bytes_of_any_kind_are_text_or_unreadable(data: bytes) -> None:
    try:
        documents = found(data)
    except Unreadable:
        return
    assert isinstance(documents[0], Document)
    documents[0].text.encode()
    assert documents[0].text.strip()


@given(st.binary())
def test_any_line_is_text_or_unreadable(data: bytes) -> None:
    try:
        text, utf8 = decoded_line(data)
    except Unreadable:
        return
    assert not utf8 or text.encode() == data
