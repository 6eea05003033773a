"""The files that pages of the documentation speak of: made small, before a page is read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import h5py
import numpy as np
import written_annotations as elsewhere
import written_ilp as ilp
from written_zarr import write_plate, write_pyramid

from workflows import CENTERS, RADII, SHAPE, discs, volume, write_raw

ROOT = Path(__file__).parents[2]

CELLS = """\
version: 1
nodes:
  raw:    {kind: input, path: nuclei.tif, channels: [dna]}
  prob:
    kind: input
    path: nuclei_Probabilities.h5
    channels: [background, nucleus]
    role: prediction_map
  nuclei: {kind: threshold, image: prob, channel: nucleus, sigma: 0}
  feats:  {kind: features, image: raw, objects: nuclei, measure: [size, intensity_mean]}
  phase:
    kind: classifier
    features: feats
    annotations: nuclei.csv
    classes: [interphase, mitotic]
  result: {kind: predict, features: feats, classifier: phase}
  save:
    kind: export
    from: result
    image: raw
    write: {table: out/objects.csv, overlay: out/overlay.png}
"""
COUNTED = """\
version: 1
nodes:
  raw:  {kind: input, path: "plates/{plate}/{well}_{site}.tif", channels: [dna]}
  prob:
    kind: input
    path: "plates/{plate}/{well}_{site}_Probabilities.h5"
    channels: [background, nucleus]
    role: prediction_map
  nuclei: {kind: threshold, image: prob, channel: nucleus, sigma: 0}
  feats:  {kind: features, image: raw, objects: nuclei, measure: [size, intensity_mean]}
  phase:  {kind: classifier, features: feats, annotations: cells.csv}
  result: {kind: predict, features: feats, classifier: phase}
  save:
    kind: export
    from: result
    counts_by: [plate]
    audit: cells.audit.csv
    write: {counts: out/per_plate.csv}
"""
ANNOTATED = range(8)


def shipped(folder: Path) -> None:
    """The shipped workflows, as in a clone."""
    (folder / "workflows").mkdir()
    for path in (ROOT / "workflows").glob("*.yaml"):
        shutil.copy(path, folder / "workflows")
    shutil.copytree(ROOT / "workflows/data", folder / "workflows/data")


def probabilities(path: Path, nucleus: np.ndarray) -> None:
    """Write a prediction map as ilastik does: its file names the axes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    letters = "zyxc"[-nucleus.ndim - 1 :]
    with h5py.File(path, "w") as file:
        file["exported_data"] = np.stack([1 - nucleus, nucleus], -1)
        tags = {"axes": [{"key": letter} for letter in letters]}
        file["exported_data"].attrs["axistags"] = json.dumps(tags)


def pair(folder: Path, raw: str, prob: str, number: int = 0, wider: int = 0) -> None:
    """Write one image and its prediction map: twelve discs, large and small."""
    more = ((0, 0), (0, wider))
    values, nucleus = (np.pad(voxels, more, mode="edge") for voxels in discs(number))
    write_raw(folder / raw, values)
    probabilities(folder / prob, nucleus)


