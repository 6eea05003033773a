"""Features on the page of a real session: subsets, importance, points, probabilities, project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette", reason="needs objclass[ui]")

from browser import OpenedPage, chromium
from page_served import served

from objclass.evaluation.assessment import assess
from objclass.evaluation.grouping import by_image
from objclass.run import Request
from objclass.session import Session
from workflows import Bench, flat


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@contextmanager
def labelling(browser: Any, bench: Bench) -> Iterator[tuple[OpenedPage, Session]]:
    """Open the page of a workflow; it may log no error."""
    sessions = []

    def opening(tell: Callable[[int], None]) -> Session:
        sessions.append(Session.open(bench.file, Request(), on_change=tell))
        return sessions[-1]

    with served(opening, bench.file) as address:
        opened = OpenedPage(browser, None, address)
        yield opened, sessions[0]
        assert opened.errors == []
        opened.page.close()


def plotted(opened: OpenedPage) -> Any:
    """Show the features; return where the plot is once it has all points."""
    opened.press("e")
    opened.page.wait_for_selector("#plot[data-points='12']")
    opened.page.wait_for_selector("#feature-rows .row")
    return opened.page.locator("#plot").bounding_box()


def test_a_feature_less_is_learned_without_and_written_when_one_says_so(
    browser: Any, tmp_path: Path
) -> None:
    bench = flat(tmp_path)
    with labelling(browser, bench) as (opened, session):
        plotted(opened)
        columns = [each.name for each in session.features() if each.used]
        opened.page.fill("#feature-search", "size_voxels")
        opened.page.click("#feature-rows .row")
        opened.until(lambda: "size_voxels" not in {f.name for f in session.features() if f.used})
        assert "use:" not in bench.file.read_text()
        opened.page.click("#feature-write")
        opened.until(lambda: "use: [" in bench.file.read_text())
        assert {f.name for f in session.features() if f.written} == {*columns} - {"size_voxels"}
        opened.press("Control+z")
        opened.until(lambda: "use:" not in bench.file.read_text())


def test_what_is_said_of_many_features_wraps_and_is_not_cut(browser: Any, tmp_path: Path) -> None:
    with labelling(browser, flat(tmp_path)) as (opened, _):
        plotted(opened)
        says = opened.page.locator("#feature-says")
        score = "; with those of the workflow: balanced accuracy 0.93 on images it has not seen"
        for text in ("48 of 263 features", "48 of 263 features" + 2 * score):
            cut = says.evaluate(
                """(element, text) => {
                  element.textContent = text;
                  const within = element.parentElement.getBoundingClientRect();
                  const has = element.getBoundingClientRect();
                  return element.scrollWidth > element.clientWidth || has.right > within.right
                    || element.scrollHeight > element.clientHeight + 1;
                }""",
                text,
            )
            assert not cut, text


def test_a_lasso_in_the_plot_selects_in_gallery_and_image_and_a_digit_gives_a_class(
    browser: Any, tmp_path: Path
) -> None:
    with labelling(browser, flat(tmp_path)) as (opened, session):
        box, mouse = plotted(opened), opened.page.mouse
        corners = [(0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99)]
        ways = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
        mouse.move(*ways[0])
        mouse.down()
        for way in ways[1:]:
            mouse.move(*way, steps=3)
        mouse.up()
        opened.page.wait_for_selector("#plot-says:has-text('12 selected')")
        opened.page.click("#plot-gallery")
        opened.page.wait_for_selector(".tile:nth-child(12)")
        opened.press("v")
        opened.page.wait_for_selector("#selection:has-text('12 objects selected')")
        opened.press("e", "2")
        opened.until(lambda: {row.class_ for row in session.annotations()} == {"small"})
        assert len(session.annotations()) == 12


def test_the_object_under_the_pointer_is_told_in_the_plot(browser: Any, tmp_path: Path) -> None:
    with labelling(browser, flat(tmp_path)) as (opened, _):
        plotted(opened)
        opened.press("g")
        opened.page.click("#plot-side summary")
        tile = opened.page.locator(".tile").nth(1)
        number = (tile.get_attribute("aria-label") or "").split()[1]
        tile.hover()
        opened.page.wait_for_selector(f"#plot-says:has-text('object {number} of raw')")


def test_the_probability_of_a_chosen_class_is_shown(browser: Any, tmp_path: Path) -> None:
    with labelling(browser, flat(tmp_path)) as (opened, session):
        asked: list[str] = []
        opened.page.on("request", lambda request: asked.append(request.url))
        opened.press("v")
        opened.page.select_option(".of-class", label="of small")
        opened.until(lambda: any("class=small" in url for url in asked))
        session.wait()
        ids = np.arange(1, 13, dtype=np.uint64)
        small, large = (session.styles("raw", None, ids, n).asked for n in ("small", "large"))
        assert np.allclose(small + large, 1)
        assert (np.maximum(small, large) == session.styles("raw", None, ids).asked).all()


def test_importance_is_that_of_the_quality_report_and_the_project_is_written(
    browser: Any, tmp_path: Path
) -> None:
    bench = flat(tmp_path)
    with labelling(browser, bench) as (opened, session):
        plotted(opened)
        session.wait()
        opened.page.click("#feature-importance")
        opened.page.wait_for_selector("#feature-rows meter")
        known = {f.name: f.loss for f in session.features() if f.loss is not None}
        model, lesson = session._learned.model, session._learned.lesson
        assert model is not None
        assert lesson is not None
        learned = model, lesson.rows.examples, by_image(lesson.rows.examples)
        opened.page.click("#project")
        opened.page.wait_for_selector("#notices:has-text('cells.objclass.h5 is written')")
    told = assess(*learned, {})["columns"]
    assert known == {each["name"]: each["loss"] for each in told}
