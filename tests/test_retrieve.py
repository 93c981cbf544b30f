"""Which passages are found, in which order, and which reports the filters let through."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.dates_days import span
from rag.errors import BadFilter, BadRequest
from rag.follow import FollowedWords
from rag.index import sync
from rag.metadata import Entry
from rag.records import Passage, ScoredPassage
from rag.retrieve import Filters, PassageRetriever, by_date, from_langchain, to_langchain
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings


def entry(
    date: str | None, source: str = "a.txt", language: str | None = None, *copies: str
) -> Entry:
    return Entry(
        source=source,
        title="",
        date=date,
        date_from=None,
        place=None,
        agency=None,
        language=language,
        url=None,
        passages=1,
        teasers=(),
        origin=None,
        copies=copies,
    )


def allows(filters: Filters, one: Entry) -> bool:
    return filters.among(by_date([one])) == {one.source}


@pytest.mark.parametrize(
    ("date", "since", "until", "allowed"),
    [
        ("2024-01-28", "2024-01-28", "2024-01-28", True),
        ("2024-01-28", "2024-01-29", None, False),
        ("2024-01-28", None, "2024-01-27", False),
        ("2024-01-28", "2024", "2024", True),
        ("2024-01-28", None, "2024-01", True),
        ("2024-01-28", "2023-12", None, True),
        ("2024-01", "2024-01-15", None, True),
        ("2024-01", None, "2024-01-15", True),
        ("2024-01", "2024-02", None, False),
        ("2024-12", "2024-12-31", None, True),
        ("2024", "2024-07", "2024-08", True),
        ("2024", "2025", None, False),
        ("2024-02", "2024-02-29", None, True),
        ("2023-02", "2023-03-01", None, False),
        (None, "1900", None, False),
        (None, None, None, True),
    ],
)
def test_a_report_is_in_a_period_if_it_may_be(
    date: str | None, since: str | None, until: str | None, allowed: bool
) -> None:
    assert allows(Filters(since=since, until=until), entry(date)) is allowed


DATES = st.one_of(
    st.none(),
    st.dates(date(2022, 12, 1), date(2024, 2, 1)).flatmap(
        lambda day: st.sampled_from([f"{day:%Y}", f"{day:%Y-%m}", f"{day:%Y-%m-%d}"])
    ),
)


@given(DATES, DATES, DATES)
def test_a_period_is_compared_as_days_are(
    told: str | None, since: str | None, until: str | None
) -> None:
    first, last = span(told)
    within = first <= span(until)[1] and last >= span(since)[0]
    if since and until and span(since)[0] > span(until)[1]:
        with pytest.raises(BadFilter, match="is later than"):
            Filters(since=since, until=until)
        return
    asked = Filters(since=since, until=until)
    assert allows(asked, entry(told)) is (not asked or (told is not None and within))


@pytest.mark.parametrize(
    ("glob", "allowed"),
    [("*.txt", True), ("2024/*", True), ("2024/pont.txt", True), ("*.md", False), ("PONT*", False)],
)
def test_a_glob_chooses_reports_by_their_whole_source(glob: str, allowed: bool) -> None:
    assert allows(Filters(source=glob), entry(None, "2024/pont.txt")) is allowed


@pytest.mark.parametrize(
    "date",
    [
        *("hier", "2024-13", "2024-02-30", "28/01/2024", "0000", "-"),
        *("2024-1", "20_4", " 2024", "2024-01-28-01", "2024-01-28T10:00", "٢٠٢٤"),
    ],
)
def test_what_is_no_date_is_a_bad_request_that_shows_how_to_write_one(date: str) -> None:
    for wrong in ({"since": date}, {"until": date}):
        with pytest.raises(BadRequest, match="2024-01-28"):
            Filters(**wrong)


def test_a_glob_chooses_a_report_by_any_place_it_was_found_in() -> None:
    assert allows(Filters(source="b/*"), entry(None, "a/x.txt", None, "b/x.txt"))
    assert not allows(Filters(source="c/*"), entry(None, "a/x.txt", None, "b/x.txt"))


@pytest.mark.parametrize(
    ("language", "allowed"), [("fr", True), ("FR", True), ("en", False), (None, True), ("", True)]
)
def test_a_language_chooses_reports_in_it(language: str | None, allowed: bool) -> None:
    assert allows(Filters(language=language), entry(None, "a.txt", "fr")) is allowed
    assert allows(Filters(language=language), entry(None, "a.csv", "Fr")) is allowed
    assert allows(Filters(language="fr"), entry(None)) is False


@pytest.mark.parametrize("language", ["xx", "klingon", "12"])
def test_what_is_no_language_is_a_bad_request_that_names_some(language: str) -> None:
    with pytest.raises(BadRequest, match=r"Write fr, en, vi .* `sourcier documents`"):
        Filters(language=language)
    assert Filters(language="de")
    assert Filters(language="Français")


@pytest.mark.parametrize("glob", ["[a", "2024/[!a", "a]*["])
def test_a_glob_whose_set_has_no_end_is_a_bad_request(glob: str) -> None:
    with pytest.raises(BadRequest, match=r"is not closed.* `sourcier documents`"):
        Filters(source=glob)
    assert Filters(source="[ab]*[!c][]]")


def test_only_a_kind_that_is_searched_can_be_asked_for() -> None:
    for kind in ("body", "caption", "teaser"):
        assert Filters(kind=kind)
        assert not Filters(kind=kind).of_reports
    for wrong in ("headline", "Body", "?"):
        with pytest.raises(BadRequest, match="Write one of body, caption, teaser"):
            Filters(kind=wrong)


def test_filters_are_true_only_if_they_ask_for_something() -> None:
    assert not Filters()
    assert Filters(since="2024")
    assert Filters(source="*")
    assert Filters(language="fr")


@pytest.fixture
def retriever(store: Store, folder: Callable[..., Path]) -> PassageRetriever:
    archive = folder(
        pont_txt="date 2023-05\nLe pont de Kralanh est ouvert. Il mesure 412 mètres.",
        barrage_txt="Le barrage de Namthan produit 2 450 mégawatts.",
        riz_md="date 2021-09-14\nLes paysans récoltent du riz.\nVoir plus\nUn tramway circule.",
    )
    embeddings = WordEmbeddings()
    sync([archive], store, embeddings)
    return PassageRetriever(store=store, embeddings=embeddings, words=FollowedWords(store))


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("Combien mesure le pont ?", "pont.txt"),
        ("Que produit le barrage ?", "barrage.txt"),
        ("Où circule un tramway ?", "riz.md"),
    ],
)
def test_the_passage_that_speaks_of_it_comes_first(
    retriever: PassageRetriever, question: str, source: str
) -> None:
    ranking = retriever.ranking(question)
    assert ranking[0].passage.source == source, [one.passage for one in ranking]
    assert len(ranking) == 4
    assert [one.score for one in ranking] == sorted((r.score for r in ranking), reverse=True)


@pytest.mark.parametrize(
    ("filters", "sources"),
    [
        (Filters(since="2023"), {"pont.txt"}),
        (Filters(until="2021-10"), {"riz.md"}),
        (Filters(source="*.txt"), {"pont.txt", "barrage.txt"}),
        (Filters(source="*.txt", since="2000"), {"pont.txt"}),
        (Filters(source="*.pdf"), set()),
    ],
)
def test_only_what_the_filters_allow_is_found(
    retriever: PassageRetriever, filters: Filters, sources: set[str]
) -> None:
    ranking = retriever.model_copy(update={"filters": filters}).ranking("Le pont de Kralanh ?")
    assert {one.passage.source for one in ranking} == sources


@pytest.mark.parametrize(
    ("filters", "texts"),
    [
        (Filters(kind="teaser"), {"Un tramway circule."}),
        (Filters(kind="body", source="riz*"), {"Les paysans récoltent du riz."}),
        (Filters(kind="caption"), set()),
        (Filters(kind="teaser", since="2023"), set()),
    ],
)
def test_only_passages_of_the_kind_asked_for_are_found(
    retriever: PassageRetriever, filters: Filters, texts: set[str]
) -> None:
    ranking = retriever.model_copy(update={"filters": filters}).ranking("Du riz, un tramway ?")
    assert {one.passage.text.strip() for one in ranking} == texts
    assert all(one.by_vector and one.by_words for one in ranking)


class Blind(WordEmbeddings):
    """It takes every question for one about rice; a report has the vector of its own words."""

    def embed_query(self, text: str) -> list[float]:  # noqa: ARG002
        return super().embed_query("riz")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return WordEmbeddings().embed_documents(texts)


def test_what_the_vectors_rank_last_is_found_by_its_words(
    store: Store, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.retrieve.POOL", 4)
    many = {f"riz{n}_txt": "Du riz." + " Et un lac." * n for n in range(30)}
    sync([folder(**many, z_txt="Le colonel Dara Vannak.")], store, Blind())
    *_, last_but_one, last = store.nearest(Blind().embed_query(""), 31)
    assert last.passage.source == "z.txt"
    assert last.cosine < last_but_one.cosine - 0.01
    retriever = PassageRetriever(store=store, embeddings=Blind(), words=FollowedWords(store), top=4)
    ranking = retriever.ranking("Qui est Dara Vannak ?")
    (found,) = [one for one in ranking if one.passage.source == "z.txt"]
    assert (found.by_vector, found.by_words) == (None, 1)
    assert found.score == pytest.approx(ranking[0].score)  # all its words weigh as much as meaning


def test_no_more_passages_come_back_than_asked_for(retriever: PassageRetriever) -> None:
    best = retriever.ranking("pont")
    assert retriever.model_copy(update={"top": 2}).ranking("pont") == best[:2]


def test_langchain_gets_documents_with_ids_in_the_same_order(retriever: PassageRetriever) -> None:
    documents = retriever.invoke("Combien mesure le pont ?")
    ranking = retriever.ranking("Combien mesure le pont ?")
    assert [document.id for document in documents] == [one.passage.id for one in ranking]
    assert documents[0].page_content == ranking[0].passage.text
    assert documents[0].metadata["source"] == "pont.txt"
    assert [from_langchain(document) for document in documents] == ranking


def test_a_passage_comes_back_from_langchain_as_it_went() -> None:
    passage = Passage("é/a.txt", 7, " Un\r\ntexte.", "teaser", "Titre", None)
    assert from_langchain(
        to_langchain(ScoredPassage(passage, 0.25, 0.75, 1, None))
    ) == ScoredPassage(passage, 0.25, 0.75, 1, None)
