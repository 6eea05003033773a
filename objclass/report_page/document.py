"""The whole page: one file that needs no network."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from objclass.report_page.content import ReportContent
from objclass.report_page.markup import NOTHING, Markup, element, isolated, joined, tag
from objclass.report_page.sections import SECTIONS
from objclass.report_page.tables import number

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""What a browser may load for the page: nothing that is not in it."""

GENERATOR = '<meta name="generator" content="objclass report">'
"""Stands in every page, so that a page of ours may be replaced by a newer one."""


def page(content: ReportContent) -> str:
    """Return the report as one HTML document."""
    told = [(each, body) for each in SECTIONS if (body := each.body(content))]
    links = (tag("a", each.title, href=f"#{each.name}") for each, _ in told)
    shown = (
        tag("section", tag("h2", each.title), body, id=each.name, aria_label=each.title)
        for each, body in told
    )
    top = tag("header", *_head(content), tag("nav", *links, aria_label="Sections"))
    made = f"Made with objclass {content.provenance.versions.get('objclass', '')}"
    end = tag("footer", f"{made}. Click on the title of a column to sort by it.")
    body = tag("body", top, tag("main", *shown), end, tag("script", _asset("page.js")))
    html = tag("html", _meta(content.title), body, lang="en")
    return f"<!DOCTYPE html>\n{html}\n"


def _meta(title: str) -> Markup:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY}),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        Markup(GENERATOR),
        tag("title", title),
        tag("style", _asset("page.css")),
    )


def _asset(name: str) -> Markup:
    """Return a file of the page's own, which stands in the page as it is."""
    return Markup(files("objclass.report_page").joinpath("static", name).read_text("utf-8"))


def _head(content: ReportContent) -> Iterator[Markup]:
    yield tag("h1", isolated(content.title))
    yield tag("p", isolated(content.subject), class_="faint")
    yield from (tag("p", isolated(note), class_="warn") for note in content.notes)
    yield tag("ul", *_key_figures(content), class_="key")


def _key_figures(content: ReportContent) -> Iterator[Markup]:
    """Yield the few numbers that everybody looks for first."""
    if content.images:
        yield _key(number(content.images), "image" if content.images == 1 else "images")
    for counts in content.counts[-1:]:
        yield _key(number(sum(row[1] or 0 for row in counts.rows)), "objects")
        if counts.classes:
            yield _key(number(len(counts.classes)), "classes")
    for each in content.classifiers:
        told = each.facts.get("score")
        if told:
            of = NOTHING if len(content.classifiers) == 1 else isolated(each.name)
            low, high = told["balanced_interval"] or (None, None)
            ends = f" ({low:.2f} to {high:.2f})" if low is not None else ""
            said = joined([of, f" balanced accuracy{ends}"])
            yield _key(f"{told['balanced_accuracy']:.2f}", said)
    if content.failures:
        failed = len({image for image, _ in content.failures})
        yield _key(number(failed), "image failed" if failed == 1 else "images failed")


def _key(value: str, said: str) -> Markup:
    return tag("li", tag("b", value), said)
