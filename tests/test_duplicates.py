"""Copies have one key, reprints one origin, and what only looks alike stays apart."""

import json
import random
import unicodedata
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.clean import labelled
from rag.duplicates import ENOUGH_WORDS, SHINGLE, Rule, clusters, same_report, signature
from rag.records import Document, Kind, Span

REPRINTS = Path(__file__).parent / "data" / "reprints.jsonl"

LETTERS = "abcdefghijklmnopqrstuvwxyzàâçéèêëîïôùûüœ"
WORDS = st.text(LETTERS, min_size=2, max_size=9)
REPORTS = st.lists(WORDS, min_size=ENOUGH_WORDS, max_size=60)


def report(text: str) -> Document:
    return Document("a.txt", text)


def told(seed: int, length: int = 200) -> list[str]:
    """The words of a report that nobody else has written."""
    drawn = random.Random(seed)
    return [
        "".join(drawn.choices("abcdefgilmnoprstu", k=drawn.randint(2, 8))) for _ in range(length)
    ]


def signed(**texts: list[str]) -> list[tuple[str, bytes]]:
    return [(source, signature(report(" ".join(words)))) for source, words in texts.items()]


def spans(*parts: tuple[Kind, str]) -> Document:
    text, found = "", []
    for kind, part in parts:
        found.append(Span(len(text), len(text) + len(part), kind))
        text += part
    return Document("a.txt", text, spans=tuple(found))


@given(
    REPORTS, st.lists(st.sampled_from([" ", "  ", "\n", "\r\n", "\t", "\n\n", "\xa0"]), min_size=1)
)
def test_white_space_and_line_ends_make_no_other_report(words: list[str], gaps: list[str]) -> None:
    written = "".join(word + gaps[place % len(gaps)] for place, word in enumerate(words))
    assert same_report(report(written)) == same_report(report(" ".join(words)))
    assert signature(report(written)) == signature(report(" ".join(words)))


@given(REPORTS, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_how_accents_are_encoded_makes_no_other_report(words: list[str], form: str) -> None:
    text = " ".join(words)
    written = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    assert same_report(report(written)) == same_report(report(text))
    assert signature(report(written)) == signature(report(text))


@given(REPORTS)
def test_capitals_make_no_other_report(words: list[str]) -> None:
    text = " ".join(words)
    assert same_report(report(text.upper())) == same_report(report(text))


@given(REPORTS, st.data())
def test_another_word_makes_another_report(words: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(words) - 1))
    changed = [*words[:place], words[place] + "z", *words[place + 1 :]]
    assert same_report(report(" ".join(changed))) != same_report(report(" ".join(words)))


def test_a_word_divided_at_the_end_of_a_line_is_still_that_word() -> None:
    whole = "Le gouvernement du Laos se réunira demain à Vientiane avec ses voisins."
    assert same_report(report(whole.replace("gouvernement", "gouverne-\nment"))) == same_report(
        report(whole)
    )


def test_what_an_edition_puts_around_a_report_is_none_of_it() -> None:
    body = " ".join(told(1, 50))
    bare = spans(("body", body))
    around = spans(
        ("header", "date 2024-01\n"),
        ("headline", "Un titre\n"),
        ("dateline", "Hanoï (Agence) - "),
        ("body", body),
        ("sign-off", " -Agence\n"),
        ("teaser", "Voir aussi le sommet.\n"),
        ("boilerplate", "Tous droits réservés"),
    )
    assert same_report(around) == same_report(bare)
    assert signature(around) == signature(bare)


def test_a_caption_is_part_of_the_report() -> None:
    body = " ".join(told(1, 50))
    assert same_report(spans(("caption", "Photo : DR\n"), ("body", body))) != same_report(
        spans(("body", body))
    )


def test_too_few_words_say_too_little() -> None:
    few = " ".join(told(1, ENOUGH_WORDS - 1))
    assert same_report(report(few)) is None
    assert signature(report(few)) == b""
    assert clusters([("a", b""), ("b", b"")]) == {}
    assert same_report(report(f"{few} assez")) is not None


@given(st.lists(WORDS, min_size=SHINGLE + Rule().smallest, max_size=60, unique=True))
def test_a_report_resembles_itself_wholly(words: list[str]) -> None:
    one = signature(report(" ".join(words)))
    assert clusters([("b", one), ("a", one)]) == {"a": "a", "b": "a"}


@given(st.lists(WORDS, min_size=ENOUGH_WORDS, max_size=SHINGLE + Rule().smallest - 2))
def test_a_notice_of_a_sentence_or_two_resembles_not_even_itself(words: list[str]) -> None:
    one = signature(report(" ".join(words)))
    assert clusters([("b", one), ("a", one)]) == {}


def test_a_signature_is_small_however_long_the_report() -> None:
    text = " ".join(f"{word} Nom{word} {place}" for place, word in enumerate(told(1, 3000)))
    assert len(signature(report(text))) == 322


def test_a_report_cut_to_its_first_third_is_a_reprint() -> None:
    found = clusters(signed(long=told(1, 300), short=told(1, 300)[:100], other=told(2, 300)))
    assert found == {"long": "long", "short": "long"}


