"""The chat model that a user names is opened, or the line says what is missing."""

import sys

import pytest
from langchain_core.language_models import BaseChatModel

from rag.chat import chat_model
from rag.config import read_settings
from rag.errors import BadRequest


def test_without_a_setting_there_is_none() -> None:
    assert chat_model(read_settings()) is None


def test_a_provider_and_a_name_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    model = chat_model(read_settings(chat_model="openai:some-model"))
    assert isinstance(model, BaseChatModel)


@pytest.mark.parametrize("name", ["nobody:nothing", "nothing", ":"])
def test_a_model_that_nobody_has_is_refused_with_the_name_of_the_setting(name: str) -> None:
    with pytest.raises(BadRequest, match="SOURCIER_CHAT_MODEL"):
        chat_model(read_settings(chat_model=name))


def test_a_provider_whose_package_is_missing_is_named() -> None:
    with pytest.raises(BadRequest, match="langchain-ollama"):
        chat_model(read_settings(chat_model="ollama:qwen3"))


def test_without_langchain_the_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(BadRequest, match=r"sourcier\[chat\]"):
        chat_model(read_settings(chat_model="openai:some-model"))
