"""The command line: exit codes, one clear line for whatever is wrong, nothing lost."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from rag.cli import _plain, main
from rag.config import Settings

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

Folder = Callable[..., Path]
BRIDGE = "Le pont de Kampot mesure 300 mètres."
HEAVY = (
    "torch transformers sentence_transformers chromadb gradio langchain_core numpy pydantic".split()
)


class StandIn(WordEmbeddings):
    """Takes the place of `SentenceEmbeddings`, and its name from the settings as that does."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.embedding_model


class Stopped(StandIn):
    def embed_documents(self, texts: list[str]) -> list[list[float]]:  # noqa: ARG002
        raise KeyboardInterrupt


class Surprised(StandIn):
    def embed_documents(self, texts: list[str]) -> list[list[float]]:  # noqa: ARG002
        raise ZeroDivisionError("first line\nsecond line")


def take_the_place(monkeypatch: pytest.MonkeyPatch, embeddings: type[StandIn]) -> None:
    for module in ("rag.embed", "rag.index", "rag.doctor"):
        monkeypatch.setattr(f"{module}.SentenceEmbeddings", embeddings)


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    take_the_place(monkeypatch, StandIn)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def archive(folder: Folder) -> Path:
    """An indexed folder of two reports."""
    where = folder(a_txt=BRIDGE, b_txt="Le riz se vend mieux cette année.")
    assert run("index", where).exit_code == 0
    return where


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def assert_one_line(result: Result, *named: str, code: int = 1) -> None:
    """Hold an error to the contract: a line on stderr that names what to do, and nothing else."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("sourcier: ")
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert "should not have happened" not in result.stderr
    assert [word for word in named if word not in result.stderr] == []


def in_a_process(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )


def test_help_waits_for_no_heavy_import() -> None:
    code = f"""
import sys
from rag.cli import main
for name in ("", *main.commands):
    try:
        main([name, "--help"] if name else ["--help"])
    except SystemExit as end:
        assert not end.code
print("imported:", *({HEAVY!r} & sys.modules.keys()), file=sys.stderr)
""".replace(repr(HEAVY), repr(set(HEAVY)))
    done = in_a_process(code)
    assert "Usage" in done.stdout
    assert done.stderr == "imported:\n"


def test_listing_what_is_indexed_loads_no_model(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
import sys
from rag.cli import main
try:
    main(["documents"])
except SystemExit as end:
    assert not end.code
print("imported:", *({"torch", "transformers", "gradio"} & sys.modules.keys()), file=sys.stderr)
"""
    monkeypatch.setenv("SOURCIER_INDEX", str(renamed_for_the_real_model(archive)))
    done = in_a_process(code)
    assert "a.txt" in done.stdout
    assert done.stderr.endswith("\nimported:\n")


