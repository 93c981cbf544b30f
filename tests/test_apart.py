"""A reader works in a process of its own: what ends it ends neither the indexing nor the next."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import apart
from rag.apart import read_apart
from rag.formats.found import Member, Unreadable
from rag.records import Document, Problem

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.timeout(60)

_POSIX = pytest.mark.skipif(not hasattr(os, "setsid"), reason="signals and limits of POSIX")


@pytest.fixture(autouse=True)
def _no_helper_left() -> Iterator[None]:
    yield
    apart._HELPER.end()


def reader(name: str) -> str:
    return f"readers_of_ill_will:{name}"


def process_of_the_helper() -> int:
    (found,) = read_apart(reader("tells_its_process"), b"", "a")
    assert isinstance(found, Document)
    return int(found.text.split()[0])


def is_alive(process: int) -> bool:
    """A zombie counts: it would be one that nobody waited for."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_everything_a_reader_finds_comes_back_as_it_was() -> None:
    data = "Đà Nẵng\n\0 «\u2028»".encode()
    document, problem, member = read_apart(reader("echoes"), data, "é.x")
    assert document == Document(
        "é.x",
        "Đà Nẵng\n\0 «\u2028»",
        title="Écho",
        date="2024-01-28",
        date_from="metadata",
        url="u",
    )
    assert problem == Problem("é.x", "page 3 holds only pictures", "noted")
    assert isinstance(member, Member)
    assert (member.name, member.file.read().decode()) == ("dans/annexe.txt", "Đà Nẵng\n\0 «\u2028»")


def test_a_file_name_that_is_no_unicode_comes_back_too() -> None:
    (found,) = read_apart(reader("prints"), b"x", "caf\udce9.pdf")
    assert found == Document("caf\udce9.pdf", "x")


def test_one_process_reads_all_files_and_it_is_another_one() -> None:
    first = process_of_the_helper()
    assert first == process_of_the_helper() != os.getpid()


