"""E-mails: the text as a report, what is attached as files within the file."""

import codecs
import contextlib
import io
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from rag.formats.found import Found, Member, Unreadable
from rag.formats.text import decoded, text_only
from rag.records import Document, Problem

# The email package takes quadratic time for a header.
LONGEST_HEADER = 10_000

_MALFORMED = (
    MessageError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,  # RecursionError among them
    StopIteration,
)
"""What the email package raises, its own bugs included, for a message that is not as it should."""

_NO_CHARSETS = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"}
_SAY_NOTHING = {"", "unknown", "unknown-8bit", "x-unknown", "default"}
_NOT_STORED = re.compile(r"[\0\ud800-\udfff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# As browsers do: who says Latin-1 has Windows' quotation marks in the text.
_WINDOWS_1252 = {
    byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)
}


class _NoText(Unreadable):
    """Not to be wondered at where something is attached."""


@dataclass(slots=True)
class _Parts:
    """The leaves of a message, by what becomes of them."""

    plain: EmailMessage | None = None
    html: EmailMessage | None = None
    attached: list[tuple[str, EmailMessage]] = field(default_factory=list)


def read_mail(file: BinaryIO, source: str) -> Iterator[Found]:
    """Yield the attachments and the messages forwarded in it, then the message as a report.

    Its title is the subject, its date that of the sender's day, its agency the sender's name; an
    address alone names nobody and stays out.

    :raises Unreadable: no message, or one with neither text nor attachment; after the attachments,
        one whose text cannot be read.
    """
    message = _message(file)
    parts = _Parts()
    _sort(message, parts)
    # First, so that nothing in the text can cost them.
    yield from _members(parts, source)
    try:
        yield from _report(message, parts, source)
    except _NoText as nothing:
        if not parts.attached:
            raise
        yield Problem(source, f"{nothing}, its attachments are read", grade="skipped")


def _message(file: BinaryIO) -> EmailMessage:
    data = file.read()
    if not data.strip():
        raise Unreadable("the file is empty")
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
    except _MALFORMED:
        raise Unreadable("the e-mail is malformed: its parts cannot be told apart") from None
    names = {name.lower() for name, _ in message.raw_items()}
    if not names & {"from", "subject", "date", "received", "message-id"}:
        raise Unreadable("the file is no e-mail: it has neither From, Subject nor Date")
    assert isinstance(message, EmailMessage)
    return message


# The report


def _report(message: EmailMessage, parts: _Parts, source: str) -> Iterator[Found]:
    written = _header(message, "date")
    date = _day(written)
    known = {
        "title": _header(message, "subject"),
        "date": date,
        "date_from": "metadata" if date else None,
        "agency": _sender(message),
    }
    for found in _body(parts, source):
        if isinstance(found, Document):
            said = {name: value for name, value in known.items() if value}
            yield replace(found, **said)  # type: ignore[arg-type]
        else:
            yield found
    if written and not date:
        yield Problem(source, f"its date could not be read: « {written[:60]} »", grade="noted")


def _body(parts: _Parts, source: str) -> Iterator[Found]:
    """Yield the text as it was written, or else what its web page says."""
    if parts.plain and (text := _text(parts.plain)).strip():
        yield Document(source=source, text=text_only(text))
        return
    if not parts.html:
        raise _NoText("the e-mail has no text of its own")
    from rag.formats.web import read_web

    # The mark makes the encoding plain, whatever the page says of itself.
    page = codecs.BOM_UTF8 + _text(parts.html).encode()
    yield from read_web(io.BytesIO(page), source)


def _text(part: EmailMessage) -> str:
    """Return the text of a part in the encoding it names, or else in the one it is in.

    Encodings such as UTF-7 can say what is no letter and cannot be stored.
    """
    data = _payload(part)
    if not data.strip():
        return ""
    try:
        charset = (part.get_content_charset() or "").lower()
    except _MALFORMED:
        charset = ""
    if charset in _SAY_NOTHING:
        return decoded(data)
    try:
        name = codecs.lookup(charset).name
        if name == "ascii":  # more often than not it is UTF-8
            with contextlib.suppress(Unreadable):
                return decoded(data)
        if name in ("ascii", "iso8859-1"):
            return data.decode("latin-1").translate(_WINDOWS_1252)
        if name not in _NO_CHARSETS:
            return _SURROGATE.sub("\ufffd", data.decode(name))
    except UnicodeError:
        return decoded(data)
    except (LookupError, ValueError):
        pass
    raise Unreadable(f"its text is in an unknown encoding: « {_shown(charset)} »")


