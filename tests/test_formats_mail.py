"""E-mails: what becomes title, date, agency and text, and what is attached."""

import io
import random
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.formats.found import Found, Member, Unreadable
from rag.formats.mail import read_mail
from rag.records import Document, Problem

_TEXT = "La récolte de riz « dépasse » les prévisions à Cần Thơ.\n"


def found(data: bytes) -> list[Found]:
    """Return what is in a mail, with each attachment read."""
    return [
        Member(one.name, io.BytesIO(one.file.read())) if isinstance(one, Member) else one
        for one in read_mail(io.BytesIO(data), "m.eml")
    ]


def report(data: bytes) -> Document:
    (document,) = (one for one in found(data) if isinstance(one, Document))
    return document


def attached(data: bytes) -> dict[str, bytes]:
    members = (one for one in read_mail(io.BytesIO(data), "m.eml") if isinstance(one, Member))
    return {member.name: member.file.read() for member in members}


def message(text: str = _TEXT) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Agence Rivière <depeches@riviere.example>"
    mail["Subject"] = "Riz : une récolte « record »"
    mail["Date"] = "Sun, 28 Jan 2024 01:30:00 +0700"
    if text:
        mail.set_content(text)
    return mail


def test_a_mail_is_a_report_with_its_subject_sender_and_day(tmp_path: Path) -> None:
    (tmp_path / "m.eml").write_bytes(message().as_bytes())
    with (tmp_path / "m.eml").open("rb") as file:
        assert list(read_mail(file, "m.eml")) == [
            Document(
                "m.eml",
                _TEXT,
                title="Riz : une récolte « record »",
                date="2024-01-28",
                date_from="metadata",
                agency="Agence Rivière",
            )
        ]


@pytest.mark.parametrize(
    ("written", "agency"),
    [
        ("a@b.example", None),
        ("<a@b.example>", None),
        ('"a@b.example" <a@b.example>', None),
        ('"Fil, du Fleuve" <a@b.example>', "Fil, du Fleuve"),
        ("=?utf-8?q?D=C3=A9p=C3=AAches?= <a@b.example>", "Dépêches"),
        ("=?iso-8859-1?q?D=E9p=EAches?= <a@b.example>", "Dépêches"),
    ],
)
def test_an_address_names_no_agency(written: str, agency: str | None) -> None:
    assert report(f"From: {written}\n\nUn texte.".encode()).agency == agency


def test_the_text_is_preferred_to_the_page_that_says_the_same() -> None:
    mail = message()
    mail.add_alternative("<p>La même chose.</p>", subtype="html")
    assert [type(one) for one in found(mail.as_bytes())] == [Document]
    assert report(mail.as_bytes()).text == _TEXT


def test_a_page_alone_is_read_as_a_page_in_the_encoding_of_the_mail() -> None:
    mail = message("")
    words = "<p>" + " ".join(["La récolte dépasse les prévisions de la province."] * 8) + "</p>"
    mail.set_content(f"<html><body>{words}</body></html>", subtype="html", charset="iso-8859-1")
    document = report(mail.as_bytes())
    assert "La récolte dépasse" in document.text
    assert (document.title, document.date) == ("Riz : une récolte « record »", "2024-01-28")


def test_attachments_are_files_within_the_file() -> None:
    mail = message()
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="a/../b.pdf")
    mail.add_attachment(b"encore", maintype="application", subtype="pdf", filename="b.pdf")
    mail.add_attachment("Des notes.\n", filename="notes é.txt")
    assert attached(mail.as_bytes()) == {
        "b.pdf": b"%PDF-1.7",
        "2-b.pdf": b"encore",
        "notes é.txt": b"Des notes.\n",
    }


def test_a_forwarded_message_is_a_mail_within_the_mail() -> None:
    outer = message("Pour information.\n")
    outer.add_attachment(message())
    (name, inner), *none = attached(outer.as_bytes()).items()
    assert (name, none) == ("message-1.eml", [])
    assert report(inner).text == _TEXT
    assert report(inner).title == "Riz : une récolte « record »"


def test_a_mail_of_attachments_alone_is_no_failure() -> None:
    mail = message("\n")
    mail.add_attachment(b"a,b", maintype="text", subtype="csv", filename="t.csv")
    member, remark = found(mail.as_bytes())
    assert isinstance(member, Member)
    reason = "the e-mail has no text of its own, its attachments are read"
    assert remark == Problem("m.eml", reason, grade="skipped")


def test_further_texts_of_a_mail_are_kept_as_files() -> None:
    mail = message()
    mail.make_mixed()
    mail.attach(message("La suite.\n"))
    assert list(attached(mail.as_bytes()).values()) == [b"La suite.\n"]


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"Content-Type: text/plain; charset=iso-8859-1", "é".encode("latin-1")),
        (b"Content-Type: text/plain; charset=utf-8", "é".encode("cp1252")),
        (b"Content-Type: text/plain; charset=us-ascii", "é".encode()),
        (b"Content-Type: text/plain; charset=unknown-8bit", "é".encode()),
        (b"Content-Type: ;;;", "é".encode()),
        (b"X-Other: none", "é".encode("cp1252")),
    ],
)
def test_the_letters_are_right_whatever_the_mail_says_of_them(head: bytes, text: bytes) -> None:
    data = b"Subject: s\n" + head + b"\nContent-Transfer-Encoding: 8bit\n\nAvec un " + text
    assert report(data).text.endswith("é")


def test_a_subject_of_unencoded_letters_is_read_like_a_text() -> None:
    assert report("Subject: Été à Huế\n\nx".encode()).title == "Été à Huế"
    assert report("Subject: Été à Vinh\n\nx".encode("cp1252")).title == "Été à Vinh"


