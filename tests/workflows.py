"""Small workflows on drawn images: written into a folder, run, and looked at.

Every image is 48 by 64 with twelve discs on a 3 by 4 grid of places 16 voxels apart, large
(radius 6, 113 voxels) and small (radius 3, 29 voxels) in turn. The last four are *soft*:
around each, a ring one voxel wider has the probability 0.45. So with ``sigma: 0`` a threshold
between 0.45 and 0.9 finds twelve objects of known sizes, and one below 0.45 changes exactly
the four soft ones.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import numpy as np
import tifffile

from objclass.data.labels import LabelHeader, LabelImage
from objclass.engine.outcome import StepOutcome
from objclass.run import Job, Request, prepare

SHAPE = (48, 64)
CENTERS = [(y, x) for y in (8, 24, 40) for x in (8, 24, 40, 56)]
RADII = [6, 3, 6, 3, 3, 6, 3, 6, 6, 3, 6, 3]
SOFT = range(8, 12)
LARGE, SMALL = 113, 29
"""Voxels of a large and a small disc."""

CLASSES = ["large" if radius == 6 else "small" for radius in RADII]
DEPTH = 6
LAYERS = slice(1, 4)
"""A volume has the discs in three of its six planes."""


def discs(number: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw raw values (uint8) and probabilities (float32) of one plane.

    `number` tells images and frames apart: it moves the brightness and the probability of the
    background a little, not the shapes.
    """
    rows, columns = np.indices(SHAPE)
    raw = np.full(SHAPE, 20 + number, np.uint8)
    raw += ((rows * 7 + columns * 13) % 11).astype(np.uint8)
    probability = np.full(SHAPE, 0.05 + 0.001 * number, np.float32)
    for k, ((y, x), radius) in enumerate(zip(CENTERS, RADII, strict=True)):
        distance = (rows - y) ** 2 + (columns - x) ** 2
        if k in SOFT:
            probability[distance <= (radius + 1) ** 2] = 0.45
        probability[distance <= radius**2] = 0.9
        raw[distance <= radius**2] += np.uint8(60 + 10 * k)
    return raw, probability


