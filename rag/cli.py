"""The command `sourcier`. Results go to stdout (JSON with --json), everything else to stderr.

Heavy imports wait inside the commands: `--help` takes none of them.
"""

import errno
import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.errors import BadFilter, BadRequest, RagError

if TYPE_CHECKING:
    from rag.answer import Assistant
    from rag.config import Settings
    from rag.embed import SentenceEmbeddings
    from rag.index import Progress, Report
    from rag.metadata import Entry
    from rag.records import Answer, Passage, Problem, ScoredPassage, Sought, Turn
    from rag.retrieve import Filters


class _WrongUsage(click.ClickException):
    """Click's own error, in one line in place of four."""

    exit_code = 2

    def __init__(self, error: click.UsageError, context: click.Context | None) -> None:
        context = error.ctx or context
        command = context.command_path if context else "sourcier"
        usage = f"{context.get_usage()} " if context else ""
        message = error.format_message().rstrip(".")
        super().__init__(f"{message}. {usage}(`{command} --help` says more)")

    def show(self, file: Any = None) -> None:
        click.echo(f"sourcier: {' '.join(self.format_message().split())}", file=file, err=True)


@contextmanager
def _usage_in_one_line(context: click.Context | None = None) -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise _WrongUsage(error, context) from None


class _OneLineErrors(click.Group):
    """Ends every error in one line: exit code 1, or 2 for wrong usage."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _usage_in_one_line():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _usage_in_one_line(ctx):
                return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException):
            raise
        except RagError as error:
            _fail(str(error))
        except KeyboardInterrupt:
            goes_on = ctx.invoked_subcommand in ("index", "eval")
            _fail(f"Stopped. {_GOES_ON if goes_on else ''}".rstrip())
        except BrokenPipeError:
            # Whoever reads our output has seen enough (`| head`): no error of ours.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                _fail("The output cannot be written: no space is left. Write it elsewhere.")
            if os.environ.get("SOURCIER_DEBUG"):
                raise
            first_line = (str(error) or type(error).__name__).splitlines()[0]
            _fail(
                f"This should not have happened: {type(error).__name__}: {first_line}. Run "
                "`sourcier doctor`, or the command again with SOURCIER_DEBUG=1 to see where."
            )


_GOES_ON = "What was written is kept: run the same command again to go on."


def _fail(line: str) -> None:
    click.echo(f"sourcier: {line}", err=True)
    sys.exit(1)


@click.group(
    cls=_OneLineErrors,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  sourcier index archive/
  sourcier ask "Qui est le secrétaire général de l'ASEAN ?"
  sourcier chat""",
)
@click.option(
    "--index",
    metavar="DIR_OR_URL",
    help="Where the index is: a folder, or the URL of a Chroma server.  [default: .sourcier, or "
    "what SOURCIER_INDEX says]",
)
@click.version_option(package_name="sourcier", prog_name="sourcier")
@click.pass_context
def main(context: click.Context, index: str | None) -> None:
    """Ask a news archive, and check the answers: every sentence is quoted from a report."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    logging.basicConfig(format="%(message)s", level=logging.ERROR)
    logging.getLogger("rag").setLevel(logging.INFO)
    context.obj = index


def _remember_index(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.obj = value


# `sourcier ask --index DIR Q` reads as well as `sourcier --index DIR ask Q`.
_index_option = click.option(
    "--index",
    metavar="DIR_OR_URL",
    expose_value=False,
    callback=_remember_index,
    help="Where the index is (see `sourcier --help`).",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


class _Folder(click.Path):
    """A path, and not the empty one: it would be the folder one is in, for want of a variable."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value == "":
            self.fail("The path is empty. Name the folder that holds the reports.", param, ctx)
        return super().convert(value, param, ctx)


_FOLDER = _Folder(path_type=Path)


@main.command("index")
@click.argument("paths", nargs=-1, metavar="[PATH ...]", type=_FOLDER)
@click.option("--rebuild", is_flag=True, help="Throw the index away first and make it anew.")
@_json_option
@_index_option
@click.pass_context
def index_command(
    context: click.Context, paths: tuple[Path, ...], rebuild: bool, as_json: bool
) -> None:
    """Make the index hold what the folders PATH hold (default: corpus/).

    Reads text, Markdown, HTML, PDF, DOCX, ODT, e-mail (.eml), tables of reports (.jsonl, .csv) and
    archives (.zip, .gz). What is unchanged or moved is not embedded again; what vanished from a
    folder vanishes from the index. Folders indexed before and not named now are left alone.
    """
    from rag.contract import report_object
    from rag.index import update
    from rag.judge.judge import judge_of

    settings = _settings(context)
    with _indexing_bar() as watcher:
        report = update(settings, paths or (Path("corpus"),), rebuild=rebuild, watcher=watcher)
    judge_of(settings)  # made now, where it must be, not while the first question waits
    if as_json:
        _print_json(report_object(report))
    _tell_report(report)
    if report.failed:
        sys.exit(1)


