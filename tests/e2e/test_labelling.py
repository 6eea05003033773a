"""A workflow without annotations is labelled in a browser; a run then says what the page said."""

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


def unlabelled(make: Callable[[Path], Bench], folder: Path) -> Bench:
    """A workflow that nobody annotated."""
    bench = make(folder)
    bench.annotations.unlink()
    return bench


def label_all(opened: OpenedPage, session: Session, large: set[tuple[int | None, int]]) -> None:
    """Give every tile of the first page its class by key: 1 for large, 2 for small."""
    tiles = opened.page.locator(".tile")
    tiles.first.wait_for()
    said = [tile.get_attribute("aria-label") or "" for tile in tiles.all()]
    for text in said:
        number = int(text.split()[1])
        opened.press("1" if number in {k for _, k in large} else "2")
    opened.until(lambda: sum(each.annotated for each in session.classes()) == len(said))


def name_classes(opened: OpenedPage, session: Session) -> None:
    """Call the two classes large and small, in place."""
    for k, name in enumerate(("large", "small")):
        opened.page.locator("#classes .name").nth(k).dblclick()
        opened.page.fill(".rename", name)
        opened.page.press(".rename", "Enter")
        opened.until(lambda k=k, name=name: session.classes()[k].name == name)


def predicted(session: Session) -> dict[tuple[int | None, int], str]:
    """What the page shows of all objects of the first image."""
    session.learn_now()
    image, names = session.images()[0], [each.name for each in session.classes()]
    found: dict[tuple[int | None, int], str] = {}
    for t in image.times:
        ids = np.arange(1, 13, dtype=np.uint64)
        codes = session.styles(image.name, t, ids).predicted
        found |= {(t, int(k)): names[c - 1] for k, c in zip(ids, codes, strict=True)}
    return found


def of_table(bench: Bench) -> dict[tuple[int | None, int], str]:
    """What a run wrote of them."""
    table = pd.read_csv(bench.folder / "results" / "objects.csv", comment="#").to_dict("records")
    return {(row.get("t"), row["object"]): row["predicted_class"] for row in table}


@pytest.mark.parametrize("make", [workflows.flat, workflows.deep, workflows.series])
def test_a_run_predicts_what_the_page_showed(
    browser: Any, make: Callable[[Path], Bench], tmp_path: Path
) -> None:
    bench, sessions = unlabelled(make, tmp_path), []
    sizes = {"flat": (1,), "deep": (1,), "series": (0, 1, 2)}[make.__name__]

    def opening(tell: Callable[[int], None]) -> Session:
        sessions.append(Session.open(bench.file, Request(), on_change=tell))
        return sessions[-1]

    with served(opening, bench.file) as address:
        opened = OpenedPage(browser, None, address)
        session, image = sessions[0], sessions[0].images()[0]
        name_classes(opened, session)
        z = (2,) if len(image.shape) == 3 else ()
        at = (session.object_at(image.name, image.times[0], (*z, *c)) for c in workflows.CENTERS)
        large = {(t, k) for k, r in zip(at, workflows.RADII, strict=True) if r == 6 for t in sizes}
        label_all(opened, session, large)
        opened.press("Control+z")
        opened.until(lambda: session.can_redo)
        opened.press("Control+Shift+z", "v", "u")
        opened.until(lambda: not session.can_redo)
        shown = predicted(session)
        assert opened.errors == []
        opened.page.close()
    bench.run()
    assert shown == of_table(bench)
    assert set(shown.values()) == {"large", "small"}


def test_a_threshold_is_previewed_applied_and_annotations_come_along(
    browser: Any, tmp_path: Path
) -> None:
    bench, sessions = workflows.flat(tmp_path).stamp(), []

    def opening(tell: Callable[[int], None]) -> Session:
        sessions.append(Session.open(bench.file, Request(), on_change=tell))
        return sessions[-1]

    with served(opening, bench.file) as address:
        opened = OpenedPage(browser, None, address)
        opened.press("v")
        opened.page.click("#found summary")
        opened.page.fill("input[aria-label='nuclei.threshold']", "0.4")
        opened.page.wait_for_selector("#found-says:has-text('would invalidate')")
        assert "threshold: 0.5" in bench.file.read_text()
        opened.page.click("#found-apply")
        opened.until(lambda: "threshold: 0.4" in bench.file.read_text())
        opened.until(lambda: {row.validity for row in sessions[0].annotations()} == {"valid"})
        assert opened.errors == []
        opened.page.close()


def test_what_somebody_else_wrote_is_told_and_kept(browser: Any, tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)

    def opening(tell: Callable[[int], None]) -> Session:
        return Session.open(bench.file, Request(), on_change=tell)

    with served(opening, bench.file) as address:
        opened = OpenedPage(browser, None, address)
        opened.page.wait_for_selector(".tile")
        with bench.annotations.open("a") as file:
            file.write("small,40,24\n")
        opened.press("1")
        opened.page.wait_for_selector("#notices:has-text('edited elsewhere')")
        opened.page.close()
    assert "small,40,24\n" in bench.annotations.read_text()
