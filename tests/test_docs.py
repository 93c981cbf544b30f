"""What the documents and the messages tell a reader to type exists."""

import re
import shlex
from pathlib import Path

import click
import pytest

from rag.cli import main

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "eval").glob("*.md"))]
MODULES = sorted((ROOT / "rag").glob("*.py"))


def in_code(text: str) -> list[str]:
    """Return the lines of code blocks and the words between backticks."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return lines + re.findall(r"`([^`\n]+)`", outside)


def commands(text: str) -> list[list[str]]:
    """Return the arguments of each `sourcier ...` in the code of `text`."""
    found = []
    for line in in_code(text):
        command = re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S*/bin/)?sourcier\b(?!\.)(.*)", line)
        if command:
            ends = re.split(r"\s(?:#|\||>|&&|2>)", command[1])[0]
            found.append(shlex.split(ends.replace("[", " ").replace("]", " ")))
    return found


def unknown(arguments: list[str]) -> list[str]:
    """Return what of a command line the program does not know."""
    options = {name for parameter in main.params for name in parameter.opts} | {"--help", "-h"}
    named = next((word for word in arguments if re.fullmatch(r"[a-z]+", word)), None)
    if named is not None:
        if named not in main.commands:
            return [named]
        options |= {name for one in main.commands[named].params for name in one.opts}
    return [word for word in arguments if word.startswith("-") and word not in options]


@pytest.mark.parametrize("path", [*DOCUMENTS, *MODULES], ids=lambda path: path.name)
def test_every_command_that_is_named_exists(path: Path) -> None:
    found = commands(path.read_text(encoding="utf-8"))
    assert [(arguments, unknown(arguments)) for arguments in found if unknown(arguments)] == []


@pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
def test_the_first_screen_shows_how_to_index_and_to_ask(name: str) -> None:
    if not (ROOT / name).exists():
        pytest.skip(f"{name} is not written yet")
    text = (ROOT / name).read_text(encoding="utf-8")
    shown = [arguments[0] for arguments in commands(text) if arguments]
    assert {"index", "ask"} <= set(shown)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    lines = in_code(path.read_text(encoding="utf-8"))
    named = [target for line in lines for target in re.findall(r"^(?:\$ )?make ([a-z]+)", line)]
    assert set(named) <= targets


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_says_what_it_does_and_every_option_too(name: str) -> None:
    command = main.commands[name]
    assert command.help
    options = [one for one in command.params if isinstance(one, click.Option)]
    helpless = [one.name for one in options if not one.help and one.name != "top"]
    assert helpless == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_no_page_is_left_with_a_gap_to_fill(page: Path) -> None:
    assert "@@" not in page.read_text(encoding="utf-8")