def annotations(path: Path, *more: str) -> None:
    """Write annotations of eight discs, with further columns for every row."""
    titles = [text.split("=")[0] for text in more]
    values = [text.split("=")[1] for text in more]
    lines = [",".join([*titles, "y", "x", "class"])]
    for k in ANNOTATED:
        phase = "interphase" if RADII[k] == 6 else "mitotic"
        lines.append(",".join([*values, *map(str, CENTERS[k]), phase]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def cells(folder: Path) -> None:
    """One image, its map, annotations and a workflow."""
    pair(folder, "nuclei.tif", "nuclei_Probabilities.h5")
    annotations(folder / "nuclei.csv")
    (folder / "cells.yaml").write_text(CELLS, encoding="utf-8")


def two_annotators(folder: Path) -> None:
    """As :func:`cells`, and what two people say of its objects."""
    cells(folder)
    said = {"anna": "iimmiimm", "bert": "iimiiimm"}
    for name, classes in said.items():
        numbers = (0, 2, 1, 3, 5, 7, 4, 6) if name == "anna" else (0, 2, 1, 3, 5, 7, 4, 9)
        rows = [
            f"{CENTERS[k][0]},{CENTERS[k][1]},{'mitotic' if c == 'm' else 'interphase'}"
            for k, c in zip(numbers, classes, strict=True)
        ]
        (folder / f"{name}.csv").write_text("\n".join(["y,x,class", *rows]) + "\n")


def trained(folder: Path) -> None:
    """As :func:`cells`, and three samples to classify."""
    cells(folder)
    for number, name in enumerate(("s1", "s2", "s3"), 1):
        pair(folder, f"data/{name}.tif", f"data/{name}_Probabilities.h5", number, number)


def time_lapse(folder: Path) -> None:
    """Five frames, one file each."""
    for t in range(5):
        pair(folder, f"raw/pos3_t{t:03}.tif", f"prob/pos3_t{t:03}_Probabilities.h5", t)


def plates(folder: Path) -> None:
    """Four images of two plates."""
    for number, name in enumerate(("P1/A01_1", "P1/A01_2", "P1/B02_1", "P2/A01_1")):
        pair(folder, f"plates/{name}.tif", f"plates/{name}_Probabilities.h5", number, number)


def audited(folder: Path) -> None:
    """Four images of two plates, a workflow that counts, and annotations in one image."""
    plates(folder)
    annotations(folder / "cells.csv", "image=P1_A01_1")
    (folder / "cells.yaml").write_text(COUNTED, encoding="utf-8")


def night(folder: Path) -> None:
    """A trained project and six images of two plates."""
    from terminal import typed

    cells(folder)
    assert typed("run cells.yaml", folder).code == 0
    (folder / "cells.objclass.h5").rename(folder / "mitosis.h5")
    names = ("P1/A01_s1", "P1/A01_s2", "P1/B03_s1", "P1/B03_s2", "P2/A01_s1", "P2/B03_s1")
    for number, name in enumerate(names):
        pair(folder, f"d/{name}.tif", f"d/{name}_Probabilities.h5", number, number)


def screened(folder: Path) -> None:
    """A trained project and a plate of nine wells, in which more or fewer objects are mitotic."""
    from terminal import typed

    cells(folder)
    assert typed("run cells.yaml", folder).code == 0
    (folder / "cells.objclass.h5").rename(folder / "mitosis.h5")
    raw, nucleus = (np.tile(voxels, (3, 4)) for voxels in discs())
    tall, wide = SHAPE
    small = [
        (y + tall * row, x + wide * column)
        for (y, x), radius in zip(CENTERS, RADII, strict=True)
        if radius == 3
        for row in range(3)
        for column in range(4)
    ]
    wells = {"A01": 8, "A02": 12, "A03": 10, "B01": 50, "B02": 58, "B03": 54, "C01": 9, "C02": 30}
    for number, (well, left) in enumerate({**wells, "C03": 0}.items()):
        there = nucleus.copy()
        for y, x in small[left:]:
            there[y - 4 : y + 5, x - 4 : x + 5] = 0.05
        values = raw + np.uint8(number)
        write_raw(folder / f"d/P1/{well}.tif", values)
        probabilities(folder / f"d/P1/{well}_Probabilities.h5", there * (well != "C03"))


def masks(folder: Path) -> None:
    """A raw image and a label image with ids as a program left them."""
    raw, _ = discs()
    ids = np.zeros(SHAPE, np.uint16)
    rows, columns = np.indices(SHAPE)
    for k, ((y, x), radius) in enumerate(zip(CENTERS, RADII, strict=True)):
        ids[(rows - y) ** 2 + (columns - x) ** 2 <= radius**2] = 3 * k + 2
    write_raw(folder / "tissue.tif", raw)
    write_raw(folder / "tissue_cp_masks.tif", ids)


def compartments(folder: Path) -> None:
    """Two channels, nuclei, and cells around all but the last nucleus, as label images."""
    raw, _ = discs()
    rows, columns = np.indices(SHAPE)
    nuclei, cells = np.zeros(SHAPE, np.uint16), np.zeros(SHAPE, np.uint16)
    for k, ((y, x), radius) in enumerate(zip(CENTERS, RADII, strict=True), 1):
        distance = (rows - y) ** 2 + (columns - x) ** 2
        nuclei[distance <= radius**2] = k
        cells[distance <= (radius + 1) ** 2] = 100 + k if k < len(RADII) else 0
    gfp = np.where(nuclei > 0, 40, np.where(cells > 0, 90, 5)) + (columns % 3)
    write_raw(folder / "slide.tif", np.stack([raw, gfp.astype(np.uint8)]))
    write_raw(folder / "nuclei.tif", nuclei)
    write_raw(folder / "cells.tif", cells)


def brain(folder: Path) -> None:
    """A volume."""
    raw, nucleus = volume()
    write_raw(folder / "brain.tif", raw)
    probabilities(folder / "brain_Probabilities.h5", nucleus)
    annotations(folder / "brain.csv", "z=2")


def ome_zarr(folder: Path) -> None:
    """A plate of three wells with nuclei inside, and an image of two levels."""
    raw, _ = discs()
    rows, columns = np.indices(SHAPE)
    wells = {"B/03": {"0": 12, "1": 4}, "B/04": {"0": 0}, "C/11": {"0": 7}}
    ids = {n: np.zeros(SHAPE, np.uint16) for n in (0, 4, 7, 12)}
    for n, drawn in ids.items():
        for k, ((y, x), radius) in enumerate(zip(CENTERS[:n], RADII, strict=False), 1):
            drawn[(rows - y) ** 2 + (columns - x) ** 2 <= radius**2] = k
    images = {well: dict.fromkeys(fields, raw) for well, fields in wells.items()}
    labels = {well: {f: ids[n] for f, n in fields.items()} for well, fields in wells.items()}
    write_plate(folder / "P7.ome.zarr", images, labels=labels)
    size, large = {"y": 0.5, "x": 0.5}, np.kron(raw, np.ones((2, 2), np.uint8))
    write_pyramid(folder / "scan.ome.zarr", [large, raw], "yx", size=size)
    probabilities(folder / "scan_Probabilities.h5", discs()[1])


def handed_off(folder: Path) -> None:
    """An OME-Zarr image with nuclei, and their probabilities."""
    raw, probability = discs()
    write_pyramid(folder / "scan.ome.zarr", [raw], "yx", size={"y": 0.5, "x": 0.5})
    probabilities(folder / "scan_Probabilities.h5", probability)


def ilastik(folder: Path) -> None:
    """A trained project of ilastik and its images."""
    path = ilp.write_ilp(folder / "project.ilp")
    ilp.write_image(folder / "raw.h5", ilp.raw(), "yx")
    ilp.write_image(folder / "probabilities.h5", ilp.prediction_map(), "yxc")
    with h5py.File(path, "r+") as file:
        where = "probabilities.h5/data"
        ilp.write_info(file, 0, "Prediction Maps", where, "yxc", (20, 24, 2))


def annotated_elsewhere(folder: Path) -> None:
    """As :func:`cells` with two annotations, and what other programs wrote of its objects."""
    cells(folder)
    lines = (folder / "nuclei.csv").read_text().splitlines()
    (folder / "nuclei.csv").write_text("\n".join(lines[:3]) + "\n")
    at = [(x, y) for y, x in CENTERS]
    marks = [("1", *at[k], 1) for k in (0, 2, 5)] + [("2", *at[k], 1) for k in (3, 4)]
    elsewhere.cell_counter(
        folder / "CellCounter_nuclei.xml", "nuclei.tif", [*marks, ("2", 31, 15, 1)]
    )
    points = [[x + 0.4, y + 0.2] for x, y in (at[7], at[8])]
    elsewhere.qupath(folder / "nuclei.geojson", [("interphase", "MultiPoint", points)])
    paint = np.zeros(SHAPE, np.uint8)
    for k, value in ((6, 2), (10, 1)):
        paint[at[k][1] - 1 : at[k][1] + 2, at[k][0] - 1 : at[k][0] + 2] = value
    write_raw(folder / "painted.tif", paint)
    elsewhere.training_set(folder / "train.txt", [("interphase", 1, 1), ("mitotic", 1, 4)])
    places = {(1, k): (float(x), float(y)) for k, (x, y) in enumerate(at, 1)}
    elsewhere.cell_database(folder / "MyExpt.db", {1: ("nuclei.tif",)}, places)
    elsewhere.cell_properties(folder / "MyExpt.properties", "MyExpt.db")


FOLDERS: Mapping[str, Callable[[Path], None]] = {
    "annotations-from-other-programs.md": annotated_elsewhere,
    "first-run.md": shipped,
    "find-objects.md": shipped,
    "report.md": cells,
    "batch.md": night,
    "cache.md": cells,
    "classes-and-columns.md": plates,
    "cluster.md": plates,
    "containers-and-platforms.md": trained,
    "scale.md": plates,
    "coming-from-ilastik.md": ilastik,
    "coming-from-other-programs.md": cells,
    "from-python.md": trained,
    "label-images.md": masks,
    "label-in-the-browser.md": shipped,
    "large-images.md": brain,
    "hand-off.md": handed_off,
    "ome-zarr.md": ome_zarr,
    "measure.md": compartments,
    "own-features.md": trained,
    "plates.md": screened,
    "several-images.md": plates,
    "how-many-are-there.md": audited,
    "snakemake-nextflow.md": trained,
    "time-lapse.md": time_lapse,
    "two-annotators.md": two_annotators,
    "what-to-annotate-next.md": cells,
    "your-own-network.md": cells,
}
