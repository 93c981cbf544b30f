"""Which reports correct another."""

from dataclasses import replace

import pytest

from rag.corrections import corrections
from rag.records import Document

WRONG = Document(
    "pont.txt", "Le pont de Kep mesure 200 mètres.", title="Un pont neuf à Kep", date="2025-07-13"
)


def correction(
    text: str, title: str = "Rectificatif : pont de Kep", date: str | None = "2025-07-15"
) -> Document:
    return Document("rectificatif.txt", text, title=title, date=date)


@pytest.mark.parametrize(
    "told",
    [
        correction("Dans notre dépêche du 13 juillet sur un pont, un nombre était faux."),
        correction("Prière de corriger notre dépêche d'hier « Un pont neuf à Kep »."),
        correction("À corriger : « Un pont neuf à Kep ».", date=None),
        correction("À corriger : « Un pont neuf à Kep ».", date="2025-07"),
        correction("Our report of July 13 on the pont of Kep was wrong.", "CORRECTED - Kep"),
        correction("Bản tin ngày 13/7/2025 « pont Kep » có một con số sai.", "Đính chính"),
        correction("Dans notre depeche du 13 juillet 2025, un nombre etait faux.", "Pont : RECTIF"),
    ],
)
def test_a_correction_names_what_it_corrects_by_its_title_or_its_day(told: Document) -> None:
    told = replace(told, text=f"{told.text} Le pont de Kep mesure 300 mètres.")
    assert corrections(WRONG, [WRONG, told]) == [told]


@pytest.mark.parametrize(
    "other",
    [
        correction("Dans notre dépêche du 13 juillet sur un pont.", title="Le pont de Kep rouvre"),
        correction("Dans notre dépêche du 12 juillet sur un pont, un nombre était faux."),
        correction("Dans notre dépêche de lundi, lire que le pont a ouvert le 13 juillet."),
        correction("Dans notre dépêche du 13 juillet sur un pont.", date="2024-07-15"),
        correction("Dans notre dépêche du 13 juillet sur le riz.", title="Rectificatif : riz"),
        correction("« Aucun pont neuf à Kep », écrivions-nous."),
        correction("Le ministère de l'Information a corrigé le 13 juillet le pont de Kep."),
        correction("Notre dépêche du 13 juillet.", title="Mise au point d'un pont à Kep"),
        correction("Notre dépêche du 13 juillet.", title="Rectification du budget : pont de Kep"),
        correction("Un nombre était faux."),
    ],
)
def test_what_only_looks_like_its_correction_is_none(other: Document) -> None:
    assert corrections(WRONG, [other]) == []


def test_a_correction_is_not_corrected_by_one_of_its_title() -> None:
    one = correction("Dans notre dépêche du 15 juillet sur le pont de Kep, lire 300.")
    assert corrections(one, [one, replace(one, source="b.txt")]) == []
