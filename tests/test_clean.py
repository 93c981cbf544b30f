"""What each part of a report is taken for, and what is known of the report."""

import pytest

from rag.clean import labelled
from rag.records import SEARCHED, Document

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
        ("boilerplate", "Voir plus"),
        ("teaser", "Un tramway circule à Samrong."),
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


def test_prose_between_two_rules_is_no_front_matter() -> None:
    text = "---\nLe pont est ouvert : on l'a dit.\nIl mesure 412 mètres.\n---\nLa fête a duré."
    assert "header" not in dict(parts(text))


def test_a_front_matter_without_a_date_leaves_it_to_the_line_below() -> None:
    report = known("---\ntitle: Le pont\n---\n3 mai 2023\n\nIl est ouvert. On y danse.")
    assert (report.title, report.date) == ("Le pont", "2023-05-03")


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


def test_a_headline_may_be_wrapped_over_a_few_lines() -> None:
    text = "Un pont de 412 mètres ouvre\nentre Kralanh et Samrong\n\nLa fête a duré la nuit."
    assert [kind for kind, _ in parts(text)] == ["headline", "body"]
    assert known(text).title == "Un pont de 412 mètres ouvre entre Kralanh et Samrong"


@pytest.mark.parametrize("blank", ["\n", "\n\n"])
def test_a_list_of_results_is_no_headline(blank: str) -> None:
    results = [f"Équipe {number} de la province — Équipe voisine {number}" for number in range(40)]
    report = known(f"Tous les scores\n\n{blank.join(results)}\n\nLa fête a duré la nuit.")
    assert len(report.title) < 200
    assert results[-1] in " ".join(text for kind, text in parts(report.text) if kind == "body")


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


def test_a_table_of_long_rows_is_read_in_a_moment_and_is_no_menu() -> None:
    # Not a timed test: a pattern that tried each way to part a row took minutes for this one.
    rows = "\n".join("|  Samrong et sa province  |   le riz nouveau   " * 9 for _ in range(3))
    assert parts(f"Le pont est ouvert.\n\n{rows}\n\nLa fête a duré.")[0][0] == "body"


@pytest.mark.parametrize("before", ["Le pont.", "date", "Le pont est ouvert"])
def test_a_run_of_spaces_is_read_in_a_moment(before: str) -> None:
    # Not a timed test: a pattern that went back over the run took minutes for this one.
    text = before + " " * 200_000 + "b"
    assert labelled(Document("a.txt", text)).text == text


def test_where_a_date_was_found_is_told() -> None:
    told = {
        known("date 2023-05\nLe pont.").date_from,
        known("Hanoï, 5 août 2024 (AIP) — Le pont.").date_from,
        known("Le pont.", "2023-05-pont.txt").date_from,
        labelled(Document("a.html", "Le pont.", date="2023-05-03")).date_from,
        known("Le pont.").date_from,
    }
    assert told == {"header", "dateline", "file name", "metadata", None}


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("date 2024-03\nPhnom Penh, le 12 mars (AIP) – Le pont.", "2024-03-12"),
        ("date 2024-03\nPhnom Penh, 12 mars 2024 (AIP) – Le pont.", "2024-03-12"),
        ("date 2024-04\nPhnom Penh, le 12 mars (AIP) – Le pont.", "2024-04"),
        ("date 2024-03-11\nPhnom Penh, 12 mars 2024 (AIP) – Le pont.", "2024-03-11"),
    ],
)
def test_a_date_is_made_more_exact_by_another_that_agrees(text: str, date: str) -> None:
    assert known(text).date == date


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Publié le 28/01/2024 à 14h05", "2024-01-28"),
        ("Lundi 3 février 2025", "2025-02-03"),
        ("January 28, 2024 | 10:15", "2024-01-28"),
        ("Thứ Hai, 12/02/2024", "2024-02-12"),
        ("Thứ ba, ngày 18 tháng 4 năm 2023", "2023-04-18"),
        ("Par Thanh Huong, le 5 mars 2024", "2024-03-05"),
        ("Cập nhật lúc 15:40 ngày 03/12/2024", "2024-12-03"),
        ("2021-08-03T14:05:00Z", "2021-08-03"),
        ("Date: 3 Aug 2021", "2021-08-03"),
        ("Hanoï, 3 août 2021", "2021-08-03"),
        ("03 août 2021 - 14:05 ICT", "2021-08-03"),
        ("Publié le 10 juin 2022, mis à jour le 12 juin 2022", "2022-06-10"),
    ],
)
def test_a_line_below_the_headline_may_say_when(line: str, date: str) -> None:
    report = known(f"Un pont de plus\n{line}\n\nLe pont est ouvert. Il mesure 412 mètres.")
    assert (report.date, report.date_from) == (date, "header")
    assert [span.kind for span in report.spans] == ["headline", "header", "body"]


