"""Open the chat page on a port, and keep it there until Ctrl+C."""

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import gradio as gr
from starlette.middleware import Middleware

from rag.errors import BadRequest, RagError
from rag.library import LARGEST_FILE
from rag.server import ask_no_proxy_for
from ui.api import MCP_PATH, need_mcp
from ui.page import Behind, pages
from ui.tongue import Tongue

_HERE = Path(__file__).parent
_PORTS = 100
"""How many ports after the wanted one are tried."""


@dataclass(frozen=True, slots=True)
class Served:
    """A page that is being served."""

    blocks: gr.Blocks
    url: str

    def close(self) -> None:
        self.blocks.close(verbose=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(
    behind: Behind,
    *,
    host: str,
    port: int,
    say: Callable[[str], None],
    mcp: bool = False,
    block: bool = True,
) -> Served:
    """Serve the page at `port`, or at the next free one; port 0 is any that is free.

    Returns at once when `block` is false, and otherwise after Ctrl+C, with the port free again.
    With `mcp`, its endpoints are tools for agents as well.

    :raises BadRequest: `host` is no address of this machine, no port near `port` is free, or the
        package for `mcp` is missing.
    """
    if mcp:
        need_mcp()
    free = _free_port(host, port)
    if port and free != port:
        say(f"Port {port} is taken; using {free}.")
    chat = _launched(pages(behind), host, free, mcp=mcp)
    say(f"Chat ready at {chat.url} (Ctrl+C stops it)")
    if mcp:
        say(f"Tools for agents (MCP, streamable HTTP) at {chat.url}{MCP_PATH}/")
    if block:
        _wait(chat)
    return chat


def theme() -> gr.themes.Base:
    """Return Gradio's barest theme, on local fonts; the look is in ``style.css``.

    The two colours of the body are here because Gradio paints them before any style sheet.
    """
    bare = gr.themes.Base(font="sans-serif", font_mono="monospace")
    return bare.set(
        body_background_fill="#f4f6f5",
        body_background_fill_dark="#12191b",
        body_text_color="#1b2426",
        body_text_color_dark="#e5ebea",
    )


def _launched(blocks: gr.Blocks, host: str, port: int, *, mcp: bool) -> Served:
    ask_no_proxy_for(host)  # Gradio calls its own server once at the start
    blocks.launch(
        server_name=f"[{host}]" if ":" in host else host,
        server_port=port,
        share=False,
        inbrowser=False,
        prevent_thread_lock=True,
        quiet=True,
        ssr_mode=False,
        mcp_server=mcp,
        pwa=False,
        enable_monitoring=False,
        run_history=False,
        footer_links=[],
        theme=theme(),
        max_file_size=LARGEST_FILE,
        css_paths=sorted(_HERE.glob("*.css")),
        app_kwargs={"middleware": [Middleware(Tongue)]},
        js=(_HERE / "page.js").read_text(encoding="utf-8"),
        favicon_path=_HERE / "favicon.svg",
    )
    if blocks.mcp_error:  # Gradio would say nothing of it, and serve no tools
        blocks.close(verbose=False)
        raise RagError(blocks.mcp_error)
    return Served(blocks, f"http://{_name(host)}:{port}")


def _name(host: str) -> str:
    """Return what a browser on this machine calls `host`."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _free_port(host: str, port: int) -> int:
    """Return the first port from `port` on that can be listened to."""
    last = min(port + _PORTS, 65535)
    for candidate in range(port, last + 1):
        try:
            return _bound(host, candidate)
        except OSError as error:
            # A wrong host, or a port below 1024, is no better at the next number.
            if isinstance(error, (socket.gaierror, PermissionError)) or candidate == last:
                raise BadRequest(
                    f"The page cannot be opened at {host}, port {candidate} ({error.strerror}). "
                    "Name another with `sourcier chat --host H --port P`."
                ) from None
    raise AssertionError("the last port either returned or raised")


def _bound(host: str, port: int) -> int:
    """Bind the port as a server would, let it go, and return its number."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        # Else a port closed a moment ago counts as taken. Windows would share a port in use.
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        return int(probe.getsockname()[1])


def _wait(chat: Served) -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        chat.close()
