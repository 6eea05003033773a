"""OME-Zarr images and plates for tests: arrays by zarr-python, metadata written out by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr

KINDS = {"t": "time", "c": "channel"}
UNITS = {"t": "second", "z": "micrometer", "y": "micrometer", "x": "micrometer"}
VERSIONS = ("0.4", "0.5")


def write_group(folder: Path, attributes: Mapping[str, Any], version: str = "0.4") -> None:
    """Write the metadata of a group: Zarr 2 for 0.4, Zarr 3 with all below ``ome`` for 0.5."""
    folder.mkdir(parents=True, exist_ok=True)
    if version == "0.5":
        ome = {"version": "0.5", **attributes}
        facts = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": ome}}
        (folder / "zarr.json").write_text(json.dumps(facts))
        return
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    (folder / ".zattrs").write_text(json.dumps(attributes))


def said_axes(axes: str, units: Mapping[str, str] = UNITS) -> list[dict[str, str]]:
    """Axes as OME-Zarr lists them."""
    every = ({"name": a, "type": KINDS.get(a, "space"), "unit": units.get(a, "")} for a in axes)
    return [{key: value for key, value in axis.items() if value} for axis in every]


def scaled(path: str, sizes: Sequence[float], *more: Mapping[str, Any]) -> dict[str, Any]:
    """One dataset with its scale."""
    transforms = [{"type": "scale", "scale": list(sizes)}, *more]
    return {"path": path, "coordinateTransformations": transforms}


def write_pyramid(
    folder: Path,
    levels: Sequence[np.ndarray],
    axes: str,
    version: str = "0.4",
    *,
    size: Mapping[str, float] | None = None,
    channels: Sequence[str] = (),
    chunks: tuple[int, ...] | None = None,
    shards: tuple[int, ...] | None = None,
    units: Mapping[str, str] = UNITS,
    **more: Any,
) -> None:
    """Write an image: every level halves y and x, so its voxels are twice as large there."""
    datasets = []
    for number, array in enumerate(levels):
        write_array(folder / str(number), array, version, chunks, shards)
        scale = [(size or {}).get(a, 1.0) * (2**number if a in "yx" else 1) for a in axes]
        datasets.append(scaled(str(number), scale))
    multiscale = {"axes": said_axes(axes, units), "datasets": datasets, "name": folder.name}
    attributes: dict[str, Any] = {"multiscales": [multiscale], **more}
    if version == "0.4":
        multiscale["version"] = "0.4"
    if channels:
        attributes["omero"] = {"channels": [{"label": name} for name in channels]}
    write_group(folder, attributes, version)


def write_array(
    folder: Path,
    array: np.ndarray,
    version: str = "0.4",
    chunks: tuple[int, ...] | None = None,
    shards: tuple[int, ...] | None = None,
    **how: Any,
) -> None:
    """Write one array: Zarr 2 for 0.4, Zarr 3 for 0.5."""
    new = zarr.create_array(
        str(folder),
        shape=array.shape,
        dtype=array.dtype,
        chunks=chunks or array.shape,
        shards=shards,
        zarr_format=3 if version == "0.5" else 2,
        **how,
    )
    new[...] = array


def write_plate(
    folder: Path,
    wells: Mapping[str, Mapping[str, np.ndarray]],
    version: str = "0.4",
    *,
    axes: str = "yx",
    labels: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    listed: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write a plate: well folder (``B/03``) to field to image, and label images called nuclei.

    `listed` says which fields a well's metadata name, where that is not what is there.
    """
    names = list(dict.fromkeys([*wells, *(listed or {})]))
    rows = sorted({well.split("/")[0] for well in names})
    columns = sorted({well.split("/")[1] for well in names})
    plate: dict[str, Any] = {
        "name": folder.name,
        "rows": [{"name": row} for row in rows],
        "columns": [{"name": column} for column in columns],
        "wells": [
            {
                "path": well,
                "rowIndex": rows.index(well.split("/")[0]),
                "columnIndex": columns.index(well.split("/")[1]),
            }
            for well in names
        ],
    }
    plate |= {"version": "0.4"} if version == "0.4" else {}
    write_group(folder, {"plate": plate}, version)
    for well, fields in wells.items():
        said = (listed or {}).get(well, list(fields))
        write_group(folder / well.split("/")[0], {}, version)
        write_group(folder / well, {"well": {"images": [{"path": f} for f in said]}}, version)
        for field, image in fields.items():
            write_pyramid(folder / well / field, [image], axes, version)
            ids = (labels or {}).get(well, {}).get(field)
            if ids is not None:
                write_labels(folder / well / field, "nuclei", ids, axes, version)


def write_labels(image: Path, name: str, ids: np.ndarray, axes: str, version: str = "0.4") -> None:
    """Write a label image inside an image."""
    write_group(image / "labels", {"labels": [name]}, version)
    write_pyramid(image / "labels" / name, [ids], axes, version, **{"image-label": {}})