@pytest.mark.parametrize("line", ["Posted on 5 March 2024", "Thứ Hai, 21/10/2024, 07:45 (GMT+7)"])
def test_the_line_that_says_when_may_stand_below_the_lead(line: str) -> None:
    report = known(f"Le pont est ouvert.\n\n{line}\n\nIl mesure 412 mètres. On y danse.")
    assert report.date_from == "header"
    assert [span.kind for span in report.spans] == ["body", "header", "body"]


@pytest.mark.parametrize("line", ["27 janvier 1973", "27  janvier  1973", "Lundi 27 janvier 1973"])
def test_an_entry_of_a_chronology_is_no_date_of_publication(line: str) -> None:
    report = known(f"Le pont a son histoire.\n\n{line}\n\nOn signe. La fête dure la nuit.")
    assert report.date is None
    assert [span.kind for span in report.spans] == ["body"]


def test_a_date_at_the_very_end_says_when_the_report_was_published() -> None:
    report = known("Le pont est ouvert.\n\nIl mesure 412 mètres.\n\n5 mars 2024")
    assert (report.date, report.date_from) == ("2024-03-05", "header")


def test_a_number_alone_in_its_line_is_no_year() -> None:
    assert known("Le pont en un nombre\n\n2450\n\nC'est le prix du riz.").date is None


@pytest.mark.parametrize(
    ("dateline", "place", "agency"),
    [
        ("Hanoï (VNA)– ", "Hanoï", "VNA"),
        ("PARIS, 5 août 2024 (AFP) — ", "Paris", "AFP"),
        ("NEW YORK (Nations unies), 4 mai (APS) - ", "New York", "APS"),
        ("HANOI, Feb. 3 (Xinhua) -- ", "Hanoi", "Xinhua"),
        ("Genève (ATS) ", "Genève", "ATS"),
        ("(AFP) - ", None, "AFP"),
        ("Bangkok/AFP - ", "Bangkok", "AFP"),
        ("Prek Takeo (Kandal), 5 août (AIP) - ", "Prek Takeo", "AIP"),
        ("Vientiane, lundi 4 mars 2024 (AIP) - ", "Vientiane", "AIP"),
        ("Dili, le 3 août 2021 – ", "Dili", None),
        ("Hanoi, mardi 3 août 2021 – ", "Hanoi", None),
        ("JAKARTA, INDONESIA, August 3rd, 2021 (AP) - ", "Jakarta", "AP"),
        ("New York (Nations Unies), 3 août 2021 – ", "New York", None),
        ("Buenos Aires/Hanoi, 3 août 2021 (VNA) - ", "Buenos Aires", "VNA"),
        ("Phnom Penh (AFP) 3 août 2021 - ", "Phnom Penh", "AFP"),
        ("Tha\u0301i Nguye\u0302n (VNA) – ", "Tha\u0301i Nguye\u0302n", "VNA"),
    ],
)
def test_a_dateline_names_place_and_agency(dateline: str, place: str, agency: str) -> None:
    report = known(f"{dateline}Le pont est ouvert. Il mesure 412 mètres.")
    assert (report.place, report.agency) == (place, agency)
    assert [span.kind for span in report.spans] == ["dateline", "body"]


@pytest.mark.parametrize(
    "text",
    [
        "Le ministre des transports (il est en poste depuis mai) - nommé hier - a parlé.",
        "Il l'a dit à l'agence (VNA) - un entretien bref.",
        "école (VNA) - un entretien bref.",
        "Hanoï (VNA) « Oui », dit-elle.",
        "Elle gagne.\nElle perd.\nElle part.\nKralanh (AIP) - le club de la ville.",
    ],
)
def test_brackets_and_a_dash_are_no_dateline(text: str) -> None:
    assert [span.kind for span in known(text).spans] == ["body"]


