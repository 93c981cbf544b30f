"""Look for bytes that a reader does not bear, guided by what of it they reach.

    pip install atheris
    python tests/fuzz.py pdf 90        # seconds; a suffix of rag.load.READERS, without its dot

Not run by pytest. What it finds it writes into a file and names; the case then becomes an example
of that reader's tests. Beside the reader, labels and passages are made of every report found.
"""

import io
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import atheris

with atheris.instrument_imports(include=["rag", "email", "csv", "zipfile"]):
    from rag import load
    from rag.clean import labelled
    from rag.formats.found import Found, Unreadable
    from rag.records import Document
    from rag.split import split

HERE = Path(__file__).parent


def main() -> None:
    suffix, seconds = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder, patch("rag.apart.read_apart", _read_here):
        for number, data in enumerate(_seeds(suffix)):
            (Path(folder) / f"{number}").write_bytes(data)
        options = [f"-max_total_time={seconds}", "-max_len=40000", "-timeout=20", "-rss_limit_mb=0"]
        atheris.Setup([sys.argv[0], *options, folder], lambda data: check(data, f"a.{suffix}"))
        atheris.Fuzz()


def _read_here(reader: str, data: bytes, source: str) -> Iterator[Found]:
    """Read in this process, where it is watched."""
    module, function = reader.split(":")
    yield from getattr(import_module(module), function)(io.BytesIO(data), source)


def check(data: bytes, source: str) -> None:
    """Read `data` to its end. Whatever is raised is a case."""
    try:
        for found in load.read(io.BytesIO(data), source):
            if isinstance(found, Document):
                report = labelled(found)
                assert "".join(passage.text for passage in split(report)) == found.text
                f"{found.text}{found.title}{found.agency}{found.url}".encode()
                assert "\0" not in f"{found.title}{found.agency}{found.url}{found.source}"
    except Unreadable:
        raise AssertionError("what is unreadable is a problem, not an error") from None


def _seeds(suffix: str) -> list[bytes]:
    sys.path.insert(0, str(HERE))
    reports = [path.read_bytes() for path in sorted((HERE / "data/reports").glob("*.txt"))[:12]]
    match suffix:
        case "txt" | "md":
            return [*reports, reports[0].decode().encode("utf-16")]
        case "html" | "htm" | "xhtml":
            return [path.read_bytes() for path in (HERE / "data/web").glob("*.html")]
        case "pdf":
            return [bytes(import_module("test_formats_pdf")._WHOLE)]
        case "docx" | "odt":
            tests = import_module("test_formats_office")
            return [tests._DOCX, tests._STORED] if suffix == "docx" else [tests._ODT]
        case "eml" | "zip" | "gz":
            named = {"eml": "mail"}.get(suffix, "archives")
            return list(import_module(f"test_formats_{named}")._VALID)
        case _:
            return list(import_module("test_formats_tables")._VALID)


if __name__ == "__main__":
    main()
