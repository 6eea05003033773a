"""A plate is labelled from the first start on: every step a person takes, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("starlette", reason="needs objclass[ui]")

from browser import OpenedPage, chromium
from page_served import served

import workflows
from objclass.run import Request
from objclass.session import Session
from workflows import Bench

WELLS = ("B03", "B04", "B05")
Said = dict[tuple[str, int], str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


def plate(folder: Path) -> Bench:
    """Three wells of twelve discs each; nobody annotated anything."""
    for well in WELLS:
        workflows.write_image(folder, f"P1_{well}")
    paths = {"raw": "raw/{plate}_{well}.tif", "prob": "prob/{plate}_{well}.h5", "axes": "yx"}
    return Bench(folder, workflows.TEXT.format(**paths)).edit()


def truth(session: Session) -> Said:
    """Image and object to its class: 1 for large discs, 2 for small ones."""
    found = {}
    for well in WELLS:
        for center, radius in zip(workflows.CENTERS, workflows.RADII, strict=True):
            number = session.object_at(f"P1_{well}", None, center)
            found[f"P1_{well}", number] = "1" if radius == 6 else "2"
    return found


def shown(session: Session) -> Said:
    """What the page shows of all objects."""
    session.learn_now()
    names = ["", *(each.name for each in session.classes())]
    ids = np.arange(1, 13, dtype=np.uint64)
    return {
        (image.name, int(k)): names[code]
        for image in session.images()
        for k, code in zip(ids, session.styles(image.name, None, ids).predicted, strict=True)
    }


def written(bench: Bench) -> Said:
    """What a run writes of them."""
    bench.run()
    table = pd.read_csv(bench.folder / "results" / "objects.csv", comment="#").to_dict("records")
    return {(f"P1_{row['well']}", row["object"]): row["predicted_class"] for row in table}


def label_page(opened: OpenedPage, session: Session) -> int:
    """Give every tile its class by key; return how many there were."""
    opened.page.wait_for_selector(".tile")
    classes = truth(session)
    tiles = session.gallery("diverse", 40).objects
    assert opened.page.locator(".tile").count() == len(tiles)
    for ref in tiles:
        opened.press(classes[ref.image, ref.object])
    opened.until(lambda: sum(each.annotated for each in session.classes()) == len(tiles))
    return len(tiles)


def test_a_plate_is_labelled_from_the_first_start_to_a_run_that_says_the_same(
    browser: Any, tmp_path: Path
) -> None:
    bench, sessions = plate(tmp_path), []

    def opening(tell: Callable[[int], None]) -> Session:
        sessions.append(Session.open(bench.file, Request(), on_change=tell))
        return sessions[-1]

    with served(opening, bench.file) as address:
        opened = OpenedPage(browser, None, address)
        page, session = opened.page, sessions[0]
        count = label_page(opened, session)
        assert 30 <= count <= 36
        page.wait_for_selector("#score:not(:empty)")
        opened.press("Control+z")
        opened.until(lambda: session.can_redo)
        opened.press("Control+Shift+z")
        opened.until(lambda: not session.can_redo)
        opened.press("t")
        page.wait_for_selector(f"#row-count:has-text('{count}')")
        opened.press("v")
        page.wait_for_selector("#canvas[data-painted]:not([data-painted='0'])")
        opened.press("u", "n", "n")
        page.wait_for_selector("#where:has-text('P1_B05')")
        before = shown(session)
        assert len(set(before.values())) == 2
        page.click("#found summary")
        page.fill("input[aria-label='nuclei.threshold']", "0.4")
        page.wait_for_selector("#found-says:has-text('would invalidate')")
        assert "threshold: 0.5" in bench.file.read_text()
        page.click("#found-apply")
        opened.until(lambda: "threshold: 0.4" in bench.file.read_text())
        opened.until(lambda: {row.validity for row in session.annotations()} == {"valid"})
        assert len(session.annotations()) == count
        after = shown(session)
        assert opened.errors == []
        page.close()
    assert written(bench) == after


def test_a_class_of_any_name_is_shown_as_it_is_written(browser: Any, tmp_path: Path) -> None:
    bench, sessions = plate(tmp_path), []
    names = ("<script>alert(1)</script>", "\u05d2\u05e8\u05e2\u05d9\u05df 🧬", "x" * 200)

    def opening(tell: Callable[[int], None]) -> Session:
        sessions.append(Session.open(bench.file, Request(), on_change=tell))
        return sessions[-1]

    with served(opening, bench.file) as address:
        opened = OpenedPage(browser, None, address)
        for k, name in enumerate(names):
            opened.page.fill("#new-class", name)
            opened.page.press("#new-class", "Enter")
            opened.until(lambda k=k: len(sessions[0].classes()) == 3 + k)
        opened.page.wait_for_selector(".tile")
        opened.page.focus("#tiles")
        opened.press("3", "4", "5")
        opened.until(lambda: sum(each.annotated for each in sessions[0].classes()) == 3)
        opened.press("t")
        opened.page.wait_for_selector("#row-count:has-text('3')")
        assert opened.page.locator("script:not([src])").count() == 0
        wide = "document.documentElement.scrollWidth <= innerWidth"
        assert opened.page.evaluate(wide), "a long name makes the page scroll sideways"
        assert opened.errors == []
        opened.page.close()
    again = Session.open(bench.file)
    assert [each.name for each in again.classes()][-3:] == list(names)
    assert {row.class_ for row in again.annotations()} == set(names)
    again.close()
