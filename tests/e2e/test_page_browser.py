"""The labelling page in a real browser, against a session that remembers what was said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette", reason="needs objclass[ui]")

from browser import OpenedPage, chromium
from labelling_fake import FakeSession
from page_served import remembered, served

from objclass.session.answers import GalleryPage, ObjectRef

WELL = "plate1_A01"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


def said(opened: OpenedPage) -> dict[int, str]:
    """What was said of the first image's objects."""
    found = opened.session.said.items()
    return {ref.object: name for ref, name in found if ref.image == WELL}


@pytest.fixture
def opening(browser: Any) -> Iterator[Any]:
    """Open pages on sessions; at the end none of them may have logged an error."""
    closing = []

    def opened(session: FakeSession) -> OpenedPage:
        serving = served(remembered(session))
        page = OpenedPage(browser, session, serving.__enter__())
        closing.append((page, serving))
        return page

    yield opened
    for page, serving in closing:
        page.page.close()
        serving.__exit__(None, None, None)
    assert [error for page, _ in closing for error in page.errors] == []


def viewer(opened: OpenedPage) -> Any:
    """Show the image; return the box of the canvas once it is drawn with its objects."""
    opened.press("v")
    opened.page.wait_for_selector("#canvas[data-painted]:not([data-painted='0'])")
    return opened.page.locator("#canvas").bounding_box()


def place(
    box: Any, row: float, column: float, shape: tuple[int, int] = (256, 320)
) -> tuple[float, float]:
    """Where a voxel of a whole image is on the screen."""
    scale = min(box["height"] / shape[0], box["width"] / shape[1])
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle[0] + (column - shape[1] / 2) * scale, middle[1] + (row - shape[0] / 2) * scale


def test_a_page_of_forty_is_annotated_with_three_keys(opening: Any) -> None:
    opened = opening(FakeSession())
    opened.page.select_option("#source", "random")
    opened.page.wait_for_selector("#page-number[title=random]")
    opened.page.focus("#tiles")
    opened.press("ArrowRight", " ", "Enter")
    opened.until(lambda: len(said(opened)) == 39)
    assert set(said(opened).values()) == {"interphase"}
    assert 2 not in said(opened)
    opened.page.wait_for_selector("#page-number:text('page 2')")
    opened.press("Enter")
    opened.until(lambda: len(opened.session.said) == 79)  # nobody is passed over, nor asked twice
    assert {ref.object for ref in opened.session.said if ref.image == WELL} == {1, *range(3, 81)}


def test_digits_class_the_tile_under_the_cursor_or_all_marked_and_zero_erases(opening: Any) -> None:
    opened = opening(FakeSession())
    opened.page.wait_for_selector(".tile:nth-child(40) .badge")
    opened.press("2")  # the first tile; the cursor moves on
    opened.until(lambda: said(opened) == {1: "mitotic"})
    opened.press(" ", "ArrowRight", " ", "1")
    opened.until(lambda: said(opened) == {1: "mitotic", 2: "interphase", 3: "interphase"})
    opened.press("0")
    opened.until(lambda: said(opened) == {1: "mitotic", 2: "interphase"})


def test_a_click_gives_the_active_class_a_drag_does_not_and_all_is_undone(opening: Any) -> None:
    opened = opening(FakeSession())
    box, mouse = viewer(opened), opened.page.mouse
    mouse.click(*place(box, 16, 16))
    opened.until(lambda: said(opened) == {1: "interphase"})
    mouse.move(*place(box, 48, 48))
    opened.press("2")
    opened.until(lambda: said(opened) == {1: "interphase", 12: "mitotic"})
    mouse.down()
    mouse.move(*place(box, 48, 58), steps=4)
    mouse.up()
    opened.press("Control+z")
    opened.until(lambda: said(opened) == {1: "interphase"})
    opened.press("Control+z", "Control+Shift+z", "Control+Shift+z")
    opened.until(lambda: said(opened) == {1: "interphase", 12: "mitotic"})


def test_a_box_selects_objects_for_one_key(opening: Any) -> None:
    opened = opening(FakeSession())
    box, mouse = viewer(opened), opened.page.mouse
    opened.press("b")
    mouse.move(*place(box, 1, 1))
    mouse.down()
    mouse.move(*place(box, 62, 62), steps=4)
    mouse.up()
    opened.page.wait_for_selector("#selection:has-text('4 objects selected')")
    opened.press("2")
    opened.until(lambda: said(opened) == dict.fromkeys((1, 2, 11, 12), "mitotic"))