@contextmanager
def _indexing_bar() -> Iterator[Any]:
    """Yield what moves a bar that shows files, passages, passages a second and the time left."""
    from tqdm import tqdm

    started = 0.0
    # By bytes: of a table of a hundred thousand reports nobody knows the number beforehand.
    shape = "{desc} {percentage:3.0f}%|{bar}| {postfix} [{elapsed}<{remaining}]"
    with tqdm(desc="Indexing", bar_format=shape, file=sys.stderr, disable=None) as bar:

        def advance(now: "Progress") -> None:
            nonlocal started
            started = started or time.monotonic()
            speed = now.passages / (time.monotonic() - started or 1)
            bar.total = now.of_bytes or 1
            bar.set_postfix_str(
                f"{now.files}/{now.of_files} files, {now.passages} passages, "
                f"{speed:.0f} passages/s",
                refresh=False,
            )
            bar.update(now.bytes - bar.n)
            bar.refresh()

        yield advance


@contextmanager
def _asking_bar() -> Iterator[Any]:
    from tqdm import tqdm

    with tqdm(unit=" questions", desc="Asking", file=sys.stderr, disable=None) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield advance


def _tell_report(report: "Report") -> None:
    counts = [
        f"{len(sources)} {name}"
        for name, sources, always in (
            ("added", report.added, True),
            ("changed", report.changed, True),
            ("moved", report.moved, False),
            ("copies", report.copies, False),
            ("removed", report.removed, True),
            ("unchanged", report.unchanged, True),
            ("skipped", report.skipped, True),
            ("failed", report.failed, True),
        )
        if sources or always
    ]
    click.echo(", ".join(counts) + ".", err=True)
    for move in report.moved:
        click.echo(_plain(f"  moved: {move.before} -> {move.after}"), err=True)
    _tell_problems([*report.noted, *report.skipped, *report.failed])


def _tell_problems(problems: "Sequence[Problem]") -> None:
    for problem in problems:
        click.echo(_plain(f"  {problem.grade}: {problem.source}: {problem.reason}"), err=True)


def _with_filters(command: Any) -> Any:
    for option in (
        click.option(
            "--kind", metavar="K", help="Only passages of this kind (body, caption, teaser)."
        ),
        click.option("--language", metavar="L", help="Only reports in this language (fr, en, vi)."),
        click.option("--source", metavar="GLOB", help="Only reports whose source matches."),
        click.option("--until", metavar="D", help="Only reports up to this date (2024-06)."),
        click.option("--since", metavar="D", help="Only reports from this date on (2024-01-28)."),
    ):
        command = option(command)
    return command


@main.command()
@click.argument("question", metavar='"QUESTION"')
@_json_option
@click.option(
    "--history",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help='Turns before the question: a JSON list of {"role": "user", "content": "…"}.',
)
@_with_filters
@_index_option
@click.pass_context
def ask(
    context: click.Context,
    question: str,
    as_json: bool,
    history: Path | None,
    since: str | None,
    until: str | None,
    source: str | None,
    language: str | None,
    kind: str | None,
) -> None:
    """Answer QUESTION with quoted and cited sentences, or refuse."""
    from rag.phrases import phrase

    turns = _turns(history) if history else []
    filters = _filters(since, until, source, language, kind)
    question = _read(question)
    answer = _assistant(context).ask(question, history=turns, filters=filters)
    if as_json:
        from rag.contract import answer_object

        _print_json(answer_object(answer))
    else:
        _tell_answer(answer)
    if filters and answer.refused and answer.text == phrase("nothing_allowed", answer.language):
        _tell_unmatched()


