"""Mistakes with what is written, with blocks, and with groups of images."""

from __future__ import annotations

from mistakes import Mistake, a_folder, text

from workflows import deep, series, several

TABLE = "      table: results/objects.csv\n"
IMAGE = "      predictions: results/{image}_classes.tif\n"
CLASSIFIER = "    classifier: classes\n"


def write(*lines: str) -> tuple[tuple[str, str], ...]:
    """Write something else."""
    return ((TABLE + IMAGE, "".join(f"      {line}\n" for line in lines)),)


def blockwise(new: str) -> tuple[tuple[str, str], ...]:
    """Predict by block."""
    return (("kind: predict", "kind: blockwise"), (CLASSIFIER, f"{CLASSIFIER}    {new}\n"))


MISTAKES = (
    # --- what to write ----------------------------------------------------------------------
    Mistake(
        "a result that does not exist",
        "cells.yaml:37:14: node 'out': 'tabel' cannot be written; expected table, counts, "
        "wells, controls, dictionary, predictions, probabilities, uncertainty, identities, "
        "smoothed, cores, cores_filtered, unfiltered, overlay, montage, evaluation, geojson, roi, "
        "ngio, anndata, mobie, omero; did you mean table?",
        edit=write("tabel: results/objects.csv"),
    ),
    Mistake(
        "a list of results",
        "cells.yaml:37:7: node 'out': write is not a mapping; got [results/objects.csv]; "
        "expected {name: value}",
        edit=write("- results/objects.csv"),
    ),
    Mistake(
        "nothing to write",
        "cells.yaml:36:12: node 'out': there is nothing to write; without write: the defaults",
        edit=((f"    write:\n{TABLE}{IMAGE}", "    write: {}\n"),),
    ),
    Mistake(
        "predictions of features",
        "cells.yaml:38:20: node 'out': 'measured' gives no predictions; export from a predict node",
        edit=(("from: predicted", "from: measured"),),
    ),
    Mistake(
        "an overlay without an image",
        "cells.yaml:37:16: node 'out': an overlay needs the raw image; add 'image: raw'",
        edit=write("overlay: results/overlay.png"),
    ),
    Mistake(
        "a layer that a simple threshold does not have",
        "cells.yaml:37:14: node 'out': 'nuclei' has no part 'cores'; expected smoothed, "
        "unfiltered, objects",
        edit=write("cores: results/cores.tif"),
    ),
    Mistake(
        "counts by a name that no image has",
        "cells.yaml:36:16: node 'out': no image has a name 'plate'; expected image, t",
        edit=(
            *write("counts: results/counts.csv"),
            ("    write:", "    counts_by: [plate]\n    write:"),
        ),
    ),
    Mistake(
        "columns of a table that are not measured",
        "cells.yaml:36:14: node 'out': 'hull' chooses nothing of N columns; families "
        "here: size, intensity",
        edit=(("    write:", "    columns: [hull]\n    write:"),),
    ),
    # --- where to and how -------------------------------------------------------------------
    Mistake(
        "a table as a spreadsheet",
        "cells.yaml:37:14: node 'out': table cannot be written in this format; got "
        "results/objects.xlsx; expected .csv, .parquet, .h5, .hdf5, .hd5",
        edit=write("table: results/objects.xlsx"),
        common=True,
    ),
    Mistake(
        "an image that loses ids",
        "cells.yaml:37:20: node 'out': predictions cannot be written in this format; got "
        "results/classes.jpg; expected .h5, .hdf5, .tif, .tiff, .png, .npy, .zarr",
        edit=write("predictions: results/classes.jpg"),
    ),
    Mistake(
        "a path without a file",
        "cells.yaml:37:20: node 'out': write.predictions.path is missing; add 'path: …'",
        edit=write("predictions: {dataset: classes}"),
    ),
    Mistake(
        "an option that an export does not have",
        "cells.yaml:37:48: node 'out': write.predictions has no field 'compression'; it has …",
        edit=write("predictions: {path: results/classes.tif, compression: zlib}"),
    ),
    Mistake(
        "a place inside a TIFF",
        "cells.yaml:37:57: node 'out': a dataset is a place in an HDF5 file; remove it, or "
        "write an .h5 file",
        edit=write("predictions: {path: results/classes.tif, dataset: classes}"),
    ),
    Mistake(
        "a place inside a file that is none",
        "cells.yaml:37:56: node 'out': not a path inside an HDF5 file; got '../classes'; "
        "expected names separated by /, such as exported_data",
        edit=write("predictions: {path: results/classes.h5, dataset: ../classes}"),
    ),
    Mistake(
        "fractions as PNG",
        "cells.yaml:37:20: node 'out': PNG holds no fractions; got "
        "results/uncertainty.png; write it as .tif or .h5",
        edit=write("uncertainty: results/uncertainty.png"),
    ),
    Mistake(
        "a stack as PNG",
        "cells.yaml:37:19: node 'out': a PNG holds one plane; got 6 x 48 x 64 (zyx); write "
        "it as .tif or .h5",
        edit=write("identities: results/ids.png"),
        bench=deep,
    ),
    Mistake(
        "a time series as PNG",
        "cells.yaml:37:19: node 'out': a PNG holds one plane; got 3 frames of 48 x 64 "
        "(yx); write it as .tif or .h5",
        edit=write("identities: results/ids.png"),
        bench=series,
    ),
    Mistake(
        "a placeholder that nobody knows",
        "cells.yaml:38:20: node 'out': no image has a name {imag}; got "
        "results/{imag}_classes.tif; expected {image}, {dataset_dir}, {nickname}, "
        "{result_type}; did you mean {image}?",
        edit=((IMAGE, '      predictions: "results/{imag}_classes.tif"\n'),),
        common=True,
    ),
    # --- what would be overwritten ----------------------------------------------------------
    Mistake(
        "two results in one file",
        "cells.yaml:38:15: node 'out': out.table and out.counts would write one file; got "
        "results/all.csv; give each a path of its own",
        edit=write("table: results/all.csv", "counts: results/all.csv"),
    ),
    Mistake(
        "several images in one file",
        "cells.yaml:38:20: node 'out': images 'a', 'b', 'c' would write one file; got "
        "results/classes.tif; put {image} or another name into the path",
        edit=((IMAGE, "      predictions: results/classes.tif\n"),),
        bench=several,
        common=True,
    ),
    Mistake(
        "a result over an input",
        "cells.yaml:38:20: node 'out': it would overwrite the input of 'raw'; got "
        "results/../raw.tif; choose another path",
        edit=((IMAGE, "      predictions: results/../raw.tif\n"),),
    ),
    Mistake(
        "a result over the annotations",
        "cells.yaml:37:14: node 'out': it would overwrite the annotations of 'classes'; "
        "got annotations.csv; choose another path",
        edit=((TABLE, "      table: annotations.csv\n"),),
    ),
    Mistake(
        "a result over the project",
        "cells.yaml:38:20: node 'out': the project and out.predictions would write one "
        "file; got cells.objclass.h5; give each a path of its own",
        edit=((IMAGE, "      predictions: cells.objclass.h5\n"),),
    ),
    Mistake(
        "a project over the annotations",
        "cells.yaml:2:10: the project would overwrite the annotations of 'classes'; got "
        "annotations.csv; choose another path",
        edit=(("version: 1\n", "version: 1\nproject: annotations.csv\n"),),
    ),
    Mistake(
        "a folder in place of a result",
        "cells.yaml:37:14: node 'out': its path is a folder; got results/objects.csv; add "
        "a file name",
        spoil=a_folder("results/objects.csv"),
    ),
    Mistake(
        "a file in place of the folder of results",
        "cells.yaml:37:14: node 'out': results is a file, not a folder; got "
        "results/objects.csv; choose another path\n"
        "cells.yaml:38:20: node 'out': results is a file, not a folder; got "
        "results/raw_classes.tif; choose another path",
        spoil=text("results", "in the way"),
    ),
    # --- blocks -----------------------------------------------------------------------------
    Mistake(
        "a block without voxels",
        "cells.yaml:33:12: node 'predicted': a block has no voxels; got 0",
        edit=blockwise("block: 0"),
    ),
    Mistake(
        "a block of a stack without z",
        "cells.yaml:33:12: node 'predicted': block says nothing about z of a 3D image; "
        "expected one number or {z: 0, y: 1, x: 1}",
        edit=blockwise("block: {y: 32, x: 32}"),
        bench=deep,
    ),
    Mistake(
        "a halo of exact blocks",
        "cells.yaml:33:11: node 'predicted': halo belongs to mode halo; exact needs none; "
        "remove it, or add 'mode: halo'",
        edit=blockwise("halo: 10"),
    ),
    Mistake(
        "blocks with a halo of unknown size",
        "cells.yaml:33:11: node 'predicted': mode halo needs a halo; add for example 'halo: "
        "64'; objclass blockwise compare recommends one",
        edit=blockwise("mode: halo"),
    ),
    Mistake(
        "a halo as large as the image",
        "cells.yaml:33:11: node 'predicted': every block would see the whole image: the halo "
        "is as large; got an image of 48 x 64 (yx); give a smaller halo (objclass blockwise "
        "compare recommends one), or mode: exact, which needs none",
        edit=blockwise("halo: 64\n    mode: halo"),
    ),
    Mistake(
        "a halo along z in a plane",
        "cells.yaml:33:11: node 'predicted': halo has an axis z, and the image has none; got z: "
        "5; remove z",
        edit=blockwise("halo: {z: 5, y: 10, x: 10}\n    mode: halo"),
    ),
    Mistake(
        "a halo of a stack without z",
        "cells.yaml:33:11: node 'predicted': halo says nothing about z of a 3D image; expected "
        "one number or {z: 0, y: 1, x: 1}",
        edit=blockwise("halo: {y: 10, x: 10}\n    mode: halo"),
        bench=deep,
    ),
    Mistake(
        "a halo as a list",
        "cells.yaml:33:11: node 'predicted': halo is a list, which names no axes; got [10, 10]; "
        "expected one number or {z: 0, y: 1, x: 1}",
        edit=blockwise("halo: [10, 10]\n    mode: halo"),
    ),
    Mistake(
        "a block of mode halo without voxels",
        "cells.yaml:33:12: node 'predicted': a block has no voxels; got 0",
        edit=blockwise("block: 0\n    mode: halo\n    halo: 10"),
    ),
    Mistake(
        "another program's name for blocks",
        "cells.yaml:33:5: node 'predicted': blockwise has no field 'block_size'; it is "
        "called block",
        edit=blockwise("block_size: 32"),
    ),
    Mistake(
        "blocks of the plain prediction",
        "cells.yaml:33:5: node 'predicted': 'block' belongs to blockwise; this is predict; "
        "it has …",
        edit=((CLASSIFIER, f"{CLASSIFIER}    block: 32\n"),),
    ),
    # --- groups of images -------------------------------------------------------------------
    Mistake(
        "images held out",
        "cells.yaml:28:15: node 'classes': no image has a name 'name'; expected image, "
        "dataset_dir, nickname; did you mean nickname?",
        edit=(
            (CLASSIFIER, CLASSIFIER),
            ("    estimator:", "    hold_out: {name: b}\n    estimator:"),
        ),
    ),
    Mistake(
        "groups of images",
        "cells.yaml:28:12: node 'classes': no image has a name 'plate'; expected image, "
        "dataset_dir, nickname; put {plate} into the paths of the inputs",
        edit=(("    estimator:", "    group: plate\n    estimator:"),),
    ),
    Mistake(
        "z-scores within what no image has",
        "cells.yaml:28:16: node 'classes': no image has a name 'plate'; expected image, "
        "dataset_dir, nickname; put {plate} into the paths of the inputs",
        edit=(("    estimator:", "    normalize: {by: plate}\n    estimator:"),),
    ),
)