def test_a_caption_and_a_report_may_share_their_line() -> None:
    found = parts("Un ferry au départ. © Reuters SINGAPOUR (Reuters) - Le ferry est parti à midi.")
    assert [kind for kind, _ in found] == ["caption", "dateline", "body"]


def test_each_story_below_the_report_is_a_teaser_with_its_own_title() -> None:
    text = (
        "Kralanh (AIP) - Le pont est ouvert. -AIP\n\nÀ lire aussi\n\n"
        "La foule. Photo : AIP\n\nUn tramway à Samrong\n\nIl circule depuis lundi.\n\n"
        "Le riz se vend mieux\n\nLes prix montent.\n\nTous droits réservés"
    )
    stories = [span for span in known(text).spans if span.kind == "teaser"]
    assert [story.title for story in stories] == ["Un tramway à Samrong", "Le riz se vend mieux"]
    assert text[stories[0].start :].startswith("La foule.")
    assert parts(text)[-1] == ("boilerplate", "Tous droits réservés")


def test_the_stories_may_be_a_list() -> None:
    text = "Le pont est ouvert.\n\nTin liên quan\n• Un tramway\n• Le riz – et le thé\n"
    stories = [span.title for span in known(text).spans if span.kind == "teaser"]
    assert stories == ["Un tramway", "Le riz – et le thé"]


@pytest.mark.parametrize(
    "line", ["Lire aussi : Un tramway", ">> Un tramway", "Xem thêm: Un tramway"]
)
def test_a_story_announced_in_the_middle_does_not_end_the_report(line: str) -> None:
    text = f"Le pont est ouvert.\n\n{line}\n\nIl mesure 412 mètres."
    assert [kind for kind, _ in parts(text)] == ["body", "teaser", "body"]
    assert known(text).spans[1].title == "Un tramway"


def test_a_report_may_go_on_below_the_stories_it_names_on_the_way() -> None:
    text = (
        "Le pont est ouvert.\n\nLire aussi\n\nUn tramway à Samrong\n\nLe riz se vend mieux\n\n"
        "Il mesure 412 mètres.\n\nLa fête a duré la nuit. -AIP"
    )
    assert [kind for kind, _ in parts(text)] == [
        "body", "boilerplate", "teaser", "teaser", "body", "sign-off",
    ]  # fmt: skip
    below = text.replace("Lire aussi", "Voir plus")
    assert [kind for kind, _ in parts(below)] == ["body", "boilerplate", "teaser", "teaser"]


def test_what_happens_in_a_teaser_is_not_told_from_the_date_of_the_report() -> None:
    text = "date 2024-08-10\nLe pont a ouvert hier.\n\nVoir plus\n\nUn tramway a roulé hier.\n"
    report = known(text)
    assert [(m.first, text[m.start : m.end]) for m in report.moments] == [("2024-08-09", "hier")]


@pytest.mark.parametrize(
    "line",
    [
        "Accueil | Politique | Économie | Sport",
        "Trang chủ > Văn hóa > Làng nghề",
        "Partager sur Facebook Twitter WhatsApp",
        "Ce site utilise des cookies pour améliorer votre visite.",
        "Abonnez-vous à notre newsletter",
        "© 2024 Tous droits réservés",
        "3 min de lecture",
        "Mots-clés : pont, Mékong",
        "Publicité",
        "Listen to this article",
        "Mis à jour le 6 mai 2024 à 11h20",
    ],
)
def test_what_the_page_says_around_a_report_is_not_searched(line: str) -> None:
    text = f"date 2024-05-03\nLe pont est ouvert.\n\n{line}\n\nIl mesure 412 mètres."
    assert ("boilerplate", line) in parts(text)
    assert "boilerplate" not in SEARCHED


@pytest.mark.parametrize(
    "line",
    [
        "La publicité a coûté deux millions de dollars à la ville.",
        "Suivez l'argent, conseille la chercheuse à ses étudiants.",
        "Partager le fleuve est un art, disent les pêcheurs.",
        "On en saura plus, voir plus loin dans ce texte, au printemps.",
        "Les photos prises ce jour-là sont perdues.",
        "« Il faut voir plus loin », a-t-il dit.",
        "Le parlement vote une loi sur les cookies.",
        "Les cookies de Mme Lan se vendent au marché.",
        "Đăng ký kết hôn tăng mạnh.",
        "Mise à jour du plan : trois ponts de plus.",
        "Tous droits de douane suspendus, le riz repart.",
        "Copyright : le tribunal tranche.",
        "À la une des journaux, le pont.",
        "Samrong | 12 | 4 | 8",
    ],
)
def test_a_sentence_that_only_looks_like_the_page_is_body(line: str) -> None:
    assert parts(f"Le pont est ouvert.\n\n{line}\n\nIl mesure 412 mètres.") == [
        ("body", f"Le pont est ouvert.\n\n{line}\n\nIl mesure 412 mètres.")
    ]


