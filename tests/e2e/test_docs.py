"""The documentation is true: every page is read and done, in a folder of its own.

``OBJCLASS_UPDATE_DOCS=1 pytest tests/e2e/test_docs.py`` writes what really comes out into the
pages.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_folders import FOLDERS
from doc_pages import pages
from doc_reader import ROOT, Reader

DOCS = ROOT / "docs"
PAGES = {path.relative_to(DOCS).as_posix(): path for path in pages(DOCS)}


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_says_comes_out(name: str, tmp_path: Path) -> None:
    page = PAGES[name]
    FOLDERS.get(page.name, lambda folder: None)(tmp_path)
    reader = Reader(page, tmp_path)
    reader.read()
    assert not reader.wrong, "\n".join(reader.wrong)
