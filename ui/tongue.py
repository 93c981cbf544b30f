"""The page's language for who comes for the first time: what the browser asks for."""

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.words import LANGUAGES

COOKIE = "sourcier_language"
"""Set by `page.js` where a reader chooses; its value is one of `LANGUAGES`."""


class Tongue:
    """Leads from ``/`` to the page in the reader's language; every other path is left alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == scope.get("root_path", "") + "/":
            headers = Headers(scope=scope)
            language = preferred(headers.get("accept-language", ""), headers.get("cookie", ""))
            if language != LANGUAGES[0]:
                response = RedirectResponse(f"./{language}", 307, {"Vary": "Accept-Language"})
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def preferred(accepted: str, cookies: str = "") -> str:
    """Return the language chosen before, else the first accepted one that there is a page in.

    >>> preferred("de-CH,vi;q=0.8,fr;q=0.3")
    'vi'
    """
    chosen = cookie_parser(cookies).get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    asked = []
    for place, one in enumerate(accepted.split(",")):
        tag, _, quality = one.partition(";q=")
        if _quality(quality) > 0:
            asked.append((-_quality(quality), place, tag.strip().lower().partition("-")[0]))
    return next((tag for _, _, tag in sorted(asked) if tag in LANGUAGES), LANGUAGES[0])


def _quality(written: str) -> float:
    try:
        return float(written or 1)
    except ValueError:
        return 0.0
