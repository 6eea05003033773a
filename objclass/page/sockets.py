"""The pages that are open: each is told when the session has a new version."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from starlette.websockets import WebSocket, WebSocketDisconnect


class PageSockets:
    """Tells open pages the number of the session's version; the latest wins.

    Parameters
    ----------
    says
        What a page is told, to be written as JSON; called when there is something to tell.
    """

    def __init__(self, says: Callable[[], dict[str, object]]) -> None:
        self.says = says
        self._news: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left = monotonic()

    @property
    def count(self) -> int:
        """How many pages are open."""
        return len(self._news)

    @property
    def idle(self) -> float:
        """For how many seconds no page has been open."""
        return 0.0 if self._news else monotonic() - self._left

    def tell(self) -> None:
        """Tell all pages, from any thread; without pages nothing happens."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the server has gone
                loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for news in self._news:
            news.set()

    async def follow(self, socket: WebSocket) -> None:
        """Serve one page until it goes."""
        self._loop = asyncio.get_running_loop()
        await socket.accept()
        news = asyncio.Event()
        self._news.add(news)
        self._wake()
        gone = asyncio.create_task(_gone(socket))
        try:
            while not gone.done():
                await _either(news, gone)
                if news.is_set() and not gone.done():
                    news.clear()
                    text = {**self.says(), "pages": self.count}
                    await socket.send_text(json.dumps(text))
        except (WebSocketDisconnect, RuntimeError):
            pass  # it went while it was told
        finally:
            gone.cancel()
            self._news.discard(news)
            self._left = monotonic()
            self._wake()


async def _either(news: asyncio.Event, gone: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(news.wait())
    await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def _gone(socket: WebSocket) -> None:
    """Return when a page has gone; what it says is not read."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
