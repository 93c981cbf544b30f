"""The door: which reader a file goes to, files within files, and what becomes of the unreadable.

What each reader makes of its format is in the tests named after them.
"""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

import docx
import pytest
from odfdo import Document as OpenDocument
from odfdo import Paragraph
from reportlab.pdfgen.canvas import Canvas

from rag.formats.found import Found, Member, Unreadable
from rag.load import DEEPEST, LARGEST, READERS, read
from rag.records import Document, Problem

Contents = dict[str, bytes]


def all_of(data: bytes, source: str) -> list[Document | Problem]:
    return list(read(io.BytesIO(data), source))


def zipped(**members: bytes) -> bytes:
    """Return an archive; ``a_txt`` is the member ``a.txt``, ``b__a_txt`` is ``b/a.txt``."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return held.getvalue()


def jsonl(*records: dict[str, str]) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


@pytest.mark.parametrize("name", ["a.txt", "A.TXT", "a.Md"])
def test_the_text_of_a_document_is_that_of_its_file_line_ends_and_all(name: str) -> None:
    (document,) = all_of(b" Titre\r\n\r\nUn.\rDeux.\n", f"x/{name}")
    assert isinstance(document, Document)
    assert (document.source, document.text) == (f"x/{name}", " Titre\r\n\r\nUn.\rDeux.\n")


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.jsonl", jsonl({"text": "Un pont."}), "Un pont."),
        ("a.NDJSON", jsonl({"text": "Un pont."}), "Un pont."),
        ("A.CSV", b"id,text\n1,Un pont.\n", "Un pont."),
        ("a.Tsv", b"id\ttext\n1\tUn pont.\n", "Un pont."),
        ("a.ZIP", zipped(b_TXT=b"Un pont."), "Un pont."),
        ("a.txt.GZ", gzip.compress(b"Un pont.", mtime=0), "Un pont."),
        (
            "a.HTM",
            b"<html><body><p>" + b"Un pont de plus. " * 20 + b"</p></body></html>",
            "Un pont",
        ),
        ("a.EML", b"Subject: Un pont\n\nUn pont de plus.\n", "Un pont de plus."),
    ],
)
def test_the_suffix_chooses_the_reader_whatever_its_case(name: str, data: bytes, text: str) -> None:
    documents = [found for found in all_of(data, name) if isinstance(found, Document)]
    assert len(documents) == 1
    assert text in documents[0].text


@pytest.mark.parametrize("suffix", READERS)
def test_every_reader_is_there_and_takes_rubbish_for_what_it_is(suffix: str) -> None:
    found = all_of(b"\x00\xff\xfe\x01rubbish" * 9, f"a{suffix}")
    assert not [one for one in found if isinstance(one, Document)]
    assert {one.grade for one in found if isinstance(one, Problem)} == {"failed"}


def test_a_member_is_known_by_its_path_within_that_of_its_archive() -> None:
    inner = zipped(c_txt=b"Deux.")
    found = all_of(zipped(a_txt=b"Un.", b__i_zip=inner), "x/z.zip")
    assert [(one.source, one.text) for one in found if isinstance(one, Document)] == [
        ("x/z.zip/a.txt", "Un."),
        ("x/z.zip/b/i.zip/c.txt", "Deux."),
    ]
    assert len(found) == 2


def test_the_records_of_a_table_in_an_archive_are_known_by_their_ids() -> None:
    table = jsonl({"id": "r1", "text": "Un."}, {"text": "Deux."})
    found = all_of(zipped(t_jsonl=table), "z.zip")
    assert [one.source for one in found] == ["r1", "z.zip/t.jsonl#2"]


def nested(depth: int) -> bytes:
    """Return an archive in which a report lies `depth` archives deep."""
    data = zipped(a_txt=b"Un.")
    for _ in range(depth - 1):
        data = zipped(i_zip=data)
    return data


@pytest.mark.parametrize("depth", range(1, DEEPEST + 3))
def test_what_lies_too_deep_is_refused_by_name(depth: int) -> None:
    (found,) = all_of(nested(depth), "z.zip")
    if depth <= DEEPEST:
        assert isinstance(found, Document)
        assert found.source == f"z.zip{'/i.zip' * (depth - 1)}/a.txt"
    else:
        assert isinstance(found, Problem)
        assert (found.grade, "unpack" in found.reason) == ("failed", True)
        assert found.source.startswith("z.zip/i.zip/i.zip")


def test_a_member_that_is_no_report_is_skipped_by_name_and_the_next_is_read() -> None:
    found = all_of(zipped(README_md=b"Rien.", b__x_jpg=b"\xff", notes=b"", z_txt=b"Un."), "z.zip")
    assert [(one.source, one.grade) for one in found if isinstance(one, Problem)] == [
        ("z.zip/README.md", "skipped"),
        ("z.zip/b/x.jpg", "skipped"),
        ("z.zip/notes", "skipped"),
    ]
    assert [one.source for one in found if isinstance(one, Document)] == ["z.zip/z.txt"]


def test_a_member_that_cannot_be_read_is_named_and_the_next_is_read() -> None:
    found = all_of(zipped(a_txt=b"\x00\x01" * 99, b_zip=b"no archive", c_txt=b"Un."), "z.zip")
    assert [(one.source, type(one).__name__) for one in found] == [
        ("z.zip/a.txt", "Problem"),
        ("z.zip/b.zip", "Problem"),
        ("z.zip/c.txt", "Document"),
    ]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a format whose reader finds a report, a member, and then gives up."""

    def gives_up(file: BinaryIO, source: str) -> Iterator[Found]:
        yield Document(source, file.read().decode())
        yield Member("a.txt", io.BytesIO(b"Deux."))
        raise Unreadable("the rest is broken")

    def breaks(file: BinaryIO, source: str) -> Iterator[Found]:
        yield Document(source, file.read().decode())
        raise OSError(5, "Input/output error")

    monkeypatch.setitem(READERS, ".half", gives_up)
    monkeypatch.setitem(READERS, ".broken", breaks)


