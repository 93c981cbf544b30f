"""What to ask next, from what an answer quotes and from what was found beside it."""

from dataclasses import replace

from rag.records import Answer, Citation, Passage, Quote, ScoredPassage
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
