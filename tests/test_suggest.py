"""What to ask next, from what an answer quotes and from what was found beside it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.records import Answer, Citation, Passage, Quote, ScoredPassage
from rag.sought import sought
from rag.suggest import suggested

TEXT = "Le ministre Dara Vannak a coupé le ruban avec Dara Vannak et Sok Chenda."


def passage(source: str, title: str) -> Passage:
    return Passage(source, 0, TEXT, title=title, language="fr")


def answer(question: str, *found: Passage, reprints: dict[str, list[str]] | None = None) -> Answer:
    cited = passage("pont.txt", "Un pont")
    return Answer(
        question,
        "fr",
        citations=(Citation(1, cited, Quote("pont.txt", 0, TEXT)),),
        passages=tuple(ScoredPassage(one, 0.5, 0.5) for one in (cited, *found)),
        reprints=reprints or {},
    )


def test_who_is_named_and_was_not_asked_about_is_suggested_once() -> None:
    asked = suggested(answer("Que fait Sok Chenda ?"))
    assert asked == ["Qui est Dara Vannak ?"]


def test_other_reports_are_suggested_by_their_title_one_of_each_origin() -> None:
    others = [passage(f"{name}.txt", name) for name in ("Riz", "Riz encore", "Coupé …", "")]
    reprints = {name: ["Riz.txt", "Riz encore.txt"] for name in ("Riz.txt", "Riz encore.txt")}
    asked = suggested(answer("Dara Vannak, Sok Chenda ?", *others, reprints=reprints))
    assert asked == ["Que dit la dépêche « Riz » ?"]


def test_no_title_that_was_cited_or_only_announced_is_suggested() -> None:
    teaser = replace(passage("annonce.txt", "Ailleurs"), kind="teaser")
    asked = suggested(answer("Dara Vannak, Sok Chenda ?", passage("b.txt", "Un pont"), teaser))
    assert asked == []


def of_quote(text: str, *titles: str, language: str = "fr") -> list[str]:
    """Return what is suggested after an answer that quotes `text`, beside reports so titled."""
    cited = Passage("pont.txt", 0, text, title="Un pont", language=language)
    others = tuple(passage(f"{place}.txt", title) for place, title in enumerate(titles))
    found = Answer(
        "?",
        language,
        citations=(Citation(1, cited, Quote("pont.txt", 0, text)),),
        passages=tuple(ScoredPassage(one, 0.5, 0.5) for one in others),
    )
    return suggested(found)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Le ministre indonésien des Affaires étrangères, Retno Marsudi, parle.", "Retno Marsudi"),
        ("Le Premier ministre japonais Fumio Kishida est là.", "Fumio Kishida"),
        ("Elle a vu Soeung Rathchavy, vice-ministre du pays.", "Soeung Rathchavy"),
        ("Il y avait Mme Soeung Rathchavy.", "Soeung Rathchavy"),
        ("Il y avait M.\u00a0Prak Sokhonn.", "Prak Sokhonn"),
        ("Le général Phan Van Giang prend la Défense.", "Phan Van Giang"),
        ("Le ministre Hau A Lenh parle.", "Hau A Lenh"),
    ],
)
def test_who_has_a_role_or_a_title_beside_the_name_is_suggested(text: str, named: str) -> None:
    assert of_quote(text) == [f"Qui est {named} ?"]


def test_roles_are_known_in_english_and_vietnamese() -> None:
    english = "On Monday Prime Minister Hun Manet met Sok Chenda there."
    assert of_quote(english, language="en") == ["Who is Hun Manet?"]
    vietnamese = "Hôm qua, Thủ tướng Phạm Minh Chính đã đến."
    assert of_quote(vietnamese, language="vi") == ["Phạm Minh Chính là ai?"]


@pytest.mark.parametrize(
    "text",
    [
        "Hanoï absorbe la province de Cao Bằng et rejoint Siem Reap.",
        "Le ministre s'est rendu à Cao Bằng, puis à Siem Reap.",
        "Le ministre a visité Cao Bằng.",
        "Le secrétaire d'État Antony Blinken est venu.",
        "Le vice-ministre de la Santé Do Xuan Tuyen est venu.",
        "Le Premier ministre du Commerce Trần Tuấn Anh a signé.",
        "On a nommé le Singapourien Lawrence Wong, Premier ministre.",
        "On voit Le Minh Khai, vice-Premier ministre.",
        "Recevant Hun Manet, Premier ministre, il a dit oui.",
        "Le thème du président, « We Prepare, We Prosper ».",
    ],
)
def test_no_place_and_no_piece_of_a_name_is_taken_for_a_person(text: str) -> None:
    assert of_quote(text) == []


@pytest.mark.parametrize(
    "title", ["2045", "L'ASEAN en 2045", "Réunion lundi à Hanoï", "44 – 45", "L'"]
)
def test_no_title_that_would_be_read_as_a_time_or_is_no_words_is_suggested(title: str) -> None:
    assert of_quote("Rien.", title) == []


_PIECES = st.sampled_from(
    (
        *("Le ministre", "le général", "M.", "Mme", "président", "L’", "L'", "d'", "à", "de", "en"),
        *("ASEAN", "Vision", "Cao Bằng", "Hanoï", "Dara Vannak", "A", "X", "Le", "S.", "III"),
        *("2045", "44", "3", ",", ".", "«", "»", ":", "lundi", "est venu", "sommet"),
    )
)


@given(st.lists(_PIECES, max_size=12), st.lists(_PIECES, max_size=8))
def test_nothing_suggested_is_read_as_a_letter_or_a_number(
    quote: list[str], title: list[str]
) -> None:
    for question in of_quote(" ".join(quote), " ".join(title), "".join(title)):
        shown = [one.shown for one in sought(question, "fr")]
        assert not [one for one in shown if len(one) < 2 or not re.search(r"[^\W\d_]", one)]
        assert re.search(r"[^\W\d_]{2}", question.removeprefix("Qui est"))


def test_of_the_whole_archive_no_place_is_suggested_as_a_person() -> None:
    places = {"Kuala Lumpur", "Luang Prabang", "Siem Reap", "New York", "Cao Bang", "Tay Ninh"}
    asked = [one for text in archive_texts() for one in of_quote(text)]
    assert len(set(asked)) > 30
    assert not {f"Qui est {place} ?" for place in places} & set(asked)


def archive_texts() -> list[str]:
    folder = Path(__file__).parents[1] / "corpus"
    return [
        part
        for file in sorted(folder.glob("*.txt"))
        for part in file.read_text(encoding="utf-8").split("\n\n")
    ]
