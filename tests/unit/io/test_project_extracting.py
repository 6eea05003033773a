"""Taking a project apart: texts come back as they were, and no name leads out of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objclass.errors import InputError
from objclass.io.project import AnnotationTable, Plugin, ProjectFile
from objclass.io.project.extracting import extract, safe_name, safe_part

WORKFLOW = "version: 1  # µ\r\nnodes: {}\n"


def project(*tables: tuple[str, str]) -> ProjectFile:
    """A project with these annotation files."""
    return ProjectFile(WORKFLOW, annotations=tuple(AnnotationTable(*table) for table in tables))


def files_below(folder: Path) -> dict[str, bytes]:
    """Relative path to content of every file."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_workflow_and_annotations_come_back_byte_by_byte(tmp_path: Path) -> None:
    text = "y,x,class\r\n1,2,µ\r\n"
    written = extract(project(("data/a.csv", text)), tmp_path / "out", "cells")
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "out/cells.yaml",
        "out/data/a.csv",
    ]
    expected = {"cells.yaml": WORKFLOW.encode(), "data/a.csv": text.encode()}
    assert files_below(tmp_path / "out") == expected


def test_a_table_that_two_classifiers_share_is_written_once(tmp_path: Path) -> None:
    extract(project(("a.csv", "x"), ("a.csv", "x"), ("b.parquet", "")), tmp_path)
    assert set(files_below(tmp_path)) == {"workflow.yaml", "a.csv"}


def test_two_tables_that_come_to_one_name_are_both_written(tmp_path: Path) -> None:
    extract(project(("../a.csv", "1"), ("../../A.csv", "2"), ("a.csv", "3")), tmp_path)
    tables = {n: c for n, c in files_below(tmp_path).items() if n != "workflow.yaml"}
    assert tables == {"a.csv": b"1", "A_2.csv": b"2", "a_3.csv": b"3"}


def test_nothing_is_written_where_one_of_the_files_exists(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(InputError, match=r"holds a\.csv already; nothing was written"):
        extract(project(("a.csv", "other")), tmp_path)
    assert files_below(tmp_path) == {"a.csv": b"mine"}


def test_a_link_in_the_folder_is_not_followed_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "else").mkdir()
    (tmp_path / "out/data").symlink_to(tmp_path / "else")
    with pytest.raises(InputError, match="would lie outside"):
        extract(project(("data/a.csv", "x")), tmp_path / "out")
    assert files_below(tmp_path / "else") == {}


def test_plugins_stay_in_the_project(tmp_path: Path) -> None:
    extract(ProjectFile(WORKFLOW, plugins=(Plugin("mine.py", "ab", "import os"),)), tmp_path)
    assert set(files_below(tmp_path)) == {"workflow.yaml"}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("data/ihc.csv", "data/ihc.csv"),
        ("./a.tsv", "a.tsv"),
        ("../../.bashrc", "bashrc.csv"),
        ("/etc/passwd", "passwd.csv"),
        ("C:\\data\\a.csv", "a.csv"),
        ("..\\..\\a.csv", "a.csv"),
        (".git/hooks/post-checkout", "git/hooks/post-checkout.csv"),
        ("a/../../b.csv", "b.csv"),
        ("", "annotations.csv"),
        ("...", "annotations.csv"),
        ("con.csv", "_con.csv"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("run\u202egpj.csv", "run_gpj.csv"),
        ("conftest.py", "conftest.py.csv"),
    ],
)
def test_a_name_is_made_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=600))
def test_no_name_leads_out_of_a_folder(name: str) -> None:
    folder = Path("folder")
    path = folder / safe_name(name)
    assert ".." not in path.parts
    assert not Path(safe_name(name)).is_absolute()
    assert all(part == safe_part(part) for part in path.parts[1:-1])
    assert all(len(part.encode("utf-8", "replace")) <= 255 for part in path.parts)
    assert path.suffix.lower() in (".csv", ".tsv", ".txt")
