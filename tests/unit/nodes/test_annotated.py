"""Annotation files: one for all images, or one per image by names in braces."""

from __future__ import annotations

from pathlib import Path

import pytest

from objclass.errors import InputError
from objclass.nodes.annotated import AnnotationFile, TrainingAnnotations
from objclass.nodes.classifier.summary import ModelSummary
from workflows import Bench, several

ONE = "annotations: annotations.csv"


def files(bench: Bench) -> AnnotationFile:
    """What the classifier's annotation files say."""
    graph = bench.job().graph
    return graph.part("classes", "model", "a").held(TrainingAnnotations).files


def per_image(folder: Path, *names: str) -> Bench:
    """Three images with an annotation file for some of them."""
    bench = several(folder).edit((ONE, 'annotations: "said/{name}.csv"'))
    for number, name in enumerate(names):
        path = folder / f"said/{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"class,y,x\nlarge,8,8\nsmall,8,{24 + 32 * number}\n", encoding="utf-8")
    return bench


def test_one_file_serves_all_images(tmp_path: Path) -> None:
    found = files(several(tmp_path))
    assert found.files == ("annotations.csv",)
    assert {image: len(rows) for image, rows in found.rows.items()} == {"a": 8, "b": 0, "c": 0}


def test_a_file_per_image_needs_no_column_of_images(tmp_path: Path) -> None:
    found = files(per_image(tmp_path, "a", "c"))
    assert found.files == ("said/a.csv", "said/c.csv")
    assert {image: [row.x for row in rows] for image, rows in found.rows.items()} == {
        "a": [8, 24],
        "c": [8, 56],
    }
    assert {row.file for row in found.rows["c"]} == {"said/c.csv"}


def test_no_file_of_any_image_is_no_annotations_yet(tmp_path: Path) -> None:
    found = files(per_image(tmp_path))
    assert (found.exists, found.rows, found.near) == (False, {}, None)


def test_a_slip_in_a_name_is_seen(tmp_path: Path) -> None:
    bench = several(tmp_path).edit((ONE, "annotations: anotations.csv"))
    assert files(bench).near == "annotations.csv"


def test_a_problem_names_the_file_of_its_image(tmp_path: Path) -> None:
    bench = per_image(tmp_path, "a", "c")
    (tmp_path / "said/c.csv").write_text("class,y,x\nlarge,8,here\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"said/c\.csv:2:3: x is not a voxel; got 'here'"):
        bench.job()


def test_a_run_with_a_file_per_image_trains_on_all_of_them(tmp_path: Path) -> None:
    ran = per_image(tmp_path, "a", "c").run()
    (model,) = ran.of("classes.model")
    assert model.known is not None
    assert model.told(ModelSummary).examples == {"large": 2, "small": 2}
