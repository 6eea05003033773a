"""Mistakes on the command line: options, ``--set``, and batches."""

from __future__ import annotations

from pathlib import Path

from mistakes import Mistake, trained

from workflows import Bench, flat

MISSPELT = (("    threshold: 0.5\n", "    treshold: 0.5\n"),)
PROJECT = "batch cells.objclass.h5"
FILES = "--raw raw.tif --prediction-map prob.h5"


def project(folder: Path) -> Bench:
    """A workflow that ran, and its project."""
    bench = flat(folder)
    trained(folder)
    return bench


MISTAKES = (
    # --- words ------------------------------------------------------------------------------
    Mistake(
        "a command that does not exist",
        "Usage: objclass [OPTIONS] COMMAND [ARGS]...\n"
        "Try 'objclass --help' for help.\n"
        "\n"
        "Error: There is no command 'rnu'. Did you mean 'run'?",
        args="rnu cells.yaml",
    ),
    Mistake(
        "a workflow without its command",
        "Usage: objclass [OPTIONS] COMMAND [ARGS]...\n"
        "Try 'objclass --help' for help.\n"
        "\n"
        "Error: There is no command 'cells.yaml'. Did you mean 'objclass run cells.yaml'?",
        args="cells.yaml",
    ),
    Mistake(
        "a project where a workflow belongs",
        "cells.objclass.h5:1: is not UTF-8 text: byte 0x89; this is HDF5: what a project file "
        "holds is told by 'objclass project show'",
        args="run cells.objclass.h5",
        spoil=lambda folder: (folder / "cells.objclass.h5").write_bytes(b"\x89HDF\r\n"),
    ),
    Mistake(
        "an option that does not exist",
        "Usage: objclass run [OPTIONS] WORKFLOW.yaml\n"
        "Try 'objclass run --help' for help.\n"
        "\n"
        "Error: No such option '--untl'. Did you mean '--until'?",
        args="run cells.yaml --untl nuclei",
    ),
    Mistake(
        "no workflow to run",
        "Usage: objclass run [OPTIONS] WORKFLOW.yaml\n"
        "Try 'objclass run --help' for help.\n"
        "\n"
        "Error: Missing argument 'WORKFLOW.yaml'.",
        args="run",
    ),
    Mistake(
        "a node to stop after that does not exist",
        "--until nuclie: there is no such node; expected raw, prob, nuclei, measured, "
        "classes, predicted, out; did you mean nuclei?",
        args="run cells.yaml --until nuclie",
    ),
    Mistake(
        "a node to force that does not exist",
        "--force classify: there is no such node; expected raw, prob, nuclei, measured, "
        "classes, predicted, out; did you mean classes?",
        args="plan cells.yaml --force classify",
    ),
    Mistake(
        "a cache where a file is",
        "Usage: objclass run [OPTIONS] WORKFLOW.yaml\n"
        "Try 'objclass run --help' for help.\n"
        "\n"
        "Error: Invalid value for '--cache': Directory 'raw.tif' is a file.",
        args="run cells.yaml --cache raw.tif",
    ),
    Mistake(
        "a cache below a file",
        "",
        args="run cells.yaml --cache raw.tif/cache",
        code=1,
    ),
    Mistake(
        "a mistake that plan finds",
        "cells.yaml:18:5: node 'nuclei': threshold has no field 'treshold'; did you mean "
        "threshold?",
        edit=MISSPELT,
        args="plan cells.yaml",
    ),
    Mistake(
        "a mistake that validate finds",
        "cells.yaml:18:5: node 'nuclei': threshold has no field 'treshold'; did you mean "
        "threshold?",
        edit=MISSPELT,
        args="validate cells.yaml",
    ),
    # --- set --------------------------------------------------------------------------------
    Mistake(
        "a value set to nothing",
        "--set nuclei.threshold: sets nothing; expected NODE.FIELD=VALUE, such as "
        "nuclei.threshold=0.45",
        args="run cells.yaml --set nuclei.threshold",
    ),
    Mistake(
        "a value set on a node that does not exist",
        "--set nuclie.threshold: there is no node 'nuclie'; did you mean nuclei?",
        args="run cells.yaml --set nuclie.threshold=0.4",
    ),
    Mistake(
        "a value set on a whole node",
        "--set nuclei: names no field; expected nuclei.FIELD=VALUE",
        args="run cells.yaml --set nuclei=0.4",
    ),
    Mistake(
        "a value set on a field that does not exist",
        "--set nuclei.treshold: node 'nuclei': threshold has no field 'treshold'; did you "
        "mean threshold?",
        args="run cells.yaml --set nuclei.treshold=0.4",
        common=True,
    ),
    Mistake(
        "a value set that does not fit",
        "--set nuclei.min_size: node 'nuclei': min_size is not a number with a unit; got "
        "'few'; expected such as 3 um",
        args="run cells.yaml --set nuclei.min_size=few",
    ),
    Mistake(
        "an axis set of a field that has none",
        "--set nuclei.threshold.x: nuclei.threshold has nothing called 'x'",
        args="run cells.yaml --set nuclei.threshold.x=1",
    ),
    Mistake(
        "an entry set beyond a list",
        "--set measured.measure.7: measured.measure has nothing called '7'",
        args="run cells.yaml --set measured.measure.7=size",
    ),
    # --- batch ------------------------------------------------------------------------------
    Mistake(
        "a batch without a project",
        "there is no project file nobody.h5; did you mean prob.h5?",
        args="batch nobody.h5 --raw raw.tif --out out",
    ),
    Mistake(
        "a batch of a workflow in place of a project",
        "'cells.yaml' is not a project file; got 733 bytes that are not HDF5; expected a "
        "file written by 'objclass run', such as cells.objclass.h5",
        args=f"batch cells.yaml {FILES} --out out",
    ),
    Mistake(
        "a batch without a folder for results",
        "Usage: objclass batch [OPTIONS] [PROJECT]\n"
        "Try 'objclass batch --help' for help.\n"
        "\n"
        "Error: Missing --out FOLDER; or --resume FOLDER goes on with a batch.",
        args=f"{PROJECT} {FILES}",
        bench=project,
    ),
    Mistake(
        "a batch without the files of an input",
        "the project's input 'prob' has no files; add --prediction-map PATTERN or --input "
        "prob=PATTERN",
        args=f"{PROJECT} --raw raw.tif --out out",
        bench=project,
    ),
    Mistake(
        "a batch with files that no input wants",
        "--segmentation: the project has no such input; expected raw (raw), prob (prediction_map)",
        args=f"{PROJECT} --raw raw.tif --segmentation prob.h5 --out out",
        bench=project,
    ),
    Mistake(
        "a batch with files of an unknown input",
        "--input rwa: the project has no such input; expected raw (raw), prob "
        "(prediction_map); did you mean raw?",
        args=f"{PROJECT} --input rwa=raw.tif --prediction-map prob.h5 --out out",
        bench=project,
    ),
    Mistake(
        "a batch with files of no input",
        "--input names no node; got raw.tif; expected NODE=PATTERN",
        args=f"{PROJECT} --input raw.tif --prediction-map prob.h5 --out out",
        bench=project,
    ),
    Mistake(
        "a batch with the files of an input twice",
        "--raw and --input raw name the same input; give one of them",
        args=f"{PROJECT} --input raw=raw.tif {FILES} --out out",
        bench=project,
    ),
    Mistake(
        "a batch of files that are not there",
        "node 'raw': there is no file FOLDER/rwa.tif; did you mean raw.tif?",
        args=f"{PROJECT} --raw rwa.tif --prediction-map prob.h5 --out out",
        bench=project,
    ),
    Mistake(
        "a batch whose pattern nothing fits",
        "node 'raw': no file fits 'new/{n}.tif'; there is no folder FOLDER/new\n"
        "node 'prob': no file fits 'new/{n}.h5'; there is no folder FOLDER/new",
        args=f"{PROJECT} --raw 'new/{{n}}.tif' --prediction-map 'new/{{n}}.h5' --out out",
        bench=project,
    ),
    Mistake(
        "a batch of files without partners",
        "node 'prob': 1 file without a partner in the other inputs; got FOLDER/prob.h5; "
        "expected files with the same {n}\n"
        "node 'prob': nothing here pairs with 1 file of raw; got FOLDER/raw.tif; expected "
        "files with the same {n}",
        args=f"{PROJECT} --raw 'r{{n}}.tif' --prediction-map 'p{{n}}.h5' --out out",
        bench=project,
    ),
    Mistake(
        "a batch that writes what does not exist",
        "--export tabel: cannot be written; expected table, counts, wells, controls, dictionary, "
        "predictions, probabilities, uncertainty, identities, smoothed, cores, cores_filtered, "
        "unfiltered, overlay, montage, evaluation, geojson, roi, "
        "ngio, anndata, mobie, omero; did you mean table?",
        args=f"{PROJECT} {FILES} --out out --export tabel",
        bench=project,
    ),
    Mistake(
        "a batch in a format that loses ids",
        "--format: unknown format; got jpg; expected h5, hdf5, tif, tiff, png, npy, zarr, csv, "
        "parquet, table=h5",
        args=f"{PROJECT} {FILES} --out out --format jpg",
        bench=project,
    ),
    Mistake(
        "a batch with a misspelt field",
        "--set nuclei.treshold: node 'nuclei': threshold has no field 'treshold'; did you "
        "mean threshold?",
        args=f"{PROJECT} {FILES} --out out --set nuclei.treshold=0.4",
        bench=project,
    ),
    Mistake(
        "a batch of swapped files",
        "1/1  prob  FAILED  node 'raw': prob.h5 does not name its axes, and those of training "
        "do not fit; got shape (48, 64, 2), axes yx; expected letters of tczyx in file order; "
        "add for example --set raw.axes=yxc",
        args=f"{PROJECT} --raw prob.h5 --prediction-map raw.tif --out out",
        bench=project,
        code=1,
    ),
)
