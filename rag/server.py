"""A Chroma server: its address, what it means when it fails, and the turn of the one that writes.

Any number of processes ask; one writes. Chroma has no lock, but of two that make a collection of
one name one fails: the collection `writing` is the turn of whoever made it. It changes all the
time, so a turn that does not change is that of a process that was killed, and is taken over.
"""

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from rag.errors import (
    BadRequest,
    IndexBusy,
    IndexUnreachable,
    NoChromaServer,
    NotStored,
    RagError,
    ServerFailed,
)

_log = logging.getLogger(__name__)

_TURN = "writing"
_BEAT = "beat"
BEATS = 2.0
"""Seconds between two changes of a turn."""
SILENT = 10.0
"""Seconds without a change after which whoever had the turn is taken for dead."""

_HERE = ("localhost", "127.0.0.1", "::1")

CONNECTS = 10.0
ANSWERS = 300.0
"""Seconds. The longest known: the first query after a start, which reads a million vectors."""


def is_server(index: str) -> bool:
    return index.lower().startswith(("http://", "https://"))


def client_of(index: str) -> Any:
    """Return a client of the Chroma server at that URL; it finds it again after a restart.

    :raises BadRequest: the URL says more than where the server is.
    :raises RagError: it does not answer, or is no Chroma server.
    """
    import chromadb
    import httpx
    from chromadb.config import Settings

    try:
        url = urlsplit(index)
        port = url.port or (443 if url.scheme == "https" else 8000)
        if url.username or url.password or url.path.strip("/") or url.query or url.fragment:
            raise BadRequest(
                f"The address of a Chroma server is http(s)://host:port; that of {url.hostname!r} "
                "says more. Write it with --index without user, password and path."
            )
        host = url.hostname or "localhost"
        if host in _HERE:
            ask_no_proxy_for(host)
        host = f"[{host}]" if ":" in host else host
        # Chroma itself would wait for ever for whatever listens there and says nothing.
        alive = httpx.get(
            f"{url.scheme}://{host}:{port}/api/v2/heartbeat",
            timeout=CONNECTS,
            verify=url.scheme == "https",  # without, no certificates are read: 30 ms
        )
        if alive.is_error or "heartbeat" not in alive.text:
            raise NoChromaServer(index)
        client = chromadb.HttpClient(
            host=host,
            port=port,
            ssl=url.scheme == "https",
            settings=Settings(anonymized_telemetry=False),
        )
        client._server._session.timeout = httpx.Timeout(ANSWERS, connect=CONNECTS)  # type: ignore[attr-defined]
    except RagError:
        raise
    except Exception as error:  # of an address that is none, too
        raise IndexUnreachable(index, _told(error)) from error
    return client


def ask_no_proxy_for(host: str) -> None:
    """Let a company's web proxy not be asked for what runs on this machine."""
    for variable in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(variable, "")
        added = [name for name in ("localhost", "127.0.0.1", host) if name not in known.split(",")]
        os.environ[variable] = ",".join(filter(None, [known, *dict.fromkeys(added)]))


def is_of_the_connection(error: Exception) -> bool:
    """Whether Chroma's client raised it for want of an answer, or made it of one."""
    import httpx

    return isinstance(error, httpx.HTTPError) or type(error) is Exception


def server_error(index: str, error: Exception) -> RagError:
    """Return the error that tells a user what the server did."""
    import httpx

    text = _told(error)
    if isinstance(error, httpx.HTTPError | OSError):
        return IndexUnreachable(index, text)
    if re.search(r"full|no space|read-?only|permission denied", text, re.IGNORECASE):
        return NotStored(index, text)
    return ServerFailed(index, text)


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


# --- one writes at a time --------------------------------------------------------------------


@contextmanager
def writing(index: str) -> Iterator[Callable[[], None]]:
    """Hold the server against a second writer; yield what raises if the turn was lost.

    :raises IndexBusy: another process writes, or took over while this one was stopped.
    """
    try:
        client = client_of(index)
        turn = _taken(client, index)
    except RagError:
        raise
    except Exception as error:
        raise server_error(index, error) from error
    ended, lost = threading.Event(), threading.Event()

    def held() -> None:
        if lost.is_set():
            raise IndexBusy(index)

    beating = threading.Thread(target=_beat, args=(turn, ended, lost), daemon=True)
    beating.start()
    try:
        yield held
    finally:
        ended.set()
        beating.join(BEATS)
        with suppress(Exception):  # a server that died frees the turn by its silence
            _give_back(client, turn)


def _taken(client: Any, index: str) -> Any:
    """Make the turn ours; of a process that was killed it is taken after a while."""
    from chromadb.errors import ChromaError, NotFoundError

    seen, since, missing, told = "", 0.0, False, False
    while True:
        try:
            return client.create_collection(
                _TURN, embedding_function=None, metadata={_BEAT: uuid4().hex}
            )
        except ChromaError:  # there is one already, or it cannot be made
            try:
                turn = client.get_collection(_TURN, embedding_function=None)
            except NotFoundError:
                if missing:
                    raise
                missing = True
                continue
        beat = f"{turn.id} {turn.metadata[_BEAT]}"
        if beat == seen and time.monotonic() - since > SILENT:
            with suppress(NotFoundError):  # another that waited was quicker
                _give_back(client, turn)
        elif beat != seen and seen:
            raise IndexBusy(index)
        elif not seen:
            seen, since = beat, time.monotonic()
        elif not told and time.monotonic() - since > SILENT / 2:
            told = True
            _log.info("An indexing was cut short here; it is given up if it stays silent.")
        time.sleep(BEATS / 4)


def _beat(turn: Any, ended: threading.Event, lost: threading.Event) -> None:
    from chromadb.errors import NotFoundError

    while not ended.wait(BEATS):
        try:
            turn.modify(metadata={_BEAT: uuid4().hex})
        except NotFoundError:
            lost.set()
            return
        except Exception:  # whoever writes meets the same error, and tells it
            continue


def _give_back(client: Any, turn: Any) -> None:
    """Delete that very turn: collections are deleted by name, and another may have it by now."""
    name = f"{_TURN}-{turn.id}"
    turn.modify(name=name)
    client.delete_collection(name)
