"""Builds the documentation as a site into ``build/site`` and follows every link in it.

``python docs/site.py`` needs Zensical (``pip install 'objclass[docs]'``). A warning of the
build or a link that leads nowhere is an error.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[1]
SITE = ROOT / "build/site"
AIMS = {"a": "href", "img": "src", "link": "href", "script": "src"}
"""The attribute by which an element leads to another file."""


class Page(HTMLParser):
    """What one page of a site leads to, and the anchors that it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.aims: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element's anchor and aim."""
        said = dict(attrs)
        self.anchors |= {name for name in (said.get("id"), said.get("name")) if name}
        aim = said.get(AIMS.get(tag, ""))
        if aim:
            self.aims.append(aim)


def broken_links(site: Path) -> Iterator[str]:
    """Yield every link, picture, style and script of a built site that leads nowhere inside it."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html")) if path.name != "404.html"}
    for path, page in pages.items():
        for aim in page.aims:
            url = urlsplit(aim)
            if url.scheme or url.netloc:
                continue
            there = (path.parent / unquote(url.path)).resolve() if url.path else path
            found = there.is_file()
            if found and url.fragment and there in pages:
                found = unquote(url.fragment) in pages[there].anchors
            if not found:
                yield f"{path.relative_to(site).as_posix()}: {aim}"


def build() -> int:
    """Build the site strictly; return an exit code."""
    command = (sys.executable, "-m", "zensical", "build", "--clean", "--strict")
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code:
        return code
    broken = list(broken_links(SITE.resolve()))
    print(*(f"leads nowhere: {link}" for link in broken), sep="\n", end="\n" if broken else "")
    print(f"{len(list(SITE.rglob('*.html')))} pages in {SITE.relative_to(ROOT)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(build())
