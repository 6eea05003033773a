"""Text of people is never markup, whatever it holds."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from objclass.report_page.markup import joined, tag


class Seen(HTMLParser):
    """The elements and the text of a page, as a browser takes it apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "a & b",
        "\"'><img src=x onerror=1>",
        "חיובי",
        "🦠 round",
        "</td>",
    ],
)
def test_what_people_write_comes_out_as_they_wrote_it(name: str) -> None:
    seen = Seen(tag("td", tag("b", name), title=name))
    assert seen.tags == ["td", "b"]
    assert seen.text == name
    assert seen.attributes == [("title", name)]


def test_what_no_browser_may_read_is_replaced() -> None:
    assert tag("p", "a\ud800b\x00c\x1b") == "<p>a\ufffdb\ufffdc\ufffd</p>"


def test_markup_stays_markup_and_text_beside_it_is_escaped() -> None:
    assert joined([tag("i", "x"), " < "]) == "<i>x</i> &lt; "


def test_an_attribute_without_a_value_is_left_out() -> None:
    assert tag("th", "a", scope="col", class_=None, data_value=0.5) == (
        '<th scope="col" data-value="0.5">a</th>'
    )