def test_a_large_file_passes_through() -> None:
    (found,) = read_apart(reader("tells_its_process"), bytes(30_000_000), "a")
    assert isinstance(found, Document)
    assert found.text.endswith(" 30000000")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("refuses", "a.pdf is no report of 3 bytes"),
        ("stumbles", "it cannot be read: KeyError: \"of two\\nlines b'abc'\""),
        ("crashes", "its reader crashed"),
        pytest.param("eats_memory", "reading it needs too much memory", marks=_POSIX),
        ("is_not_there", "it cannot be read: AttributeError: module"),
    ],
)
def test_a_reader_that_fails_is_a_reason_and_the_next_file_is_read(name: str, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        list(read_apart(reader(name), b"abc", "a.pdf"))
    assert str(caught.value).startswith(reason)
    assert "\n" not in str(caught.value)
    assert len(list(read_apart(reader("echoes"), b"abc", "b.pdf"))) == 3


@pytest.mark.parametrize(
    ("name", "reason"), [("stumbles", "it cannot be read: KeyError"), ("gives_up", "the rest is")]
)
def test_what_a_reader_found_before_it_failed_counts(name: str, reason: str) -> None:
    found = read_apart(reader(name), b"abc", "a.pdf")
    assert next(found) == Document("a.pdf", "the first half")
    with pytest.raises(Unreadable, match=reason):
        next(found)


_DOCUMENT = {
    **dict.fromkeys(["date", "date_from", "place", "agency", "language", "url"]),
    **dict.fromkeys(["source", "text", "title"], "a"),
}


_OF_THE_WRONG_SHAPE: list[object] = [
    None,
    [],
    {},
    {"found": []},
    {"found": {}, "unreadable": ""},
    {"found": [], "unreadable": 3},
]
_WRONGLY_FOUND: list[object] = [
    3,
    [],
    ["report", {}],
    ["member", "a.txt", 3],
    ["member", "a.txt", "é"],
    ["problem", "a", "b", "c"],
    ["problem", "a", 3, "failed"],
    ["document", []],
    ["document", {"source": "a", "text": "b", "title": "c"}],
    ["document", {**_DOCUMENT, "text": None}],
    ["document", {**_DOCUMENT, "url": ["a"]}],
]


@pytest.mark.parametrize(
    "answer",
    [
        *(b"no JSON", b"\xff", b"[" * 100_000, b"9" * 5000),
        *(json.dumps(one).encode() for one in _OF_THE_WRONG_SHAPE),
        *(json.dumps({"found": [one], "unreadable": ""}).encode() for one in _WRONGLY_FOUND),
    ],
)
def test_an_answer_that_is_none_is_a_crash_and_the_next_file_is_read(answer: bytes) -> None:
    with pytest.raises(Unreadable, match="its reader crashed"):
        list(read_apart(reader("answers_itself"), answer, "a.pdf"))
    assert len(list(read_apart(reader("echoes"), b"abc", "b.pdf"))) == 3


def test_an_answer_of_the_right_shape_is_taken() -> None:
    answer = json.dumps({"found": [["document", _DOCUMENT]], "unreadable": ""}).encode()
    assert list(read_apart(reader("answers_itself"), answer, "a")) == [
        Document("a", "a", title="a")
    ]


@pytest.mark.parametrize("name", ["hangs", "hangs_in_c"])
def test_a_reader_that_hangs_is_ended_and_the_next_file_is_read(name: str) -> None:
    before = process_of_the_helper()
    with pytest.raises(Unreadable, match="reading it took more than 1 s"):
        list(read_apart(reader(name), b"", "a.pdf", seconds=1))
    assert not is_alive(before)
    assert process_of_the_helper() != before


def test_what_a_reader_prints_is_seen_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(read_apart(reader("prints"), b"said", "a")) == [Document("a", "said")]
    assert capfd.readouterr() == ("", "")


def test_a_helper_that_ended_between_two_files_costs_no_file() -> None:
    before = process_of_the_helper()
    os.kill(before, signal.SIGTERM)
    time.sleep(0.3)
    assert process_of_the_helper() != before


def test_ending_the_helper_leaves_no_zombie() -> None:
    process = process_of_the_helper()
    apart._HELPER.end()
    assert not is_alive(process)


@_POSIX
def test_ctrl_c_does_not_end_the_helper_by_itself() -> None:
    process = process_of_the_helper()
    os.kill(process, signal.SIGINT)
    assert process_of_the_helper() == process


_PARENT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell runs behind ignores it
from rag.apart import read_apart
(found,) = read_apart("tests.readers_of_ill_will:tells_its_process", b"", "a")
print(found.text.split()[0], flush=True)
{then}
"""


def parent(then: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", _PARENT.format(then=then)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended_soon(process: int) -> bool:
    deadline = time.monotonic() + 10
    while is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_alive(process)


_HANGS = 'list(read_apart("tests.readers_of_ill_will:hangs", b"", "a", seconds={seconds}))'


def test_the_helper_ends_with_the_program_and_nothing_is_said() -> None:
    with parent(then="") as program:
        said, complained = program.communicate(timeout=30)
    assert complained == ""
    assert not is_alive(int(said))


@_POSIX
def test_ctrl_c_in_the_midst_of_a_file_ends_both() -> None:
    with parent(_HANGS.format(seconds=60)) as program:
        assert program.stdout
        helper = int(program.stdout.readline())
        time.sleep(0.5)
        program.send_signal(signal.SIGINT)
        _, complained = program.communicate(timeout=20)
    assert complained.rstrip().endswith("KeyboardInterrupt")
    assert not is_alive(helper)


@_POSIX
@pytest.mark.parametrize("then", ["sys.stdin.read()", _HANGS.format(seconds=1)])
def test_the_helper_ends_when_the_program_is_killed(then: str) -> None:
    with parent(then) as program:
        assert program.stdout
        helper = int(program.stdout.readline())
        program.kill()
        program.communicate()
    assert ended_soon(helper)


def test_no_library_of_the_readers_is_loaded_beside_the_indexing() -> None:
    code = f"""
import json, sys
from rag.apart import read_apart
list(read_apart("rag.formats.web:read_web", open({str(WEB)!r}, "rb").read(), "a"))
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""
    program = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(program.stdout))
    assert loaded.isdisjoint({"lxml", "trafilatura", "pypdfium2", "pypdfium2_raw", "htmldate"})


WEB = ROOT / "tests" / "data" / "web" / "saved_page.html"
