"""The Python examples of the documentation pass ``mypy --strict``, page by page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from doc_pages import blocks

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def examples() -> dict[str, str]:
    """Module name to the examples of a page, one after the other as a reader types them."""
    found = {}
    for page in PAGES:
        told = [b for b in blocks(page.read_text(encoding="utf-8")) if b.language == "python"]
        files = [block for block in told if block.file]
        typed = [block.text for block in told if not block.file and not block.is_shown_only]
        name = f"page_{page.stem.replace('-', '_').lower()}"
        found |= {name: "\n".join(typed)} if typed else {}
        found |= {Path(block.file).stem: block.text for block in files}
    return found


def test_the_pages_have_examples() -> None:
    assert "page_from_python" in examples()


def test_the_examples_of_all_pages_are_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = pytest.importorskip("mypy.api")
    for name, text in examples().items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)  # where modules of a page import each other
    config, cache = str(ROOT / "pyproject.toml"), str(ROOT / ".mypy_cache" / "docs")
    files = sorted(path.name for path in tmp_path.glob("*.py"))
    out, err, code = api.run(["--config-file", config, "--cache-dir", cache, "--strict", *files])
    assert (code, err) == (0, ""), out
