"""A release is refused unless it is committed, tagged, dated and of one version."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from release import refusals, version_of  # noqa: E402


def git(folder: Path, *words: str) -> None:
    """Call git as somebody."""
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Sources that can be released."""
    texts = {
        "pyproject.toml": '[project]\nversion = "1.2.0"\n',
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
