"""Which reports correct another, and that an answer out of a corrected one says so."""

import pytest

from rag.corrections import corrections
from rag.records import Document

WRONG = Document(
    "pont.txt", "Le pont de Kep mesure 200 mètres.", title="Un pont neuf à Kep", date="2025-07-13"
)


def correction(
    text: str, title: str = "Rectificatif : pont de Kep", date: str = "2025-07-15"
) -> Document:
    return Document("rectificatif.txt", text, title=title, date=date)


@pytest.mark.parametrize(
    "told",
    [
        correction("Dans notre dépêche du 13 juillet sur un pont, un nombre était faux."),
        correction("Prière de corriger notre dépêche d'hier « Un pont neuf à Kep »."),
        correction("Our report of July 13 gave a wrong figure.", "CORRECTED - Kep bridge"),
        correction("Bản tin ngày 13/7/2025 có một con số sai.", "Đính chính"),
        correction("Dans notre depeche du 13 juillet 2025, un nombre etait faux.", "ERRATUM"),
    ],
)
def test_a_correction_names_what_it_corrects_by_its_title_or_its_day(told: Document) -> None:
    assert corrections(WRONG, [WRONG, told]) == [told]


@pytest.mark.parametrize(
    "other",
    [
        correction("Dans notre dépêche du 13 juillet sur un pont.", title="Le pont de Kep rouvre"),
        correction("Dans notre dépêche du 12 juillet sur un pont, un nombre était faux."),
        correction("Dans notre dépêche de lundi. Le pont a été ouvert le 13 juillet."),
        correction("Dans notre dépêche du 13 juillet sur un pont.", date="2024-07-15"),
        correction("Un nombre était faux."),
    ],
)
def test_what_only_looks_like_its_correction_is_none(other: Document) -> None:
    assert corrections(WRONG, [other]) == []
