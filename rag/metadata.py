"""What the index keeps of a report, a passage, a file, and how Chroma's metadata says it.

Chroma's metadata are flat: strings and numbers by name. What is a list here is JSON there, and what
is not known is left out or empty.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rag.records import SEARCHED, DateOrigin, Document, Moment, Passage, Problem, Span

NOT_COMPARED = "?"
"""The origin of a report that was written since reprints were last looked for."""

Place = tuple[str, str]
"""The folder that was indexed, and the path below it of the file a report was found in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index knows of one report without reading its text."""

    source: str
    title: str
    date: str | None
    date_from: DateOrigin | None
    place: str | None
    agency: str | None
    language: str | None
    url: str | None
    passages: int
    teasers: tuple[str, ...]
    """Titles of the other stories that it announces."""
    origin: str | None
    """The first of the reports that tell the same news in nearly the same words, if any do."""
    whole: bool = True
    """False where an indexing was cut short while it was written."""
    copies: tuple[str, ...] = ()
    """Where else the same report was found."""

    @property
    def places(self) -> tuple[str, ...]:
        return (self.source, *self.copies)


class Known(NamedTuple):
    """What indexing must know of one report; a tuple, for an archive has a hundred thousand."""

    root: str
    file: str
    digest: str
    key: str
    """Equal for two copies of one report, "" where the text is too short to say."""
    date: str
    state: str
    """``pending`` or ``whole``."""
    copy_of: str
    """The report that stands for this one, which is a copy then and has no passages; or ""."""
    origin: str
    """The first of the reports that tell the same news; "" or `NOT_COMPARED` if not known."""

    @property
    def place(self) -> Place:
        return self.root, self.file

    @property
    def is_whole(self) -> bool:
        return self.state == "whole"

    @property
    def stands(self) -> bool:
        """Whether it has passages of its own."""
        return self.is_whole and not self.copy_of

    def is_at(self, place: Place) -> bool:
        return self.place == place


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that was read to its end, or was found to be no report."""

    root: str
    path: str
    digest: str
    problems: tuple[Problem, ...] = ()

    @property
    def place(self) -> Place:
        return self.root, self.path

    @property
    def id(self) -> str:
        return f"{self.root}//{self.path}"


@dataclass(frozen=True, slots=True)
class Written:
    """One report as it goes into the index: ``vectors`` holds one a *searched* passage.

    A copy is written without passages.
    """

    document: Document
    root: str
    file: str
    digest: str
    key: str
    passages: Sequence[Passage]
    vectors: Sequence[Sequence[float]]
    signature: bytes = b""
    copy_of: str = ""

    def searched(self) -> Iterator[tuple[Passage, Sequence[float]]]:
        passages = (passage for passage in self.passages if passage.kind in SEARCHED)
        return zip(passages, self.vectors, strict=True)


def document_metadata(report: Written, state: str) -> dict[str, Any]:
    document = report.document
    margins = [
        (passage.start, passage.text) for passage in report.passages if passage.kind not in SEARCHED
    ]
    spans = [] if report.copy_of else [(s.start, s.end, s.kind, s.title) for s in document.spans]
    known = {
        "date": document.date,
        "date_from": document.date_from,
        "place": document.place,
        "agency": document.agency,
        "language": document.language,
        "url": document.url,
    }
    return {
        "root": report.root,
        "file": report.file,
        "digest": report.digest,
        "key": report.key,
        "title": document.title,
        "passages": len(report.passages) - len(margins),
        "margins": json.dumps(margins, ensure_ascii=False),
        "spans": json.dumps(spans, ensure_ascii=False),
        "signature": base64.b85encode(report.signature).decode(),
        "origin": NOT_COMPARED,
        "state": state,
        "copy_of": report.copy_of,
        # Always written: an upsert leaves a key it does not name as it was (Chroma 1.5).
        **{key: value or "" for key, value in known.items()},
    }


def known_of(metadata: dict[str, Any]) -> Known:
    return Known(*(metadata[name] for name in Known._fields))


def entries_of(records: Iterable[tuple[str, dict[str, Any]]]) -> list[Entry]:
    """Return the reports in order of source, the copies of each named in it."""
    copies: dict[str, list[str]] = defaultdict(list)
    reports = []
    for source, record in records:
        if record["copy_of"]:
            copies[record["copy_of"]].append(source)
        else:
            reports.append((source, record))
    return [
        _entry(source, record, copies.get(source, ()))
        for source, record in sorted(reports, key=lambda pair: pair[0])
    ]


def _entry(source: str, metadata: dict[str, Any], copies: Sequence[str]) -> Entry:
    return Entry(
        source=source,
        title=metadata["title"],
        date=metadata["date"] or None,
        date_from=metadata["date_from"] or None,
        place=metadata["place"] or None,
        agency=metadata["agency"] or None,
        language=metadata["language"] or None,
        url=metadata["url"] or None,
        passages=int(metadata["passages"]),
        teasers=tuple(
            title for _, _, kind, title in json.loads(metadata["spans"]) if kind == "teaser"
        ),
        origin=origin_of(metadata),
        whole=metadata["state"] == "whole",
        copies=tuple(sorted(copies)),
    )


def origin_of(metadata: dict[str, Any]) -> str | None:
    return None if metadata["origin"] == NOT_COMPARED else metadata["origin"] or None


def signature_of(metadata: dict[str, Any]) -> bytes:
    return base64.b85decode(metadata["signature"])


def file_metadata(file: FileRecord) -> dict[str, Any]:
    problems = [(problem.source, problem.reason, problem.grade) for problem in file.problems]
    return {
        "root": file.root,
        "path": file.path,
        "digest": file.digest,
        "problems": json.dumps(problems, ensure_ascii=False),
    }


def file_of(metadata: dict[str, Any]) -> FileRecord:
    problems = tuple(Problem(*problem) for problem in json.loads(metadata["problems"]))
    return FileRecord(metadata["root"], metadata["path"], metadata["digest"], problems)


def passage_metadata(passage: Passage) -> dict[str, Any]:
    known = {
        "source": passage.source,
        "start": passage.start,
        "kind": passage.kind,
        "title": passage.title,
        "date": passage.date,
        "language": passage.language,
        "page": passage.page,
        "moments": json.dumps([(m.start, m.end, m.first, m.last) for m in passage.moments])
        if passage.moments
        else None,
    }
    return {key: value for key, value in known.items() if value is not None}


def passage_of(text: str, metadata: dict[str, Any]) -> Passage:
    return Passage(
        source=metadata["source"],
        start=int(metadata["start"]),
        text=text,
        kind=metadata["kind"],
        title=metadata["title"],
        date=metadata.get("date"),
        language=metadata.get("language"),
        page=metadata.get("page"),
        moments=tuple(Moment(*moment) for moment in json.loads(metadata.get("moments", "[]"))),
    )


def document_of(source: str, record: dict[str, Any], passages: Sequence[Passage]) -> Document:
    slices = [(passage.start, passage.text) for passage in passages]
    slices += [(start, text) for start, text in json.loads(record["margins"])]
    entry = _entry(source, record, ())
    return Document(
        source=source,
        text="".join(text for _, text in sorted(slices)),
        title=entry.title,
        date=entry.date,
        date_from=entry.date_from,
        place=entry.place,
        agency=entry.agency,
        language=entry.language,
        url=entry.url,
        spans=tuple(Span(*span) for span in json.loads(record["spans"])),
        moments=tuple(moment for passage in passages for moment in passage.moments),
    )
