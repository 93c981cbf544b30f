"""Bytes to text: every encoding an archive is found in, and what is no text at all."""

import codecs
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rag.load import Unreadable, decoded, files_in, read

_SAID = "Bùi Thị Hoa « a signé » l’accord\r\nà Hà Nội : 6,65 €.\n"
_LATIN = "Le ministre « a signé » l'accord\r\nà Vientiane.\n"


@pytest.mark.parametrize(
    ("mark", "encoding", "text"),
    [
        (b"", "utf-8", _SAID),
        (codecs.BOM_UTF8, "utf-8", _SAID),
        (codecs.BOM_UTF16_LE, "utf-16-le", _SAID),
        (codecs.BOM_UTF16_BE, "utf-16-be", _SAID),
        (codecs.BOM_UTF32_LE, "utf-32-le", _SAID),
        (codecs.BOM_UTF32_BE, "utf-32-be", _SAID),
        (b"", "utf-16-le", _SAID),
        (b"", "utf-16-be", _SAID),
        (b"", "cp1252", _LATIN.replace("'", "’")),
        (b"", "ascii", "Rien que de l'ASCII.\r\n"),
    ],
)
def test_a_report_is_read_whatever_its_encoding(mark: bytes, encoding: str, text: str) -> None:
    assert decoded(mark + text.encode(encoding)) == text


_ANY = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff"))
_LATIN_1 = st.text(st.sampled_from("aeiou nstr LMV éàçèùîœ’« » …€ 0123,.\r\n"))


@given(_ANY.filter(str.strip))
@example("a\u2028b\x85")
def test_unicode_comes_back_to_the_letter(text: str) -> None:
    assert decoded(text.encode()) == text
    assert decoded(codecs.BOM_UTF8 + text.encode()) == text
    assert decoded(codecs.BOM_UTF16_LE + text.encode("utf-16-le")) == text
    assert decoded(codecs.BOM_UTF16_BE + text.encode("utf-16-be")) == text


@given(_LATIN_1.filter(str.strip))
def test_windows_1252_comes_back_to_the_letter(text: str) -> None:
    data = text.encode("cp1252")
    as_utf8 = data.decode(errors="replace")
    assume("\ufffd" in as_utf8 or as_utf8 == text)
    assert decoded(data) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (codecs.BOM_UTF8, "empty"),
        (codecs.BOM_UTF16_LE + " \n".encode("utf-16-le"), "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0", "binary"),
        (b"Un texte\0coup\xc3\xa9", "binary"),
        (b"\x01\x02\x03\x04 texte", "binary"),
        (bytes(range(256)) * 4, "binary"),
        (codecs.BOM_UTF8 + b"abc\xff", "broken at byte 3"),
        (codecs.BOM_UTF16_LE + b"a\0b\0c", "broken at byte 4"),
        (b"\xc3\xa9t\xe9 \x81", "broken at byte 5"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decoded(data)


@pytest.mark.parametrize("name", ["a.txt", "A.TXT", "a.md"])
def test_the_text_of_a_document_is_that_of_its_file_line_ends_and_all(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b" Titre\r\n\r\nUn.\rDeux.\n")
    document = read(tmp_path / name, "x/a")
    assert (document.source, document.text) == ("x/a", " Titre\r\n\r\nUn.\rDeux.\n")


def test_a_folder_is_walked_in_order_and_without_hidden_or_linked_folders(tmp_path: Path) -> None:
    archive, elsewhere = tmp_path / "archive", tmp_path / "elsewhere"
    for path in (
        archive / "b.txt",
        archive / "a" / "z.txt",
        archive / "a" / "c.pdf",
        archive / ".git" / "x.txt",
        archive / ".hidden.txt",
        elsewhere / "y.txt",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (archive / "link").symlink_to(elsewhere, target_is_directory=True)
    found = [path.relative_to(archive).as_posix() for path in files_in(archive)]
    assert found == ["b.txt", "a/c.pdf", "a/z.txt"]
