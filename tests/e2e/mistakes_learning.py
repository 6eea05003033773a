"""Mistakes in features, classifiers and projects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from mistakes import Mistake, Spoil, trained

from workflows import Bench, flat

MEASURE = "[size, intensity]"
ESTIMATOR = "    estimator:"
SETTING = "{kind: random_forest, trees: 5}"
FILE = "    annotations: annotations.csv\n"


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
        "a feature by the name that scikit-image has for it",
        "cells.yaml:23:14: node 'measured': 'solidity' chooses nothing of N columns; did you "
        "mean morphology_solidity?",
        edit=measure("[size, solidity]"),
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
        "cells.yaml:23:14: node 'measured': intensity is not measured in gfp; expected channel 0",
        edit=measure("[{intensity: [mean], channels: [gfp]}]"),
    ),
    Mistake(
        "nothing left to measure",
        "cells.yaml:23:14: node 'measured': nothing is left to measure; remove less",
        edit=measure("[size, -size]"),
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
        "expected random_forest, extra_trees, logistic_regression, gradient_boosting, "
        "nearest_neighbors or auto",
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
        "cells.yaml:28:52: node 'classes': estimator.max_features cannot be read; got "
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
        "axes_orientation (8 of 8 objects: 1 of 'raw', 3 of 'raw', 2 of 'raw' and 5 more); "
        "expected finite numbers, because of 'missing: refuse'; leave these columns out "
        "with 'use', or set 'missing: zero' or 'missing: impute'",
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
        "cells.yaml:27:14: node 'classes': there is no project file trained.h5",
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
        "another unit; got um; expected voxel; training had no pixel size: take it out of "
        "raw, or train again with one",
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
