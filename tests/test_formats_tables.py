"""Tables of reports: JSON lines and cells, and the records among them that are none."""

import csv
import io
import json
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.formats.found import Unreadable
from rag.formats.tables import (
    LONGEST_LINE,
    NAMED_PROBLEMS,
    read_cells,
    read_json_lines,
)
from rag.formats.twice import decoded_again
from rag.records import Document, Problem

_RICE = {
    "id": "riz-7",
    "title": "Riz : une récolte record",
    "text": "Cần Thơ (Agence) - La récolte dépasse les prévisions.\r\n\r\nElle croît de 4 %.",
    "date": "28 janvier 2024",
    "source": "Agence Rivière",
    "url": "https://riviere.example/riz-7",
    "language": "fr",
}
_AS_READ = Document(
    "riz-7",
    _RICE["text"],
    title="Riz : une récolte record",
    date="2024-01-28",
    date_from="metadata",
    agency="Agence Rivière",
    language="fr",
    url="https://riviere.example/riz-7",
)


def lines(data: bytes | str) -> list[Document | Problem]:
    data = data.encode() if isinstance(data, str) else data
    return list(read_json_lines(io.BytesIO(data), "t.jsonl"))


def cells(data: bytes | str) -> list[Document | Problem]:
    data = data.encode() if isinstance(data, str) else data
    return list(read_cells(io.BytesIO(data), "t.csv"))


def said(found: list[Document | Problem]) -> list[tuple[str, str]]:
    return [(one.source, one.text if isinstance(one, Document) else one.reason) for one in found]


def table(rows: list[list[str]], delimiter: str = ",") -> str:
    whole = io.StringIO(newline="")
    csv.writer(whole, delimiter=delimiter).writerows(rows)
    return whole.getvalue()


def test_a_line_of_json_is_a_report(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps(_RICE) + "\n", encoding="utf-8")
    with path.open("rb") as file:
        assert list(read_json_lines(file, "t.jsonl")) == [_AS_READ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_row_is_a_report(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(table([list(_RICE), list(_RICE.values())], delimiter).encode(encoding))
    with path.open("rb") as file:
        assert list(read_cells(file, "t.csv")) == [_AS_READ]


@pytest.mark.parametrize(
    ("names", "source"),
    [("ID,TITLE,TEXT", "1"), (" id , Titre , Texte ", "1"), ("no,titre,body", "t.csv#2")],
)
def test_columns_are_known_by_name_whatever_the_case(names: str, source: str) -> None:
    assert cells(f"{names}\n1,Le riz,Il croît.\n") == [
        Document(source, "Il croît.", title="Le riz")
    ]


def test_a_record_without_an_id_is_known_by_the_line_it_begins_on() -> None:
    assert said(cells('text,x\n"Un.\nDeux.",\n\nTrois.,\n')) == [
        ("t.csv#2", "Un.\nDeux."),
        ("t.csv#5", "Trois."),
    ]
    assert said(lines('\n{"text": "Un."}\n\n{"text": "Deux."}')) == [
        ("t.jsonl#2", "Un."),
        ("t.jsonl#4", "Deux."),
    ]


def test_values_that_are_no_strings_are_taken_for_what_they_say() -> None:
    record = {"id": 12, "title": None, "text": None, "body": "Un.", "date": 2024, "lang": ["fr"]}
    assert lines(json.dumps(record)) == [Document("12", "Un.", date="2024", date_from="metadata")]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-01-28", "2024-01-28"),
        ("2024-01-28T23:30:00+07:00", "2024-01-28"),
        ("2024-01-28 06:00", "2024-01-28"),
        ("2024-01", "2024-01"),
        ("2024", "2024"),
        ("28 janvier 2024", "2024-01-28"),
    ],
)
def test_a_date_is_cut_to_what_it_says(written: str, day: str) -> None:
    (document,) = cells(f"text,date\nUn.,{written}\n")
    assert isinstance(document, Document)
    assert (document.date, document.date_from) == (day, "metadata")