def test_the_object_under_the_cross_is_annotated_without_a_mouse(opening: Any) -> None:
    opened = opening(FakeSession())
    opened.page.wait_for_selector(".tile:nth-child(40) .badge")
    opened.press("ArrowRight", "s")  # show the second in its image
    opened.page.wait_for_selector("#selection:has-text('1 object selected')")
    opened.press("Escape", "2")
    opened.until(lambda: said(opened) == {2: "mitotic"})


def test_frames_and_planes_are_turned_by_key_and_wheel(opening: Any) -> None:
    opened = opening(FakeSession(shape=(24, 256, 320), times=3))
    box, mouse = viewer(opened), opened.page.mouse
    opened.press(".", ".")
    assert opened.page.text_content("#time-value") == "2"
    mouse.move(*place(box, 16, 16))
    mouse.wheel(0, 100)
    opened.page.wait_for_selector("#depth-value:text('13')")
    mouse.click(*place(box, 16, 16))
    opened.until(lambda: opened.session.said == {ObjectRef(WELL, 2, 1): "interphase"})
    opened.press("x")
    assert opened.page.text_content("#depth-name") == "y"


def test_classes_are_added_and_renamed_in_place_in_any_script(opening: Any) -> None:
    opened = opening(FakeSession())
    opened.page.fill("#new-class", "עברית 🧬")
    opened.page.press("#new-class", "Enter")
    opened.until(lambda: len(opened.session.class_list) == 3)
    opened.page.locator("#classes .name").first.dblclick()
    opened.page.fill(".rename", "<b>G1</b>")
    opened.page.press(".rename", "Enter")
    opened.until(
        lambda: [n for n, _ in opened.session.class_list][::2] == ["<b>G1</b>", "עברית 🧬"]
    )
    assert opened.page.locator("#classes b").count() == 0


def test_classes_change_their_order_by_key_and_by_dragging_once_one_has_seen_the_numbers(
    opening: Any,
) -> None:
    opened = opening(FakeSession())
    page, session = opened.page, opened.session
    opened.press("Alt+ArrowDown")
    moved = page.locator("#order-rows li.moved")
    assert [row.text_content() for row in moved.all()] == [
        "1mitoticwas 2↑↓", "2interphasewas 1↑↓"
    ]  # fmt: skip
    opened.press("Escape")
    assert session.class_list[0][0] == "interphase"
    opened.press("Alt+ArrowDown", "Alt+ArrowUp")
    assert page.locator("#order-write").is_disabled()
    opened.press("Alt+ArrowDown")
    page.click("#order-write")
    opened.until(lambda: session.class_list[0][0] == "mitotic")
    first, second = page.locator("#classes li").all()
    second.drag_to(first)
    page.click("#order-write")
    opened.until(lambda: session.class_list[0][0] == "interphase")
    opened.press("?")
    assert "Alt-↑" in page.text_content("#help-keys")


def test_the_order_follows_classes_that_come_while_it_is_changed(opening: Any) -> None:
    opened = opening(FakeSession())
    page, session = opened.page, opened.session
    opened.press("Alt+ArrowDown")
    session.add_class("dead")
    page.wait_for_selector("#order-rows li:nth-child(3)")
    assert page.locator("#order-rows bdi").all_text_contents() == ["mitotic", "interphase", "dead"]
    session.rename_class("mitotic", "dividing")
    page.wait_for_selector("#order-rows li:has-text('dividing')")
    page.click("#order-write")
    opened.until(lambda: [c[0] for c in session.class_list] == ["interphase", "dead", "dividing"])


def test_the_same_words_are_one_notice_whoever_says_them(opening: Any) -> None:
    opened = opening(FakeSession())
    page = opened.page
    page.wait_for_selector(".tile img")
    page.evaluate(
        "import('./static/notices.js').then(({ notice }) => {"
        " notice('no answer', 'annotate'); notice('no answer', 'styles'); notice('other', 'x'); })"
    )
    page.wait_for_selector("#notices pre:text('other')")
    assert page.locator("#notices pre").all_text_contents() == ["no answer", "other"]