@pytest.mark.parametrize(
    ("ending", "sign_off"),
    [
        (" -VNA", "-VNA"),
        (" ‑VNA", "‑VNA"),
        (" (AFP)", "(AFP)"),
        ("\n\nabc/de", "abc/de"),
        ("\n\nVNA/CVN", "VNA/CVN"),
        (" KPL", "KPL"),
        (" Source : agences", "Source : agences"),
        ("\n\nNguyen Thi Mai", "Nguyen Thi Mai"),
        (" Enditem", "Enditem"),
        ("\n\nBy Lim Nary", "By Lim Nary"),
        (" -VNA\n\nNguyen Thi Mai", "-VNA\n\nNguyen Thi Mai"),
    ],
)
def test_what_closes_a_report_is_no_part_of_what_it_says(ending: str, sign_off: str) -> None:
    text = f"Le pont est ouvert.\n\nIl mesure 412 mètres.{ending}"
    assert parts(text) == [
        ("body", "Le pont est ouvert.\n\nIl mesure 412 mètres."),
        ("sign-off", sign_off),
    ]


@pytest.mark.parametrize("ending", ["END", "FIN"])
def test_the_word_for_an_end_names_no_agency(ending: str) -> None:
    assert known(f"Le pont est ouvert.\n\nIl mesure 412 mètres. -{ending}").agency is None


def test_an_agency_may_be_named_by_the_sign_off_alone() -> None:
    assert known("Le pont est ouvert.\n\nVNA/CVN").agency == "VNA"


def test_what_a_reader_found_stands_unless_the_text_is_more_exact() -> None:
    page = Document("a.html", "Un pont\n\nLe pont est ouvert.", title="Un pont", date="2024-05")
    report = labelled(page)
    assert (report.title, report.date, report.date_from) == ("Un pont", "2024-05", "metadata")
    assert report.spans[0].kind == "headline"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le pont sur la rivière est ouvert depuis lundi, a annoncé le ministère.", "fr"),
        ("The bridge over the river has been open since Monday, the ministry said.", "en"),
        ("Cây cầu bắc qua sông đã được thông xe từ thứ Hai, Bộ cho biết.", "vi"),
        ("Oui.", None),
    ],
)
def test_the_language_of_a_report_is_known_from_what_it_says(text: str, language: str) -> None:
    assert known(text).language == language


@pytest.mark.parametrize("byline", ["Par Sok Chan", "By SOK CHAN, Staff Writer", "Theo Lan Anh"])
def test_who_wrote_a_report_is_no_part_of_its_title(byline: str) -> None:
    text = f"Le prix du riz\n\n{byline}\n\nPhnom Penh (AKP) - Le riz se vend mieux. On en mange."
    assert known(text).title == "Le prix du riz"
    assert ("header", byline) in parts(text)


def test_a_dateline_with_its_year_dates_the_report() -> None:
    for line in ("Dili, le 3 août 2021 – ", "Dili (AFP) 3 août 2021 - "):
        report = known(f"Le riz\n\n{line}Le riz se vend mieux. On en mange.")
        assert (report.date, report.date_from) == ("2021-08-03", "dateline")


def test_running_heads_and_page_numbers_are_not_searched_and_part_no_page_from_its_words() -> None:
    said = ["Le pont est ouvert.", "Il a coûté cher.", "La fête a duré la nuit."]
    pages = [f"Bulletin du fleuve\n{one}\n{n}/3" for n, one in enumerate(said, 1)]
    found = parts("\f".join(pages))
    assert [text for kind, text in found if kind == "body"] == said
    assert [text for kind, text in found if kind == "boilerplate"] == [
        *("Bulletin du fleuve", "1/3\fBulletin du fleuve", "2/3\fBulletin du fleuve", "3/3")
    ]
