"""The chat model, where a user has one: whatever LangChain's `init_chat_model` takes."""

import textwrap

from langchain_core.language_models import BaseChatModel

from rag.config import Settings
from rag.errors import BadRequest

SECONDS = 60
"""Waited for an answer of the model; what it was asked for is then done without it."""


def chat_model(settings: Settings) -> BaseChatModel | None:
    """Return the model that ``SOURCIER_CHAT_MODEL`` names, ``openai:gpt-5`` or ``ollama:qwen3``.

    :raises BadRequest: it cannot be had, or the packages for it are not installed.
    """
    if not settings.chat_model:
        return None
    try:
        from langchain.chat_models import init_chat_model
    except ImportError:
        raise BadRequest(
            "A chat model needs LangChain: `pip install 'sourcier[chat]'`, and the package of its "
            "provider, as `pip install langchain-openai`."
        ) from None
    try:
        model: BaseChatModel = init_chat_model(
            settings.chat_model, temperature=0, timeout=SECONDS, max_retries=1
        )
    except Exception as error:  # each provider raises its own
        reason = textwrap.shorten(str(error), 160, placeholder=" …")
        raise BadRequest(
            f"The chat model {settings.chat_model!r} cannot be opened ({reason}). Give "
            "SOURCIER_CHAT_MODEL as provider:model, or leave it out."
        ) from error
    return model
