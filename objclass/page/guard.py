"""Who may ask: pages of this server, on this machine, that know the token."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

OWN_NAMES = ("127.0.0.1", "localhost")
"""What this machine is called in an address. Any port: ``ssh -L`` may use another one."""
READING = ("GET", "HEAD")
UNKNOWN = 404
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",  # the address holds the token
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


def new_token() -> str:
    """Return 256 random bits, to be written into an address."""
    return secrets.token_urlsafe(32)


class GuardedApp:
    """Lets those through who know the token and come from a page of this server.

    A page elsewhere can make a browser ask 127.0.0.1: under a name of its own (Host is refused),
    by a form or a websocket (Origin is refused). Nothing tells it whether a path exists.

    Parameters
    ----------
    app
        Answers; sees paths without the token.
    token
        The first part of every path.
    once
        Leads to the page, the first time that it is asked for. It opens a browser, whose command
        line everybody on this machine can read; the token does not stand there.
    """

    def __init__(self, app: App, token: str, once: str = "") -> None:
        self.app = app
        self.token = token
        self.once = once

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        status = self._refusal(scope)
        if status == UNKNOWN and self._is_opening(scope):
            self.once = ""
            await _lead_to(f"/{self.token}/", send)
            return
        if status:
            await _refuse(scope, receive, send, status)
            return
        path = "/" + scope["path"].lstrip("/").partition("/")[2]
        inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": ""}
        await self.app(inner, receive, _with_headers(send))

    def _refusal(self, scope: Message) -> int:
        """Return the status of a refusal, 0 for none."""
        headers = _headers(scope)
        host = headers.get("host", "")
        if _name_of(host) not in OWN_NAMES:
            return 421
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in READING
        if origin != f"http://{host}" and (changes or origin is not None):
            return 403
        first, slash, _ = scope["path"].lstrip("/").partition("/")
        knows = secrets.compare_digest(first.encode(), self.token.encode())
        return 0 if knows and slash else UNKNOWN

    def _is_opening(self, scope: Message) -> bool:
        """Return True for the address that a browser is opened with."""
        if not self.once or scope["type"] != "http" or scope["method"] != "GET":
            return False
        return secrets.compare_digest(scope["path"].encode(), f"/{self.once}/".encode())


def _headers(scope: Message) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }


def _name_of(host: str) -> str:
    """Return the name in a Host header without its port; empty where it is no host."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _with_headers(send: Send) -> Send:
    """Add the headers that every answer has; one that has its own keeps it."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            more = [(n.encode(), v.encode()) for n, v in HEADERS.items() if n.encode() not in there]
            message["headers"] = [*message["headers"], *more]
        await send(message)

    return sending


async def _lead_to(path: str, send: Send) -> None:
    headers = [(b"location", path.encode()), (b"content-length", b"0")]
    await _with_headers(send)({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(scope: Message, receive: Receive, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    said = b"objclass label: not for you, or an address without its token\n"
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-type", b"text/plain; charset=utf-8")],
    }
    await _with_headers(send)(start)
    await send({"type": "http.response.body", "body": said})
