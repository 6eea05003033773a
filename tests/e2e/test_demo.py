"""The samples that come with the package: written, run, never written over."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path

import pytest
from commands import Answer, objclass

from objclass import demo

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    """The folder of a demonstration, and what it said."""
    folder = tmp_path_factory.mktemp("here") / "my demo"
    return folder, objclass("demo", folder, "--report")


def test_it_writes_the_samples_runs_the_workflow_and_writes_the_report(
    ran: tuple[Path, Answer],
) -> None:
    folder, answer = ran
    assert answer.code == 0, answer.err
    assert "280 objects; 148 epithelium, 132 stroma" in answer.out
    for name in (*demo.FILES, "results/ihc_objects.csv", "results/ihc_overlay.png"):
        assert (folder / name).is_file(), name
    (page,) = folder.glob("*.html")
    assert f"wrote   {page}" in answer.out
    assert "No known copyright restrictions" in (folder / "data/README.md").read_text("utf-8")


def test_what_it_says_to_type_next_works(ran: tuple[Path, Answer]) -> None:
    _, answer = ran
    lines = [line[8:] for line in answer.lines if line[8:].startswith("objclass ")]
    told = [shlex.split(line.partition("  (")[0])[1:] for line in lines]
    assert [words[0] for words in told] == ["run", "plan", "label"]
    for words in told:
        extra = ["--no-browser", "--idle", "0", "--port", "0"] if words[0] == "label" else []
        assert objclass(*words, *extra).code == 0, words


def test_comments_of_the_workflow_name_it_where_it_lies(ran: tuple[Path, Answer]) -> None:
    folder, _ = ran
    text = (folder / demo.WORKFLOW).read_text("utf-8")
    assert "objclass run prediction_map.yaml" in text
    assert "workflows/" not in text


def test_nothing_is_written_over_and_nothing_half_written(tmp_path: Path) -> None:
    mine = tmp_path / "data" / "ihc.png"
    mine.parent.mkdir()
    mine.write_bytes(b"mine")
    answer = objclass("demo", tmp_path)
    assert answer.code == 2
    assert "ihc.png exists already; nothing was written" in answer.err
    assert "objclass demo FOLDER" in answer.err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]
    assert mine.read_bytes() == b"mine"


def test_the_page_opens_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("starlette", reason="needs objclass[ui]")
    from objclass.page import server

    served: list[object] = []
    monkeypatch.setattr(server, "serve", lambda *given: served.append(given))
    monkeypatch.setattr("objclass.cli.label.has_screen", lambda: True)
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)
    answer = objclass("demo", tmp_path / "new", "--label", "--no-browser")
    assert answer.code == 0, answer.err
    assert len(served) == 1
    assert "open    http://127.0.0.1:" in answer.out
    assert opened == []


def test_a_browser_that_is_not_to_open_needs_a_page(tmp_path: Path) -> None:
    answer = objclass("demo", tmp_path / "new", "--no-browser")
    assert answer.code == 2
    assert "add --label" in answer.err
    assert not (tmp_path / "new").exists()


def test_an_installation_without_samples_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "PACKAGE", tmp_path / "objclass")
    answer = objclass("demo", tmp_path / "new")
    assert answer.code == 1
    assert "the samples are missing from this installation" in answer.err
    assert not (tmp_path / "new").exists()


def test_the_wheel_holds_every_sample() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    held = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    expected = {f"workflows/{name}": f"objclass/demo/workflows/{name}" for name in demo.FILES}
    assert held == expected
    assert all((ROOT / name).is_file() for name in held)
    shipped = {path.name for path in (ROOT / "workflows").glob("*.yaml")}
    assert shipped <= {Path(name).name for name in demo.FILES}