def _tell_answer(answer: "Answer") -> None:
    click.echo(_plain(answer.text))
    for remark in answer.remarks:
        click.echo(_plain(f"({remark})"))
    _tell_sought(answer.sought, answer.language)
    click.echo()
    for citation in answer.citations:
        place = _place(citation.passage, answer.language, citation.page)
        click.echo(f"[{citation.number}] {place}")
    if answer.refused:
        for scored in answer.nearest:
            click.echo(f"  ≈ {_place(scored.passage, answer.language)}")


def _tell_sought(sought: "Sequence[Sought]", language: str) -> None:
    """Say what of the question was recognised, beside the answer and not in it."""
    from rag.phrases import phrase

    if sought:
        shown = " · ".join(one.shown for one in sought)
        click.echo(_plain(phrase("looked_for", language, sought=shown)), err=True)


def _place(passage: "Passage", language: str, page: int | None = None) -> str:
    from rag.phrases import phrase

    date = passage.date or phrase("no_date", language)
    paged = f" · p. {page}" if page else ""
    kind = "" if passage.kind == "body" else f" · {passage.kind}"
    return _plain(f"{passage.title} · {date} · {passage.source}{paged}{kind}")


def _tell_unmatched() -> None:
    click.echo(
        "sourcier: No report passes these filters. `sourcier documents` lists the reports with "
        "their dates, languages and sources.",
        err=True,
    )


def _plain(text: str) -> str:
    """Return `text` on one line, without what a terminal would obey rather than show."""
    straight = re.sub(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+", "", text)
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", straight)


@main.command()
@click.argument("question", metavar='"QUESTION"')
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 1000))
@_json_option
@_with_filters
@_index_option
@click.pass_context
def search(
    context: click.Context,
    question: str,
    top: int,
    as_json: bool,
    since: str | None,
    until: str | None,
    source: str | None,
    language: str | None,
    kind: str | None,
) -> None:
    """Print the passages that fit QUESTION, best first, and what found each.

    Both the vectors (meaning) and the word index find passages; the score, of this ranking only,
    is made of the cosine and of the share of the question's words that a passage says.
    """
    from rag.contract import search_object
    from rag.phrases import phrase
    from rag.question import understood

    filters = _filters(since, until, source, language, kind)
    question = _read(question)
    query = understood(question)
    ranking = _assistant(context).search(question, top=top, filters=filters)
    if not query.text:
        click.echo(phrase("empty", query.language), err=True)
    elif filters and not ranking:
        _tell_unmatched()
    if as_json:
        _print_json(search_object(question, ranking))
        return
    _tell_sought(query.sought, query.language)
    for rank, scored in enumerate(ranking, start=1):
        passage = scored.passage
        click.echo(
            f"{rank:2}. {scored.score:.3f}  {_place(passage, query.language, passage.page)}"
            f" · at {passage.start}"
        )
        click.echo(f"    found by {_found_by(scored)}")
        click.echo("    " + _plain(" ".join(passage.text.split())[:200]))


def _found_by(scored: "ScoredPassage") -> str:
    ranks = (("meaning", scored.by_vector), ("words", scored.by_words))
    return ", ".join(f"{way} (rank {rank})" for way, rank in ranks if rank)


@main.command()
@_json_option
@_index_option
@click.pass_context
def documents(context: click.Context, as_json: bool) -> None:
    """List what is indexed, and what could not be read.

    A line a report: date, kind, language, passages, source, title. Below it the teasers of other
    stories it ends with, and the other places it was found in.
    """
    from rag.contract import documents_object

    assistant = _assistant(context, asks=False)
    entries, failures = assistant.entries(), assistant.failures()
    if as_json:
        _print_json(documents_object(entries, failures))
        return
    for entry in entries:
        _tell_entry(entry)
    passages = sum(entry.passages for entry in entries)
    click.echo(f"{len(entries)} reports, {passages} passages, {len(failures)} failed.", err=True)
    _tell_problems(failures)


def _tell_entry(entry: "Entry") -> None:
    rows = [(entry.date or "?", "report", entry.language or "?", str(entry.passages), entry.title)]
    rows += [("", "teaser", "", "", title) for title in entry.teasers]
    rows += [("", "copy", "", "", f"= {copy}") for copy in entry.copies]
    for date, kind, language, passages, told in rows:
        click.echo(
            _plain(f"{date:10}  {kind:6}  {language:2}  {passages:>3}  {entry.source}  {told}")
        )


