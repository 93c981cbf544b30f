"""Each command imports what it needs: torch is for the reference, Gradio for the page."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

NEVER = (
    "torch transformers sentence_transformers gradio sklearn nncf pandas openvino_telemetry "
    "trafilatura lxml pypdfium2 docx"
)
WATCHED = f"chromadb openvino langchain_core sentencepiece numpy pydantic {NEVER}".split()
ASKING = {"openvino", "sentencepiece"}
READING = {"chromadb", "langchain_core", "numpy", "pydantic"}

# In one process, so that what a command adds to those before it is seen. `openvino_telemetry` is
# there, as None.
WATCH = """
import json, sys
from rag.cli import main
watched, before, added = json.loads(sys.argv[1]), set(), []
for command in json.loads(sys.argv[2]):
    try:
        main(command)
    except SystemExit as end:
        assert not end.code, command
    now = {name for name in watched if sys.modules.get(name)}
    added.append(sorted(now - before))
    before = now
print(json.dumps(added), file=sys.stderr)
"""


def imported(*commands: list[str]) -> list[set[str]]:
    """Return, for each of the commands, which of the watched modules it was the first to import."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH, json.dumps(WATCHED), json.dumps(commands)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SOURCIER_ENGINE": "exact"},
    )
    assert done.returncode == 0, done.stderr
    return [set(names) for names in json.loads(done.stderr.splitlines()[-1])]


@pytest.mark.skipif(not find_spec("openvino"), reason="torch computes the vectors here")
def test_a_command_imports_no_more_than_it_needs(tmp_path: Path) -> None:
    archive, questions = tmp_path / "archive", tmp_path / "questions.jsonl"
    archive.mkdir()
    (archive / "a.txt").write_text("Le pont de Kampot mesure 300 mètres.")
    question = "Combien mesure le pont de Kampot ?"
    questions.write_text(
        json.dumps({"id": "q", "lang": "fr", "question": question, "answerable": False, "gold": []})
    )
    assert imported(["index", str(archive)]) == [READING | ASKING]
    assert imported(["--help"], ["documents"], ["search", question], ["ask", question]) == [
        set(),
        READING,
        ASKING,
        set(),
    ]
    assert imported(["eval", str(questions)], ["doctor"]) == [READING | ASKING, set()]