def test_a_date_that_is_none_is_noted() -> None:
    document, note = found(b"Subject: s\nDate: avant-hier\n\nUn texte.")
    assert isinstance(document, Document)
    assert (document.date, document.date_from) == (None, None)
    assert isinstance(note, Problem)
    assert note.grade == "noted"
    assert "avant-hier" in note.reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"Une ligne, puis rien.\n", "no e-mail"),
        (b"X-Lang: fr\n\nUn texte.", "no e-mail"),
        (b"Subject: s\n\n", "no text"),
        (b"Subject: s\n\n\0\0", "binary"),
        (b"Subject: s\nContent-Type: text/plain; charset=klingon\n\nx", "unknown .*klingon"),
        (b"Subject: s\nContent-Type: text/plain; charset=hex\n\nx", "unknown .*hex"),
        (b"Subject: s\nContent-Type: text/plain; charset=unicode_escape\n\nx", "unknown"),
    ],
)
def test_what_is_no_mail_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        found(data)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [(b'"utf-8"', b'"klingon"', "klingon"), (b"La", b"\0", "binary")],
)
def test_a_text_that_cannot_be_read_costs_no_attachment(
    before: bytes, after: bytes, reason: str
) -> None:
    mail = message("La fin.\n")
    mail.add_attachment(b"a", maintype="application", subtype="pdf", filename="a.pdf")
    reader = read_mail(io.BytesIO(mail.as_bytes().replace(before, after, 1)), "m.eml")
    assert isinstance(next(reader), Member)
    with pytest.raises(Unreadable, match=reason):
        next(reader)


def test_an_error_of_our_own_costs_no_attachment(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = message()
    mail.add_attachment(b"a", maintype="application", subtype="pdf", filename="a.pdf")
    monkeypatch.setattr("rag.formats.mail.text_only", {}.__getitem__)
    reader = read_mail(io.BytesIO(mail.as_bytes()), "m.eml")
    assert isinstance(next(reader), Member)
    with pytest.raises(KeyError):
        next(reader)


def test_parts_without_a_name_that_are_no_text_are_attached_under_one() -> None:
    mail = message()
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf")
    mail.add_attachment("id,text\n", subtype="csv", disposition="inline")
    data = mail.as_bytes().replace(b"Content-Disposition: attachment\n", b"")
    assert attached(data) == {"part-1.pdf": b"%PDF-1.7", "part-2.csv": b"id,text\n"}
    assert report(data).text == _TEXT


def test_a_picture_alone_is_told_of() -> None:
    picture, remark = found(b"Subject: s\nContent-Type: image/png\n\nx")
    assert isinstance(picture, Member)
    assert (picture.name, picture.file.read()) == ("part-1.png", b"x")
    assert isinstance(remark, Problem)
    assert remark.grade == "skipped"


def test_parts_that_cannot_be_told_apart_are_told_of() -> None:
    problem, _ = found(b"Subject: s\nContent-Type: multipart/mixed\n\nx")
    assert problem == Problem(
        "m.eml/part-1", "the e-mail is malformed: its parts cannot be told apart"
    )


def test_a_further_form_of_the_same_words_is_left_out() -> None:
    mail = message()
    mail.add_alternative("<p>La même chose.</p>", subtype="html")
    mail.add_alternative("BEGIN:VCALENDAR\n", subtype="calendar")
    assert [type(one) for one in found(mail.as_bytes())] == [Document]


def test_a_mail_without_a_subject_has_no_title() -> None:
    assert report(b"From: a@b.example\n\nUn texte.").title == ""


@pytest.mark.parametrize("charset", ["iso-8859-1", "latin1", "us-ascii", "ascii"])
def test_latin_letters_come_with_the_quotation_marks_of_windows(charset: str) -> None:
    head = f"Subject: s\nContent-Type: text/plain; charset={charset}\n".encode()
    eight_bits = head + b"Content-Transfer-Encoding: 8bit\n\n"
    assert report(eight_bits + b"L\x92\xe9t\xe9 \x93dit\x94 \x80").text == "L’été “dit” €"
    assert report(eight_bits + b"L\x92\xe9t\xe9\x81").text == "L’été\x81"


def test_messages_forwarded_a_thousand_times_end_somewhere() -> None:
    head = b"Subject: s\nContent-Type: message/rfc822\n\n"
    with pytest.raises(Unreadable, match="malformed"):
        found(head * 3000 + b"Subject: s\n\nx")


def test_a_header_of_a_million_letters_costs_no_time() -> None:
    head = b"From: " + b"a," * 500_000 + b"\nSubject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\nx"
    assert report(head).title == ""


_VALID = [message().as_bytes(), message().as_bytes().replace(b"utf-8", b"latin-1")]


@given(st.binary())
@example(b"Subject: s\nFrom: [\n\nx")
@example(b"Subject: =?utf-8?b?7aCA?=\n\nx")
@example(b"Subject: s\nContent-Type: text/plain; charset=utf-7\n\n+2AA-")
@example(b"Subject: s\nContent-Type: text/plain; charset*=x''%00\n\nx")
def test_bytes_of_any_kind_are_a_mail_or_unreadable(data: bytes) -> None:
    check(data)


@given(st.randoms(use_true_random=False), st.sampled_from(_VALID))
def test_a_damaged_mail_is_a_mail_or_unreadable(chance: random.Random, data: bytes) -> None:
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    check(bytes(damaged))


def check(data: bytes) -> None:
    try:
        for one in found(data):
            if isinstance(one, Document):
                f"{one.text}{one.title}{one.agency}".encode()
                assert "\0" not in one.text
    except Unreadable:
        pass
