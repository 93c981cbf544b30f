"""What each part of a report is taken for, and what is known of the report."""

import pytest

from rag.clean import labelled, published
from rag.records import Document

_REPORT = (
    " date 2023-05\n"
    "Un pont pour Kralanh\n\n"
    "Le pont avant l'ouverture. Photo : DR\n"
    "Kralanh (AIP) - Le pont est ouvert.Il mesure 412 mètres.\n"
    "La fête - très belle - a duré la nuit.\n"
    "Le ruban est coupé. -AIP\n"
    "Voir plus\n"
    "Un tramway circule à Samrong.\n"
)


def parts(text: str, source: str = "a.txt") -> list[tuple[str, str]]:
    """Return each part of `text` with its kind."""
    document = labelled(Document(source, text))
    return [(span.kind, text[span.start : span.end].strip()) for span in document.spans]


def known(text: str, source: str = "a.txt") -> Document:
    return labelled(Document(source, text))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_each_part_of_a_report_is_known_by_its_form_and_place(line_end: str) -> None:
    found = parts(_REPORT.replace("\n", line_end))
    assert [(kind, words.replace("\r", "")) for kind, words in found] == [
        ("header", "date 2023-05"),
        ("headline", "Un pont pour Kralanh"),
        ("caption", "Le pont avant l'ouverture. Photo : DR"),
        ("dateline", "Kralanh (AIP) -"),
        (
            "body",
            "Le pont est ouvert.Il mesure 412 mètres.\n"
            "La fête - très belle - a duré la nuit.\nLe ruban est coupé.",
        ),
        ("sign-off", "-AIP"),
        ("teaser", "Voir plus\nUn tramway circule à Samrong."),
    ]


def test_what_is_known_of_a_report_stands_in_its_head() -> None:
    report = known(_REPORT)
    assert report.title == "Un pont pour Kralanh"
    assert (report.date, report.date_precision) == ("2023-05", "month")
    assert (report.place, report.agency) == ("Kralanh", "AIP")


def test_a_header_may_share_its_line_with_the_report() -> None:
    report = known(" date 2023-05 Kralanh (AIP) - Le pont est ouvert.")
    assert (report.date, report.place) == ("2023-05", "Kralanh")
    assert [span.kind for span in report.spans] == ["header", "dateline", "body"]


def test_a_front_matter_gives_title_and_date() -> None:
    report = known('---\r\ntitle: "Le pont"\r\ndate: 2023-05-03\r\n---\r\nIl est ouvert.\r\n')
    assert (report.title, report.date) == ("Le pont", "2023-05-03")
    assert [span.kind for span in report.spans] == ["header", "body"]


@pytest.mark.parametrize(
    ("text", "source", "date"),
    [
        ("date 2023-05-03\nLe pont est ouvert.", "a.txt", "2023-05-03"),
        ("Date : 2023\nLe pont est ouvert.", "a.txt", "2023"),
        ("date 2021\nTitre\n3 mai 2023\nLe pont est ouvert.", "a.txt", "2021"),
        ("Titre\n3 mai 2023\nLe pont est ouvert.", "a.txt", "2023-05-03"),
        ("Titre\nle 1er août 2023\nLe pont est ouvert.", "a.txt", "2023-08-01"),
        ("Hanoï, 5 août 2024 (AIP) — Le pont est ouvert.", "a.txt", "2024-08-05"),
        ("Le pont est ouvert.", "notes/2023-05-03-pont.txt", "2023-05-03"),
        ("Le pont est ouvert.", "2023-05-pont.txt", "2023-05"),
        ("date 2021\nLe pont est ouvert.", "2023-05-pont.txt", "2021"),
    ],
)
def test_the_date_of_a_report_is_as_exact_as_it_says(text: str, source: str, date: str) -> None:
    assert known(text, source).date == date


@pytest.mark.parametrize(
    "text",
    [
        "Le pont est ouvert.",
        "Kralanh (AIP) - Le pont a été ouvert le 3 mai.",
        "Hanoï, 5 août (AIP) - Le pont est ouvert.",
        "Titre\n3 mai\nLe pont est ouvert.",
        "Le pont, prévu pour 2019, est ouvert depuis le 3 mai 2020.",
    ],
)
def test_a_report_that_does_not_state_its_year_has_no_date(text: str) -> None:
    report = known(text, "pont-412.txt")
    assert (report.date, report.date_precision) == (None, "unknown")


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("28 janvier 2024", "2024-01-28"),
        ("Le 1er février 2023", "2023-02-01"),
        ("janvier 2024", "2024-01"),
        ("2024-01-28", "2024-01-28"),
        ("2024-01", "2024-01"),
        ("2024", "2024"),
        ("28 janvier", None),
        ("2024-02-30", None),
        ("2024-13", None),
        ("31 février 2024", None),
        ("", None),
        ("demain", None),
    ],
)
def test_a_written_date_is_cut_to_what_it_says(written: str, date: str | None) -> None:
    assert published(written) == date


@pytest.mark.parametrize(
    "text",
    [
        "Le pont est ouvert",
        "# Le pont est ouvert",
        "Voir plus",
        "La route - longue - mène à Samrong.",
        "Il a dit : « Oui » - Non",
        "Une ligne sans fin de phrase\nqui continue ici",
    ],
)
def test_what_is_recognised_by_nothing_is_body(text: str) -> None:
    assert parts(text) == [("body", text)]


def test_a_caption_is_known_although_it_is_glued_to_its_number() -> None:
    found = parts("Le pont est ouvert.\nLa foule ảnh 1Photo : DR\nLa fête a duré.")
    assert [kind for kind, _ in found] == ["body", "caption", "body"]


def test_a_report_without_a_headline_is_called_by_its_first_words() -> None:
    assert known("Le pont\nest ouvert.").title == "Le pont est ouvert."
    title = known("Le pont est ouvert, " * 20).title
    assert title.startswith("Le pont est ouvert, Le pont")
    assert title.endswith(" …")
    assert len(title) <= 92


@pytest.mark.parametrize("text", ["", " ", "\r\n\t\n"])
def test_a_document_without_a_word_is_labelled_all_the_same(text: str) -> None:
    assert "".join(text[span.start : span.end] for span in known(text).spans) == text


@pytest.mark.parametrize("before", ["Le pont.", "date", "Le pont est ouvert"])
def test_a_run_of_spaces_is_read_in_a_moment(before: str) -> None:
    # Not a timed test: a pattern that went back over the run took minutes for this one.
    text = before + " " * 200_000 + "b"
    assert labelled(Document("a.txt", text)).text == text
