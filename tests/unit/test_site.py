"""The site: a link that leads nowhere is found, and the landing page shows what is true."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SETTINGS = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
LANDING = (DOCS / "index.md").read_text(encoding="utf-8")


def builder() -> ModuleType:
    """The module ``docs/site.py``."""
    spec = importlib.util.spec_from_file_location("docs_site", DOCS / "site.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_build_stops_at_links_and_anchors_that_lead_nowhere() -> None:
    assert SETTINGS["validation"] == {"invalid_links": True, "invalid_link_anchors": True}
    assert '"--strict"' in (DOCS / "site.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("body", "broken"),
    [
        ('<a href="b.html">b</a> <a href="b.html#here">b</a> <img src="p.png">', []),
        ('<a href="https://example.org/none">x</a> <a href="#top">t</a>', []),
        ('<a href="c.html">c</a>', ["a.html: c.html"]),
        ('<a href="b.html#there">b</a>', ["a.html: b.html#there"]),
        ('<a href="#nowhere">x</a>', ["a.html: #nowhere"]),
        ('<img src="q.png">', ["a.html: q.png"]),
        ('<link rel="stylesheet" href="s.css">', ["a.html: s.css"]),
        ('<a href="folder/">x</a>', ["a.html: folder/"]),
    ],
)
def test_what_leads_nowhere_in_a_built_site_is_named(
    body: str, broken: list[str], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.html").write_text(f'<h1 id="top">A</h1>{body}', encoding="utf-8")
    (tmp_path / "b.html").write_text('<h1 id="here">B</h1>', encoding="utf-8")
    (tmp_path / "p.png").write_bytes(b"")
    assert list(builder().broken_links(tmp_path)) == broken


def fenced(page: str, language: str) -> list[str]:
    """The lines of a page's blocks in a language."""
    found = re.findall(rf"(?ms)^```{language}\n(.*?)^```$", page)
    return [line for block in found for line in block.splitlines()]


def test_what_the_landing_page_shows_is_shown_and_run_elsewhere() -> None:
    tutorial = (DOCS / "tutorial/first-run.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    seconds = r"  \d+\.\d s$"
    outputs = {re.sub(seconds, "", line) for line in fenced(tutorial, "text")}
    for page in (LANDING, readme):
        shown = [re.sub(seconds, "", line) for line in fenced(page, "text")]
        assert [line for line in shown if line not in outputs] == []
        assert shown
    assert set(fenced(LANDING, "yaml")) <= set(fenced(readme, "yaml"))
    assert set(fenced(LANDING, "bash")) <= set(fenced(readme, "bash"))


def test_the_landing_page_has_the_figures_of_the_page_of_real_sets() -> None:
    measured = (DOCS / "explanation/real-images.md").read_text(encoding="utf-8")
    forest = {
        kind: re.findall(rf"\| random forest \| {kind} \| ([^|]+) \|", measured)
        for kind in ("40", "all")
    }
    rows = re.findall(r"real-images\.md#\S+\) \| [\d,]+ \| \d+ \| ([^|]+) \| ([^|]+) \|", LANDING)
    assert rows == list(zip(forest["40"], forest["all"], strict=True))
    assert len(rows) == 5
