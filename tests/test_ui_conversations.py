"""The list of conversations, from what a browser tells: it may tell anything."""

from typing import TYPE_CHECKING, Any

import pytest

from ui.conversations import Summary, conversation_list, summaries

if TYPE_CHECKING:
    from tests.drawn import FR, visible
else:
    from drawn import FR, visible

ID = "0123456789abcdef" * 2


def test_each_conversation_has_its_name_its_day_and_what_can_be_done_with_it() -> None:
    drawn = conversation_list(FR, [Summary(ID, "<b>Qui ?", "2024-03-01T10:00:00+00:00")], ID)
    assert "<b>" not in drawn
    for said in ("<b>Qui ?", "1er mars 2024", "Renommer", "Supprimer"):
        assert said in visible(drawn)
    assert 'aria-current="true"' in drawn


def test_without_conversations_it_says_what_will_stand_there() -> None:
    assert "s’affichent ici" in conversation_list(FR, [])


@pytest.mark.parametrize("told", [None, 3, {}, {"id": None}, {"id": "../x"}, {"id": f"{ID}'"}])
def test_what_is_no_conversation_is_left_out(told: Any) -> None:
    assert summaries([told, {"id": ID}]) == [Summary(ID, "?", "")]
