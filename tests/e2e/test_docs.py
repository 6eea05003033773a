"""The documentation is true: every page is read and done, in a folder of its own.

``OBJCLASS_UPDATE_DOCS=1 pytest tests/e2e/test_docs.py`` writes what really comes out into the
pages.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from doc_folders import FOLDERS
from doc_pages import agree, blocks, links, masked, pages, replaced
from doc_reader import ROOT, Reader

from objclass.annotations.header import KNOWN
from objclass.io.formats import suffixes
from objclass.nodes.export.outputs import OUTPUTS
from objclass.nodes.export.table import PLACE

DOCS = ROOT / "docs"
PAGES = {path.relative_to(DOCS).as_posix(): path for path in pages(DOCS)}
LARGEST = 500_000
"""Bytes that a picture may have."""
READ = [name for name, page in PAGES.items() if "\nGenerated from the code" not in page.read_text()]
"""The pages that people write."""
MEASURED = "docs/benchmarks.md"
"""Written when benchmarks are run."""


@pytest.mark.parametrize("name", READ)
def test_what_a_page_says_comes_out(name: str, tmp_path: Path) -> None:
    page = PAGES[name]
    FOLDERS.get(page.name, lambda folder: None)(tmp_path)
    reader = Reader(page, tmp_path)
    reader.read()
    assert not reader.wrong, "\n".join(reader.wrong)


@pytest.mark.parametrize("page", [*PAGES.values(), ROOT / "README.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    found = links(page.read_text(encoding="utf-8"))
    inside = [link for link in found if "://" not in link and link != MEASURED]
    broken = [link for link in inside if not (page.parent / link.partition("#")[0]).exists()]
    assert broken == []
    for link in (link for link in inside if "#" in link):
        file, _, anchor = link.partition("#")
        text = (page.parent / file).read_text(encoding="utf-8") if file else page.read_text()
        titles = re.findall(r"(?m)^#+ (.*)$", text)
        assert anchor in {re.sub(r"[^\w-]", "", t.lower().replace(" ", "-")) for t in titles}


def test_pictures_are_small_and_used() -> None:
    pictures = sorted((DOCS / "pictures").iterdir())
    assert [p.name for p in pictures if p.stat().st_size > LARGEST] == []
    texts = [p.read_text(encoding="utf-8") for p in (*PAGES.values(), ROOT / "README.md")]
    everything = "".join(texts)
    assert [p.name for p in pictures if f"pictures/{p.name}" not in everything] == []


def test_every_how_to_runs_a_workflow() -> None:
    still = [
        name
        for name, page in PAGES.items()
        if name.startswith(("how-to/", "tutorial/"))
        and not re.search(
            r"(?m)^objclass (run|batch|evaluate) |\.run\(", page.read_text(encoding="utf-8")
        )
    ]
    assert still == []


def test_the_tutorial_installs_as_the_readme_does() -> None:
    shown = [b for b in blocks(PAGES["tutorial/first-run.md"].read_text()) if b.is_shown_only]
    command = shown[0].text.splitlines()[0]
    assert command.startswith("python3 -m venv")
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")


FILES = (DOCS / "reference/files.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*KNOWN, *PLACE, *OUTPUTS, *suffixes()])
def test_the_page_of_files_names_all_that_there_is(name: str) -> None:
    assert f"`{name}`" in FILES


def test_the_page_of_files_names_every_environment_variable() -> None:
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "objclass").rglob("*.py"))
    used = set(re.findall(r"\bOBJCLASS_[A-Z_]+\b", code))
    assert used == set(re.findall(r"\bOBJCLASS_[A-Z_]+\b", FILES))


def test_the_architecture_page_shows_the_layers_that_are_enforced() -> None:
    page = (DOCS / "explanation/architecture.md").read_text(encoding="utf-8")
    lines = re.findall(r"(?m)^ ?(\d+)  ((?:\w+ {1,2})*\w+)", page)
    rooms = {number: set(text.split()) for number, text in lines}
    there = {path.stem for path in (ROOT / "objclass").iterdir()}
    enforced = (ROOT / "tests/unit/test_layers.py").read_text(encoding="utf-8")
    layers = re.search(r"(?s)\nLAYERS.*? = (\(.*?\n\))\n", enforced)
    assert layers
    for number, layer in enumerate(ast.literal_eval(layers[1])):
        shown = rooms.get(str(number), set())
        assert set(layer) & there - {"__init__"} == shown, f"say so in the page: layer {number}"


def test_a_change_of_seconds_or_sizes_is_no_change() -> None:
    assert masked("nuclei  ran  12 objects  1.3 s") == masked("nuclei  ran  12 objects")
    assert masked("total   1.5 MB") == masked("total 88.1 kB")
    assert masked("12 objects") != masked("13 objects")


def test_dots_stand_for_any_lines() -> None:
    assert agree(["a", "…", "d"], ["a", "b", "c", "d"])
    assert agree(["…"], [])
    assert not agree(["a", "…", "e"], ["a", "b", "c", "d"])
    assert not agree(["a"], ["a", "b"])


PAGE = """\
Say `cells.yaml`:

```yaml
version: 1
```

<!-- exit 1 -->
```bash
false
```
<!-- picture: a -> b -->
[a link](other.md)
"""


def test_a_page_is_read_as_its_blocks() -> None:
    found = blocks(PAGE)
    assert [b.language for b in found] == ["yaml", "bash", "comment"]
    assert [b.file for b in found] == ["cells.yaml", "", ""]
    assert [b.exit_code for b in found] == [0, 1, 0]
    assert list(links(PAGE)) == ["other.md"]
    assert replaced(PAGE, [(found[1], "true\ntrue")]).count("true") == 2
