"""What is said of a project file."""

from __future__ import annotations

import json

import numpy as np

from objclass.classification import Examples, ForestSettings, fit
from objclass.data.contract import InputContract
from objclass.io.project import (
    AnnotationTable,
    ExampleRows,
    Plugin,
    ProjectFile,
    TrainedClassifier,
    model_digest,
)
from objclass.report.project import describe, lines


def trained(classes: tuple[str, ...] = ("small", "large")) -> TrainedClassifier:
    """A forest of three trees on five small and one large object."""
    X = np.random.RandomState(0).randn(6, 2)
    y = np.array([0, 0, 0, 0, 0, 1])
    examples = Examples(X, y, ("size_voxels", "intensity_mean-dna"), ("voxel", ""), "zero")
    model = fit(examples, classes, ForestSettings(trees=3))
    rows = ExampleRows(
        X=X,
        y=y.astype(np.int32),
        image=("a",) * 6,
        t=np.zeros(6, np.int64),
        position=np.zeros((6, 3), np.int64),
        stamp=np.array([b"o0123456789"] * 6, "S11"),
    )
    scores = {"out_of_bag": {"balanced_accuracy": 0.75}, "cross_validation": {}}
    return TrainedClassifier(model, ("#e69f00", "#56b4e9"), rows, scores)


def project() -> ProjectFile:
    """A project with everything in it."""
    return ProjectFile(
        workflow="version: 1\ntitle: Cells of a µ-slide\nnodes: {}\n",
        annotations=(AnnotationTable("cells.csv", "y,x,class\n1,2,small\n"),),
        classifiers={"kinds": trained()},
        inputs={
            "raw": InputContract("yxc", ("dna", "gfp"), "raw", "uint8", 2, (1.0, 0.65, 0.5), "um"),
            "prob": InputContract(
                "yx", ("0",), "prediction_map", "uint16", 2, None, None, (0.0, 65535.0)
            ),
        },
        plugins=(Plugin("mine.py", "ab" * 16, "import os"),),
        provenance={
            "objclass": "0.1.0",
            "python": "3.11.7",
            "platform": "Linux x86_64",
            "created": "2026-01-02T03:04:05+00:00",
            "libraries": {"numpy": "2.4"},
        },
    )


def test_the_screen_says_what_there_is() -> None:
    digest = model_digest(project().classifiers["kinds"].model)
    assert "\n".join(lines(project(), "cells.objclass.h5")) == (
        "project           cells.objclass.h5 (format 1)\n"
        "title             Cells of a µ-slide\n"
        "input             raw  raw  yxc  uint8  channels dna, gfp  0.65 x 0.5 um\n"
        "                  prob  prediction map  yx  uint16  channels 0  values 0 to 65535\n"
        f"classifier        kinds  random forest of 3 trees  model {digest}\n"
        "classes of kinds  small  5 examples  #e69f00\n"
        "                  large  1 example  #56b4e9\n"
        "columns of kinds  2: size_voxels (voxel), intensity_mean-dna\n"
        "quality of kinds  balanced accuracy 0.75 within images (out of bag)\n"
        "annotations       cells.csv (2 lines)\n"
        f"plugin            mine.py {'ab' * 16} (never run from here)\n"
        "made by           objclass 0.1.0, 2026-01-02T03:04:05+00:00, Linux x86_64, "
        "Python 3.11.7, numpy 2.4"
    )


def test_the_same_is_there_as_json() -> None:
    found = json.loads(json.dumps(describe(project())))
    one = found["classifiers"]["kinds"]
    assert one["classes"] == [
        {"name": "small", "color": "#e69f00", "examples": 5},
        {"name": "large", "color": "#56b4e9", "examples": 1},
    ]
    assert one["columns"] == {"size_voxels": "voxel", "intensity_mean-dna": ""}
    assert one["evaluation"]["out_of_bag"] == {"balanced_accuracy": 0.75}
    assert found["inputs"]["raw"]["spacing"] == [1.0, 0.65, 0.5]
    assert found["title"] == "Cells of a µ-slide"
    assert found["workflow"].startswith("version: 1")


def test_control_signs_of_a_hostile_file_do_not_reach_the_screen() -> None:
    evil = ProjectFile(
        workflow='version: 1\ntitle: "\\e[2J"\n',
        annotations=(AnnotationTable("a\x1b[31m.csv", "x"),),
        classifiers={"\x07kinds": trained(("a\x1b]0;b", "b"))},
        inputs={"r\x1b": InputContract("yx", ("\x1b",), "raw", "u\x1b", 2)},
        provenance={"created": "\x1b[8m", "libraries": {"\x1b": "\x1b"}, "objclass": ["\x1b"]},
    )
    text = "\n".join(lines(evil, "evil.h5"))
    assert "\x1b" not in text
    assert "\x07" not in text


def test_a_workflow_that_does_not_read_has_no_title() -> None:
    assert describe(ProjectFile("{{{"))["title"] is None
    assert describe(ProjectFile(""))["title"] is None


def test_odd_provenance_and_scores_are_no_error() -> None:
    odd = ProjectFile("version: 1\n", provenance={"libraries": 3, "python": None})
    assert list(lines(odd, "odd.h5")) == [
        "project     odd.h5 (format 1)",
        "classifier  none",
        "made by     objclass of unknown version, Python None",
    ]