@pytest.mark.usefixtures("reader")
def test_what_is_unreadable_is_a_problem_after_what_was_found() -> None:
    assert all_of(b"Un.", "a.half") == [
        Document("a.half", "Un."),
        Document("a.half/a.txt", "Deux."),
        Problem("a.half", "the rest is broken", "failed"),
    ]


@pytest.mark.usefixtures("reader")
def test_a_disk_that_fails_is_no_problem_of_the_file() -> None:
    found = read(io.BytesIO(b"Un."), "a.broken")
    assert next(found) == Document("a.broken", "Un.")
    with pytest.raises(OSError, match="Input/output"):
        next(found)


def test_a_file_too_large_to_be_held_whole_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LARGEST == 64 << 20
    monkeypatch.setattr("rag.load.LARGEST", 99)
    (found,) = all_of(b"<p>Un.</p>" * 10, "a.html")
    assert isinstance(found, Problem)
    assert "larger than" in found.reason


def deflated(name: str, data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return held.getvalue()


_LONG = b"mot " * 99_999


@pytest.mark.parametrize(
    ("suffix", "inner"),
    [
        ("zip", deflated("a.txt", b"mot " * 99_999)),
        ("txt_gz", gzip.compress(b"mot " * 99_999, mtime=0)),
    ],
)
def test_what_members_of_members_unpack_to_counts_in_all(
    monkeypatch: pytest.MonkeyPatch, suffix: str, inner: bytes
) -> None:
    data = zipped(**{f"{letter}_{suffix}": inner for letter in "abcdefghij"})
    assert len(all_of(data, "z.zip")) == 10
    monkeypatch.setattr("rag.load.ALWAYS_ALLOWED", 0)
    *documents, problem = all_of(data, "z.zip")
    assert 0 < len(documents) == 200 * len(data) // (399_996 + len(inner)) < 10
    reason = "what it holds unpacks to more than 200 times its size: made to fill a disk"
    assert problem == Problem("z.zip", reason)


def test_no_file_unpacks_to_more_than_20_gb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.load.LARGEST_CONTENTS", 900)
    document, problem = all_of(zipped(a_txt=b"mot " * 200, b_txt=b"mot " * 200), "z.zip")
    assert document.source == "z.zip/a.txt"
    assert problem == Problem("z.zip", "what it holds unpacks to more than 20 GB")


def test_a_compressed_table_without_end_is_stopped_on_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.load.ALWAYS_ALLOWED", 0)
    data = gzip.compress(b'{"text": "Un."}\n' * 99_999)
    *documents, problem = all_of(data, "t.jsonl.gz")
    assert 0 < len(documents) < 99_999
    assert isinstance(problem, Problem)
    assert (problem.source, "made to fill a disk" in problem.reason) == ("t.jsonl.gz", True)


@pytest.mark.parametrize(
    "bytes_of",
    [
        lambda file: file.read(),
        lambda file: b"".join(iter(lambda: file.read(99), b"")),
        lambda file: b"".join(iter(file.readline, b"")),
        lambda file: b"".join(file),
        lambda file: b"".join(file.readlines()),
        lambda file: b"".join(io.BufferedReader(file)),
    ],
)
def test_a_member_is_counted_in_whatever_way_it_is_read(
    monkeypatch: pytest.MonkeyPatch, bytes_of: Callable[[BinaryIO], bytes]
) -> None:
    def reader(file: BinaryIO, source: str) -> Iterator[Found]:
        yield Document(source, bytes_of(file).decode())

    monkeypatch.setitem(READERS, ".any", reader)
    data = zipped(a_any=b"mot\n" * 9_999)
    assert all_of(data, "z.zip") == [Document("z.zip/a.any", "mot\n" * 9_999)]
    monkeypatch.setattr("rag.load.LARGEST_CONTENTS", 39_995)
    assert all_of(data, "z.zip") == [Problem("z.zip", "what it holds unpacks to more than 20 GB")]


def test_a_member_read_line_by_line_is_not_fetched_byte_by_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fetched: list[int] = []

    class Fetched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            fetched.append(-1 if size is None else size)
            return super().read(size)

    def lines(file: BinaryIO, source: str) -> Iterator[Found]:
        yield Document(source, str(sum(1 for _ in file)))

    member = Member("a.lines", Fetched(b"mot\n" * 9_999))
    monkeypatch.setitem(READERS, ".one", lambda *_: iter([member]))
    monkeypatch.setitem(READERS, ".lines", lines)
    assert all_of(b"", "a.one") == [Document("a.one/a.lines", "9999")]
    assert len(fetched) < 10


def test_what_must_be_read_from_its_end_is_read_within_an_archive_too() -> None:
    members = {
        "a.docx": saved_docx("Un."),
        "b.odt": saved_odt("Deux."),
        "c.pdf": saved_pdf("Trois."),
    }
    inner = {"d.zip": zipped(a_txt=b"Quatre."), "e.txt.gz": gzip.compress(b"Cinq.")}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in (members | inner).items():
            archive.writestr(name, data)
    found = all_of(held.getvalue(), "z.zip")
    assert [one.text for one in found if isinstance(one, Document)] == [
        "Un.",
        "Deux.",
        "Trois.",
        "Quatre.",
        "Cinq.",
    ]
    assert len(found) == 5


def saved_docx(text: str) -> bytes:
    document, file = docx.Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(file)
    return file.getvalue()


def saved_odt(text: str) -> bytes:
    document, file = OpenDocument("text"), io.BytesIO()
    document.body.clear()
    document.body.append(Paragraph(text))
    document.save(file)
    return file.getvalue()


def saved_pdf(text: str) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(60, 700, text)
    canvas.save()
    return file.getvalue()


def test_nothing_is_read_before_it_is_asked_for() -> None:
    file = io.BytesIO(jsonl(*({"text": f"Un {n}."} for n in range(100_000))))
    found = read(file, "t.jsonl")
    assert file.tell() == 0
    next(found)
    assert 0 < file.tell() < 1_000_000