def test_a_name_that_is_typed_while_the_last_one_is_saved_stays(opening: Any) -> None:
    opened, held = opening(FakeSession()), []
    opened.page.route("**/api/add_class", lambda route: held.append(route))
    opened.page.fill("#new-class", "prophase")
    opened.page.press("#new-class", "Enter")
    opened.until(lambda: held)
    opened.page.fill("#new-class", "anaphase")
    with opened.page.expect_response("**/api/add_class"):
        held[0].continue_()
    opened.page.wait_for_selector("#classes li:nth-child(3)")
    assert opened.page.input_value("#new-class") == "anaphase"


def test_ten_thousand_images_are_listed_searched_and_shown(opening: Any) -> None:
    opened = opening(FakeSession(images=10_000))
    assert opened.page.locator("#images .row").count() < 60
    opened.page.fill("#image-search", opened.session.names[7001])
    opened.page.locator("#images .row").first.click()
    opened.page.wait_for_selector(f"#where:text('{opened.session.names[7001]}')")


def test_the_table_shows_invalid_rows_first_and_jumps_edits_and_erases(opening: Any) -> None:
    session = FakeSession()
    session.said = {ObjectRef(WELL, None, k): "mitotic" for k in (1, 2, 5)}
    opened = opening(session)
    opened.press("t")
    first = opened.page.locator("#rows .row").first
    first.wait_for()
    assert "its object changed" in (first.text_content() or "")
    opened.press("ArrowDown", "ArrowDown", "Delete")
    opened.until(lambda: 1 not in said(opened))
    opened.press("Home", "Enter")
    opened.page.wait_for_selector("#selection:has-text('1 object selected')")


def test_the_score_is_read_whole_with_its_curve_and_no_line_joins_two_ways_of_scoring(
    opening: Any,
) -> None:
    opened = opening(FakeSession())
    page = opened.page
    page.wait_for_selector("#curve svg")
    assert page.text_content("#score") == opened.session.score().says
    assert page.evaluate("score.scrollWidth <= score.clientWidth")
    assert page.locator("#curve .point").count() == 3
    ways = [each.get_attribute("points") for each in page.locator("#curve .line").all()]
    assert [len(points.split()) for points in ways] == [1, 2]
    assert "0.50 with 4 annotations, 0.91 with 30" in page.get_attribute("#curve svg", "aria-label")


def test_an_empty_page_says_why_and_what_helps(opening: Any) -> None:
    class Nothing(FakeSession):
        def gallery(self, *asked: Any, **more: Any) -> GalleryPage:
            return GalleryPage((), "chosen at random", 0, 1, 1)

    opened = opening(Nothing())
    page = opened.page

    def said_of(source: str) -> str:
        page.select_option("#source", source)
        page.wait_for_timeout(200)
        return str(page.text_content("#tiles .empty"))

    assert said_of("random").startswith("No object was found. Image (v)")
    assert said_of("invalid").startswith("There are no such objects.")
    assert said_of("like").startswith("Write what")
    assert page.locator("#accept").is_disabled()
    opened.session.annotate([ObjectRef(WELL, None, 1)], "mitotic")
    opened.until(lambda: "1 · 40" in page.text_content("#classes"))
    assert said_of("random").startswith("Every object is annotated.")


@pytest.mark.parametrize("width", [390, 1280, 3840])
def test_nothing_is_cut_off_at_the_side_of_a_window(opening: Any, width: int) -> None:
    opened = opening(FakeSession())
    page = opened.page
    page.set_viewport_size({"width": width, "height": 800})
    for key in "gvt":
        opened.press(key)
        page.wait_for_timeout(100)
        shown = "[...document.querySelectorAll('header, header button, main > *, .bar > *')]"
        boxes = page.evaluate(
            f"{shown}.map((each) => each.getBoundingClientRect())"
            ".filter((box) => box.width).map((box) => [box.left, box.right, box.width])"
        )
        assert len(boxes) > 10
        assert all(left >= 0 and right <= width for left, right, _ in boxes), key
    opened.press("g")
    page.wait_for_selector(".tile img")
    assert page.locator("#tiles").bounding_box()["width"] > min(width, 1280) / 2


def test_a_page_that_lost_its_server_says_so_and_catches_up(browser: Any) -> None:
    session = FakeSession()
    with served(remembered(session)) as address:
        opened = OpenedPage(browser, session, address)
    notice = opened.page.locator("#notices:has-text('connection')")
    notice.wait_for()
    with served(remembered(session), port=urlsplit(address).port or 0):
        notice.wait_for(state="detached")
    opened.page.close()
