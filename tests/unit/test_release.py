"""A release is refused unless it is committed, tagged, dated and of one version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from hatch_build import alone  # noqa: E402
from release import refusals, version_of  # noqa: E402

URLS = '[project.urls]\nRepository = "https://example.org/objclass"\n'


def git(folder: Path, *words: str) -> None:
    """Call git as somebody."""
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Sources that can be released."""
    texts = {
        "pyproject.toml": '[project]\nversion = "1.2.0"\n' + URLS,
        "objclass/__init__.py": '__version__ = "1.2.0"\n',
        "CITATION.cff": "version: 1.2.0\n",
        "CHANGELOG.md": "# Changes\n\n## 1.2.0 (2026-11-27)\n",
    }
    (tmp_path / "objclass").mkdir()
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "all")
    git(tmp_path, "tag", "v1.2.0")
    return tmp_path


def test_what_is_clean_tagged_and_dated_is_a_release(sources: Path) -> None:
    assert list(refusals(sources)) == []


def test_what_is_not_committed_is_none(sources: Path) -> None:
    (sources / "new.py").write_text("", encoding="utf-8")
    assert list(refusals(sources)) == ["not committed: new.py"]


def test_a_commit_without_the_tag_of_its_version_is_none(sources: Path) -> None:
    git(sources, "tag", "-d", "v1.2.0")
    git(sources, "tag", "v1.1.0")
    assert list(refusals(sources)) == ["the commit is not tagged; expected: git tag v1.2.0"]


@pytest.mark.parametrize(
    ("name", "new", "said"),
    [
        ("objclass/__init__.py", '__version__ = "1.1"', "objclass/__init__.py says 1.1"),
        ("CITATION.cff", "title: none", "CITATION.cff says no version"),
        ("CHANGELOG.md", "## 1.2.0 (not released)", "no heading with a date"),
        ("CHANGELOG.md", "## 1.1.0 (2026-01-31)", "no heading with a date"),
    ],
)
def test_texts_that_say_something_else_make_none(
    sources: Path, name: str, new: str, said: str
) -> None:
    (sources / name).write_text(new + "\n", encoding="utf-8")
    assert said in "; ".join(refusals(sources))


def test_a_folder_that_is_no_clone_is_none(tmp_path: Path) -> None:
    assert list(refusals(tmp_path)) == [
        f"{tmp_path} is no clone: only what is committed and tagged is released"
    ]


def test_sources_without_an_address_where_people_find_them_are_none(sources: Path) -> None:
    text = (sources / "pyproject.toml").read_text(encoding="utf-8")
    (sources / "pyproject.toml").write_text(text.replace(URLS, ""), encoding="utf-8")
    assert "pyproject.toml says nowhere where the sources are published" in "; ".join(
        refusals(sources)
    )


@pytest.mark.parametrize(
    ("why", "refused"),
    [("no Chromium on this machine", True), ("this system cannot fork", False)],
)
def test_a_test_that_was_skipped_for_want_of_a_tool_refuses_a_release(
    tmp_path: Path, why: str, refused: bool
) -> None:
    shutil.copy(ROOT / "tests/conftest.py", tmp_path)
    code = f"import pytest\n\ndef test_it():\n    pytest.skip({why!r})\n"
    (tmp_path / "test_it.py").write_text(code, encoding="utf-8")
    words = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    words += ("--refuse-skips", "-c", os.devnull, "--rootdir", str(tmp_path), "test_it.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_ADDOPTS": ""},  # of who runs this one: for other tests
        capture_output=True,
        text=True,
    )
    said = "skipped, and a release needs it" in done.stdout
    assert (done.returncode == 1, said) == (refused, refused), done.stdout


def test_a_description_that_stands_alone_has_no_pictures_and_only_links_that_lead_on() -> None:
    text = "![a picture](docs/a.png)\n\nSee [the page](docs/a.md#b), [that](https://example.org)."
    assert alone(text) == "See the page, [that](https://example.org)."


def test_a_package_index_shows_the_readme_without_dead_links() -> None:
    text = alone((ROOT / "README.md").read_text(encoding="utf-8"))
    assert re.findall(r"\]\((?!https?://)", text) == []
    assert "![" not in text
    assert "kind: classifier" in text


def test_the_citation_has_what_its_format_asks_for() -> None:
    citation = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert (citation["type"], citation["license"]) == ("software", "BSD-3-Clause")
    assert str(citation["version"]) == version_of(ROOT)
    assert all(set(author) == {"name"} for author in citation["authors"])


def test_the_index_for_language_models_leads_to_pages_that_exist() -> None:
    text = (ROOT / "llms.txt").read_text(encoding="utf-8")
    assert text.startswith("# objclass\n\n> ")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 15
    assert [link for link in links if not (ROOT / link).is_file()] == []
