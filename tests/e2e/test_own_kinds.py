"""Kinds of one's own are first class: what learns or writes is asked what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest

import workflows
from objclass.annotation_use import learning
from objclass.cli.screen import run_screen
from objclass.curation.annotation_status import status
from objclass.data.objects import FilesHeader
from objclass.engine.kind import Learning
from objclass.engine.look import Look
from objclass.engine.node import Header, JoinedInput, Made, Node, Part, Read, View
from objclass.engine.reason import Reason
from objclass.nodes.classifier import ClassifierNode
from objclass.nodes.registry import KINDS
from objclass.report.summary import summarize
from objclass.results import OutputRequest, with_exports
from objclass.schema.fields import FilePath, WireField

NAMES = {"model": "wisdom", "matches": "found", "evaluation": "marks"}
"""What the apprentice calls its parts; the rest as the classifier does."""


class ApprenticeNode(Node):
    """Learns as a classifier does, but is none, and calls its parts otherwise."""

    kind: Literal["apprentice"]
    main: ClassVar[str | None] = "wisdom"
    table: WireField
    said: FilePath

    @cached_property
    def _inner(self) -> ClassifierNode:
        return ClassifierNode(kind="classifier", features=self.table, annotations=self.said)

    @property
    def learns(self) -> Learning:
        """Everything that others need to know."""
        return Learning(self.table, self.said)

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the parts of a classifier under other names."""
        return tuple(map(renamed, self._inner.check(replace(look, node=self._inner))))

    def gate(self, part: Part, given: Mapping[str, tuple[JoinedInput, ...]]) -> Reason | None:
        """Hold back what a classifier holds back."""
        return self._inner.gate(called_back(part), given)

    def joined(self, name: str, parts: Sequence[Part]) -> Header | None:
        """The header of what was learned."""
        return next(part.header for part in parts if part.name == "wisdom")

    def compute(self, part: Part, view: View) -> Made:
        """Make what a classifier makes."""
        return self._inner.compute(called_back(part), view)


def renamed(part: Part) -> Part:
    """A part of a classifier as the apprentice calls it."""
    reads = tuple(
        replace(r, wire=replace(r.wire, part=NAMES.get(r.wire.part or "", r.wire.part)))
        for r in part.reads
    )
    return replace(part, name=NAMES.get(part.name, part.name), reads=reads)


def called_back(part: Part) -> Part:
    """A part as the classifier calls it."""
    back = {mine: name for name, mine in NAMES.items()}
    return replace(part, name=back.get(part.name, part.name))


class NoteNode(Node):
    """Writes a note of how many frames a table has."""

    kind: Literal["note"]
    of: WireField
    path: FilePath

    @property
    def writes(self) -> tuple[str, ...]:
        """Its one file."""
        return (self.path,)

    def check(self, look: Look) -> tuple[Part, ...]:
        """One part, one file."""
        path = look.settings.folder / self.path.replace("{image}", look.image.name)
        reads = (Read("of", look.wire("of")),)
        joins: Any = frozenset({"t"})
        header = FilesHeader("note", str(path))
        return (Part("note", header, {}, reads, joins=joins, output=path),)

    def compute(self, part: Part, view: View) -> Made:
        """Write the note."""
        assert part.output is not None
        part.output.write_text(f"{len(view.all('of'))} frame of {view.image}\n")
        return Made()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> workflows.Bench:
    """A workflow whose classifier is an apprentice, with a note of its predictions."""
    monkeypatch.setitem(KINDS.lines, "apprentice", f"{__name__}.ApprenticeNode")
    monkeypatch.setitem(KINDS.lines, "note", f"{__name__}.NoteNode")
    monkeypatch.chdir(tmp_path)
    found = workflows.flat(tmp_path)
    text = found.text.replace(
        "kind: classifier\n    features: measured\n    annotations: annotations.csv\n"
        "    estimator: {kind: random_forest, trees: 5}",
        "kind: apprentice\n    table: measured\n    said: annotations.csv",
    )
    assert "apprentice" in text
    text += "  told: {kind: note, of: predicted, path: 'note_{image}.tif'}\n"
    return replace(found, text=text).edit()


def test_a_kind_that_learns_is_run_reported_and_put_into_a_project(
    bench: workflows.Bench,
) -> None:
    ran = bench.run()
    report = summarize(ran.job, ran.outcomes)
    assert report.exit_code == 0, report.problems
    (node,) = [each for each in report.nodes if each.name == "classes"]
    assert node.facts["examples"] == {"large": 4, "small": 4}
    assert "8 examples: 4 large, 4 small" in run_screen(ran.job, ran.outcomes)[0]
    assert learning(ran.job.workflow) == {"classes": "annotations.csv"}
    assert (bench.folder / "cells.objclass.h5").is_file()


def test_annotations_of_a_kind_that_learns_have_a_status(bench: workflows.Bench) -> None:
    found = status(bench.folder / "cells.yaml")
    assert [each.usable for each in found.images.values()] == [8]


def test_annotations_of_a_kind_that_learns_become_invalid_and_it_stops(
    bench: workflows.Bench,
) -> None:
    bench.stamp().run()
    ran = bench.run("nuclei.min_size=50")
    said, code = run_screen(ran.job, ran.outcomes)
    assert code == 1
    assert "4 invalid, because nuclei: min_size 10 -> 50" in said, said
    assert "objclass annotations reattach" in said


def test_a_kind_that_writes_is_run_and_its_files_are_no_images_of_the_next_run(
    bench: workflows.Bench,
) -> None:
    ran = bench.run()
    (written,) = [p for p in summarize(ran.job, ran.outcomes).written if p.name.startswith("note_")]
    assert written.read_text() == f"1 frame of {ran.job.graph.images[0].name}\n"
    (bench.folder / "prob.h5").rename(bench.folder / "raw_p.h5")
    again = bench.job("raw.path={day}.tif", "prob.path={day}_p.h5")
    assert [image.name for image in again.graph.images] == ["raw"]


def test_a_batch_does_not_write_what_a_kind_of_ones_own_writes(bench: workflows.Bench) -> None:
    nodes = bench.job().graph.nodes
    kept, (result,) = with_exports(
        {n: e for n, e in nodes.items() if n != "project"}, OutputRequest()
    )
    assert "told" not in kept
    assert result.name == "predicted"
