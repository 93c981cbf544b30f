"""The block below « Voir plus » -> its stories, each a small report of its own.

Sites print them in four shapes: caption, title and summary; title and summary; titles alone; a list
with bullets. A story begins where its caption does, or else its title.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag import signs
from rag.lines import Line, Mark

_LONGEST_TITLE = 200

Role = Literal["caption", "title", "summary"]


@dataclass(slots=True)
class _Story:
    start: int
    end: int
    title: str = ""
    has_summary: bool = False


def teasers(lines: Sequence[Line]) -> list[Mark]:
    """Return a mark for each story; its title is "" where the block gives none."""
    stories: list[_Story] = []
    for line in lines:
        bullet = signs.BULLET.match(line.text)
        text = line.text[bullet.end() :] if bullet else line.text
        role = role_of(line)
        if not stories or bullet or _begins(role, stories[-1]):
            stories.append(_Story(line.start, line.end))
        if role == "title" and not stories[-1].title:
            stories[-1].title = text.strip()
        stories[-1].has_summary |= role == "summary"
    return [Mark(story.start, story.end, "teaser", story.title) for story in stories]


def role_of(line: Line) -> Role:
    """Return what a line is among other stories."""
    if line.is_caption:
        return "caption"
    if signs.BULLET.match(line.text) or _could_be_title(line.text):
        return "title"
    return "summary"


def _begins(role: Role, story: _Story) -> bool:
    """Whether a line in that role begins another story than the one before it."""
    told = bool(story.title) or story.has_summary
    return told and role in ("caption", "title")


def _could_be_title(text: str) -> bool:
    return len(text) <= _LONGEST_TITLE and not signs.FULL_STOP.search(signs.SIGN_OFF.sub("", text))
