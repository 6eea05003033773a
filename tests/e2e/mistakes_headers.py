"""Mistakes that the headers of the files show: channels, axes, crops, roles, shapes."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import tifffile
from mistakes import Mistake, image
from mistakes_language import level

from workflows import SHAPE, deep, discs, labelled, series, several, write_raw

AXES = "    axes: yx\n"
FLAT = np.zeros(SHAPE, np.uint8)


def raw(new: str) -> tuple[tuple[str, str], ...]:
    """Write something below the axes of the raw image."""
    return ((AXES, f"{AXES}    {new}\n"),)


def whole_numbers(folder: Path) -> None:
    """Write the prediction map as uint16, without saying its range."""
    _, nucleus = discs()
    both = np.stack([1 - nucleus, nucleus], -1)
    with h5py.File(folder / "prob.h5", "w") as file:
        file["exported_data"] = np.round(both * 65535).astype(np.uint16)


def ids(dtype: type, low: int = 0) -> np.ndarray:
    """Draw two objects, and `low` everywhere else."""
    labels = np.full(SHAPE, low, dtype)
    labels[5:10, 5:10] = 3
    labels[20:30, 20:30] = 7
    return labels


SEGMENTED = (
    ("role: label_image}", "role: segmentation}\n  c: {kind: components, image: cells}"),
    ("objects: cells", "objects: c"),
)

TWO_SERIES = "0 'label' yx (10, 12), 1 'scan' yx (48, 64)"
FOUR = "    sizes: {t: 4}\n"


def two_series(folder: Path) -> None:
    """Write an OME-TIFF with a small and a large image."""
    with tifffile.TiffWriter(folder / "raw.tif", ome=True) as file:
        for name, shape in (("label", (10, 12)), ("scan", (48, 64))):
            file.write(np.zeros(shape, np.uint8), metadata={"axes": "YX", "Name": name})


MISTAKES = (
    # --- channels ---------------------------------------------------------------------------
    Mistake(
        "no channel where there are several",
        "cells.yaml:13:3: node 'nuclei': which channel? there are 2; expected one of "
        "background (0), nucleus (1); add 'channel: nucleus'",
        edit=(("    channel: nucleus\n", ""),),
        common=True,
    ),
    Mistake(
        "a channel that does not exist",
        "cells.yaml:16:14: node 'nuclei': channel nuclues does not exist; there are 2: "
        "background (0), nucleus (1); did you mean nucleus?",
        edit=(("channel: nucleus", "channel: nuclues"),),
        common=True,
    ),
    Mistake(
        "the number of a channel that does not exist",
        "cells.yaml:16:14: node 'nuclei': channel 3 does not exist; there are 2: "
        "background (0), nucleus (1)",
        edit=(("channel: nucleus", "channel: 3"),),
    ),
    Mistake(
        "a core channel that does not exist",
        "cells.yaml:20:19: node 'nuclei': channel core does not exist; there are 2: "
        "background (0), nucleus (1)",
        edit=level("method: hysteresis\n    core_channel: core"),
    ),
    Mistake(
        "too many channel names",
        "cells.yaml:11:15: node 'prob': channels do not fit the file; got 3 names: "
        "background, nucleus, border; expected 2, one a channel",
        edit=(("[background, nucleus]", "[background, nucleus, border]"),),
    ),
    Mistake(
        "a channel name twice",
        "cells.yaml:11:15: node 'prob': channels names 'nucleus' twice; each name may occur once",
        edit=(("[background, nucleus]", "[nucleus, nucleus]"),),
    ),
    # --- thresholds and sizes ---------------------------------------------------------------
    Mistake(
        "cores below the threshold",
        "cells.yaml:20:21: node 'nuclei': the core threshold is below the threshold; got "
        "0.3 < 0.5; exchange the two values",
        edit=level("method: hysteresis\n    core_threshold: 0.3"),
    ),
    Mistake(
        "cores of a simple threshold",
        "cells.yaml:19:20: node 'nuclei': only hysteresis has cores to keep apart; add "
        "'method: hysteresis'",
        edit=level("merge_objects: false"),
    ),
    Mistake(
        "a largest size below the smallest",
        "cells.yaml:20:15: node 'nuclei': no object is that small and that large; got "
        "max_size 20, min_size 50",
        edit=level("min_size: 50\n    max_size: 20"),
    ),
    Mistake(
        "a volume in a plane",
        "cells.yaml:20:15: node 'nuclei': size has the wrong unit; got 5 um^3; expected a "
        "number of voxels, or um^2",
        edit=(*raw("pixel_size: 1 um"), *level("min_size: 5 um^3")),
    ),
    Mistake(
        "an area without a pixel size",
        "cells.yaml:19:15: node 'nuclei': the image has no pixel size; got 5 um^2; give "
        "the input a pixel_size, or the size in voxels",
        edit=level("min_size: 5 um^2"),
    ),
    Mistake(
        "a probability as the threshold of whole numbers",
        "cells.yaml:18:16: node 'nuclei': 'prob' holds integers (uint16) and no "
        "value_range; got threshold 0.5; add for example value_range: [0, 65535] to 'prob'",
        spoil=whole_numbers,
    ),
    # --- axes -------------------------------------------------------------------------------
    Mistake(
        "no axes for a stack",
        "cells.yaml:3:3: node 'raw': the file does not name its axes (shape (6, 48, 64)); "
        "expected letters of tczyx in file order; add for example axes: zyx",
        edit=(("    axes: zyx\n", ""),),
        bench=deep,
        common=True,
    ),
    Mistake(
        "axes that do not fit the file",
        "cells.yaml:6:11: node 'raw': axes zyx do not fit the file; got shape (48, 64); "
        "expected 2 different letters of tczyx, among them y and x; write for example axes: yx",
        edit=((AXES, "    axes: zyx\n"),),
    ),
    Mistake(
        "an axis twice",
        "cells.yaml:6:11: node 'raw': axes has an axis twice; got 'yy'; expected letters "
        "of tczyx in file order, such as zyx",
        edit=((AXES, "    axes: yy\n"),),
    ),
    Mistake(
        "an unknown axis",
        "cells.yaml:6:11: node 'raw': axes has the unknown axis 'q'; got 'yq'; expected "
        "letters of tczyx in file order, such as zyx",
        edit=((AXES, "    axes: yq\n"),),
    ),
    Mistake(
        "axes in capital letters",
        "cells.yaml:6:11: node 'raw': axes has capital letters; got 'YX'; write yx",
        edit=((AXES, "    axes: YX\n"),),
    ),
    # --- crop, level, units -----------------------------------------------------------------
    Mistake(
        "a crop beyond the image",
        "cells.yaml:7:11: node 'raw': crop of axis y does not lie in the image; got [0, "
        "480]; expected within [0, 48]",
        edit=raw("crop: {y: [0, 480]}"),
    ),
    Mistake(
        "a crop of an axis that is not there",
        "cells.yaml:7:11: node 'raw': crop names axis z, which the file does not have; "
        "expected one of y, x",
        edit=raw("crop: {z: 0}"),
    ),
    Mistake(
        "a crop that drops an axis every image needs",
        "cells.yaml:7:11: node 'raw': crop drops y; an image needs y and x; write y: [start, stop]",
        edit=raw("crop: {y: 5}"),
    ),
    Mistake(
        "a crop that runs backwards",
        "cells.yaml:7:11: node 'raw': crop has an empty range for y; got [20, 10]; "
        "expected start below stop",
        edit=raw("crop: {y: [20, 10]}"),
    ),
    Mistake(
        "a crop of one image only",
        "cells.yaml:22:12: node 'measured': shapes differ; got 'raw' is 30 x 64 (yx), "
        "'nuclei' is 48 x 64 (yx); give both the same shape and crop",
        edit=raw("crop: {y: [0, 30]}"),
    ),
    Mistake(
        "a level of an image pyramid",
        "cells.yaml:7:12: node 'raw': raw.tif: a file of this format has no levels; got TIFF, "
        "level 1; remove it",
        edit=raw("level: 1"),
    ),
    Mistake(
        "a pixel size with a decimal comma",
        "cells.yaml:7:17: node 'raw': pixel_size is not a number with a unit; got '0,65 um'; "
        "expected such as 3 um; write 0.65 um",
        edit=raw("pixel_size: 0,65 um"),
    ),
    Mistake(
        "a pixel size without a unit",
        "cells.yaml:7:17: node 'raw': pixel_size has no unit; got 0.65; write 0.65 um, or "
        "another unit: nm, um, mm, cm, m or px",
        edit=raw("pixel_size: 0.65"),
    ),
    Mistake(
        "a time step without a unit",
        "cells.yaml:7:16: node 'raw': time_step is not a time; got 5; expected a number "
        "and one of ms, s, min, h, d",
        edit=raw("time_step: 5"),
    ),
    Mistake(
        "a range of values that falls",
        "cells.yaml:7:18: node 'raw': value_range is not a range that rises; got [255, 0]; "
        "expected [low, high] with low below high",
        edit=raw("value_range: [255, 0]"),
    ),
    # --- shapes -----------------------------------------------------------------------------
    Mistake(
        "two images of different shapes",
        "cells.yaml:21:12: node 'measured': shapes differ; got 'raw' is 64 x 48 (yx), "
        "'nuclei' is 48 x 64 (yx); y and x seem to be exchanged: name the axes in file order, "
        "add for example 'axes: xy' to raw",
        spoil=lambda folder: write_raw(folder / "raw.tif", np.zeros((64, 48), np.uint8)),
        common=True,
    ),
    Mistake(
        "one image of several with another shape",
        "cells.yaml:21:12: node 'measured', image 'b': shapes differ; got 'raw' is 10 x 64 "
        "(yx), 'nuclei' is 48 x 64 (yx); give both the same shape and crop",
        bench=several,
        spoil=lambda folder: write_raw(folder / "raw/b.tif", np.zeros((10, 64), np.uint8)),
    ),
    Mistake(
        "a plane against a stack",
        "cells.yaml:21:12: node 'measured': shapes differ; got 'raw' is 5 x 48 x 64 (zyx), "
        "'nuclei' is 48 x 64 (yx); if its planes are channels, add 'axes: cyx' to raw; for "
        "one plane, add 'crop: {z: 0}' to raw",
        edit=((AXES, "    axes: zyx\n"),),
        spoil=lambda folder: write_raw(folder / "raw.tif", np.zeros((5, *SHAPE), np.uint8)),
    ),
    Mistake(
        "fewer frames of one image",
        "cells.yaml:22:12: node 'measured': shapes differ; got 'raw' is 2 frames of 48 x "
        "64 (yx), 'nuclei' is 3 frames of 48 x 64 (yx); give both the same shape and crop",
        edit=(("    axes: tyx\n", "    axes: tyx\n    crop: {t: [0, 2]}\n"),),
        bench=series,
    ),
    Mistake(
        "one frame against a time series",
        "cells.yaml:22:12: node 'measured': shapes differ; got 'raw' is 48 x 64 (yx), "
        "'nuclei' is 3 frames of 48 x 64 (yx); give both the same shape and crop",
        edit=(("    axes: tyx\n", "    axes: tyx\n    crop: {t: 0}\n"),),
        bench=series,
    ),
    # --- roles ------------------------------------------------------------------------------
    Mistake(
        "a label image of fractions",
        "cells.yaml:4:3: node 'cells': cells.tif holds numbers that are no ids; got 0.5 at "
        "y 0, x 0; expected whole numbers; save it as uint16 or uint32, or is it a "
        "prediction_map?",
        bench=labelled,
        spoil=image("cells.tif", ids(np.float32) / 2 + 0.5),
        code=1,
        common=True,
    ),
    # --- files of several images, and pages ---------------------------------------------------
    Mistake(
        "a file of two series",
        f"cells.yaml:5:11: node 'raw': raw.tif holds 2 images (series); got {TWO_SERIES}; "
        "write for example series: 0",
        spoil=two_series,
        common=True,
    ),
    Mistake(
        "a series that is not there",
        f"cells.yaml:6:13: node 'raw': raw.tif holds no series scan3; got {TWO_SERIES}; write "
        "for example series: 0",
        edit=(("path: raw.tif\n", "path: raw.tif\n    series: scan3\n"),),
        spoil=two_series,
    ),
    Mistake(
        "a series of a file of another format",
        "cells.yaml:10:13: node 'prob': prob.h5: a file of this format has no series; got "
        "HDF5, series 1; name the array behind the file: file.h5/raw",
        edit=(("path: prob.h5\n", "path: prob.h5\n    series: 1\n"),),
    ),
    Mistake(
        "pages that do not divide",
        "cells.yaml:7:12: node 'raw': raw.tif: its pages do not divide into t 4; got 6 pages; "
        "expected a multiple of 4; give the sizes that the file has; one of them may be left out",
        edit=(("path: raw.tif\n    axes: yx\n", f"path: raw.tif\n    axes: tcyx\n{FOUR}"),),
        spoil=image("raw.tif", np.zeros((6, 48, 64), np.uint8)),
    ),
    Mistake(
        "more pages than the sizes say",
        "cells.yaml:6:12: node 'raw': raw.tif: its pages do not divide into t 2 x c 2; got 6 "
        "pages; expected 4 pages; give the sizes that the file has; one of them may be left out",
        edit=(("path: raw.tif\n    axes: yx\n", "path: raw.tif\n    sizes: {t: 2, c: 2}\n"),),
        spoil=image("raw.tif", np.zeros((6, 48, 64), np.uint8)),
    ),
    Mistake(
        "sizes of axes that the letters do not name",
        "cells.yaml:7:12: node 'raw': raw.tif: sizes and axes do not fit each other; got "
        "sizes of t, axes zyx, shape (6, 48, 64); expected sizes of the axes that stand before "
        "those of one page; write for example axes: tcyx and sizes: {t: 3, c: 2}",
        edit=(("path: raw.tif\n    axes: yx\n", f"path: raw.tif\n    axes: zyx\n{FOUR}"),),
        spoil=image("raw.tif", np.zeros((6, 48, 64), np.uint8)),
    ),
    Mistake(
        "a label image in colour",
        "cells.yaml:4:58: node 'cells': a label_image has one channel; got 3 channels that "
        "differ; colours are no values: save it as a label image, or take one channel with "
        "crop: {c: 0}",
        edit=(("path: cells.tif, axes: yx", "path: cells.tif, axes: yxc"),),
        bench=labelled,
        spoil=image("cells.tif", np.stack([k * ids(np.uint8) for k in (1, 2, 3)], -1)),
    ),
    Mistake(
        "a raw image where objects belong",
        "cells.yaml:5:51: node 'measured': 'raw' in 'objects' gives an image; expected a "
        "label image; find objects first (kind: threshold or components); where voxels are ids "
        "of objects, add 'role: label_image' to raw",
        edit=(("objects: cells", "objects: raw"),),
        bench=labelled,
    ),
    Mistake(
        "a segmentation measured without its components",
        "cells.yaml:5:51: node 'measured': 'cells' in 'objects' gives an image; expected a "
        "label image; a components node numbers its objects: name that; where voxels are ids "
        "of objects, add 'role: label_image' to cells",
        edit=(("role: label_image}", "role: segmentation}"),),
        bench=labelled,
    ),
    Mistake(
        "ids kept of a segmentation",
        "cells.yaml:5:44: node 'c': a segmentation has no ids to keep; role: label_image",
        edit=(*SEGMENTED[:1], ("image: cells}", "image: cells, ids: keep}"), *SEGMENTED[1:]),
        bench=labelled,
    ),
    Mistake(
        "a prediction map called a segmentation",
        "cells.yaml:12:11: node 'prob': a segmentation has one channel; got 2 channels that "
        "differ; give its axes, or take one channel with crop: {c: 0}",
        edit=(("role: prediction_map", "role: segmentation"),),
    ),
    # --- what only the voxels show ----------------------------------------------------------
    Mistake(
        "a label image with negative ids",
        "cells     FAILED\n"
        "cells.yaml:4:3: node 'cells': cells.tif has ids below 0; got -1; save it with 0 "
        "where there is no object, and ids from 1",
        bench=labelled,
        spoil=image("cells.tif", ids(np.int32, low=-1)),
        code=1,
    ),
    Mistake(
        "a segmentation without background",
        "cells     FAILED\n"
        "cells.yaml:4:3: node 'cells': cells.tif has no background: no voxel is 0; got "
        "values 1, 3, 7; expected 0 where there is no object; write the values of objects, for "
        "example foreground: [3, 7]",
        edit=SEGMENTED,
        bench=labelled,
        spoil=image("cells.tif", ids(np.uint8, low=1)),
        code=1,
    ),
    Mistake(
        "a mask with smooth edges",
        "cells     FAILED\n"
        "cells.yaml:4:3: node 'cells': cells.tif holds 255 grey levels that change from voxel to "
        "voxel; got values up to 255; expected 0 and one value per class; write foreground: "
        "{above: 127}",
        edit=SEGMENTED,
        bench=labelled,
        spoil=image("cells.tif", np.arange(48 * 64).reshape(48, 64).astype(np.uint8)),
        code=1,
    ),
    Mistake(
        "a foreground that is everywhere",
        "cells     FAILED\n"
        "cells.yaml:4:3: node 'cells': cells.tif has no background: every voxel is foreground: "
        "[1, 3, 7]; got values 1, 3, 7; choose other values for foreground",
        edit=(*SEGMENTED, ("role: segmentation", "role: segmentation, foreground: [7, 3, 1]")),
        bench=labelled,
        spoil=image("cells.tif", ids(np.uint8, low=1)),
        code=1,
    ),
    Mistake(
        "a foreground of a label image",
        "cells.yaml:4:63: node 'cells': foreground is for segmentations; got role: label_image; "
        "leave it out, or write role: segmentation",
        edit=(("role: label_image", "foreground: 2, role: label_image"),),
        bench=labelled,
    ),
    Mistake(
        "a foreground that is no value",
        "cells.yaml:4:63: node 'cells': foreground is no value of a mask; got 'white'; expected "
        "nonzero, a value, a list of values, {above: 127} or {below: 128}",
        edit=(("role: label_image", "foreground: white, role: segmentation"),),
        bench=labelled,
    ),
)
