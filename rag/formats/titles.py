"""Which titles in a file's properties name the report, and which only the program or the file."""

import re

_JUNK = re.compile(
    r"""
    microsoft\s+(office\s+)?(word|excel|powerpoint)\b.*  # "Microsoft Word - brief.doc"
    | (document|presentation|présentation|book|slide|page|scan|print|layout|draft)\W*\d*
    | (untitled|sans\s+(titre|nom)|unnamed|no\s+title|titre|title|không\s+tên)\W*\d*
    | .*\.(docx?|dotx?|odt|rtf|pdf|txt|html?|php|aspx?|indd|qx[dp]|p65|pptx?|xlsx?|tmp|eps|ps)
    | \S*[\d_]\S*                                        # "rapport_final", "20240128-3"
    | [\W\d_]*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST = 300


def worthy(title: str | None) -> str:
    """Return a title on one line, or "" for one that says nothing about the report."""
    line = " ".join((title or "").split())
    return "" if len(line) > _LONGEST or _JUNK.fullmatch(line) else line
