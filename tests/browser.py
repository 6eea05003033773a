"""A headless Chromium that is installed on this machine, for tests of the labelling page."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser_path() -> str:
    """Return where a browser is, or skip the test."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return found


@contextmanager
def chromium() -> Iterator[Any]:
    """Start a browser; skips where there is none."""
    sync = pytest.importorskip("playwright.sync_api", reason="needs objclass[test]")
    with sync.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=browser_path(), args=arguments)
        yield browser
        browser.close()


class OpenedPage:
    """A page on a session; nothing it logs may be an error, nothing may come from elsewhere."""

    def __init__(self, browser: Any, session: Any, address: str) -> None:
        self.session = session
        self.errors: list[str] = []
        self.page = browser.new_page(viewport={"width": 1280, "height": 800})
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        self.page.on(
            "request",
            lambda r: (
                r.url.startswith(("http://127", "data:", "blob:")) or self.errors.append(r.url)
            ),
        )
        self.page.goto(address)
        self.page.wait_for_selector("body[data-ready]", timeout=20_000)

    def press(self, *keys: str) -> None:
        """Type keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def until(self, holds: Any, seconds: float = 10.0) -> None:
        """Wait until something holds of the session."""
        end = time.monotonic() + seconds
        while not holds() and time.monotonic() < end:
            self.page.wait_for_timeout(20)
        assert holds(), self.errors
