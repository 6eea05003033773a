"""Serves the labelling page in a thread, for tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from objclass.page.desk import LabellingDesk
from objclass.page.server import address_of, listen, page_app, server_of

TOKEN = "a-token-for-tests"


@contextmanager
def served(session: Any, path: Path = Path("nuclei.yaml")) -> Iterator[str]:
    """Serve a session, or what opens one; yields the address of its page."""

    def opening(tell: Any) -> Any:
        found = session() if callable(session) else session
        found.on_change = lambda: tell(found.version)
        return found

    listening = listen(0)
    app = page_app(LabellingDesk(path, opening), TOKEN)
    server = server_of(app)
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
