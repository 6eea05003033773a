"""A report in a real browser: it loads nothing, breaks nothing, and its tables sort."""

from __future__ import annotations

from pathlib import Path

from browser import chromium
from commands import objclass

from workflows import flat, several


def test_a_table_is_sorted_by_a_click_on_its_title_and_nothing_is_loaded(tmp_path: Path) -> None:
    bench = several(tmp_path)
    assert objclass("report", bench.file).code == 0
    asked: list[str] = []
    errors: list[str] = []
    with chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text))
        page.goto((tmp_path / "cells.report.html").as_uri())
        title = page.locator("#counts table th", has_text="image").first
        names = "[...document.querySelectorAll('#counts table:last-of-type tbody tr')]"
        first = f"() => {names}.map(row => row.cells[0].textContent).filter(n => n.length === 1)"
        title.click()
        title.click()
        assert page.evaluate(first) == ["c", "b", "a"]
        title.press("Enter")
        assert page.evaluate(first) == ["a", "b", "c"]
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_a_page_is_not_wider_than_the_window(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    assert objclass("report", bench.file).code == 0
    with chromium() as browser:
        for width in (1280, 700):
            page = browser.new_page(viewport={"width": width, "height": 800})
            page.goto((tmp_path / "cells.report.html").as_uri())
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