def _payload(part: EmailMessage) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except _MALFORMED:
        raise Unreadable("the e-mail is malformed: a part cannot be decoded") from None
    return data if isinstance(data, bytes) else b""


def _header(message: EmailMessage, name: str) -> str:
    """Return a header in one line of letters that can be stored, empty if there is none."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name), "")
    written = str(raw)
    if not 0 < len(written) <= LONGEST_HEADER:
        return ""
    try:
        if re.search("[\udc80-\udcff]", written):
            # Letters that were not encoded as the standard asks; UTF-8 more often than not.
            written = decoded(written.encode("ascii", "surrogateescape"))
        else:
            written = str(message[name])
    except _MALFORMED:
        pass
    return _shown(" ".join(written.split()))


def _shown(text: str) -> str:
    return _NOT_STORED.sub("\ufffd", text)[:1000]


def _sender(message: EmailMessage) -> str | None:
    written = _header(message, "from")
    named = re.match(r'\s*"?([^"<>]*[^"<>\s])"?\s*<', written)
    name = named[1].strip(" '") if named else ""
    return name if name and "@" not in name else None


def _day(written: str) -> str | None:
    """Return the day it was where the message was sent."""
    try:
        return parsedate_to_datetime(written).date().isoformat() if written else None
    except _MALFORMED:
        return None


# Attachments


def _sort(message: Message, parts: _Parts) -> None:
    """Tell the text of a message from what is attached to it, part by part, from the outside in."""
    waiting: list[tuple[Message, bool]] = [(message, False)]
    while waiting:
        part, in_alternative = waiting.pop()
        kind = _kind(part)
        if kind.startswith("multipart/") and part.is_multipart():
            inner = in_alternative or kind == "multipart/alternative"
            waiting.extend((child, inner) for child in reversed(_children(part)))
        elif isinstance(part, EmailMessage):
            _sort_leaf(part, kind, parts, in_alternative=in_alternative)


def _kind(part: Message) -> str:
    try:
        return part.get_content_type()
    except _MALFORMED:
        return "application/octet-stream"


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if payload else []


def _sort_leaf(part: EmailMessage, kind: str, parts: _Parts, *, in_alternative: bool) -> None:
    name = _file_name(part)
    is_text = kind in ("text/plain", "text/html") and not name and not _is_attachment(part)
    if is_text and kind == "text/plain" and parts.plain is None:
        parts.plain = part
    elif (
        is_text and kind == "text/html" and parts.html is None and _goes_with(parts, in_alternative)
    ):
        parts.html = part
    elif in_alternative and kind.startswith("text/") and not name and not _is_attachment(part):
        return  # the same words in another form
    else:
        parts.attached.append((name or _made_up(kind, len(parts.attached) + 1), part))


def _goes_with(parts: _Parts, in_alternative: bool) -> bool:
    return parts.plain is None or in_alternative


def _is_attachment(part: EmailMessage) -> bool:
    try:
        return part.get_content_disposition() == "attachment"
    except _MALFORMED:
        return False


def _file_name(part: EmailMessage) -> str:
    """Return what the sender calls an attachment, without folders and control characters."""
    try:
        given = str(part.get_filename() or "")
    except _MALFORMED:
        return ""
    name = re.split(r"[/\\]", given)[-1]
    name = "".join(c for c in name if c.isprintable()).strip().lstrip(".")
    return name[-200:]


def _made_up(kind: str, number: int) -> str:
    if kind == "message/rfc822":
        return f"message-{number}.eml"
    return f"part-{number}{mimetypes.guess_extension(kind) or ''}"


def _members(parts: _Parts, source: str) -> Iterator[Member | Problem]:
    seen: set[str] = set()
    for number, (given, part) in enumerate(parts.attached, 1):
        name = given
        if _kind(part) == "message/rfc822" and not name.lower().endswith(".eml"):
            name += ".eml"
        if name in seen:
            name = f"{number}-{name}"
        seen.add(name)
        try:
            yield Member(name, io.BytesIO(_contents(part)))
        except Unreadable as error:
            yield Problem(f"{source}/{name}", str(error))


def _contents(part: EmailMessage) -> bytes:
    children = _children(part) if part.is_multipart() else []
    if not children and _kind(part).startswith("multipart/"):
        raise Unreadable("the e-mail is malformed: its parts cannot be told apart")
    if not children:
        return _payload(part)
    try:
        return children[0].as_bytes(policy=policy.default.clone(refold_source="none"))
    except _MALFORMED:
        raise Unreadable("the forwarded message is malformed") from None