def test_an_item_of_a_digest_is_no_shortened_reprint() -> None:
    digest = [word for seed in range(10) for word in told(seed, 100)]
    assert clusters(signed(digest=digest, one=told(0, 100), two=told(1, 100))) == {}


def test_a_digest_does_not_make_one_of_the_reports_in_it() -> None:
    found = clusters(signed(digest=told(1) + told(2), one=told(1), two=told(2)))
    assert not {"one", "two"} <= found.keys()


def test_a_series_in_which_each_resembles_the_last_is_not_one_report() -> None:
    words = told(1, 2000)
    series = {f"s{day:02}": words[day * 40 : day * 40 + 200] for day in range(20)}
    found = clusters(signed(**series))
    for one, other in combinations(series, 2):
        if int(other[1:]) - int(one[1:]) >= 8:  # they have no word in common
            assert found.get(one, one) != found.get(other, other)


def bulletin(dollar: int, euro: int, day: int) -> str:
    return (
        f"La Banque nationale du Cambodge a fixé le {day} mars le cours officiel du dollar à "
        f"{dollar} riels, contre {dollar + 7} la veille, tandis que l'euro s'échange à {euro} "
        "riels. Les cours sont donnés à titre indicatif, publiés chaque jour ouvrable sur le "
        "site de la banque, et les bureaux de change agréés affichent leurs propres cours."
    )


def test_bulletins_that_differ_by_their_numbers_are_not_one_report() -> None:
    rates = [(4031, 4412, 4), (4054, 4388, 5), (4090, 4371, 6)]
    found = [(f"b{day}", signature(report(bulletin(*one)))) for one in rates for day in one[2:]]
    assert clusters(found) == {}
    same = signature(report(bulletin(*rates[0]) + " Ils sont sans garantie."))
    assert clusters([*found, ("c", same)]) == {"b4": "b4", "c": "b4"}


def audience(who: str, country: str) -> str:
    return (
        f"Mardi à Vientiane {who} a reçu l'ambassadeur de {country}, venu prendre congé au terme "
        "de sa mission. les deux parties se sont félicitées de l'excellence de leurs relations "
        "et sont convenues de renforcer les échanges de visites à tous les niveaux."
    )


def test_one_formula_for_other_people_is_not_one_report() -> None:
    texts = [audience("Sok Chea", "France"), audience("Anouk Vang", "Suisse")]
    assert clusters((text, signature(report(text))) for text in texts) == {}
    again = f"{texts[0]} il a quitté le pays."
    assert set(clusters((text, signature(report(text))) for text in [*texts, again])) == {
        texts[0],
        again,
    }


def test_a_formula_that_is_half_of_a_sentence_makes_no_reprint() -> None:
    bird = "cet oiseau vit en lisière de forêt humide et dans les savanes ouvertes, et se nourrit "
    texts = [bird + "surtout de graines tombées", bird + "parfois de petits insectes volants"]
    assert clusters((text, signature(report(text))) for text in texts) == {}


FAMILIES = [
    (f"f{seed}-{part}", signature(report(" ".join(told(seed)[part * 15 : 200 - part * 10]))))
    for seed in range(4)
    for part in range(5)
]


@given(st.permutations(FAMILIES))
def test_clusters_do_not_depend_on_the_order_of_reports(found: list[tuple[str, bytes]]) -> None:
    assert clusters(found) == clusters(FAMILIES)


@given(st.lists(st.sampled_from(FAMILIES), unique=True))
def test_an_origin_is_its_own_and_the_first(found: list[tuple[str, bytes]]) -> None:
    origins = clusters(found)
    for source, origin in origins.items():
        assert origins[origin] == origin <= source
        assert source[:2] == origin[:2]
    assert all(list(origins.values()).count(origin) > 1 for origin in origins.values())


def test_who_calls_says_which_report_is_the_origin() -> None:
    one = signature(report(" ".join(told(1))))
    dates = {"a": "2024-02", "b": "2024-01", "c": "2024-03"}
    found = clusters([(source, one) for source in dates], order=dates.__getitem__)
    assert set(found.values()) == {"b"}


def test_no_reports_make_no_clusters() -> None:
    assert clusters([]) == {}


@pytest.mark.skipif(not REPRINTS.exists(), reason="the labelled reprints are not here")
def test_of_labelled_reprints_most_are_found_and_nothing_else() -> None:
    rows = [json.loads(line) for line in REPRINTS.read_text(encoding="utf-8").splitlines()]
    held = {row["id"]: labelled(Document(row["id"], row["text"])) for row in rows}
    found = clusters((source, signature(one)) for source, one in held.items())
    true = {row["id"]: row["origin"] for row in rows}
    wrong = [source for source, origin in found.items() if true[source] != true[origin]]
    reprints = [source for source, origin in true.items() if source != origin]
    kept = [one for one in reprints if found.get(one) == found.get(true[one], "none")]
    assert wrong == []
    assert len(kept) >= 0.85 * len(reprints)