def volume(number: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The same discs as cylinders, three planes thick."""
    raw, probability = discs(number)
    deep = np.full((DEPTH, *SHAPE), 0.05, np.float32)
    deep[LAYERS] = probability
    return np.stack([raw + np.uint8(z) for z in range(DEPTH)]), deep


def write_map(path: Path, probability: np.ndarray) -> None:
    """Write a prediction map with the channels background and nucleus, last axis."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["exported_data"] = np.stack([1 - probability, probability], -1)


def write_raw(path: Path, raw: np.ndarray) -> None:
    """Write a raw image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, raw, photometric="minisblack")


TEXT = """\
version: 1
nodes:
  raw:
    kind: input
    path: {raw}
    axes: {axes}
  prob:
    kind: input
    path: {prob}
    axes: {axes}c
    channels: [background, nucleus]
    role: prediction_map
  nuclei:
    kind: threshold
    image: prob
    channel: nucleus
    sigma: 0
    threshold: 0.5
  measured:
    kind: features
    image: raw
    objects: nuclei
    measure: [size, intensity]
  classes:
    kind: classifier
    features: measured
    annotations: annotations.csv
    estimator: {{kind: random_forest, trees: 5}}
  predicted:
    kind: predict
    features: measured
    classifier: classes
  out:
    kind: export
    from: predicted
    write:
      table: results/objects.csv
      predictions: results/{{image}}_classes.tif
"""

Said = tuple[Any, ...]
"""One annotation: class, y, x and what else the header names."""


@dataclass
class Bench:
    """A folder with a workflow, its images and its annotations.

    Parameters
    ----------
    folder
        Where everything lies; the cache is in ``.objclass`` there.
    text
        The workflow; :meth:`edit` changes it.
    """

    folder: Path
    text: str = ""
    cache: Path | None = None
    told: list[Any] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """The workflow file."""
        return self.folder / "cells.yaml"

    @property
    def annotations(self) -> Path:
        """The annotation file."""
        return self.folder / "annotations.csv"

    def edit(self, *changes: tuple[str, str]) -> Bench:
        """Replace texts in the workflow, each found once or more, and write it."""
        for old, new in changes:
            assert old in self.text, old
            self.text = self.text.replace(old, new)
        self.file.write_text(self.text, encoding="utf-8")
        return self

    def annotate(self, rows: Iterable[Said], header: str = "class,y,x") -> Bench:
        """Write the annotation file."""
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        self.annotations.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self

    def job(self, *sets: str, **request: Any) -> Job:
        """Load and check the workflow."""
        usual = {"cache": self.cache, "trust_plugins": True, "tell": self.told.append}
        return prepare(self.file, Request(sets=sets, **{**usual, **request}))

    def run(self, *sets: str, **request: Any) -> Ran:
        """Run the workflow."""
        job = self.job(*sets, **request)
        return Ran(job, job.run())

    def stamp(self, *sets: str, node: str = "nuclei") -> Bench:
        """Give every annotation the stamp, id and size of the object it lies in now."""
        found = self.run(*sets, until=node)
        lines = self.annotations.read_text(encoding="utf-8").splitlines()
        header = lines[0].split(",")
        stamped = [f"{lines[0]},object,size,stamp"]
        for line in lines[1:]:
            said = dict(zip(header, line.split(","), strict=True))
            labels = found.labels(node, said.get("image"), said.get("t"))
            voxel = tuple(int(said[a]) for a in labels.header.grid.spatial)
            origin = labels.header.grid.origin[-len(voxel) :]
            here = tuple(v - o for v, o in zip(voxel, origin, strict=True))
            row = labels.index.row_of(int(labels.read()[here]))
            index = labels.index
            facts = (index.ids[row], index.size[row], index.stamp[row].decode())
            stamped.append(",".join([line, *map(str, facts)]))
        self.annotations.write_text("\n".join(stamped) + "\n", encoding="utf-8")
        return self


@dataclass(frozen=True)
class Ran:
    """A finished run."""

    job: Job
    outcomes: tuple[StepOutcome, ...]

    def of(self, name: str) -> list[StepOutcome]:
        """Outcomes of a node, or of one part as ``node.part``."""
        node, _, part = name.partition(".")
        here = [o for o in self.outcomes if o.step.node == node]
        return [o for o in here if not part or o.step.part.name == part]

    def state(self, name: str) -> str:
        """The one status of every step of a node or part."""
        found = {outcome.status for outcome in self.of(name)}
        assert len(found) == 1, f"{name}: {found}"
        return found.pop()

    @property
    def ran(self) -> set[str]:
        """Keys of the steps that ran."""
        return {o.step.key for o in self.outcomes if o.status == "ran"}

    @property
    def ran_parts(self) -> set[str]:
        """``node.part`` of the steps that ran."""
        done = [o.step for o in self.outcomes if o.status == "ran"]
        return {f"{step.node}.{step.part.name}" for step in done}

    @property
    def statuses(self) -> set[str]:
        """Every status there is."""
        return {outcome.status for outcome in self.outcomes}

    @property
    def digests(self) -> dict[str, str]:
        """Step key to digest of everything made, files by their content apart from dates."""
        return {
            o.step.key: o.known.artifact.digest
            for o in self.outcomes
            if o.known is not None and o.step.part.output is None
        }

    def reason(self, name: str) -> str:
        """Why a node or part ran or stopped: every reason once."""
        return "; ".join(dict.fromkeys(str(o.reason) for o in self.of(name) if o.reason))

    def data(self, name: str, image: str | None = None, t: Any = None) -> Any:
        """What a step made, as data."""
        found = [o for o in self.of(name) if not image or o.step.image == image]
        found = [o for o in found if t is None or o.step.t == int(t)]
        (outcome,) = found
        assert outcome.known is not None
        return self.job.store.load(outcome.known.artifact, outcome.step.part.header)

    def labels(self, node: str, image: str | None = None, t: Any = None) -> LabelImage:
        """The label image of a node."""
        found: LabelImage = self.data(f"{node}.objects", image, t)
        assert isinstance(found.header, LabelHeader)
        return found


ANNOTATED = (0, 1, 2, 3, 4, 5, 8, 9)
"""Discs with an annotation: six hard ones and two soft ones."""


def rows(numbers: Sequence[int] = ANNOTATED, *more: Any) -> list[Said]:
    """Annotations of some discs, right in every class."""
    return [(CLASSES[k], *CENTERS[k], *more) for k in numbers]


def flat(folder: Path, number: int = 0) -> Bench:
    """One plain 2D image."""
    raw, probability = discs(number)
    write_raw(folder / "raw.tif", raw)
    write_map(folder / "prob.h5", probability)
    text = TEXT.format(raw="raw.tif", prob="prob.h5", axes="yx")
    return Bench(folder, text).annotate(rows()).edit()


def deep(folder: Path) -> Bench:
    """One 3D image."""
    raw, probability = volume()
    write_raw(folder / "raw.tif", raw)
    write_map(folder / "prob.h5", probability)
    text = TEXT.format(raw="raw.tif", prob="prob.h5", axes="zyx")
    said = [(*row[:1], 2, *row[1:]) for row in rows()]
    return Bench(folder, text).annotate(said, "class,z,y,x").edit()


def series(folder: Path, frames: int = 3) -> Bench:
    """A time series in one file."""
    write_frames(folder, frames)
    text = TEXT.format(raw="raw.tif", prob="prob.h5", axes="tyx")
    said = [(*row[:1], 1, *row[1:]) for row in rows()]
    return Bench(folder, text).annotate(said, "class,t,y,x").edit()


def write_frames(folder: Path, frames: int) -> None:
    """Write the files of :func:`series`."""
    planes = [discs(t) for t in range(frames)]
    write_raw(folder / "raw.tif", np.stack([raw for raw, _ in planes]))
    write_map(folder / "prob.h5", np.stack([probability for _, probability in planes]))


def series_of_files(folder: Path, frames: int = 3) -> Bench:
    """A time series with one file per frame."""
    for t in range(frames):
        write_frame(folder, t)
    text = TEXT.format(raw="raw/f{t}.tif", prob="prob/f{t}.h5", axes="yx")
    said = [(*row[:1], 1, *row[1:]) for row in rows()]
    return Bench(folder, text).annotate(said, "class,t,y,x").edit()


def write_frame(folder: Path, t: int, number: int | None = None) -> None:
    """Write one frame of :func:`series_of_files`."""
    raw, probability = discs(t if number is None else number)
    write_raw(folder / f"raw/f{t}.tif", raw)
    write_map(folder / f"prob/f{t}.h5", probability)


def several(folder: Path, names: Sequence[str] = ("a", "b", "c")) -> Bench:
    """Several images by ``{name}``; only the first is annotated."""
    for name in names:
        write_image(folder, name)
    text = TEXT.format(raw="raw/{name}.tif", prob="prob/{name}.h5", axes="yx")
    return Bench(folder, text).annotate(rows(ANNOTATED, names[0]), "class,y,x,image").edit()


def write_image(folder: Path, name: str) -> None:
    """Write one image of :func:`several`; its brightness follows its name."""
    raw, probability = discs(sum(map(ord, name)) % 50)
    write_raw(folder / f"raw/{name}.tif", raw)
    write_map(folder / f"prob/{name}.h5", probability)


LABEL_TEXT = """\
version: 1
nodes:
  raw: {kind: input, path: raw.tif, axes: yx}
  cells: {kind: input, path: cells.tif, axes: yx, role: label_image}
  measured: {kind: features, image: raw, objects: cells, measure: [size, position]}
"""


def sparse_ids() -> np.ndarray:
    """The discs as a label image (uint32) with the ids 5, 1005, 2005, …."""
    rows_, columns = np.indices(SHAPE)
    ids = np.zeros(SHAPE, np.uint32)
    for k, ((y, x), radius) in enumerate(zip(CENTERS, RADII, strict=True)):
        ids[(rows_ - y) ** 2 + (columns - x) ** 2 <= radius**2] = 5 + 1000 * k
    return ids


def labelled(folder: Path) -> Bench:
    """A raw image and a label image with sparse ids, only measured."""
    write_raw(folder / "raw.tif", discs()[0])
    write_raw(folder / "cells.tif", sparse_ids())
    return Bench(folder, LABEL_TEXT).edit()


KINDS: Mapping[str, Any] = {
    "flat": flat,
    "deep": deep,
    "series": series,
    "series_of_files": series_of_files,
    "several": several,
}
"""Every bench that trains and predicts."""

MEMORY = Path("/dev/shm")
"""A disk in memory, where there is one: writing through to a real disk takes most of the time."""


def quick_folder() -> TemporaryDirectory[str]:
    """A folder that is gone afterwards, for tests that run a workflow very often."""
    return TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None)


_TIME = re.compile(r"\b\d+\.\d s\b")
_CLOCK = re.compile(r"\b\d\d:\d\d\b")


def masked(screen: str, folder: Path) -> str:
    """A screen without times, clocks and paths of the machine."""
    text = screen.replace(str(folder), "FOLDER")
    text = re.sub(r"(?:\.\./)+\S*?" + re.escape(folder.name), "FOLDER", text)
    text = _CLOCK.sub("HH:MM", _TIME.sub("N s", text))
    lines = [re.sub(r"  N s$", "", line).rstrip() for line in text.splitlines()]
    return "\n".join(lines) + "\n"
