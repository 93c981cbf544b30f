"""Saved web pages: the report's own text, and what the page states about it."""

import codecs
import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.metadata import extract_metadata
from trafilatura.utils import load_html

from rag.formats.found import Found, Unreadable
from rag.formats.text import decoded_with_remark
from rag.records import Document, Problem

_NOT_THE_REPORT = [
    "//nav",
    "//body/footer",
    # Whatever holds a report is no notice, even where it is named after one that it shows.
    *(
        f"//*[contains(@id, '{word}') or contains(@class, '{word}')]"
        "[not(self::html or self::body or self::main or .//h1 or .//article or ancestor::article)]"
        for word in ("cookie", "Cookie", "consent", "Consent", "gdpr", "rgpd")
    ),
]


def read_web(file: BinaryIO, source: str) -> Iterator[Found]:
    """Yield the report of a web page, its paragraphs parted by blank lines, and a note if its
    encoding is not one.

    :raises Unreadable: no page, or one of menus alone.
    """
    html, remark = _decoded(file.read())
    tree = load_html(html)
    if tree is None:
        raise Unreadable("it is no web page, whatever its name says")
    published = _published(tree)
    about = extract_metadata(tree, date_config=_NO_SEARCH)
    main = bare_extraction(tree, include_comments=False, prune_xpath=_NOT_THE_REPORT)
    text = _paragraphs(getattr(main, "text", None) or "")
    if not text:
        raise Unreadable("the page has no text of its own")
    yield Document(
        source=source,
        text=text,
        title=_without(about.sitename, about.title or ""),
        date=published,
        date_from="metadata" if published else None,
        agency=about.sitename,
        url=about.url or _saved_from(html),
    )
    if remark:
        yield Problem(source, remark, grade="noted")


# htmldate takes the year of a copyright for a date: what it finds is not used.
_NO_SEARCH = {"extensive_search": False, "original_date": True}


def _without(site: str | None, title: str) -> str:
    """Return a page's title without its site's name: « Le pont rouvre - Le Fil du Mékong »."""
    ending = rf"\s+[-–—|·•:]\s+{re.escape(site or '')}$"
    return re.sub(ending, "", title, flags=re.IGNORECASE).strip() if site else title


def _saved_from(html: str) -> str | None:
    """Return the address a browser wrote into a page when it saved it."""
    found = re.search(r"<!-- saved from url=\(\d+\)(https?://[^\s>]+) -->", html[:4096])
    return found[1] if found else None


def _paragraphs(text: str) -> str:
    """Part with a blank line what trafilatura parts with a line break, lists and tables apart."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    parted = "".join(
        ("\n" if line[:2] == above[:2] and line[:2] in ("- ", "| ") else "\n\n") + line
        for above, line in zip(["", *lines], lines, strict=False)
    )
    return parted.strip()


# Encodings ----------------------------------------------------------------------------------

_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE
)
# What no page declares in earnest, such as punycode or UTF-7, Python would decode all the same.
_ENCODINGS = re.compile(
    r"(x-)?(iso|windows|cp|latin|koi|gb|big5|euc|shift|sjis|mac|tis|viscii).*", re.IGNORECASE
)
# As browsers do: pages said to be Latin-1 have Windows' quotation marks in them.
_MEANS_WINDOWS = {"iso8859-1", "ascii", "latin-1", "latin1"}


def _decoded(data: bytes) -> tuple[str, str]:
    """Return a page as text, in the encoding that fits, whether or not it is the one declared, and
    what is to be known about that, or "".
    """
    if not data.strip():
        raise Unreadable("the file is empty")
    if _declared(data) == "cp1252":
        with contextlib.suppress(Unreadable):
            return decoded_with_remark(data)
    return _decoded_somehow(data), ""


def _decoded_somehow(data: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if data[:200].count(0) > 20:
        return data.decode("utf-16-le" if data[1] == 0 else "utf-16-be", "replace")
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    # One letter cut in two does not make a page of UTF-8 into something else.
    if not broken or broken * 10 < sum(character > "\x7f" for character in text):
        return text
    return data.decode(_declared(data), "replace")


def _declared(data: bytes) -> str:
    """Return the encoding a page declares if it is a foreign one, or else Windows-1252."""
    found = _DECLARED.search(data[:4096])
    name = found[1].decode("ascii", "replace") if found else ""
    try:
        known = codecs.lookup(name).name if _ENCODINGS.fullmatch(name) else "cp1252"
    except LookupError:
        return "cp1252"
    return "cp1252" if known in _MEANS_WINDOWS else known


# Dates --------------------------------------------------------------------------------------

_META_NAMES = frozenset(
    """article:published_time article:published article:published_date article:publicationdate
    article.published article_date_original og:published_time og:article:published_time
    og:pubdate og:publish_date datepublished date_published published_time published-date
    publish-date publish_date publishdate publication_date originalpublicationdate pubdate
    parsely-pub-date sailthru.date citation_publication_date cxenseparse:recs:publishtime
    vr:published_time bt:pubdate rnews:datepublished date dc.date dc:date dc.date.issued
    dcterms.date dcterms.issued""".split()
)
_STATED = (
    ".//*[@itemprop='datePublished']",
    ".//time[@pubdate]",
    ".//*[contains(concat(' ', normalize-space(@class), ' '), ' dt-published ')]",
)


def _published(tree: HtmlElement) -> str | None:
    """Return the day of publication that the page states, or None; a year alone is no statement.

    Where it states two, for itself and for others it lists, none is taken.
    """
    for statements in (_in_meta(tree), _in_json(tree), _in_marks(tree)):
        days = {day for statement in statements if (day := _day(statement))}
        if days:
            return days.pop() if len(days) == 1 else None
    return None


def _in_meta(tree: HtmlElement) -> list[str]:
    return [
        meta.get("content", "")
        for meta in tree.iterfind(".//meta")
        if (meta.get("property") or meta.get("name") or "").strip().lower() in _META_NAMES
    ]


def _in_json(tree: HtmlElement) -> list[str]:
    found = []
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            found += list(_reports(json.loads(script.text or "", strict=False)))
        except (ValueError, RecursionError):
            continue
    return found


def _reports(node: Any) -> Iterator[str]:
    """Yield when each report described on the page's first level was published."""
    for item in node if isinstance(node, list) else [node]:
        if isinstance(item, dict):
            kinds = str(item.get("@type"))
            if any(kind in kinds for kind in ("Article", "Posting", "Report", "WebPage")):
                yield str(item.get("datePublished", ""))
            yield from _reports(item.get("@graph", []))


def _in_marks(tree: HtmlElement) -> Sequence[str]:
    marks = [mark for path in _STATED for mark in tree.xpath(path)]
    return [mark.get("datetime") or mark.get("content") or mark.text or "" for mark in marks]


def _day(statement: str) -> str | None:
    """Return the ISO day of a time stamp as it stands there, whatever its time zone."""
    found = re.match(r"\s*(\d{4})([-/.]?)(\d\d)\2(\d\d)(?!\d{1,3}\b)", statement)
    try:
        if found:
            return date(int(found[1]), int(found[3]), int(found[4])).isoformat()
        return parsedate_to_datetime(statement).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return None
