"""The list of the conversations that this browser keeps."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.html import escaped
from ui.words import Words


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as the list shows it: `at` is the ISO time of its last answer."""

    id: str
    name: str
    at: str


def summaries(told: Sequence[Mapping[str, Any]]) -> list[Summary]:
    """Return what a browser tells of its conversations, less what is none of ours."""
    return [
        Summary(one["id"], str(one.get("name") or "?"), str(one.get("at") or ""))
        for one in told
        if isinstance(one, Mapping) and re.fullmatch(r"[0-9a-f]{32}", str(one.get("id")))
    ]


def conversation_list(words: Words, kept: Sequence[Summary], current: str = "") -> str:
    """Draw the conversations, each to be opened, renamed and deleted."""
    if not kept:
        return f'<p class="empty">{words("no_conversations")}</p>'
    items = "".join(_item(words, one, current) for one in kept)
    return f'<ul class="conversations">{items}</ul>'


def _item(words: Words, one: Summary, current: str) -> str:
    here = ' aria-current="true"' if one.id == current else ""
    return (
        f'<li><button class="act open" data-act="open" data-id="{one.id}"{here} dir="auto">'
        f"{escaped(one.name)}</button>"
        f'<span class="when">{escaped(words.date(one.at[:10]))}</span>'
        f"{_act(words, one, 'rename', words('conversation_new_name'))}"
        f"{_act(words, one, 'delete', words('conversation_sure'))}</li>"
    )


def _act(words: Words, one: Summary, act: str, asked: str) -> str:
    label = escaped(words(f"conversation_{act}_this", name=one.name[:80]))
    return (
        f'<button class="act" data-act="{act}" data-id="{one.id}" data-name="{escaped(one.name)}" '
        f'data-asked="{escaped(asked)}" aria-label="{label}">'
        f"{words(f'conversation_{act}')}</button>"
    )
