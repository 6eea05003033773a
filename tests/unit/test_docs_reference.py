"""The generated pages and the editor schema are those of the code as it is."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
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


def test_a_wrapper_whose_options_are_not_those_of_the_command_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "wrappers/biomero/run.py"
    tool = sys.modules["wrappers.tool"]
    old = (ROOT / name).read_text(encoding="utf-8")
    stale = old.replace('"--label-image"', '"--labels"')
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(stale, encoding="utf-8")
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    assert stale != PAGES[name]() == old
    (tmp_path / name).write_text(old.replace("KINDS = {", "ROLES = {"), encoding="utf-8")
    with pytest.raises(ValueError, match="has no mapping KINDS"):
        PAGES[name]()


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


def named(part: object) -> Iterator[str]:
    """Yield the pages that a part of the navigation names."""
    if isinstance(part, str):
        yield part
    else:
        assert isinstance(part, list | dict)
        for inner in part.values() if isinstance(part, dict) else part:
            yield from named(inner)


def navigation() -> list[str]:
    """The pages that the site leads to, as often as it names them."""
    settings = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))
    return list(named(settings["project"]["nav"]))


def test_the_navigation_names_every_page_once() -> None:
    pages = sorted(
        path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")
    )
    assert sorted(navigation()) == pages, "write it into nav of zensical.toml"


def test_the_landing_page_leads_to_every_page() -> None:
    landing = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    linked = {link.partition("#")[0] for link in re.findall(r"\]\(([^)]+\.md[^)]*)\)", landing)}
    assert sorted(linked | {"index.md"}) == sorted(navigation()), "link it in docs/index.md"
