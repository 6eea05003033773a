"""Small projects of ilastik, written entry by entry as ilastik writes them.

The image is 20 × 24 with three objects on a dark ground: 1 is 4 × 5 voxels of 10, 2 is 6 × 6
of 50, 3 is 3 × 3 of 90. The stored forest has two trees on the columns Count and Mean.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

STANDARD = "Standard Object Features"
SPHERICAL = "Spherical Texture"
FLAGS = {"c": 1, "x": 2, "y": 2, "z": 2, "t": 8}
LEAF = 0x40000000
BOXES = {
    1: (slice(2, 6), slice(3, 8)),
    2: (slice(8, 14), slice(10, 16)),
    3: (slice(15, 18), slice(1, 4)),
}
SIZES = {1: 20, 2: 36, 3: 9}
WORKFLOWS = {
    "prediction_map": "Object Classification (from prediction image)",
    "segmentation": "Object Classification (from binary image)",
    "label_image": "Object Classification (from label image)",
}
ROLES = {
    "prediction_map": "Prediction Maps",
    "segmentation": "Segmentation Image",
    "label_image": "Label Image",
}
TABLE = (
    {"file type": "csv", "file path": "{dataset_dir}/{nickname}.csv", "compression": {}},
    ["Count", "Mean"],
)
TREES = (
    ((2, 2, 0, 0, 7, 9, 0, LEAF, 2, LEAF, 5), (1.0, 30.0, 5.0, 1.0, 0.0, 5.0, 0.0, 1.0)),
    ((2, 2, 0, 0, 7, 9, 1, LEAF, 2, LEAF, 5), (1.0, 40.0, 5.0, 0.5, 0.5, 5.0, 0.0, 1.0)),
)  # fmt: skip
"""Topology and parameters: Count < 30 → (1, 0) else (0, 1); Mean < 40 → (½, ½) else (0, 1)."""


def axistags(axes: str) -> str:
    """vigra's JSON."""
    entries = [{"key": a, "typeFlags": FLAGS[a], "resolution": 0, "description": ""} for a in axes]
    return json.dumps({"axes": entries}, indent=2)


def ids() -> NDArray[np.uint32]:
    """The label image."""
    image = np.zeros((20, 24), np.uint32)
    for number, box in BOXES.items():
        image[box] = number
    return image


def raw() -> NDArray[np.uint8]:
    """The raw image."""
    return np.select([ids() == k for k in (1, 2, 3)], [10, 50, 90]).astype(np.uint8)


def prediction_map() -> NDArray[np.float32]:
    """Channels background and object, without smoothing exactly the objects at 0.5."""
    inside = np.where(ids() > 0, 0.9, 0.1).astype(np.float32)
    return np.stack([1 - inside, inside], axis=-1)


def write_inputs(folder: Path, variant: str = "prediction_map") -> None:
    """Write ``raw.h5`` and ``second.h5``."""
    second = prediction_map() if variant == "prediction_map" else ids()
    write_image(folder / "raw.h5", raw(), "yx")
    write_image(folder / "second.h5", second, "yxc"[: second.ndim])


