"""The endpoints and the tools, called as another program would: Gradio's client, and MCP's own."""

import asyncio
import gc
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from rag.answer import LONGEST_QUESTION, Assistant
from rag.cli import main
from rag.errors import BadRequest
from rag.index import sync
from rag.records import Answer, Turn
from rag.store import Store
from ui.api import MCP_PATH
from ui.page import Behind
from ui.serve import serve

if TYPE_CHECKING:
    from tests.conftest import CloseEmbeddings
    from tests.test_contract import ANSWER, DOCUMENTS, PASSAGES, assert_shaped
else:
    from conftest import CloseEmbeddings
    from test_contract import ANSWER, DOCUMENTS, PASSAGES, assert_shaped

# Gradio's server leaves its event loop open behind it, and so do the clients.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

REPORTS = {
    "pont.txt": "date 2024-01 Kampot (VNA) - Le pont de Kampot mesure 300 mètres.",
    "tour.txt": "date 2021-03 Hanoï (VNA) - La tour de Hanoï compte 40 étages.",
}
QUESTION = "Le pont de Kampot mesure 300 mètres ?"


class Answering(Assistant):
    """The real one, which can be made to fail."""

    failure: Exception | None = None
    heard: Sequence[Turn] = ()

    def ask(self, question: str, *, history: Sequence[Turn] = (), **given: Any) -> Answer:
        self.heard = history
        return super().ask(question, history=history, **given)

    def failures(self) -> list[Any]:
        if self.failure is not None:
            raise self.failure
        return super().failures()


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Answering:
    archive, index = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("index")
    for name, text in REPORTS.items():
        (archive / name).write_text(text, encoding="utf-8")
    store = Store(str(index), CloseEmbeddings.name, create=True)
    assert not sync([archive], store, CloseEmbeddings()).failed
    return Answering(store, CloseEmbeddings())


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    with serve(
        Behind(assistant), host="127.0.0.1", port=0, say=lambda _: None, mcp=True, block=False
    ) as chat:
        yield chat.url
    gc.collect()  # while what Gradio leaves open is no error


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Client]:
    client = Client(url, verbose=False, analytics_enabled=False)
    yield client
    client.close()


# --- as endpoints ----------------------------------------------------------------------------


def test_the_endpoint_ask_answers_as_the_command_does(client: Client) -> None:
    answer = client.predict(QUESTION, api_name="/ask")
    assert_shaped(answer, ANSWER)
    assert answer["citations"][0]["quote"] == "Le pont de Kampot mesure 300 mètres."
    assert answer["refused"] is False


def test_the_endpoint_ask_reads_filters_and_history(client: Client, assistant: Answering) -> None:
    history = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "Le pont de Kampot mesure 300 mètres. [1]"},
    ]
    answer = client.predict("Et la tour de Hanoï ?", history=history, api_name="/ask")
    assert answer["question"] == "Et la tour de Hanoï ?"
    assert [{"role": turn.role, "content": turn.content} for turn in assistant.heard] == history
    assert client.predict(QUESTION, source="tour*", api_name="/ask")["refused"] is True
    assert client.predict(QUESTION, since="2025", api_name="/ask")["refused"] is True
    assert client.predict(QUESTION, until="2023", api_name="/ask")["refused"] is True
    assert client.predict(QUESTION, kind="caption", api_name="/ask")["refused"] is True
    assert client.predict(QUESTION, language="vi", api_name="/ask")["refused"] is True
    given = {"since": "2024", "until": "2024-01", "source": "p*", "language": "fr", "kind": "body"}
    assert client.predict(QUESTION, **given, api_name="/ask")["refused"] is False


def test_the_endpoint_search_finds_as_the_command_does(client: Client) -> None:
    found = client.predict(QUESTION, top=1, language="fr", api_name="/search")
    assert_shaped(found, PASSAGES)
    assert [passage["source"] for passage in found["passages"]] == ["pont.txt"]


def test_the_endpoint_documents_lists_the_archive(client: Client) -> None:
    found = client.predict(api_name="/documents")
    assert_shaped(found["documents"], DOCUMENTS["documents"])
    assert [entry["source"] for entry in found["documents"]] == sorted(REPORTS)
    assert found["failed"] == []


def test_only_these_are_named_and_each_parameter_is_described(client: Client) -> None:
    api = client.view_api(return_format="dict", print_info=False)
    named = api["named_endpoints"]
    assert sorted(named) == ["/ask", "/documents", "/search"]
    assert named["/ask"]["description"].startswith("Answer a question from the news archive")
    filters = ["since", "until", "source", "language", "kind"]
    assert parameters(named["/ask"]) == ["question", *filters, "history"]
    assert parameters(named["/search"]) == ["question", "top", *filters]
    assert parameters(named["/documents"]) == []
    for endpoint in named.values():
        described = [*endpoint["parameters"], *endpoint["returns"]]
        assert all(each["python_type"]["description"] for each in described)


def parameters(endpoint: Any) -> list[str]:
    return [each["parameter_name"] for each in endpoint["parameters"]]


