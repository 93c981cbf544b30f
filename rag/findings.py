"""What was found wrong with a statement, one finding each, and how it is said to a reader."""

from dataclasses import dataclass
from typing import Literal

Subject = Literal[
    "quote",
    "number",
    "unit",
    "date",
    "name",
    "country",
    "role",
    "negation",
    "modality",
    "quantifier",
    "comparison",
    "direction",
    "attribution",
    "cause",
    "word",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a statement says and its quotes do not.

    `said` are the statement's words. With `contradicts` the quotes say something else, `source`
    where it can be told; without, they are silent.
    """

    subject: Subject
    said: str
    source: str = ""
    contradicts: bool = False


_SUBJECTS = {
    "number": ("le nombre", "the number", "con số"),
    "unit": ("l'unité de", "the unit of", "đơn vị của"),
    "date": ("la date", "the date", "thời điểm"),
    "name": ("le nom", "the name", "tên"),
    "country": ("le pays ou l'organisation", "the country or organisation", "nước hoặc tổ chức"),
    "role": ("le titre", "the title", "chức danh"),
    "word": ("les mots", "the words", "từ"),
    "cause": ("la cause", "the cause", "nguyên nhân"),
    "quantifier": ("l'étendue", "the extent", "phạm vi"),
}
_MISSING = ("{of} « {said} » n'est pas dans la source", "{of} “{said}” is not in the source",
            "{of} “{said}” không có trong nguồn")  # fmt: skip
_OTHER = (
    "{of} « {said} » ne convient pas : la source dit « {source} »",
    "{of} “{said}” does not fit: the source says “{source}”",
    "{of} “{said}” không khớp: nguồn viết “{source}”",
)
_SPECIAL = {
    "quote": ("la citation n'est pas dans la dépêche", "the quote is not in the report",
              "trích dẫn không có trong bản tin"),
    "negation": ("« {said} » : la source affirme l'un et la phrase le nie, ou l'inverse",
                 "“{said}”: one of source and sentence denies it",
                 "“{said}”: nguồn và câu trái nhau về phủ định"),
    "modality": ("« {said} » : prévu, demandé ou promis d'un côté, fait de l'autre",
                 "“{said}”: planned, asked or promised in one, done in the other",
                 "“{said}”: một bên là dự kiến hoặc đề nghị, một bên là đã xảy ra"),
    "comparison": ("« {said} » : la source dit le contraire ou une autre mesure",
                   "“{said}”: the source says the opposite or another measure",
                   "“{said}”: nguồn nói ngược lại hoặc mức khác"),
    "direction": ("« {said} » : la source donne l'autre sens",
                  "“{said}”: in the source it goes the other way",
                  "“{said}”: trong nguồn theo chiều ngược lại"),
    "attribution": ("la source rapporte les propos d'un autre : « {source} »",
                    "the source reports somebody's words: “{source}”",
                    "nguồn dẫn lời: “{source}”"),
}  # fmt: skip


def reason(finding: Finding, language: str) -> str:
    """Return the finding as a reader is told it: « le nombre 16 % n'est pas dans la source »."""
    place = {"fr": 0, "en": 1, "vi": 2}.get(language, 0)
    if finding.subject in _SPECIAL:
        return _SPECIAL[finding.subject][place].format(said=finding.said, source=finding.source)
    form = _OTHER if finding.source else _MISSING
    of = _SUBJECTS[finding.subject][place]
    return form[place].format(of=of, said=finding.said, source=finding.source)
