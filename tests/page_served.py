"""Serves the labelling page in a thread, for tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from objclass.page.desk import LabellingDesk
from objclass.page.server import address_of, listen, page_app, server_of

TOKEN = "a-token-for-tests"
ONCE = "a-key-for-one-opening"


Opening = Callable[[Callable[[int], None]], Any]


def remembered(session: Any) -> Opening:
    """Return what opens a session that is there already."""

    def opening(tell: Callable[[int], None]) -> Any:
        session.on_change = lambda: tell(session.version)
        return session

    return opening


@contextmanager
def served(opening: Opening, path: Path = Path("nuclei.yaml"), port: int = 0) -> Iterator[str]:
    """Serve what opens a session; yields the address of its page."""
    listening, desk = listen(port), LabellingDesk(path, opening)
    server = server_of(page_app(desk, TOKEN, ONCE))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield address_of(listening, TOKEN)
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
        desk.close()