def test_dates_that_are_none_are_noted_once_for_the_file() -> None:
    found = cells("text,date\n" + "".join(f"Un.,{day}\n" for day in ["2024-13-01", "bientôt"]))
    assert [one.date for one in found if isinstance(one, Document)] == [None, None]
    assert found[-1] == Problem("t.csv", "2 dates could not be read (lines 2, 3)", grade="noted")
    many = cells("text,date\n" + "Un.,bientôt\n" * 9)[-1]
    assert isinstance(many, Problem)
    assert many.reason == "9 dates could not be read (lines 2, 3, 4, 5, 6, …)"
    assert cells("text,date\nUn.,x")[-1] == Problem(
        "t.csv", "a date could not be read (line 2)", grade="noted"
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "broken JSON at character 2: Expecting property name"),
        ('{"text": "a"} {}', "broken JSON at character 15: Extra data"),
        ("[" * 100_000, "nested too deeply"),
        ('{"text":' * 100_000, "nested too deeply"),
        ('{"text": ' + "9" * 5000 + "}", "too many digits"),
        ('[{"text": "a"}]', "holds a list, not an object"),
        ("null", "holds nothing"),
        ('"a"', "holds words"),
        ("true", "holds true or false"),
        ("12", "holds a number"),
        ("{}", "no text"),
        ('{"text": " \\n"}', "no text"),
        ('{"text": ["a"]}', "its text is a list"),
        ('{"text": "\\ud800"}', "characters that cannot be stored"),
        ('{"text": "a\\u0000"}', "characters that cannot be stored"),
        ('{"text": "a", "title": "\\udfff"}', "its title holds characters"),
        ('{"text": "a", "id": "a\\u0007b"}', "control characters"),
        ('{"text": "a", "id": "' + "a" * 301 + '"}', "longer than 300"),
        ('{"text": "a", "id": {}}', "its id is an object"),
        ('{"text": "a", "id": "là"}', "an earlier record has the id « là »"),
    ],
)
def test_a_bad_line_is_a_problem_and_the_good_ones_go_on(line: str, reason: str) -> None:
    first, problem, last = lines(f'{{"id": "là", "text": "a"}}\n{line}\n{{"text": "b"}}\n')
    assert (first.source, last.source) == ("là", "t.jsonl#3")
    assert isinstance(problem, Problem)
    assert problem.source == "t.jsonl:2"
    assert reason in problem.reason


def test_a_million_broken_lines_are_no_million_problems() -> None:
    found = lines("{\n" * 1000 + "null\n" + '{"text": "a"}\n')
    problems = [one for one in found if isinstance(one, Problem)]
    assert len(problems) == NAMED_PROBLEMS + 1 + 1
    assert problems[-1] == Problem("t.jsonl", "980 more: broken JSON")
    assert said(found)[-2] == ("t.jsonl#1002", "a")


def test_rows_of_the_wrong_length_are_not_guessed_at() -> None:
    found = said(cells("id,text\n1,Le riz, dit-il, croît.\n2\n3,Un.,,\n"))
    assert found == [
        ("t.csv:2", "4 cells where the header names 2 columns"),
        ("t.csv:3", "the record has no text"),
        ("3", "Un."),
    ]


_QUOTES = "its quotation marks do not fit: one is not closed, or not written twice"


def test_a_quotation_mark_never_closed_costs_one_record() -> None:
    assert said(cells('id,text\n1,"Le riz\n2,Un.\n3,"Deux.\nTrois."\n4,Quatre.')) == [
        ("t.csv:2", _QUOTES),
        ("2", "Un."),
        ("3", "Deux.\nTrois."),
        ("4", "Quatre."),
    ]
    assert said(cells('id,text\n1,"Le riz\n2,Un.\n3,Deux.')) == [
        ("t.csv:2", _QUOTES),
        ("2", "Un."),
        ("3", "Deux."),
    ]


def test_rows_that_end_early_are_read_and_noted_once() -> None:
    assert said(cells("id,text,url\n1,Un.\n2,Deux.,\n3,Trois.\n4\n")) == [
        ("1", "Un."),
        ("2", "Deux."),
        ("3", "Trois."),
        ("t.csv:5", "the record has no text"),
        ("t.csv", "2 rows have fewer cells than the header names columns (lines 2, 4)"),
    ]