@main.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to try first.  [default: 7860]")
@click.option("--mcp", is_flag=True, help="Serve ask, search and documents as MCP tools as well.")
@_index_option
@click.pass_context
def chat(context: click.Context, host: str | None, port: int | None, mcp: bool) -> None:
    """Open the page: ask, look through the reports, add to them, see how good the answers are."""
    settings = _settings(context)
    embeddings = _embeddings(settings)
    assistant = _opened(settings, embeddings)
    threading.Thread(target=_warm, args=(assistant,)).start()
    click.echo("Opening the page …", err=True)
    from eval.bench import Bench
    from rag.library import Library, page_folder
    from ui.page import Behind
    from ui.serve import serve

    kept = page_folder(settings.index, settings.cache)
    sets, runs = kept / "sets", kept / "runs"
    serve(
        Behind(
            assistant,
            Library(settings, embeddings, embeddings.name),
            Bench(assistant, settings, sets=sets, runs=runs, offered=Path("eval/questions")),
            kept / "feedback.jsonl",
            _examples(assistant),
        ),
        host=host or settings.host,
        port=settings.port if port is None else port,
        say=lambda line: click.echo(line, err=True),
        mcp=mcp,
    )


def _warm(assistant: "Assistant") -> None:
    """Make the first question as quick as the next, while the page opens; say why it cannot."""
    try:
        assistant.warm()
    except Exception as error:  # the page opens all the same, and a question meets the same error
        click.echo(f"sourcier: {_plain(str(error))}", err=True)


@main.command("eval")
@click.argument("files", nargs=-1, metavar="[FILE ...]", type=click.Path(path_type=Path))
@click.option(
    "--archive",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Index this folder for the run, instead of using the index.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Keep the run there: run.json and report.html. A run that was cut goes on.",
)
@click.option("--check", is_flag=True, help="Only list what is wrong with the sets, by line.")
@click.option("--lenient", is_flag=True, help="Leave out questions, and fields, with faults.")
@click.option(
    "--compare",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Say what differs from an earlier run (its folder or run.json).",
)
@click.option(
    "--gate",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Exit with 1 and name the lines if figures do not meet those of FILE.",
)
@click.option(
    "--draft",
    metavar="N",
    type=click.IntRange(1, 10_000),
    help="Ask nothing: propose N questions on the index, a line each, to be reworded.",
)
@click.option(
    "--convert",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Ask nothing: write a SQuAD file or a BEIR folder into DIR, as an archive and a set.",
)
@_json_option
@_index_option
@click.pass_context
def eval_command(
    context: click.Context,
    files: tuple[Path, ...],
    archive: Path | None,
    out: Path | None,
    check: bool,
    lenient: bool,
    compare: Path | None,
    gate: Path | None,
    draft: int | None,
    convert: Path | None,
    as_json: bool,
) -> None:
    """Ask every question of the sets FILE ... and print how good the answers are.

    A gate has a condition a line: `facts >= 0.5`, `fr wrongly_refused <= 0.05`, and, below a line
    `run DIR/run.json`, `ndcg_10 >= run - 0.02`.
    """
    if draft:
        _propose(_assistant(context, asks=False), draft)
        return
    if not files:
        raise click.UsageError("Name a question set: `sourcier eval FILE`.")
    if convert:
        _convert(files, convert)
    elif check:
        _check(_settings(context), files, archive, as_json=as_json)
    else:
        _evaluate(
            _settings(context),
            files,
            as_json=as_json,
            gate=gate,
            compare=compare,
            archive=archive,
            out=out,
            lenient=lenient,
        )


def _check(
    settings: "Settings", files: Sequence[Path], archive: Path | None, *, as_json: bool
) -> None:
    from eval.command import checked
    from eval.show import faults

    sets = checked(settings, files, archive=archive)
    if as_json:
        _print_json(sets.as_json())
    else:
        click.echo(faults(sets))
    sys.exit(1 if sets.faults else 0)


def _evaluate(
    settings: "Settings",
    files: Sequence[Path],
    *,
    as_json: bool,
    gate: Path | None,
    compare: Path | None,
    out: Path | None,
    **how: Any,
) -> None:
    from eval.command import REPORT, evaluated
    from eval.compare import compared, records_in
    from eval.failures import failures
    from eval.gate import read_gate
    from eval.show import differences, left_out, table

    # Found out before an hour of questions, not after.
    conditions = read_gate(gate) if gate else None
    before = records_in(compare) if compare else None
    if out:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.BadParameter(f"{str(out)!r} cannot be made: {error.strerror}.") from None
    with _asking_bar() as progress:
        run = evaluated(settings, files, out=out, before=before, progress=progress, **how)
    if as_json:
        _print_json(run.as_json())
    else:
        click.echo(table(run.figures, run.languages))
    if out:
        click.echo(
            f"{out / REPORT}: {len(failures(run.records))} failed, the worst first.", err=True
        )
    if left := left_out(run.sets):
        click.echo(left, err=True)
    if before is not None:
        click.echo(differences(compared(before, run.records)), err=as_json)
    if unmet := conditions.failures(run.records) if conditions else []:
        click.echo("\n".join(f"gate: {one}" for one in unmet), err=True)
        sys.exit(1)


