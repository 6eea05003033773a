"""Workflows with one node that finds objects: arrays in, label image out.

A :class:`Finding` writes arrays as files, wires them to a ``threshold`` or ``components``
node with the fields of a test, runs it and reads back what was made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from objclass.data.axes import to_order
from objclass.data.labels import LabelImage
from objclass.engine.summary import write_summary
from objclass.run import Job, Request, prepare
from workflows import Ran


@dataclass
class Finding:
    """A workflow around one node called ``found``.

    Parameters
    ----------
    folder
        Where everything lies.
    fields
        Of the node, ``kind`` among them; ``image`` is the first file unless told otherwise.
    top
        Further lines of the workflow, such as ``compatibility``.
    """

    folder: Path
    fields: Mapping[str, Any]
    top: Mapping[str, Any] = field(default_factory=dict)
    nodes: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def file(self, name: str, array: np.ndarray, axes: str, role: str, **more: Any) -> Finding:
        """Write an array and refer to it by an input of this name."""
        np.save(self.folder / f"{name}.npy", array)
        path = {"path": f"{name}.npy", "axes": axes, "role": role}
        return self.node(name, kind="input", **path, **more)

    def node(self, name: str, **fields: Any) -> Finding:
        """Add a node."""
        self.nodes[name] = fields
        return self

    def job(self, *sets: str, block: Any = None, until: str | None = "found") -> Job:
        """Load and check the workflow; `block` puts the node below a ``blockwise`` node."""
        nodes = {**self.nodes, "found": {"image": next(iter(self.nodes)), **self.fields}}
        nodes |= {} if block is None else blockwise(block)
        file = self.folder / "cells.yaml"
        text = {"version": 1, **self.top, "nodes": nodes}
        file.write_text(json.dumps(text), encoding="utf-8")
        cache = self.folder / (".whole" if block is None else ".blocks")
        return prepare(file, Request(sets, cache=cache, until=until))

    def run(self, *sets: str, block: Any = None, until: str | None = "found") -> Found:
        """Run the node, or the whole workflow with ``until=None``."""
        job = self.job(*sets, block=block, until=until)
        return Found(job, job.run())


def blockwise(block: Any) -> dict[str, Mapping[str, Any]]:
    """Nodes that run ``found`` by block."""
    return {
        "measured": {"kind": "features", "objects": "found", "measure": ["size"]},
        "classes": {"kind": "classifier", "features": "measured", "annotations": "none.csv"},
        "predicted": {
            "kind": "blockwise",
            "features": "measured",
            "classifier": "classes",
            "block": block,
        },
    }


class Found(Ran):
    """What a :class:`Finding` made."""

    @property
    def problems(self) -> str:
        """What went wrong, in one line."""
        return "; ".join(str(p) for outcome in self.outcomes for p in outcome.problems)

    @property
    def warnings(self) -> list[str]:
        """What people are told of the run."""
        return [w for outcome in self.outcomes for w in outcome.warnings]

    @property
    def digest(self) -> str:
        """Digest of the objects of the only frame."""
        assert not self.problems
        (digest,) = (d for key, d in self.digests.items() if key.startswith("found.objects|"))
        return digest

    def image(self, t: int | None = None) -> LabelImage:
        """The label image of a frame."""
        assert not self.problems
        return self.labels("found", t=t)

    def ids(self, t: int | None = None) -> np.ndarray:
        """The ids of a frame."""
        return self.image(t).read()

    def summary(self, t: int | None = None) -> dict[str, Any]:
        """What is told of the frame."""
        (outcome,) = [o for o in self.of("found.objects") if o.step.t == t]
        assert outcome.known is not None
        return write_summary(outcome.known.summary)

    def dropped(self, t: int | None = None) -> dict[str, int]:
        """How many objects are gone, and why."""
        return dict(self.summary(t)["dropped"])


def ordered(array: np.ndarray, axes: str, order: str) -> np.ndarray:
    """The same voxels in another order of axes."""
    return np.ascontiguousarray(to_order(array, axes, order))