def test_a_text_cut_short_at_the_end_of_the_file_gives_no_records_of_its_lines() -> None:
    cut = "Le pont, dit-il, est fini\n\nÀ Huế.\nOn"
    whole = table([["id", "text"], ["1", "Un."], ["2", cut]])
    assert said(cells(whole.rstrip('"\r\n'))) == [
        ("1", "Un."),
        ("t.csv:3", f"{_QUOTES} (lines 3 to 6)"),
    ]


def test_texts_encoded_twice_are_decoded_twice_and_noted_once() -> None:
    records = [
        {"id": "a", "title": "L&eacute;gumes", "text": "L&eacute;gumes &agrave; l'eau"},
        {"id": "b", "title": "L&eacute;gumes", "text": "Légumes"},
        {"id": "c", "text": "Ã©tÃ© prochain"},
        {"id": "d", "text": "&nbsp;&nbsp;"},
    ]
    found = lines("\n".join(map(json.dumps, records)))
    assert said(found) == [
        ("a", "Légumes à l'eau"),
        ("b", "Légumes"),
        ("c", "été prochain"),
        ("t.jsonl:4", "the record has no text"),
        (
            "t.jsonl",
            "2 texts were encoded twice (« Ã© », « &eacute; ») and were decoded twice (lines 1, 3)",
        ),
    ]
    assert [one.title for one in found if isinstance(one, Document)][:2] == [
        "Légumes",
        "L&eacute;gumes",
    ]


def test_a_quotation_mark_within_a_cell_is_not_guessed_at() -> None:
    assert said(cells('id,text\n1,"Le "riz" croît."\n2,Le "riz" croît.\n')) == [
        ("t.csv:2", _QUOTES),
        ("2", 'Le "riz" croît.'),
    ]