@pytest.mark.slow
def test_a_command_that_ends_while_the_model_loads_ends_in_its_own_line(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenVINO aborts an interpreter that ends beside a daemon thread of its own (code 134)."""
    monkeypatch.setenv("SOURCIER_ENGINE", "exact")
    index = str(renamed_for_the_real_model(archive))
    monkeypatch.setenv("SOURCIER_ENGINE", "int8")
    in_a_process("from rag.cli import main; main(['doctor'])")  # makes what is loaded below
    for _ in range(3):
        code = "from rag.cli import main; main()"
        done = in_a_process(code, "--index", index, "ask", "--json", "Combien ?")
        assert done.returncode == 1, done.stderr
        assert done.stderr.endswith("set SOURCIER_ENGINE=exact.\n")


def test_an_answer_and_a_refusal_both_end_well(archive: Path) -> None:
    assert archive.exists()
    answer, refusal = run("ask", BRIDGE), run("ask", "Quelle est la population du Laos ?")
    assert (answer.exit_code, refusal.exit_code) == (0, 0)
    assert answer.stdout.startswith(f"{BRIDGE} [1]")
    assert "a.txt" in answer.stdout
    assert "≈" in refusal.stdout
    assert (answer.stderr, refusal.stderr) == ("Cherché : Kampot\n", "Cherché : Laos\n")


def test_what_stands_beside_an_answer_is_in_its_language(archive: Path) -> None:
    assert archive.exists()
    for question, sought, undated in (
        ("Combien mesure le pont de Kampot ?", "Cherché : Kampot", "sans date"),
        ("How long is the bridge of Kampot?", "Looked for: Kampot", "no date"),
        ("Cầu ở Kampot dài bao nhiêu?", "Đã tìm: Kampot", "không rõ ngày"),
    ):
        for command in ("ask", "search"):
            result = run(command, question)
            assert result.stderr.startswith(sought), result.stderr
            assert undated in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["ask"],
        ["search", "Q", "--top", "0"],
        ["ask", "Q", "--nonsense"],
        ["chat", "-p"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two_and_one_line(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "Usage: " in result.stderr
    assert "--help` says more" in result.stderr


@pytest.mark.parametrize("command", [["ask", "Q"], ["search", "Q"], ["documents"], ["chat"]])
def test_without_an_index_the_command_that_builds_one_is_named(command: list[str]) -> None:
    assert_one_line(run(*command), "`sourcier index FOLDER`")
    assert_one_line(run(*command, "--index", "elsewhere"), "'elsewhere'", "`sourcier index FOLDER`")
    assert not Path("elsewhere").exists()


@pytest.mark.parametrize("place", ["before", "after"])
def test_the_index_may_be_named_before_and_after_the_command(folder: Folder, place: str) -> None:
    archive, where = folder(a_txt=BRIDGE), ["--index", "named"]

    def command(*arguments: str | Path) -> Result:
        return run(*where, *arguments) if place == "before" else run(*arguments, *where)

    assert command("index", archive).exit_code == 0
    assert Path("named").is_dir()
    assert "a.txt" in command("documents").stdout
    assert_one_line(run("documents"), "no index")


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert_one_line(run("index", tmp_path / "nowhere"), "nowhere", "`sourcier index FOLDER`")
    assert_one_line(run("index"), "corpus", "`sourcier index FOLDER`")
    assert not (tmp_path / "index").exists()


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    assert_one_line(run("index", tmp_path / "void"), "void", "sourcier index")


def test_broken_files_are_named_the_rest_is_indexed_and_the_end_is_one(folder: Folder) -> None:
    archive = folder(a_txt=BRIDGE, empty_txt="")
    (archive / "binary.txt").write_bytes(b"\x00\x01" * 99)
    (archive / "broken.txt").write_bytes(b"\xff\xfea")
    (archive / "gone.txt").symlink_to("nowhere.txt")
    result = run("index", archive)
    assert result.exit_code == 1
    assert "1 added" in result.stderr
    assert "4 failed" in result.stderr
    for name in ("empty.txt", "binary.txt", "broken.txt", "gone.txt"):
        assert f"failed: {name}: " in result.stderr
    assert "Traceback" not in result.stderr
    assert run("ask", BRIDGE).stdout.startswith(BRIDGE)
    again = run("index", archive, "--json")
    assert again.exit_code == 1
    assert json.loads(again.stdout)["unchanged"] == ["a.txt"]


def damaged(where: Path, archive: Path) -> Path:
    assert archive.exists()
    (where / "index").rename(where / "damaged")
    database = where / "damaged" / "chroma" / "chroma.sqlite3"
    database.write_bytes(b"garbage" * 1000)
    return where / "damaged"


@pytest.mark.parametrize(
    "command", [["ask", "Q"], ["search", "Q"], ["documents"], ["index", "archive"]]
)
def test_a_corrupt_index_is_named_with_how_to_rebuild_it(
    tmp_path: Path, archive: Path, command: list[str]
) -> None:
    where = damaged(tmp_path, archive)
    assert_one_line(run(*command, "--index", where), "damaged", "`sourcier index --rebuild FOLDER`")
    assert run("index", "--rebuild", archive, "--index", where).exit_code == 0
    assert run("ask", BRIDGE, "--index", where).stdout.startswith(BRIDGE)


@pytest.mark.parametrize("command", [["ask", "Q"], ["index", "archive"]])
@pytest.mark.parametrize("below", ["file", "file/index"])
def test_an_index_under_a_file_is_refused(folder: Folder, command: list[str], below: str) -> None:
    folder(a_txt=BRIDGE)
    Path("file").write_text("x")
    assert_one_line(run(*command, "--index", below), below, "sourcier index", "--index")
    assert Path("file").read_text() == "x"


@pytest.mark.parametrize("command", [["ask", "Q"], ["documents"], ["index", "archive"]])
def test_another_embedding_model_is_refused_and_the_index_kept(
    archive: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("SOURCIER_EMBEDDING_MODEL", "another/model")
    assert_one_line(run(*command), "another/model", "--rebuild", "SOURCIER_EMBEDDING_MODEL")
    monkeypatch.delenv("SOURCIER_EMBEDDING_MODEL")
    assert json.loads(run("index", archive, "--json").stdout)["unchanged"] == ["a.txt", "b.txt"]


HISTORIES = [
    pytest.param(None, "cannot be read", id="missing"),
    pytest.param(b"[{", "JSON list", id="no JSON"),
    pytest.param(b'{"role": "user", "content": "Q"}', "JSON list", id="no list"),
    pytest.param(b"[1]", "JSON list", id="no turns"),
    pytest.param(b'[{"role": "user"}]', "JSON list", id="no content"),
    pytest.param(b'[{"role": "user", "content": 1}]', "JSON list", id="a number"),
    pytest.param(b"\xff\xfe\xff", "JSON list", id="no text"),
    pytest.param(b"", "JSON list", id="empty"),
]


@pytest.mark.parametrize(("content", "named"), HISTORIES)
def test_a_history_that_cannot_be_used_is_named(
    archive: Path, content: bytes | None, named: str
) -> None:
    assert archive.exists()
    if content is not None:
        Path("turns.json").write_bytes(content)
    assert_one_line(run("ask", "Q", "--history", "turns.json"), "turns.json", named)


def test_a_history_is_used_where_the_question_leans_on_it(archive: Path) -> None:
    assert archive.exists()
    turns = [{"role": "user", "content": BRIDGE}, {"role": "assistant", "content": "…"}]
    Path("turns.json").write_text(json.dumps(turns))
    result = run("ask", "Et le pont ?", "--history", "turns.json", "--json")
    assert json.loads(result.stdout)["citations"][0]["source"] == "a.txt"


@pytest.mark.parametrize("date", ["hier", "2024-13", "2024-02-30", "24", "28/01/2024", "12024"])
@pytest.mark.parametrize("option", ["--since", "--until"])
def test_a_bad_date_is_named_with_a_good_one(archive: Path, option: str, date: str) -> None:
    assert archive.exists()
    result = run("ask", "Q", option, date)
    assert result.exit_code == 2  # wrong usage, as click says it
    assert f"{date!r} is no date. Write 2024, 2024-01 or 2024-01-28" in result.output


@pytest.mark.parametrize("command", ["ask", "search"])
def test_an_empty_question_is_said_to_be_empty(archive: Path, command: str) -> None:
    assert archive.exists()
    result = run(command, " ")
    assert result.exit_code == 0
    assert "La question est vide." in result.output
    assert json.loads(run("search", "", "--json").stdout)["passages"] == []


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--language", "xx"), "'xx' is no language. Write fr, en, vi"),
        (("--source", "[a"), "Invalid value for --source: The [ of '[a' is not closed."),
        (("--since", "2024-05", "--until", "2023"), "--since / --until: '2024-05' is later than"),
    ],
)
def test_filters_that_cannot_be_meant_are_wrong_usage(
    archive: Path, command: str, options: tuple[str, ...], said: str
) -> None:
    assert archive.exists()
    result = run(command, "Q", *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["ask", "search"])
def test_of_a_question_that_is_too_long_the_beginning_is_read(archive: Path, command: str) -> None:
    assert archive.exists()
    question = f"{BRIDGE} ".ljust(5000, "x")
    result = run(command, question, "--json")
    assert json.loads(result.stdout)["question"] == question[:2000]
    assert "2000" in result.stderr
    assert "2000" not in run(command, BRIDGE, "--json").stderr


def test_a_period_may_begin_in_the_year_it_ends(archive: Path) -> None:
    assert archive.exists()
    assert run("search", "Q", "--since", "2024-05", "--until", "2024").exit_code == 0


@pytest.mark.parametrize("command", ["ask", "search"])
def test_filters_that_no_report_passes_name_the_next_command(archive: Path, command: str) -> None:
    assert archive.exists()
    result = run(command, "Kampot ?", "--source", "nothing*")
    assert result.exit_code == 0
    assert "No report passes these filters. `sourcier documents` lists" in result.stderr


def test_filters_that_leave_nothing_are_a_refusal(archive: Path) -> None:
    assert archive.exists()
    result = run("ask", BRIDGE, "--source", "nothing*", "--json")
    assert json.loads(result.stdout)["refused"]


def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCIER_PORT", "many")
    assert_one_line(run("documents"), "'port'", "SOURCIER_PORT")


def test_a_bad_settings_file_is_named() -> None:
    Path("sourcier.toml").write_text("port = = 1")
    assert_one_line(run("documents"), "sourcier.toml")


@pytest.mark.parametrize("question", ["", " ", "?", "\x00", "\udce9", "é" * 50_000, "--", "“”\n\t"])
def test_no_question_is_too_odd_to_be_asked(archive: Path, question: str) -> None:
    assert archive.exists()
    result = run("ask", "--json", "--", question)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["refused"]


def test_a_run_that_is_stopped_says_how_to_go_on_and_keeps_what_was_written(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive / "c.txt").write_text("La pêche rapporte moins.")
    take_the_place(monkeypatch, Stopped)
    result = run("index", archive)
    assert result.exit_code == 1
    assert "same command again" in result.stderr
    assert "Traceback" not in result.stderr
    take_the_place(monkeypatch, StandIn)
    report = json.loads(run("index", archive, "--json").stdout)
    assert (report["added"], report["unchanged"]) == (["c.txt"], ["a.txt", "b.txt"])


def test_a_question_that_is_stopped_promises_nothing_kept(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert archive.exists()
    take_the_place(monkeypatch, Stopped)
    result = run("ask", BRIDGE)
    assert (result.exit_code, result.stderr) == (1, "sourcier: Stopped.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_output_that_finds_no_space_is_told_in_a_line(tmp_path: Path, folder: Folder) -> None:
    (tmp_path / "set.jsonl").write_text("{}\n")
    where, code = folder(a_txt=BRIDGE), "from rag.cli import main; main()"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, "eval", "--check", "set.jsonl", "--archive", where],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "no space is left" in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_nobody_foresaw_ends_in_a_line_as_well(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_place(monkeypatch, Surprised)
    (archive / "c.txt").write_text("La pêche rapporte moins.")
    result = run("index", archive)
    assert result.exit_code == 1
    assert "ZeroDivisionError: first line" in result.stderr
    assert "`sourcier doctor`" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_doctor_ends_with_one_where_something_is_missing(archive: Path) -> None:
    assert archive.exists()
    assert run("doctor").exit_code == 0
    sick = run("doctor", "--index", "elsewhere")
    assert sick.exit_code == 1
    assert "FAIL  index" in sick.stderr


def test_output_goes_to_a_reader_that_has_seen_enough(archive: Path) -> None:
    """As into `head`: the reader is gone before the first line is written."""
    assert archive.exists()
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-c", "from rag.cli import main; main(['documents'])"],
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            # The name of the default model is not that of the stand-in's index.
            env={**os.environ, "SOURCIER_INDEX": str(renamed_for_the_real_model(archive))},
        )
    assert done.stderr.replace("2 reports, 2 passages, 0 failed.\n", "") == ""
    assert done.returncode == 0


def renamed_for_the_real_model(archive: Path) -> Path:
    """Index `archive` again, under the name of the model a process of its own would use."""
    from rag.index import sync
    from rag.store import Store

    name = in_a_process(
        "from rag.embed import SentenceEmbeddings as E; from rag.config import Settings as S;"
        "print(E(S()).name)"
    ).stdout.strip()
    where = archive.parent / "real-name"
    sync([archive], Store(str(where), name, create=True), WordEmbeddings())
    return where


def test_a_full_disk_is_named_and_once_there_is_room_the_run_goes_on(
    folder: Folder, disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCIER_EMBEDDING_MODEL", WordEmbeddings.name)
    archive = folder(**{f"r{number}_txt": f"{BRIDGE} Et {number}. " * 30 for number in range(40)})
    index = disk("size=400k") / "index"
    assert_one_line(run("index", archive, "--index", index), "full", "sourcier index")
    disk("size=60m")
    # In processes of their own: after a failed write Chroma waits for ever in the same one.
    script = str(Path(__file__).with_name("index_slowly.py"))
    subprocess.run([sys.executable, script, str(archive), str(index)], check=True)
    done = in_a_process(
        "import sys; from rag.cli import main; main(sys.argv[1:])",
        "documents",
        "--json",
        "--index",
        str(index),
    )
    assert len(json.loads(done.stdout)["documents"]) == 40


@pytest.mark.parametrize("command", [["index", "archive"], ["index", "--rebuild", "archive"]])
def test_a_read_only_disk_is_named_and_nothing_on_it_is_lost(
    archive: Path, disk: Callable[[str], Path], command: list[str]
) -> None:
    where = disk("size=60m")
    (archive.parent / "index").rename(archive.parent / "copied")
    subprocess.run(["cp", "-r", archive.parent / "copied", where / "index"], check=True)
    disk("ro")
    (archive / "c.txt").write_text("La pêche rapporte moins.")
    assert_one_line(run(*command, "--index", where / "index"), "ead-only", "--index")
    assert_one_line(run("index", archive, "--index", where / "new"), "ead-only", "--index")
    disk("rw")
    assert run("ask", BRIDGE, "--index", where / "index").stdout.startswith(BRIDGE)


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    assert _plain("Titre\x1b]0;PWNED\x07\nsuite") == "Titre ]0;PWNED suite"
    assert _plain("Titre \u202etxt.exe") == "Titre txt.exe"  # written from right to left


# --- what is told of an archive ----------------------------------------------------------------

LONG = "Le riz se vend mieux cette année sur les marchés de la capitale, disent les paysans."


def rows(stdout: str) -> list[list[str]]:
    """Return the columns of what `documents` prints, and the rest."""
    return [re.split(r" {2,}", line.strip()) for line in stdout.splitlines()]


def test_documents_prints_a_line_a_report_a_teaser_a_copy_and_each_failure(folder: Folder) -> None:
    archive = folder(
        a_txt=f"date 2024-01-28\n{LONG}\n\nVoir plus\nUn tramway\nIl circule.\n",
        b_txt=LONG,
        c_txt="The bridge of Kampot is open since May, and the people of the town are glad of it.",
        empty_txt="",
    )
    assert run("index", archive).exit_code == 1
    result = run("documents")
    assert result.exit_code == 0
    assert [row[:5] for row in rows(result.stdout)] == [
        ["2024-01-28", "report", "fr", "2", "a.txt"],
        ["teaser", "a.txt", "Un tramway"],
        ["copy", "a.txt", "= b.txt"],
        ["?", "report", "en", "1", "c.txt"],
    ]
    assert rows(result.stdout)[0][5].startswith("Le riz se vend mieux")
    summary, failure = result.stderr.splitlines()
    assert summary == "2 reports, 3 passages, 1 failed."
    assert failure.startswith("  failed: empty.txt: ")


def test_index_tells_what_moved_what_is_a_copy_and_what_is_to_be_known(folder: Folder) -> None:
    archive = folder(a_txt=LONG, b_txt=BRIDGE)
    first = run("index", archive).stderr
    assert first.endswith("2 added, 0 changed, 0 removed, 0 unchanged, 0 skipped, 0 failed.\n")
    (archive / "b.txt").rename(archive / "d.txt")
    folder(c_txt=LONG, x_jpg="")
    (archive / "t.jsonl").write_text('{"id": "r1", "text": "Un thé.", "date": "le jour d’avant"}\n')
    result = run("index", archive)
    assert result.exit_code == 0
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[-4:] == [
        "1 added, 0 changed, 1 moved, 1 copies, 0 removed, 1 unchanged, 1 skipped, 0 failed.",
        "  moved: b.txt -> d.txt",
        "  noted: t.jsonl: a date could not be read (line 1)",
        "  skipped: x.jpg: no reader for .jpg",
    ]


def test_the_bar_shows_files_passages_the_rate_and_the_time_left(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tqdm

    monkeypatch.setattr("rag.prepare.BATCH", 1)
    shown, real = io.StringIO(), tqdm.tqdm

    def to_a_terminal(**options: Any) -> Any:
        return real(**{**options, "file": shown, "disable": False, "mininterval": 0, "ncols": 150})

    monkeypatch.setattr(tqdm, "tqdm", to_a_terminal)
    assert run("index", folder(a_txt=BRIDGE, b_txt=LONG)).exit_code == 0
    told = shown.getvalue().split("\r")
    assert any("0/2 files, 0 passages" in line for line in told)
    assert re.search(
        r"Indexing 100%.*2/2 files, 2 passages, \d+ passages/s \[\d\d:\d\d<\d\d:\d\d\]", told[-1]
    )


def test_only_reports_in_the_language_asked_for_answer(folder: Folder) -> None:
    english = "The bridge of Kampot measures 300 metres, and the people of the town are glad of it."
    run("index", folder(a_txt=LONG, c_txt=english))
    for language, sources in (("en", {"c.txt"}), ("fr", {"a.txt"}), ("vi", set())):
        found = json.loads(run("search", "Kampot", "--language", language, "--json").stdout)
        assert {passage["source"] for passage in found["passages"]} == sources
    refused = json.loads(run("ask", "Kampot ?", "--language", "vi", "--json").stdout)
    assert refused["refused"]


def test_only_passages_of_the_kind_asked_for_answer(folder: Folder) -> None:
    run("index", folder(a_txt=f"Le thé se vend mal à Kampot.\n\nÀ lire aussi\n{BRIDGE}\n"))
    for kind in ("body", "teaser"):
        found = json.loads(run("search", "Kampot", "--kind", kind, "--json").stdout)
        assert {passage["kind"] for passage in found["passages"]} == {kind}
    assert json.loads(run("ask", BRIDGE, "--kind", "caption", "--json").stdout)["refused"]
    wrong = run("ask", BRIDGE, "--kind", "headline")
    assert (wrong.exit_code, "Write one of body, caption, teaser" in wrong.output) == (2, True)


def test_an_answer_names_the_page_its_quote_stands_on(folder: Folder) -> None:
    archive = folder(a_txt=f"Rien.\n\f{BRIDGE}", b_txt="Le thé se vend mal.")
    assert run("index", archive).exit_code == 0
    assert "· a.txt · p. 2" in run("ask", BRIDGE).stdout
    assert "p. " not in run("ask", "Le thé se vend mal.").stdout
    said = run("search", BRIDGE).stdout
    assert re.search(r"· a\.txt · p\. \d · at \d", said)
    assert re.search(r"found by meaning \(rank \d\), words \(rank \d\)\n", said)


def test_a_related_story_is_cited_as_a_teaser(folder: Folder) -> None:
    text = f"Le thé se vend mal cette année au marché.\n\nÀ lire aussi\n{BRIDGE}\n"
    assert run("index", folder(a_txt=text)).exit_code == 0
    assert "· a.txt · teaser" in run("ask", BRIDGE).stdout
    assert "teaser" not in run("ask", "Le thé se vend mal cette année au marché.").stdout


def test_an_empty_path_is_no_folder(archive: Path) -> None:
    del archive
    result = run("index", "")
    assert (result.exit_code, "The path is empty" in result.stderr) == (2, True)
