"""Nothing phones home: not by a setting, and not by a socket."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TELEMETRY = {
    "ANONYMIZED_TELEMETRY": "False",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
}

# Audit hooks see every connection and every name that is looked up from Python. A hook cannot be
# taken away again, so it lives in a process of its own.
WATCHED = """
import json, os, sys
seen = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        seen.append(str(arguments[1]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        seen.append(str(arguments[0]))
sys.addaudithook(watch)
from rag.cli import main
for command in json.loads(sys.argv[1]):
    try:
        main(command)
    except SystemExit as end:
        assert not end.code, (command, end.code)
if sys.argv[2:]:
    import socket
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=0.01)
    except OSError:
        pass
print(json.dumps({"seen": seen}), file=sys.stderr)
"""


def seen(commands: list[list[str]], *and_then: str) -> list[str]:
    """Return the addresses and names that these commands of `sourcier` tried to reach."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps(commands), *and_then],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stderr.splitlines()[-1])["seen"]
    return found


def beyond(addresses: list[str]) -> list[str]:
    """Return those that are not this machine's own."""
    own = ("127.", "::1", "localhost", "/", "('127.", "('::1", "b'/", "('localhost")
    return [address for address in addresses if not address.startswith(own)]


@pytest.mark.parametrize(("variable", "value"), list(TELEMETRY.items()))
def test_telemetry_is_off_as_soon_as_the_package_is_imported(variable: str, value: str) -> None:
    bare = {name: text for name, text in os.environ.items() if name not in TELEMETRY}
    show = f"import os, rag; print(os.environ[{variable!r}])"
    done = subprocess.run(
        [sys.executable, "-c", show], env=bare, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == value


def test_indexing_searching_and_asking_reach_for_nothing_outside_this_machine(
    tmp_path: Path,
) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "a.txt").write_text("Le pont de Kampot mesure 300 mètres.")
    commands = [
        ["index", str(tmp_path / "archive")],
        ["search", "Combien mesure le pont ?"],
        ["ask", "Le pont de Kampot mesure 300 mètres ?"],
    ]
    assert beyond(seen(commands)) == []


def test_the_watch_sees_a_connection_that_is_tried() -> None:
    assert beyond(seen([["--version"]], "connect")) != []
