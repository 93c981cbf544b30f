"""What other programs may call: Gradio's named endpoints, which are its MCP tools as well.

Their descriptions are the docstrings below, as Gradio reads them: a line a parameter.
"""

import inspect
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from importlib.util import find_spec
from typing import Annotated, Any, Protocol

import gradio as gr
from gradio.context import LocalContext, get_blocks_context
from gradio.events import Dependency, api
from gradio.utils import get_function_description
from pydantic import Field, ValidationError, validate_call

from rag.answer import LONGEST_QUESTION
from rag.contract import answer_object, documents_object, search_object
from rag.errors import BadRequest, RagError
from rag.metadata import Entry
from rag.phrases import phrase
from rag.question import understood
from rag.records import Answer, Problem, ScoredPassage, Turn
from rag.retrieve import Filters
from ui.words import Words

logger = logging.getLogger(__name__)

MCP_PATH = "/gradio_api/mcp"
"""Where Gradio serves its tools (streamable HTTP)."""

_MOST_PASSAGES = 1000
_AT_ONCE = 4
"""Calls of one endpoint that are answered at the same time; the next wait."""


class Searching(Protocol):
    """What the endpoints need of `rag.answer.Assistant`."""

    def ask(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Answer: ...

    def search(
        self, question: str, *, top: int = ..., filters: Filters | None = None
    ) -> Sequence[ScoredPassage]: ...

    def entries(self) -> Sequence[Entry]: ...

    def failures(self) -> Sequence[Problem]: ...


def endpoints(assistant: Searching) -> None:
    """Add ``/ask``, ``/search`` and ``/documents`` to the Blocks that are being laid out."""
    desk = _Desk(assistant)
    for function in (desk.ask, desk.search, desk.documents):
        # Out of the queue, a tool is called in this process rather than by HTTP from itself.
        endpoint = api(_answering(function), queue=False, concurrency_limit=_AT_ONCE)
        _describe(endpoint, function)


def need_mcp() -> None:
    """Make sure that the tools can be served.

    :raises BadRequest: the package is not installed.
    """
    if find_spec("mcp") is None:
        raise BadRequest(
            "Tools for agents need the package mcp. Install it with `pip install 'sourcier[mcp]'`."
        )


@dataclass(frozen=True, slots=True)
class _Desk:
    assistant: Searching

    def ask(
        self,
        question: str,
        since: str | None = None,
        until: str | None = None,
        source: str | None = None,
        language: str | None = None,
        kind: str | None = None,
        history: list[Turn] | None = None,
    ) -> dict[str, Any]:
        """Answer a question from the news archive with quoted and cited sentences, or refuse.

        Args:
            question: The question, in French, English or Vietnamese; 2000 characters are read.
            since: Only reports from this date on: 2024, 2024-01 or 2024-01-28.
            until: Only reports up to this date, written in the same way.
            source: Only reports whose file name matches this pattern: 2024/*.
            language: Only reports in this language: fr, en, vi or another code of ISO 639-1.
            kind: Only passages of this kind: body, caption or teaser.
            history: The turns before the question, the oldest first, each with its role (user or assistant) and content.

        Returns:
            An object: text is the answer with its markers, statements has each sentence with the verdict of the check, citations the exact words of the reports; where refused is true, reason says why.
        """  # noqa: E501 - a line a parameter
        filters = Filters(since, until, source, language, kind)
        read = question[:LONGEST_QUESTION]
        answer = self.assistant.ask(read, history=history or (), filters=filters)
        if read != question:
            cut = phrase("cut", answer.language, most=str(LONGEST_QUESTION))
            answer = replace(answer, remarks=(*answer.remarks, cut))
        return answer_object(answer)

    def search(
        self,
        question: str,
        # Strict, or true would be 1.
        top: Annotated[int, Field(ge=1, le=_MOST_PASSAGES, strict=True)] = 10,
        since: str | None = None,
        until: str | None = None,
        source: str | None = None,
        language: str | None = None,
        kind: str | None = None,
    ) -> dict[str, Any]:
        """Find the passages of the news archive that fit a question, best first.

        Args:
            question: The question, or a few words; 2000 characters are read.
            top: How many passages, from 1 to 1000.
            since: Only reports from this date on: 2024, 2024-01 or 2024-01-28.
            until: Only reports up to this date, written in the same way.
            source: Only reports whose file name matches this pattern: 2024/*.
            language: Only reports in this language: fr, en, vi or another code of ISO 639-1.
            kind: Only passages of this kind: body, caption or teaser.

        Returns:
            An object: passages has the text of each, where it stands, and the title and date of its report.
        """  # noqa: E501 - a line a parameter
        filters = Filters(since, until, source, language, kind)
        read = question[:LONGEST_QUESTION]
        if not read.strip():
            raise BadRequest(phrase("empty", understood(read).language))
        return search_object(read, self.assistant.search(read, top=top, filters=filters))

    def documents(self) -> dict[str, Any]:
        """List the reports of the news archive, and the files that could not be read.

        Returns:
            An object: documents has title, date, language and file of each report, failed the reasons of the others.
        """  # noqa: E501 - a line a parameter
        return documents_object(self.assistant.entries(), self.assistant.failures())


class _Failed(gr.Error):
    """An error whose message is all that a caller sees: `gr.Error` would put it in quotes."""

    def __str__(self) -> str:
        return str(self.message)


def _answering(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any] | str]:
    """Return the function with its arguments checked, and every error as one line."""
    checked, signature = validate_call(function), inspect.signature(function)

    @wraps(function)
    def answer(*values: Any) -> dict[str, Any] | str:
        try:
            found = checked(**signature.bind(*values).arguments)
        except ValidationError as error:
            raise _Failed(_line(error), print_exception=False) from None
        except RagError as error:
            raise _Failed(str(error), print_exception=False) from None
        except Exception as error:
            logger.error("A program's call failed", exc_info=error)
            raise _Failed(Words("en")("unexpected"), print_exception=False) from None
        # Gradio would give an agent Python's spelling of the object.
        return json.dumps(found, ensure_ascii=False) if _is_tool() else found

    return answer


def _line(error: ValidationError) -> str:
    """Say what is wrong with the first argument that is."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where} cannot be {repr(first['input'])[:80]}: {first['msg']}."


def _is_tool() -> bool:
    """Whether it is called as a tool."""
    request = LocalContext.request.get()
    return request is not None and request.url.path.startswith(MCP_PATH)


def _describe(endpoint: Dependency, function: Callable[..., Any]) -> None:
    """Give the parameters of an endpoint their descriptions, which tools alone have by themselves.

    Gradio's documents of the API show what a component says of its value in ``api_info``.
    """
    context: Any = get_blocks_context()
    _, described, returns = get_function_description(function)
    for number, description in zip(endpoint["inputs"], described.values(), strict=True):
        context.blocks[number].api_info()["additional_description"] = description
    for number in endpoint["outputs"]:
        context.blocks[number].api_info()["description"] = " ".join(returns)
