"""Mistakes in features, annotations, classifiers and projects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from mistakes import Mistake, Spoil, a_folder, annotations, bytes_of, gone, text, trained

from workflows import Bench, deep, flat, series, several

MEASURE = "[size, intensity]"
ESTIMATOR = "    estimator:"
SETTING = "{kind: random_forest, trees: 5}"
FILE = "    annotations: annotations.csv\n"
GOOD = "large,8,8\nsmall,8,24\nlarge,8,40\nsmall,8,56\n"


def measure(new: str) -> tuple[tuple[str, str], ...]:
    """Measure something else."""
    return ((MEASURE, new),)


def classifier(new: str) -> tuple[tuple[str, str], ...]:
    """Write something into the classifier."""
    return ((ESTIMATOR, f"    {new}\n{ESTIMATOR}"),)


def forest(new: str) -> tuple[tuple[str, str], ...]:
    """Grow another forest."""
    return ((SETTING, new),)


def learning(new: str) -> tuple[tuple[str, str], ...]:
    """Write something in place of the annotation file."""
    return ((FILE, new),)


def reusing(folder: Path) -> Bench:
    """A workflow whose classifier is taken from the project ``trained.h5``."""
    bench = flat(folder).edit((MEASURE, "[size, axes]"))
    trained(folder)
    (folder / "cells.objclass.h5").rename(folder / "trained.h5")
    return bench.edit((f"{FILE}    estimator: {SETTING}\n", "    project: trained.h5\n"))


def in_project(change: Callable[[h5py.File], None]) -> Spoil:
    """Change something in the project file."""

    def spoil(folder: Path) -> None:
        with h5py.File(folder / "trained.h5", "a") as file:
            change(file)

    return spoil


def leads_elsewhere(file: h5py.File) -> None:
    """Put a link to another file in place of the workflow."""
    del file["workflow"]
    file["workflow"] = h5py.ExternalLink("/etc/passwd", "/")


def loops(file: h5py.File) -> None:
    """Let a tree's root be its own child, so that a careless reader never ends."""
    left = file["classifiers/0000/arrays/left"]
    values = left[()]
    values[0] = 0
    left[...] = values


def promises_much(file: h5py.File) -> None:
    """Declare an array of terabytes in which nothing is stored."""
    del file["classifiers/0000/arrays/value"]
    shape = (1 << 40, 2)
    file.create_dataset("classifiers/0000/arrays/value", shape, np.float64, chunks=(1024, 2))


