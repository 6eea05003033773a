"""Workflows, shipped ones and one for each route, touch files, chunks and records as often as ever.

Time depends on the machine, these counts do not: one more file opened by a cached run is a
number here. They are counted at the doors that everything goes through. A change on purpose is
written with ``OBJCLASS_UPDATE_COUNTS=1 pytest -n 0 tests/golden/test_operations.py``.

What is wasteful today, and what a mended count would be:

- Of `prediction_map` the label image is a single chunk, and a first run decodes it six times: for
  each of the three families, to find the annotated objects, for the class image and for the
  overlay. These are steps of their own; they could share one.
- The 27 chunks of the volume's label image are decoded about three times, by the two families and
  for the class image, and by block less often, since what was decoded last is kept. In mode halo
  the pieces are an image of their own.
- After a change each step that runs reads records of its own past and of all it reads to say why it
  runs: more than twice as many as there are steps.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import pytest
from commands import objclass
from scale_volume import write_files

from objclass.engine import content
from objclass.engine.content import ChunkDigests, ZarrVoxels
from objclass.engine.disk_store import DiskStore
from objclass.engine.memory import MemoryStore
from objclass.io import csv_table, parquet
from objclass.io import image as image_module
from objclass.io.formats import FORMATS, module_of
from objclass.io.kept_frames import KEPT
from objclass.io.same_head import HEADS
from objclass.segmentation.components import components
from objclass.segmentation.index import index

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KNOWN = HERE / "operations.json"
UPDATE = "OBJCLASS_UPDATE_COUNTS"
COUNTED = (
    "files opened",
    "headers read",
    "chunks decoded",
    "voxels hashed",
    "traces read",
    "tables written",
)

WORKFLOWS = {
    "prediction_map": ("nuclei.min_size=40", "--prediction-map", "data/ihc_Probabilities.h5"),
    "segmentation": ("sizes.use=[size]", "--segmentation", "data/coins_segmentation.png"),
}
"""Workflow to the value that is changed, and how a batch is given what lies under its objects."""
RAW = {"prediction_map": "data/ihc.png", "segmentation": "data/coins.png"}


def watch(patch: pytest.MonkeyPatch, owner: Any, name: str, count: Callable[..., object]) -> None:
    """Call `count` with what a function is given, before each of its calls."""
    inner = getattr(owner, name)

    def watched(*args: Any, **named: Any) -> Any:
        count(*args, **named)
        return inner(*args, **named)

    patch.setattr(owner, name, watched)


@pytest.fixture
def counts() -> Iterator[Counter[str]]:
    """What has been done since the last :meth:`Counter.clear`."""
    done: Counter[str] = Counter()

    def one(what: str) -> Callable[..., object]:
        return lambda *args, **named: done.update([what])

    def chunks(array: Any, region: Any) -> None:
        done["chunks decoded"] += chunks_touched(getattr(array, "_array", array), region)

    def voxels(*given: Any) -> None:
        done["voxels hashed"] += given[-1].size

    with pytest.MonkeyPatch.context() as patch:
        for row in FORMATS:
            watch(patch, module_of(row), "open", one("files opened"))
            watch(patch, module_of(row), "describe", one("headers read"))
        watch(patch, content, "decode_chunks", chunks)
        watch(patch, ZarrVoxels, "read", chunks)
        watch(patch, ChunkDigests, "add", voxels)
        watch(patch, image_module, "of_chunk", voxels)
        for store in (DiskStore, MemoryStore):
            watch(patch, store, "trace", one("traces read"))
        for format_ in (csv_table, parquet):
            watch(patch, format_, "appending", one("tables written"))
        yield done


def chunks_touched(array: Any, region: Any) -> int:
    """How many chunks a region touches; each is decoded once per read."""
    number = 1
    for start, stop, size in zip(region.start, region.stop, array.chunks, strict=True):
        number *= -(-stop // size) - start // size
    return number


def done_by(counts: Counter[str], folder: Path, *line: str) -> dict[str, int]:
    """Type a command and return what it did."""
    KEPT.clear()  # every command is a process of its own
    HEADS.clear()
    counts.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        answer = objclass(*line)
    assert answer.code == 0, answer.out + answer.err
    return {what: counts[what] for what in COUNTED}


def batch_of(folder: Path, name: str) -> list[str]:
    """A batch over two images, which are copies of the one that the workflow learned from."""
    _, option, under = WORKFLOWS[name]
    new = folder / "new"
    for kind, file in (("raw", RAW[name]), ("under", under)):
        for image in "ab":
            (new / kind).mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / file, new / kind / f"{image}{Path(file).suffix}")
    patterns = [
        f"new/raw/{{name}}{Path(RAW[name]).suffix}",
        f"new/under/{{name}}{Path(under).suffix}",
    ]
    return [
        "batch",
        f"{name}.objclass.h5",
        "--raw",
        patterns[0],
        option,
        patterns[1],
        "--out",
        "out",
    ]


def operations(counts: Counter[str], folder: Path, name: str) -> dict[str, dict[str, int]]:
    """What each run of a shipped workflow does, from the first on."""
    run = ["run", f"{name}.yaml"]
    return {
        "cold": done_by(counts, folder, *run),
        "cached": done_by(counts, folder, *run),
        "one value changed": done_by(counts, folder, *run, "--set", WORKFLOWS[name][0]),
        "batch of two images": done_by(counts, folder, *batch_of(folder, name)),
    }


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_shipped_workflow_does_as_much_as_it_always_did(
    counts: Counter[str], tmp_path: Path, name: str
) -> None:
    ignore = shutil.ignore_patterns(".objclass", "results", "*.objclass.h5")
    shutil.copytree(ROOT / "workflows", tmp_path / "w", ignore=ignore)
    compare(name, operations(counts, tmp_path / "w", name))


def compare(name: str, found: dict[str, dict[str, int]]) -> None:
    """Compare with the counts that are known, or write them."""
    known = json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {}
    if os.environ.get(UPDATE):
        known[name] = found
        KNOWN.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert found == known[name]


FOUND = {
    "mask": "path: volume.h5/mask, axes: zyx, role: segmentation",
    "labels": "path: ids.h5, axes: zyx, role: label_image",
    "zarr": "path: mask.zarr, axes: zyx, role: segmentation",
    "series": "path: series.h5/mask, axes: tyx, role: segmentation",
}
PREDICTED = "features: measured, classifier: classes"
ROUTES = {
    "whole": ("mask", f"kind: predict, {PREDICTED}", "classes.h5"),
    "by block": ("mask", f"kind: blockwise, {PREDICTED}, block: 64", "classes.h5"),
    "halo": ("mask", f"kind: blockwise, {PREDICTED}, block: 64, mode: halo, halo: 8", "classes.h5"),
    "label image": ("labels", f"kind: predict, {PREDICTED}", "classes.h5"),
    "OME-Zarr": ("zarr", f"kind: blockwise, {PREDICTED}, block: 64", "classes.ome.zarr"),
    "series": ("series", f"kind: predict, {PREDICTED}", "classes.h5"),
}
"""What objects are found in, how they are classified, and what is written."""
VOLUME = """\
version: 1
nodes:
  mask: {{kind: input, {found}}}
  balls: {{kind: components, image: mask}}
  measured: {{kind: features, objects: balls, measure: [size, axes]}}
  classes: {{kind: classifier, features: measured, annotations: annotations.csv}}
  predicted: {{{predicted}}}
  save: {{kind: export, from: predicted, write: {{table: table.csv, predictions: {out}}}}}
