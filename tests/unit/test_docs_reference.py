"""The generated pages and the editor schema are those of the code as it is."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def generator() -> dict[str, Callable[[], str]]:
    """The pages of ``docs/generate.py``: path to what makes the text."""
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs/generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "docs"))
    pages: dict[str, Callable[[], str]] = module.PAGES
    return pages


PAGES = generator()


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_in_step(name: str) -> None:
    shown = (ROOT / name).read_text(encoding="utf-8")
    assert shown == PAGES[name](), "python docs/generate.py writes it again"


def test_a_help_text_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    before = PAGES["docs/reference/commands.md"]()
    monkeypatch.setenv("COLUMNS", "200")
    assert PAGES["docs/reference/commands.md"]() == before
    monkeypatch.setenv("COLUMNS", "60")
    assert PAGES["docs/reference/commands.md"]() == before


def test_the_catalogue_knows_every_built_in_family() -> None:
    from objclass.measure.families import BUILT_IN, TABLES

    page = (ROOT / "docs/reference/features.md").read_text(encoding="utf-8")
    assert [name for name in (*BUILT_IN, *TABLES) if f"## `{name}`" not in page] == []