def write_image(path: Path, voxels: NDArray[Any], axes: str, **attributes: Any) -> None:
    """Write an image as ilastik does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["data"] = voxels
        file["data"].attrs["axistags"] = axistags(axes)
        for name, value in attributes.items():
            file["data"].attrs[name] = value


def write_ilp(
    path: Path,
    variant: str = "prediction_map",
    features: Mapping[str, Sequence[str]] | None = None,
    margin: Sequence[int] | None = None,
    lanes: int = 1,
    forest: bool = True,
) -> Path:
    """Write a project whose lanes are ``raw.h5`` and ``second.h5`` beside it."""
    chosen = features or {STANDARD: ["Count", "Mean"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        put(file, "ilastikVersion", b"1.4.0")
        put(file, "workflowName", WORKFLOWS[variant].encode())
        put(file, "time", b"Sun Nov 22 10:17:51 2026")
        _write_lanes(file, variant, lanes)
        if variant == "prediction_map":
            _write_threshold(file)
        write_features(file, "ObjectExtraction/Features", chosen, margin)
        write_features(file, "ObjectClassification/SelectedFeatures", chosen, margin)
        _write_classes(file)
        for axis in "xyz":
            file[f"Blockwise Object Classification/BlockShape3dDict/{axis}"] = 256
            file[f"Blockwise Object Classification/HaloPadding3dDict/{axis}"] = 32
        put(file, "Object Information Export/OutputFormat", b"compressed hdf5")
        if forest:
            write_forest(file)
    return path


def put(file: h5py.File, name: str, value: Any) -> None:
    """Replace an entry."""
    if name in file:
        del file[name]
    file[name] = value


def _write_lanes(file: h5py.File, variant: str, lanes: int) -> None:
    role = ROLES[variant]
    put(file, "Input Data/Role Names", [b"Raw Data", role.encode(), b"Atlas"])
    put(file, "Input Data/StorageVersion", b"0.2")
    second = ("yxc", (20, 24, 2)) if variant == "prediction_map" else ("yx", (20, 24))
    for lane in range(lanes):
        write_info(file, lane, "Raw Data", "raw.h5/data", "yx", (20, 24))
        write_info(file, lane, role, "second.h5/data", *second)
        file.create_group(f"Input Data/infos/lane{lane:04}/Atlas")


def write_info(
    file: h5py.File, lane: int, role: str, where: str, axes: str, shape: tuple[int, ...]
) -> None:
    """Write one input of one lane."""
    place = f"Input Data/infos/lane{lane:04}/{role}"
    facts = {
        "__class__": b"RelativeFilesystemDatasetInfo",
        "filePath": where.encode(),
        "axistags": axistags(axes).encode(),
        "shape": np.array(shape),
        "nickname": where.replace(".h5/", "-").encode(),
        "display_mode": b"default",
        "normalizeDisplay": False,
    }
    for name, value in facts.items():
        put(file, f"{place}/{name}", value)


def _write_threshold(file: h5py.File) -> None:
    settings = {
        "CurOperator": 0, "Channel": 1, "CoreChannel": 1, "LowThreshold": 0.5,
        "HighThreshold": 0.8, "MinSize": 5, "MaxSize": 1000,
    }  # fmt: skip
    for name, value in settings.items():
        file[f"ThresholdTwoLevels/{name}"] = value
    for axis in "xyz":
        file[f"ThresholdTwoLevels/SmootherSigma/{axis}"] = 0.0


def write_features(
    file: h5py.File, where: str, chosen: Mapping[str, Sequence[str]], margin: Any = None
) -> None:
    """Write the features of ``Features`` or ``SelectedFeatures``."""
    for plugin, names in chosen.items():
        for name in names:
            file[f"{where}/{plugin}/{name}/displaytext"] = f"text of {name}".encode()
            file[f"{where}/{plugin}/{name}/advanced"] = False
            local = name.endswith("in neighborhood") or plugin == SPHERICAL
            if local and margin is not None:
                file[f"{where}/{plugin}/{name}/margin"] = np.array(margin)


def _write_classes(file: h5py.File) -> None:
    place = "ObjectClassification"
    file[f"{place}/LabelNames"] = [b"small", b"large"]
    file[f"{place}/LabelNames"].attrs["isEmpty"] = False
    file[f"{place}/LabelColors"] = [[255, 0, 0], [0, 128, 255]]
    file[f"{place}/LabelColors"].attrs["isEmpty"] = False
    file[f"{place}/LabelInputs/0000/0"] = np.array([0.0, 1.0, 2.0])
    put(file, f"{place}/ExportSettings", np.void(pickle.dumps(TABLE, 0)))
    file[f"{place}/ExportSettings"].attrs["version"] = 1


def write_forest(
    file: h5py.File,
    trees: Sequence[tuple[Sequence[int], Sequence[float]]] = TREES,
    columns: int = 2,
    classes: Sequence[int] = (1, 2),
    number: int = 0,
) -> None:
    """Write a forest of vigra, tree by tree."""
    place = "ObjectClassification/ClassifierForests"
    name = "ParallelVigraRfLazyflowClassifier"
    put(file, f"{place}/known_labels", np.array(classes, np.uint32))
    text = f"clazyflow.classifiers.{name[0].lower()}{name[1:]}\n{name}\np0\n."
    put(file, f"{place}/pickled_type", text.encode())
    forest = file.require_group(f"{place}/Forest{number:04}")
    forest.attrs["vigra_random_forest_version"] = np.array([0.1])
    facts = {"column_count_": columns, "class_count_": len(classes), "row_count_": 2}
    for key, value in facts.items():
        forest[f"_ext_param/{key}"] = np.array([float(value)])
    forest["_ext_param/labels"] = np.array(classes, np.uint32)
    forest["_options/tree_count_"] = np.array([float(len(trees))])
    forest["_options/predict_weighted_"] = np.array([0.0])
    for k, (topology, parameters) in enumerate(trees):
        forest[f"Tree_{k}/topology"] = np.array(topology, np.int32)
        forest[f"Tree_{k}/parameters"] = np.array(parameters, np.float64)


def write_label_image(file: h5py.File, image: NDArray[Any], t: int = 0, lane: int = 0) -> None:
    """Store the label image of a frame as ilastik's cache does: one block, ``txyzc``."""
    block = image.T[None, :, :, None, None].astype(np.uint32)
    place = f"ObjectExtraction/LabelImage_v2/labelimage{lane:03}/block{t:04}"
    file.create_dataset(place, data=block, compression="gzip", compression_opts=1)
    x, y = block.shape[1:3]
    file[place].attrs["blockSlice"] = f"[{t}:{t + 1},0:{x},0:{y},0:1,0:1]"