MISTAKES = (
    # --- features ---------------------------------------------------------------------------
    Mistake(
        "a family that does not exist",
        "cells.yaml:23:14: node 'measured': 'intenstiy' chooses nothing of N columns; "
        "did you mean intensity?",
        edit=measure("[size, intenstiy]"),
        common=True,
    ),
    Mistake(
        "a feature that does not exist",
        "cells.yaml:23:14: node 'measured': 'size_voxel' chooses nothing of N columns; did "
        "you mean size_voxels?",
        edit=measure("[size_voxel]"),
    ),
    Mistake(
        "intensities without an image",
        "cells.yaml:22:21: node 'measured': intensity is measured in a raw image; add 'image: raw'",
        edit=(("    image: raw\n    objects", "    objects"),),
    ),
    Mistake(
        "a channel that is not measured",
        "cells.yaml:23:14: node 'measured': intensity is not measured in gfp; expected 0",
        edit=measure("[{intensity: [mean], channels: [gfp]}]"),
    ),
    Mistake(
        "nothing left to measure",
        "cells.yaml:23:14: node 'measured': nothing is left to measure; remove less",
        edit=measure("[size, -size]"),
    ),
    # --- the annotation file ----------------------------------------------------------------
    Mistake(
        "no annotations yet",
        "classes    STOPPED  no annotations yet: there is no annotations.csv\n"
        "next    objclass annotations new cells.yaml",
        spoil=gone("annotations.csv"),
        code=1,
        common=True,
    ),
    Mistake(
        "a slip in the name of the annotation file",
        "classes    STOPPED  no annotations yet: there is no annotation.csv\n"
        "                    did you mean annotations.csv?\n"
        "next    objclass annotations new cells.yaml",
        edit=learning("    annotations: annotation.csv\n"),
        code=1,
    ),
    Mistake(
        "annotations without a class so far",
        "classes    STOPPED  no annotations yet: annotations.csv has no row with a class "
        "(2 without)\n"
        "next    fill in the column class, and run again",
        spoil=annotations(",8,8\n,8,24\n"),
        code=1,
    ),
    Mistake(
        "an annotation file with nothing in it",
        "cells.yaml:27:18: node 'classes': annotations.csv is empty (0 bytes); start it "
        "with a line of column titles",
        spoil=bytes_of("annotations.csv", b""),
    ),
    Mistake(
        "a spreadsheet as annotation file",
        "cells.yaml:27:18: node 'classes': annotations.xlsx is no table; got .xlsx; "
        "expected .csv, .tsv, .txt, .parquet",
        edit=learning("    annotations: annotations.xlsx\n"),
        spoil=bytes_of("annotations.xlsx", b"PK\x03\x04"),
    ),
    Mistake(
        "a folder as annotation file",
        "cells.yaml:27:18: node 'classes': truth is a folder; expected a table",
        edit=learning("    annotations: truth\n"),
        spoil=a_folder("truth"),
    ),
    Mistake(
        "annotations in another encoding",
        "annotations.csv:2: node 'classes': the table is not UTF-8 text; save it as CSV UTF-8",
        spoil=text("annotations.csv", "class,y,x\nzöllig,8,8\n", "latin-1"),
    ),
    Mistake(
        "annotations by names no image has",
        "cells.yaml:27:18: node 'classes': no image has a name {well}; got {well}.csv; "
        "expected {name}, {image}, {dataset_dir}, {nickname}",
        edit=learning('    annotations: "{well}.csv"\n'),
        bench=several,
    ),
    # --- its columns ------------------------------------------------------------------------
    Mistake(
        "no column of classes",
        "annotations.csv:1: column class missing; got type, y, x; name the column of "
        "classes 'class'",
        spoil=annotations("large,8,8\n", "type,y,x"),
        common=True,
    ),
    Mistake(
        "no positions",
        "annotations.csv:1: columns y, x missing; got class, object; object ids change "
        "whenever the segmentation does; give a voxel inside each object (0-based, of the "
        "uncropped image)",
        spoil=annotations("large,1\n", "class,object"),
    ),
    Mistake(
        "no time points in a time series",
        "annotations.csv:1: column t missing; got class, y, x; give the time point of "
        "every row, counted from 0",
        bench=series,
        spoil=annotations("large,8,8\n"),
    ),
    Mistake(
        "no z in a stack",
        "annotations.csv:1: column z missing; got class, y, x; give a voxel inside each "
        "object (0-based, of the uncropped image)",
        bench=deep,
        spoil=annotations("large,8,8\n"),
    ),
    Mistake(
        "a misspelt column",
        "annotations.csv:1:4: column 'stmp' is not known; did you mean 'stamp'? otherwise "
        "rename it",
        spoil=annotations("large,8,8,\n", "class,y,x,stmp"),
    ),
    Mistake(
        "two columns of classes",
        "annotations.csv:1:4: two columns mean 'class'; got 'class' and 'Class'; rename or "
        "delete one of them",
        spoil=annotations("large,8,8,large\n", "class,y,x,Class"),
    ),
    # --- its rows ---------------------------------------------------------------------------
    Mistake(
        "a position that is no number",
        "annotations.csv:6:2: y is not a voxel; got 'here'; expected a voxel counted from "
        "0, such as 31",
        spoil=annotations(f"{GOOD}large,here,24\n"),
    ),
    Mistake(
        "a position in micrometres",
        "classes    FAILED\n"
        "annotations.csv:6: node 'classes': the position lies outside the image; got y 8, "
        "x 240; expected y 0 to 47, x 0 to 63; positions count voxels from 0 in the "
        "uncropped image, not micrometres",
        spoil=annotations(f"{GOOD}large,8,240.5\n"),
        code=1,
    ),
    Mistake(
        "a stamp that a spreadsheet made a number",
        "annotations.csv:2:4: not a stamp; got '1.2E+10'; expected a letter and ten "
        "hexadecimal digits, such as o9f03ac21b4; empty the cell to make the row a point",
        spoil=annotations("large,8,8,1.2E+10\n", "class,y,x,stamp"),
    ),
    Mistake(
        "a cell too many",
        "annotations.csv:6: node 'classes': too many cells; got 4 cells; expected 3, as in "
        "the first line; put text that holds the delimiter in quotes",
        spoil=annotations(f"{GOOD}large,8,24,7\n"),
    ),
    Mistake(
        "a quote that opens and never closes",
        "annotations.csv:6: node 'classes': a quote that opens from here on is never "
        "closed; close it, or double it inside text",
        spoil=annotations(f'{GOOD}"large,8,24\n'),
    ),
    Mistake(
        "an image that the workflow does not have",
        "annotations.csv:2: the workflow has no image 'rwa' (line 2); expected one of raw; "
        "did you mean 'raw'?",
        spoil=annotations("large,8,8,rwa\n", "class,y,x,image"),
    ),
    Mistake(
        "annotations that do not say of which image",
        "annotations.csv:2: a row without image fits 3 images on line 2; got a, b, c; add "
        "the column image or name",
        bench=several,
        spoil=annotations("large,8,8\n"),
    ),
    # --- classes ----------------------------------------------------------------------------
    Mistake(
        "a class that is not among the classes",
        "cells.yaml:28:14: node 'classes': annotated class 'small' is not in classes "
        "(annotations.csv:3); expected large, tiny; add it, or mend the annotation",
        edit=classifier("classes: [large, tiny]"),
        common=True,
    ),
    Mistake(
        "a class twice",
        "cells.yaml:28:14: node 'classes': classes names 'large' twice; each name may occur once",
        edit=classifier("classes: [large, small, large]"),
    ),
    Mistake(
        "one class only",
        "cells.yaml:28:14: node 'classes': a classifier needs two classes; got large; add "
        "the other class, or leave classes out\n"
        "cells.yaml:28:14: node 'classes': annotated class 'small' is not in classes "
        "(annotations.csv:3); expected large; add it, or mend the annotation",
        edit=classifier("classes: [large]"),
    ),
    Mistake(
        "a class that means something else",
        "cells.yaml:28:14: node 'classes': 'ignore' is no class: it means an object that "
        "is not learned from",
        edit=classifier("classes: [large, small, ignore]"),
    ),
    Mistake(
        "an unknown colour",
        "cells.yaml:28:14: node 'classes': classes has the unknown colour 'orangered'; did "
        "you mean orange?",
        edit=classifier("classes: {large: orangered, small: blue}"),
    ),
    Mistake(
        "annotations of one class only",
        "classes    FAILED\n"
        "cells.yaml:24:3: node 'classes': a classifier needs two classes; got large; "
        "annotate objects of a second class",
        spoil=annotations("large,8,8\nlarge,8,40\n"),
        code=1,
        common=True,
    ),
    Mistake(
        "annotations on background only",
        "classes    FAILED\n"
        "                    warning: 2 rows on background, not used (lines 2, 3)\n"
        "cells.yaml:24:3: node 'classes': no annotated objects to learn from; annotate a "
        "few objects of each class",
        spoil=annotations("large,0,0\nsmall,0,1\n"),
        code=1,
    ),
    # --- the classifier ---------------------------------------------------------------------
    Mistake(
        "neither annotations nor a project",
        "cells.yaml:24:3: node 'classes': annotations or project is missing; add "
        "'annotations: nuclei.csv'",
        edit=learning(""),
    ),
    Mistake(
        "annotations and a project",
        "cells.yaml:28:14: node 'classes': give either annotations or project, not both; "
        "remove one of them",
        edit=learning(f"{FILE}    project: trained.h5\n"),
    ),
    Mistake(
        "a column to use that is not measured",
        "cells.yaml:28:10: node 'classes': 'intensity_maen' chooses nothing of N columns; "
        "did you mean intensity_mean?",
        edit=classifier("use: [intensity_maen]"),
    ),
    Mistake(
        "no column to use",
        "cells.yaml:28:10: node 'classes': no column is left to learn from; remove less",
        edit=classifier("use: [size, -size]"),
    ),
    Mistake(
        "an estimator that is not offered",
        "cells.yaml:28:16: node 'classes': estimator is none of its words; got 'svm'; "
        "expected random_forest or extra_trees",
        edit=forest("svm"),
    ),
    Mistake(
        "a forest without trees",
        "cells.yaml:28:45: node 'classes': estimator.trees must be at least 1; got 0",
        edit=forest("{kind: random_forest, trees: 0}"),
    ),
    Mistake(
        "an option that the forest does not have",
        "cells.yaml:28:38: node 'classes': estimator has no field 'n_estimators'; it has …",
        edit=forest("{kind: random_forest, n_estimators: 5}"),
    ),
    Mistake(
        "an option of the forest out of range",
        "cells.yaml:28:16: node 'classes': option 'max_features' of the estimator; got "
        "1.5; expected sqrt, log2, a share such as 0.3, a number of columns, or null for "
        "all",
        edit=forest("{kind: random_forest, max_features: 1.5}"),
    ),
    Mistake(
        "a weight of a class that does not exist",
        "cells.yaml:28:16: node 'classes': option 'class_weight' names classes that do not "
        "exist; got big; expected large, small",
        edit=forest("{kind: random_forest, class_weight: {big: 2}}"),
    ),
    Mistake(
        "a seed below zero",
        "cells.yaml:28:11: node 'classes': seed must be at least 0; got -1",
        edit=classifier("seed: -1"),
    ),
    Mistake(
        "missing values where none may be missing",
        "classes    FAILED\n"
        "cells.yaml:24:3: node 'classes': features have missing or infinite values; got "
        "axes_orientation (8 of 8 objects); expected finite numbers, because of 'missing: "
        "refuse'; leave these columns out with 'use', or set 'missing: zero' or 'missing: "
        "impute'",
        edit=(
            *measure("[axes]"),
            *classifier("use: [axes_radius, axes_orientation]\n    missing: refuse"),
        ),
        code=1,
    ),
    Mistake(
        "a percentage in place of a probability",
        "cells.yaml:33:22: node 'predicted': min_probability must be at most 1; got 60",
        edit=(("classifier: classes\n", "classifier: classes\n    min_probability: 60\n"),),
    ),
    # --- projects ---------------------------------------------------------------------------
    Mistake(
        "a project that is not there",
        "cells.yaml:27:14: node 'classes': project file 'trained.h5' does not exist",
        edit=learning("    project: trained.h5\n"),
    ),
    Mistake(
        "an image in place of a project",
        "cells.yaml:27:14: node 'classes': 'raw.tif' is not a project file; got 3328 bytes "
        "that are not HDF5; expected a file written by 'objclass run', such as "
        "cells.objclass.h5",
        edit=learning("    project: raw.tif\n"),
    ),
    Mistake(
        "another HDF5 file in place of a project",
        "cells.yaml:27:14: node 'classes': 'prob.h5' is not an objclass project file; got "
        "another HDF5 file; expected a file written by 'objclass run', such as "
        "cells.objclass.h5",
        edit=learning("    project: prob.h5\n"),
    ),
    Mistake(
        "other features than the project learned from",
        "cells.yaml:30:15: node 'predicted': 'measured' lacks columns that 'classes' "
        "learned from; got no axes_radius_0 and 1 more; measure the same features as in "
        "training",
        edit=(("[size, axes]", "[size]"),),
        bench=reusing,
    ),
    Mistake(
        "another unit than the project learned in",
        "cells.yaml:27:15: node 'classes': axes_radius_0 and 1 more were learned in "
        "another unit; got um; expected voxel; give the input the pixel_size it had in "
        "training",
        edit=(("    axes: yx\n", "    axes: yx\n    pixel_size: 1 um\n"),),
        bench=reusing,
    ),
    Mistake(
        "a project that leads to another file",
        "cells.yaml:27:14: node 'classes': project file 'trained.h5': 'workflow' in '/' "
        "leads elsewhere; got a link (external); expected data in this file; take a copy "
        "of the file from before, or write it again with 'objclass run'",
        bench=reusing,
        spoil=in_project(leads_elsewhere),
    ),
    Mistake(
        "a project whose tree runs in a circle",
        "cells.yaml:27:14: node 'classes': project file 'trained.h5': node 'classes': "
        "array 'left' of the forest has a value out of range; got 0 at position 0; take a "
        "copy of the file from before, or write it again with 'objclass run'",
        bench=reusing,
        spoil=in_project(loops),
    ),
    Mistake(
        "a project that promises terabytes",
        "cells.yaml:27:14: node 'classes': project file 'trained.h5': "
        "'classifiers/0000/arrays/value' is stored in chunks; expected contiguous data; "
        "take a copy of the file from before, or write it again with 'objclass run'",
        bench=reusing,
        spoil=in_project(promises_much),
    ),
)
