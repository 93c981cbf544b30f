"""The language of a report is told, also where it is but a title; or nothing is said."""

import unicodedata
from pathlib import Path

import pytest

from rag.clean import labelled
from rag.languages import code_of, language_of_report
from rag.records import Document

REPORTS = Path(__file__).parent / "data" / "reports"

FRENCH = """
Le pont suspendu rouvre après six mois de travaux
Hun Manet en visite officielle à Paris
ASEAN : ouverture du sommet de Jakarta
Nguyen Van Nam nommé ambassadeur au Laos
Bui Thanh Son reçoit son homologue cambodgien
""".strip().split("\n")

ENGLISH = """
Two ministers meet in Luang Prabang
Cambodia and Laos sign water agreement
ASEAN summit opens in Jakarta
Tonle Sap fishermen ask for help
Nguyen Van Nam appointed ambassador to Laos
""".strip().split("\n")

VIETNAMESE = """
Việt Nam: vụ lúa đạt kỷ lục mới
Hai bộ trưởng gặp nhau tại Luang Prabang
Triển lãm lụa khai mạc tại Viêng Chăn
Ngư dân Biển Hồ kêu gọi giúp đỡ
Tokyo và Hà Nội tăng cường hợp tác hàng hải
Trời mưa suốt đêm ở thủ đô
Nguyễn Văn Nam được bổ nhiệm làm đại sứ tại Lào
Học sinh học bơi từ sáu tuổi
Trần Thị Mai, tiếng nói của đồng lúa
""".strip().split("\n")


@pytest.mark.parametrize(
    ("title", "language"),
    [
        *((title, "fr") for title in FRENCH),
        *((title, "en") for title in ENGLISH),
        *((title, "vi") for title in VIETNAMESE),
    ],
)
def test_the_language_of_a_title_is_told(title: str, language: str) -> None:
    assert language_of_report(title) == language


@pytest.mark.parametrize("title", VIETNAMESE)
def test_vietnamese_without_its_marks_is_vietnamese_or_unknown(title: str) -> None:
    decomposed = unicodedata.normalize("NFD", title.replace("đ", "d").replace("Đ", "D"))
    typed = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    assert language_of_report(typed) in {"vi", None}


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Der Sicherheitsrat tritt am Montag zusammen", "de"),
        ("La cosecha de arroz bate un récord en Vietnam", "es"),
        ("Termina a greve dos barcos", "pt"),
        ("Kamboja dan Laos menandatangani perjanjian air", "id"),
        ("ស្ពានព្យួរបើកឡើងវិញបន្ទាប់ពីជួសជុលប្រាំមួយខែ", "km"),
        ("ຂົວແຂວນເປີດຄືນຫຼັງຈາກສ້ອມແປງຫົກເດືອນ", "lo"),
    ],
)
def test_a_title_that_is_clearly_of_another_language_is_taken_for_none_of_ours(
    title: str, language: str
) -> None:
    assert language_of_report(title) == language


@pytest.mark.parametrize("text", ["", "Hà Nội", "12 345", "ABCDEFGH IJKLMNOP QRSTUVW XYZ"])
def test_nothing_is_said_of_a_text_too_short_or_of_none(text: str) -> None:
    assert language_of_report(text) is None


def test_each_report_keeps_its_language_when_only_its_first_words_are_known() -> None:
    for path in sorted(REPORTS.glob("*.txt")):
        report = labelled(Document(path.name, path.read_text(encoding="utf-8")))
        body = next(report.text[s.start : s.end] for s in report.spans if s.kind == "body")
        assert language_of_report(" ".join(body.split()[:12])) == report.language, path.name


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Tô Lâm a reçu Bùi Thanh Sơn, Nguyễn Hồng Diên et Đặng Hoàng Giang au siège.", "fr"),
        ("Prime Minister Phạm Minh Chính met Bùi Thanh Sơn and Nguyễn Hồng Diên on Monday.", "en"),
        ("Thủ tướng Phạm Minh Chính đã tiếp Bộ trưởng Bùi Thanh Sơn hôm thứ Hai.", "vi"),
    ],
)
def test_names_do_not_tell_the_language_of_a_report(text: str, language: str) -> None:
    assert language_of_report(text) == language
    assert language_of_report(unicodedata.normalize("NFD", text)) == language


@pytest.mark.parametrize("named", ["fr-FR", "Français", "french", "FRE", " fr "])
def test_a_language_may_be_named_in_many_ways(named: str) -> None:
    assert code_of(named) == "fr"
    assert labelled(Document("a.txt", "Le pont est ouvert.", language=named)).language == "fr"