"""


def write_volume(folder: Path) -> None:
    """Write a volume, its label image, three planes of it as frames, and two annotations."""
    write_files(folder, 130, 40)
    with h5py.File(folder / "volume.h5") as file:
        mask = file["mask"][:]
    ids = components(mask)[0]
    for name, data, voxels in (("ids", "ids", ids), ("series", "mask", mask[60:63])):
        with h5py.File(folder / f"{name}.h5", "w") as file:
            file.create_dataset(data, data=voxels, chunks=voxels[:1].shape)
    for name, found in (("zyx", index(ids)), ("yx", index(components(mask[60])[0]))):
        rows = [f"{','.join(map(str, found.inside[k]))},{'ab'[k % 2]}" for k in range(4)]
        head = ",".join([*name, "class"])
        (folder / f"{name}.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_does_as_much_as_it_always_did(
    counts: Counter[str], tmp_path: Path, route: str
) -> None:
    found, predicted, out = ROUTES[route]
    write_volume(tmp_path)
    rows = (tmp_path / "zyx.csv").read_text(encoding="utf-8")
    if found == "series":
        rows = "".join(
            f"{'t' if n == 0 else 0},{line}\n"
            for n, line in enumerate((tmp_path / "yx.csv").read_text().splitlines())
        )
    (tmp_path / "annotations.csv").write_text(rows, encoding="utf-8")
    text = VOLUME.format(found=FOUND[found], predicted=predicted, out=out)
    (tmp_path / "w.yaml").write_text(text, encoding="utf-8")
    run = ["run", "w.yaml", "--workers", "1"]
    done = {
        "cold": done_by(counts, tmp_path, *run),
        "cached": done_by(counts, tmp_path, *run),
    }
    compare(f"volume, {route}", done)