def test_quotation_marks_never_closed_do_not_cost_all_the_time_there_is() -> None:
    line = b'z","' + b"w" * 100 + b"\n"
    with pytest.raises(Unreadable, match="never closed; not read from line"):
        cells(b"id,text\n" + line * (LONGEST_LINE // 50))


def test_a_line_too_long_is_skipped_without_being_held() -> None:
    long = b'{"text": "' + b"a" * (3 * LONGEST_LINE) + b'"}\n'
    data = b'{"text": "a"}\n' + long + b'{"text": "b"}\n'
    file = io.BytesIO(data)
    tracemalloc.start()
    found = list(read_json_lines(file, "t.jsonl"))
    assert tracemalloc.get_traced_memory()[1] < 1.5 * LONGEST_LINE
    tracemalloc.stop()
    assert said(found) == [
        ("t.jsonl#1", "a"),
        ("t.jsonl:2", "the line is longer than 10 MB"),
        ("t.jsonl#3", "b"),
    ]
    csv_found = cells(b"text\na\n" + b"b" * (LONGEST_LINE + 1) + b"\nc")
    assert said(csv_found)[1:] == [("t.csv:3", "the line is longer than 10 MB"), ("t.csv#4", "c")]


def test_lines_end_as_they_do_on_any_system() -> None:
    for end in ("\n", "\r\n", "\r"):
        found = said(cells(end.join(["id,text", '1,"a', 'b"', "2,c"])))
        assert found == [("1", f"a{end}b"), ("2", "c")]


@pytest.mark.parametrize("size", [262_143, 262_144, 262_145])
def test_a_line_end_may_lie_across_two_reads(size: int) -> None:
    text = "a" * (size - len("text\r\n"))
    assert said(cells(f"text\r\n{text}\r\nb\r\n")) == [("t.csv#2", text), ("t.csv#3", "b")]


def test_lines_in_windows_1252_are_read_and_counted_beside_others() -> None:
    data = "id,text\n1,Huế\n2,Un.\n".encode() + "3,Été\n".encode("cp1252")
    remark = "1 of 4 lines is not UTF-8 and was read as Windows-1252"
    assert said(cells(data)) == [("1", "Huế"), ("2", "Un."), ("3", "Été"), ("t.csv", remark)]
    assert said(cells("text\nÉté\nDû\n".encode("cp1252"))) == [
        ("t.csv#2", "Été"),
        ("t.csv#3", "Dû"),
    ]


def test_a_line_in_no_encoding_is_a_problem() -> None:
    reason = "the text is neither UTF-8 nor Windows-1252"
    assert said(cells(b"text\na\x81\xe9\nb\n")) == [("t.csv:2", reason), ("t.csv#3", "b")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_cell_may_stand_in_quotation_marks(delimiter: str) -> None:
    whole = f'"id"{delimiter}"text"\r\n"1"{delimiter}"Le ""riz"", dit-il ; il | croît."\r\n'
    assert said(cells(whole)) == [("1", 'Le "riz", dit-il ; il | croît.')]


def test_what_is_above_the_header_for_a_spreadsheet_is_passed_over() -> None:
    assert said(cells("sep=;\nid;text\n1;a\n")) == [("1", "a")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"id,text\n", "no record"),
        (b"nom;prix\n1;2\n", "its columns are « nom », « prix »; one must be named « text »"),
        (b",".join(b"c%d" % n for n in range(30)), "« c7 » and 22 more"),
        (b'"text\na', "header cannot be read"),
        (b"\x89PNG\0\1\n", "binary"),
        ("text\nété\n".encode("utf-16")[:-3], "broken from here on"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        cells(data)


def test_a_row_of_a_million_columns_is_read() -> None:
    header = "text," + ",".join(map(str, range(1_000_000)))
    assert said(cells(f"{header}\nUn.{',' * 1_000_000}\n")) == [("t.csv#2", "Un.")]


def test_lines_without_any_record_are_unreadable() -> None:
    with pytest.raises(Unreadable, match="no record"):
        lines("\n\n")
    with pytest.raises(Unreadable, match="binary"):
        lines(b"\x89PNG\0\1\n")


_CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


def _is_as_meant(text: str) -> bool:
    """Whether it does not look as if it had been encoded twice, which is undone and told."""
    return decoded_again(text)[0] == text


@given(
    st.lists(st.tuples(_CELL, _CELL.filter(str.strip).filter(_is_as_meant)), min_size=1),
    st.sampled_from(",;\t|"),
)
def test_cells_come_back_to_the_letter(rows: list[tuple[str, str]], delimiter: str) -> None:
    found = cells(table([["titre", "texte"], *([a, b] for a, b in rows)], delimiter))
    assert [(one.title, one.text) for one in found if isinstance(one, Document)] == [
        (" ".join(title.split()), text) for title, text in rows
    ]


@given(st.lists(_CELL.filter(str.strip).filter(_is_as_meant), min_size=1), st.booleans())
def test_json_comes_back_to_the_letter(texts: list[str], escaped: bool) -> None:
    data = "".join(json.dumps({"text": text}, ensure_ascii=escaped) + "\n" for text in texts)
    assert said(lines(data)) == [
        (f"t.jsonl#{number}", text) for number, text in enumerate(texts, 1)
    ]


@given(st.binary())
@example(b"text\n\xff\xfe\0")
def test_bytes_of_any_kind_are_a_table_or_unreadable(data: bytes) -> None:
    check(data)
    check(b"text,date\n" + data)


_VALID = [
    table([list(_RICE), list(_RICE.values()), list(_RICE)]).encode(),
    (json.dumps(_RICE) + "\n" + json.dumps(_RICE, ensure_ascii=False)).encode(),
]


@given(st.randoms(use_true_random=False), st.sampled_from(_VALID))
def test_a_damaged_table_is_a_table_or_unreadable(chance: random.Random, data: bytes) -> None:
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        damaged[chance.randrange(len(damaged))] = chance.choice(b'",;\n\r\t|{}[]\\\xe9\0aZ9')
    check(bytes(damaged))


def check(data: bytes) -> None:
    for reader in (read_cells, read_json_lines):
        try:
            for one in reader(io.BytesIO(data), "t.csv"):
                if isinstance(one, Document):
                    f"{one.source}{one.text}{one.title}{one.agency}".encode()
        except Unreadable:
            pass