def _propose(assistant: "Assistant", count: int) -> None:
    from eval.draft import drafts

    reports = (assistant.document(entry.source) for entry in assistant.entries())
    found = drafts([report for report in reports if report], count)
    for question in found:
        _print_json(question.as_row())
    click.echo(
        f"{len(found)} drafts. Reword them, and take out `draft` to have them asked.", err=True
    )


def _convert(files: Sequence[Path], into: Path) -> None:
    from eval.public import convert

    if len(files) > 1:
        raise click.UsageError("One public set at a time.")
    written = convert(files[0], into)
    click.echo(
        f"{written.passages} passages and {written.asked} questions. Ask them with\n"
        f"sourcier eval --archive {written.archive} {written.questions}",
        err=True,
    )


def _examples(assistant: "Assistant") -> list[str]:
    """What the newest dated reports are about, to ask with one click."""
    entries = sorted(assistant.entries(), key=lambda entry: entry.date or "")
    return [entry.title for entry in entries[-3:]]


@main.command()
@_index_option
@click.pass_context
def doctor(context: click.Context) -> None:
    """Check models, index and versions; each failing line names the mend."""
    from rag.doctor import checks

    failed = False
    for check in checks(_settings(context)):
        failed = failed or not check.passed
        click.echo(f"{'ok  ' if check.passed else 'FAIL'}  {check.name}: {check.said}", err=True)
    if failed:
        sys.exit(1)


def _settings(context: click.Context) -> "Settings":
    from rag.config import read_settings

    return read_settings(**({"index": context.obj} if context.obj else {}))


def _assistant(context: click.Context, *, asks: bool = True) -> "Assistant":
    """Open the index; where nothing will be asked, without its model."""
    settings = _settings(context)
    return _opened(settings, _embeddings(settings, load=asks))


def _embeddings(settings: "Settings", *, load: bool = True) -> "SentenceEmbeddings":
    """Return the model; where there is something to ask, it begins to load at once."""
    from rag.embed import SentenceEmbeddings
    from rag.store import exists

    embeddings = SentenceEmbeddings(settings)
    if load and exists(settings.index):
        embeddings.load_meanwhile()
    return embeddings


def _opened(settings: "Settings", embeddings: "SentenceEmbeddings") -> "Assistant":
    from rag.answer import Assistant

    return Assistant.opened(settings, embeddings)


def _read(question: str) -> str:
    """Return what is read of a question, and say so where that is not all of it."""
    from rag.answer import LONGEST_QUESTION
    from rag.phrases import phrase
    from rag.words import language_of

    read = question[:LONGEST_QUESTION]
    if read != question:
        click.echo(phrase("cut", language_of(read), most=str(LONGEST_QUESTION)), err=True)
    return read


def _filters(
    since: str | None,
    until: str | None,
    source: str | None,
    language: str | None,
    kind: str | None,
) -> "Filters":
    from rag.retrieve import Filters

    try:
        return Filters(since=since, until=until, source=source, language=language, kind=kind)
    except BadFilter as error:
        options = " / ".join(f"--{name}" for name in error.names)
        raise click.BadParameter(error.why, param_hint=options) from None


def _turns(path: Path) -> "list[Turn]":
    """Read the turns before a question.

    :raises BadRequest: the file is not a JSON list of turns.
    """
    from rag.records import Turn

    try:
        turns = [Turn(turn["role"], turn["content"]) for turn in json.loads(path.read_bytes())]
        if not all(
            turn.role in ("user", "assistant") and isinstance(turn.content, str) for turn in turns
        ):
            raise TypeError
    except OSError as error:
        raise BadRequest(f"The history {str(path)!r} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError):
        raise BadRequest(
            f"The history {str(path)!r} is not a JSON list of turns. Write "
            '[{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}].'
        ) from None
    return turns


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
