"""CPU seconds and memory of a volume of 512³ from chunked files, side by side with others.

``OBJCLASS_PEERS=/path/to/python pytest -m benchmark -n 0 -s tests/benchmarks/test_scale_speed.py``
names an interpreter that has the others (see ``scale_peers.py``); without it only ours are
measured. Figures and what they are for: docs/explanation/scale.md.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from scale_volume import EDGE, MB, Spent, ours, spend, write_files

from objclass.segmentation.components import components
from objclass.segmentation.index import index

pytestmark = pytest.mark.benchmark
PEERS = "OBJCLASS_PEERS"
VOXELS = EDGE**3

LABEL = """\
version: 1
nodes:
  mask: {{kind: input, path: {path}, axes: zyx, role: segmentation}}
  balls: {{kind: components, image: mask}}
  measured: {{kind: features, objects: balls, measure: [size]}}
  classes: {{kind: classifier, features: measured, annotations: annotations.csv}}
  predicted: {{{predict}}}
  save: {{kind: export, from: balls, write: {{identities: {out}}}}}
"""
CHAIN = """\
version: 1
nodes:
  raw: {{kind: input, path: volume.h5/raw, axes: zyx}}
  map: {{kind: input, path: volume.h5/map, axes: zyx, role: prediction_map, value_range: [0, 255]}}
  balls: {{kind: threshold, image: map, sigma: 1.0, threshold: 0.5}}
  measured: {{kind: features, image: raw, objects: balls, measure: [size, axes, intensity]}}
  classes: {{kind: classifier, features: measured, annotations: annotations.csv}}
  predicted: {{{predict}}}
  save:
    kind: export
    from: predicted
    write: {{table: table.csv, predictions: classes.h5}}
"""
WHOLE = "kind: predict, features: measured, classifier: classes"
BLOCKS = "kind: blockwise, features: measured, classifier: classes, block: 128"


CUTS = {"whole": WHOLE, "by 128³": BLOCKS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, after a small volume for which all kernels and modules are compiled."""
    small, made = tmp_path_factory.mktemp("small"), tmp_path_factory.mktemp("scale")
    write_files(small, 192, 300)
    for cut in CUTS.values():
        label(small, "volume.h5/mask", "ids.h5", cut)
        label(small, "mask.zarr", "ids.ome.zarr", cut)
        chain(small, cut)
    write_files(made)
    return made


def label(folder: Path, path: str, out: str, cut: str) -> Spent:
    return run(folder, LABEL.format(path=path, out=out, predict=cut), "--until", "save")


def chain(folder: Path, cut: str) -> Spent:
    return run(folder, CHAIN.format(predict=cut))


def run(folder: Path, text: str, *options: str) -> Spent:
    """Run a workflow of which nothing is cached or written."""
    for old in (".objclass", "ids.ome.zarr"):
        shutil.rmtree(folder / old, ignore_errors=True)
    for old in ("ids.h5", "classes.h5", "table.csv"):
        (folder / old).unlink(missing_ok=True)
    (folder / "w.yaml").write_text(text, encoding="utf-8")
    (folder / "annotations.csv").write_text(annotations(folder), encoding="utf-8")
    return spend(ours("run", "w.yaml", "--workers", "1", *options), folder)


def annotations(folder: Path) -> str:
    """Say of 40 objects in a corner which are large."""
    with h5py.File(folder / "volume.h5") as file:
        found = index(components(file["map"][:128, :128, :128] > 0)[0])
    some = np.flatnonzero(~found.touches_border)[:40]
    large = found.size > np.median(found.size[some])
    lines = (f"{','.join(map(str, found.inside[k]))},{'ab'[int(large[k])]}" for k in some)
    return "\n".join(["z,y,x,class", *lines, ""])


def told(name: str, spent: Spent) -> Spent:
    load = os.getloadavg()[0]
    print(
        f"{name}: {spent.seconds:.1f} CPU s, {spent.rate(VOXELS):.1f} Mvoxel per CPU s, "
        f"{spent.memory / MB:.0f} MB (load {load:.1f})"
    )
    return spent


def test_a_volume_is_labelled_and_written(folder: Path) -> None:
    for name, cut in CUTS.items():
        told(f"label {name}, HDF5", label(folder, "volume.h5/mask", "ids.h5", cut))
        told(f"label {name}, Zarr", label(folder, "mask.zarr", "ids.ome.zarr", cut))


@pytest.mark.parametrize("name", ["cc3d", "tilewise-ccl", "dask-image"])
def test_others_label_the_same_volume(folder: Path, name: str) -> None:
    """dask-image takes minutes."""
    if PEERS not in os.environ:
        pytest.skip(f"{PEERS} names no interpreter")
    script = Path(__file__).with_name("scale_peers.py")
    told(name, spend([os.environ[PEERS], str(script), name, str(folder)], folder))


@pytest.mark.parametrize(("name", "asked"), [("whole", 10), ("by 128³", 18)])
def test_a_volume_is_smoothed_measured_and_classified(
    folder: Path, name: str, asked: float
) -> None:
    assert told(f"chain {name}", chain(folder, CUTS[name])).seconds <= 1.5 * asked
