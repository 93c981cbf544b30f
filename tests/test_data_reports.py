r"""The hand-labelled reports and reprints of ``tests/data``: that their labels agree with them.

How `rag.clean` does on them is measured elsewhere. What the labels mean, where it could be doubted:

- Offsets count characters of the decoded file, ``\r`` of a CRLF line end among them. White space
  between two spans belongs to the first. Neighbours of one kind are one span, teasers apart.
- ``header``: a ``date 2024-01`` line, front matter, a line that says when or by whom a report was
  published. ``dateline``: place and agency before the first sentence, its dash included.
- ``headline``: also the title's second line, and the title said again on a line of its own. Said
  again in front of a caption it is caption. Intertitles and the lede above the dateline are body.
- ``sign-off``: agency, initials, author at the end; in Vietnamese ``./.``, its full stop included.
- ``date``: the most exact one stated with its year. A day in the dateline goes with the year of the
  header, and is then ``date_from`` the dateline; a day whose year is nowhere stated is no date.
- ``place`` and ``agency`` are the dateline's, or the sign-off's for an agency; « VNA/CVN » is VNA,
  and a photograph's credit is nobody's. A place in capitals is given in ordinary letters.
- ``half``: rules are made on ``dev`` and reported on ``test``. ``hard``: more than ordinary mess.
"""

import json
import re
import unicodedata
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest

from rag.records import Kind

DATA = Path(__file__).parent / "data"
SAME = ("agency line", "encoding", "boilerplate")
"""What makes a reprint the same report; nothing else in it was changed."""

LIKE = ("same template", "same event other day")
CHANGES = {
    "none", *SAME, *LIKE,
    "shortened", "retitled", "light edit", "merged", "updated figures", "translated",
}  # fmt: skip


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").split("\n")[:-1]]


REPORTS = rows("reports.jsonl")
REPRINTS = rows("reprints.jsonl")
BY_ID = {row["id"]: row for row in REPRINTS}

each_report = pytest.mark.parametrize("row", REPORTS, ids=lambda row: row["file"])


def text_of(row: dict[str, Any]) -> str:
    path: Path = DATA / "reports" / row["file"]
    return path.read_bytes().decode()


def stretches(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the kind and the words of every span."""
    text = text_of(row)
    ends = [start for start, _ in row["spans"][1:]] + [len(text)]
    return [(kind, text[a:b]) for (a, kind), b in zip(row["spans"], ends, strict=True)]


def plain(text: str) -> str:
    """Return the words as letters that can be compared: composed, small, one space between."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def of_kinds(row: dict[str, Any], *kinds: str) -> str:
    return plain(" ".join(words for kind, words in stretches(row) if kind in kinds))


def test_every_report_has_its_labels_and_the_halves_are_alike() -> None:
    files = sorted(path.name for path in (DATA / "reports").iterdir())
    assert [row["file"] for row in REPORTS] == files
    assert Counter(row["half"] for row in REPORTS) == {"dev": 24, "test": 24}
    assert Counter(row["half"] for row in REPORTS if row["hard"]) == {"dev": 8, "test": 8}
    assert Counter(row["language"] for row in REPORTS) == {"fr": 30, "en": 9, "vi": 9}


@each_report
def test_the_spans_of_a_report_lie_in_order_and_tile_it(row: dict[str, Any]) -> None:
    text = text_of(row)
    starts = [start for start, _ in row["spans"]]
    assert starts[0] == 0
    assert all(a < b for a, b in pairwise([*starts, len(text)]))
    assert {kind for _, kind in row["spans"]} <= set(get_args(Kind))
    assert not any(text[start].isspace() for start in starts[1:])
    assert all(a != b or a == "teaser" for (_, a), (_, b) in pairwise(row["spans"]))
    assert 60 <= len(text.split()) <= 250


@each_report
def test_the_titles_of_a_report_stand_where_the_labels_say(row: dict[str, Any]) -> None:
    spans = stretches(row)
    if row["title"]:
        where = of_kinds(row, "headline", "header")
        assert all(plain(line) in where for line in row["title"].split(" : "))
    else:
        assert not any(kind == "headline" for kind, _ in spans)
    teasers = [words for kind, words in spans if kind == "teaser"]
    assert len(teasers) == len(row["teasers"])
    for title, words in zip(row["teasers"], teasers, strict=True):
        assert plain(title) in plain(words)


@each_report
def test_the_place_and_the_agency_of_a_report_stand_in_it(row: dict[str, Any]) -> None:
    assert plain(row["place"] or "") in of_kinds(row, "dateline")
    assert plain(row["agency"] or "") in of_kinds(row, "dateline", "sign-off")


@each_report
def test_the_date_of_a_report_stands_where_the_labels_say(row: dict[str, Any]) -> None:
    if row["date"] is None:
        assert row["date_from"] is None
        assert not re.search(r"\b20\d\d\b", of_kinds(row, "header", "dateline") + row["file"])
        return
    year, *month_day = row["date"].split("-")
    date(int(year), *map(int, [*month_day, "1", "1"][:2]))
    said = row["file"] if row["date_from"] == "file name" else of_kinds(row, "header", "dateline")
    assert year in said
    if len(month_day) == 2:
        where = said if row["date_from"] != "dateline" else of_kinds(row, "dateline")
        assert re.search(rf"(?<!\d)0?{int(month_day[1])}(?!\d)", where)
    assert row["date_from"] in {"header", "dateline", "file name"}


def test_a_reprint_names_an_origin_and_what_was_changed() -> None:
    assert len(BY_ID) == len(REPRINTS)
    for row in REPRINTS:
        assert row["change"] in CHANGES
        assert row["id"].startswith(row["origin"])
        assert (row["id"] == row["origin"]) == (row["change"] in {"none", *LIKE})
        assert ("like" in row) == (row["change"] in LIKE)
        assert BY_ID[row.get("like", row["origin"])]["change"] == "none"
    assert len({row["text"] for row in REPRINTS}) == len(REPRINTS)


def test_there_are_as_many_reprints_as_a_measurement_needs() -> None:
    copies = Counter(row["origin"] for row in REPRINTS if row["id"] != row["origin"])
    assert len(copies) == 25
    assert set(copies.values()) <= {2, 3, 4}
    assert sum(row["id"].startswith("n") for row in REPRINTS) == 40
    assert sum(row["change"] in SAME for row in REPRINTS) >= 30
    for origin in copies:
        assert 100 <= len(BY_ID[origin]["text"].split()) <= 220


def inner(text: str) -> list[str]:
    """Return the sentences' words without the first and the last, where agencies are named."""
    return text.split()[25:-8]


@pytest.mark.parametrize(
    "row",
    [row for row in REPRINTS if row["change"] in {"agency line", "boilerplate", "merged"}],
    ids=lambda row: row["id"],
)
def test_a_reprint_that_is_the_same_report_has_all_its_words(row: dict[str, Any]) -> None:
    origin = BY_ID[row["origin"]]["text"]
    assert " ".join(inner(origin)) in " ".join(row["text"].split())
    if row["change"] == "boilerplate":
        assert origin in row["text"]


@pytest.mark.parametrize(
    "row",
    [row for row in REPRINTS if row["change"] == "shortened"],
    ids=lambda row: row["id"],
)
def test_a_shortened_reprint_is_how_its_origin_begins(row: dict[str, Any]) -> None:
    origin = BY_ID[row["origin"]]["text"]
    assert origin.startswith(row["text"])
    assert 0.25 < len(row["text"]) / len(origin) < 0.6