# What is wrong, and the line that says so.
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("ask", {"since": "hier"}, "since: 'hier' is no date. Write 2024, 2024-01 or 2024-01-28."),
    ("search", {"until": "24"}, "until: '24' is no date. Write 2024, 2024-01 or 2024-01-28."),
    ("ask", {"since": "2024-05", "until": "2023"}, "since, until: '2024-05' is later than '2023'"),
    ("ask", {"kind": "poem"}, "kind: 'poem' is no kind of passage."),
    ("search", {"top": 0}, "top cannot be 0: Input should be greater than or equal to 1."),
    ("search", {"top": 5000}, "top cannot be 5000: Input should be less than or equal to 1000."),
    # Of these the protocol of the tools says something itself.
    ("search", {"top": True}, "top cannot be True: Input should be a valid integer."),
    (
        "ask",
        {"history": [{"role": "user"}]},
        "history.0.content cannot be {'role': 'user'}: Field required.",
    ),
]


@pytest.mark.parametrize(("name", "given", "line"), WRONG)
def test_a_wrong_argument_is_one_line(
    client: Client, name: str, given: dict[str, Any], line: str
) -> None:
    with pytest.raises(AppError) as failed:
        client.predict(QUESTION, **given, api_name=f"/{name}")
    assert str(failed.value).startswith(line)
    assert not re.search(r"\n|--", str(failed.value))  # nor an option of the command line


@pytest.mark.parametrize("question", ["", " \n"])
def test_an_empty_question_finds_nothing_and_is_said_to_be_empty(
    client: Client, url: str, question: str
) -> None:
    line = client.predict(question, api_name="/ask")["reason"]
    assert line == "La question est vide. Posez une question sur ce que disent les dépêches."
    with pytest.raises(AppError) as failed:
        client.predict(question, api_name="/search")
    assert str(failed.value) == line
    assert called(url, "search", question=question) == (True, line)


def test_of_a_question_that_is_too_long_the_beginning_is_read_and_that_is_said(
    client: Client,
) -> None:
    question = f"{QUESTION} ".ljust(50_000, "x")
    answer = client.predict(question, api_name="/ask")
    assert answer["question"] == question[:LONGEST_QUESTION]
    assert answer["remarks"][-1] == "Seuls les 2000 premiers caractères de la question ont été lus."
    assert client.predict(QUESTION, api_name="/ask")["remarks"] == []
    found = client.predict(question, api_name="/search")
    assert found["question"] == question[:LONGEST_QUESTION]


def test_what_the_server_fails_of_is_one_line_and_no_more(
    client: Client, url: str, assistant: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assistant, "failure", BadRequest("The index is gone."), raising=False)
    with pytest.raises(AppError, match=r"^The index is gone\.$"):
        client.predict(api_name="/documents")
    assert called(url, "documents") == (True, "The index is gone.")

    monkeypatch.setattr(assistant, "failure", ValueError("secret of the machine"), raising=False)
    unexpected = "An unexpected error occurred; the server’s log tells more."
    with pytest.raises(AppError, match=f"^{unexpected}$"):
        client.predict(api_name="/documents")
    assert called(url, "documents") == (True, unexpected)


# --- as tools --------------------------------------------------------------------------------


def called(url: str, name: str, **given: Any) -> tuple[bool, str]:
    """Call a tool; return whether it failed, and the text that it gave."""

    async def call(session: ClientSession) -> CallToolResult:
        return await session.call_tool(name, given)

    result = in_session(url, call)
    (content,) = result.content
    assert isinstance(content, TextContent)
    return bool(result.isError), content.text


def in_session(url: str, use: Callable[[ClientSession], Any]) -> Any:
    async def session() -> Any:
        async with (
            streamable_http_client(f"{url}{MCP_PATH}/") as (read, write, _),
            ClientSession(read, write) as opened,
        ):
            await opened.initialize()
            return await use(opened)

    return asyncio.run(session())


def test_the_tools_are_the_endpoints_with_the_same_descriptions(url: str) -> None:
    tools = {tool.name: tool for tool in in_session(url, lambda s: s.list_tools()).tools}
    assert sorted(tools) == ["ask", "documents", "search"]
    assert tools["search"].description.startswith("Find the passages of the news archive")
    asked = tools["ask"].inputSchema
    assert asked["required"] == ["question"]
    assert asked["properties"]["since"]["description"].startswith("Only reports from this date")
    assert all(each["description"] for each in asked["properties"].values())


def test_the_tool_ask_gives_the_same_json(url: str) -> None:
    failed, text = called(url, "ask", question=QUESTION, until="2024-01", history=[])
    assert not failed
    assert_shaped(json.loads(text), ANSWER)
    assert json.loads(text)["citations"][0]["source"] == "pont.txt"
    assert "mètres" in text


def test_the_tool_search_gives_the_same_json(url: str) -> None:
    failed, text = called(url, "search", question=QUESTION, top=1)
    assert not failed
    assert_shaped(json.loads(text), PASSAGES)


def test_the_tool_documents_gives_the_same_json(url: str) -> None:
    failed, text = called(url, "documents")
    assert not failed
    assert [entry["source"] for entry in json.loads(text)["documents"]] == sorted(REPORTS)


@pytest.mark.parametrize(("name", "given", "line"), WRONG[:-2])
def test_a_tool_says_in_one_line_what_is_wrong(
    url: str, name: str, given: dict[str, Any], line: str
) -> None:
    failed, text = called(url, name, question=QUESTION, **given)
    assert failed
    assert text.startswith(line)
    assert "\n" not in text


def test_without_the_package_a_line_names_the_command(
    assistant: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.cli._opened", lambda *_: assistant)
    monkeypatch.setattr("ui.api.find_spec", lambda _: None)
    result = CliRunner().invoke(main, ["chat", "--mcp"])
    assert result.exit_code == 1
    assert result.stderr.endswith("Install it with `pip install 'sourcier[mcp]'`.\n")
