"""``normalize: {by: plate}``: features as z-scores of the objects of a plate, everywhere alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from terminal import typed

from objclass.engine.artifact import pack_model
from objclass.session import Session
from workflows import Bench, Ran, write_raw

TEXT = """\
version: 1
nodes:
  raw:   {kind: input, path: 'raw/{plate}_{well}.tif', axes: yx}
  cells: {kind: input, path: 'cells/{plate}_{well}.tif', axes: yx, role: label_image}
  feats: {kind: features, image: raw, objects: cells, measure: [intensity]}
  classes:
    kind: classifier
    features: feats
    annotations: annotations.csv
    use: [intensity_mean]
    normalize: {by: plate}
    estimator: {kind: random_forest, trees: 10}
  found: {kind: predict, features: feats, classifier: classes}
  saved: {kind: export, from: found, write: {table: 'out/{image}.csv'}}
"""
NORMALIZE = "    normalize: {by: plate}\n"
WELLS = ("P1_a", "P1_b", "P2_a", "P2_b")
COUNT = 24


def brightness(name: str) -> np.ndarray:
    """Half of the objects of an image are dim, 10 and more, half bright, 50 and more."""
    start = 10 + WELLS.index(name) % 2
    return np.array([start + 2 * (k // 2) + 40 * (k % 2) for k in range(COUNT)])


def write(
    folder: Path,
    name: str,
    scale: int = 1,
    offset: int = 0,
    values: Callable[[str], np.ndarray] = brightness,
) -> None:
    """An image of objects of 2 × 2 voxels, each of one brightness."""
    cells, raw = np.zeros((4, 4 * COUNT), np.uint16), np.zeros((4, 4 * COUNT), np.uint16)
    for k, value in enumerate(values(name)):
        cells[1:3, 4 * k + 1 : 4 * k + 3] = k + 1
        raw[1:3, 4 * k + 1 : 4 * k + 3] = scale * value + offset
    write_raw(folder / f"raw/{name}.tif", raw)
    write_raw(folder / f"cells/{name}.tif", cells)


def plates(folder: Path, scale: int = 1, offset: int = 0) -> Bench:
    """Two wells of two plates; the second plate is stained otherwise, P1_a is annotated."""
    for name in WELLS:
        write(folder, name, *((scale, offset) if name.startswith("P2") else ()))
    said = [("bright" if k % 2 else "dim", 1, 4 * k + 1, "P1_a") for k in range(12)]
    return Bench(folder, TEXT).annotate(said, "class,y,x,image").edit()


def classes(ran: Ran, name: str) -> list[int]:
    codes: list[int] = ran.data("found.predictions", name).code.tolist()
    return codes


def of_all(ran: Ran) -> list[list[int]]:
    return [classes(ran, name) for name in WELLS]


RIGHT = [[2, 1] * (COUNT // 2)] * 4
"""Classes are sorted: 1 is bright, 2 is dim."""


def test_a_stain_of_a_plate_changes_no_prediction_with_normalize_and_does_without(
    tmp_path: Path,
) -> None:
    plain = plates(tmp_path / "plain").run()
    stained = plates(tmp_path / "stained", 2, 64).run()
    assert of_all(plain) == of_all(stained) == RIGHT
    bare = plates(tmp_path / "bare", 2, 64).edit((NORMALIZE, "")).run()
    assert classes(bare, "P1_a") == RIGHT[0]
    assert classes(bare, "P2_a") == [1] * COUNT


def test_scales_that_double_change_no_byte_of_model_or_prediction(tmp_path: Path) -> None:
    plain = plates(tmp_path / "plain").run()
    stained = plates(tmp_path / "stained", 4, 128).run()
    for name in ("classes.model", "classes.evaluation", "found.predictions"):
        digests = [
            [o.known.artifact.digest for o in r.of(name) if o.known] for r in (plain, stained)
        ]
        assert digests[0] == digests[1]


def test_objects_that_nobody_annotated_count_in_their_plate(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    before = bench.run().data("classes.model").arrays
    write(tmp_path, "P1_b", 1, 200)
    after = bench.run()
    assert {"classes.values", "classes.scales", "classes.model"} <= after.ran_parts
    arrays = after.data("classes.model").arrays
    assert any(not np.array_equal(before[name], arrays[name]) for name in before)


def test_another_image_of_one_plate_predicts_no_other_plate_again(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    bench.run()
    write(tmp_path, "P2_b", 1, 200)
    ran = bench.run()
    again = {o.step.image for o in ran.of("found.predictions") if o.status == "ran"}
    assert again == {"P2_a", "P2_b"}
    assert "classes.model" not in ran.ran_parts


def test_the_table_holds_what_was_measured(tmp_path: Path) -> None:
    plates(tmp_path, 2, 64).run()
    table = pd.read_csv(tmp_path / "out/P2_a.csv")
    (mean,) = [name for name in table.columns if name.startswith("intensity_mean")]
    assert table[mean].tolist() == (2 * brightness("P2_a") + 64).tolist()


@pytest.mark.parametrize("by", ["image", "well", "plate"])
def test_files_that_are_called_otherwise_give_the_same_model(tmp_path: Path, by: str) -> None:
    """Plates and wells change places in the order of the names."""
    models = []
    for folder, renamed in (("one", {}), ("two", {"P1": "P9", "_a": "_z"})):
        bench = plates(tmp_path / folder).edit(("{by: plate}", f"{{by: {by}}}"))
        for old, new in renamed.items():
            for path in (*bench.folder.glob("raw/*.tif"), *bench.folder.glob("cells/*.tif")):
                path.rename(path.with_name(path.name.replace(old, new)))
            text = bench.annotations.read_text(encoding="utf-8")
            bench.annotations.write_text(text.replace(old, new), encoding="utf-8")
        models.append(bench.run().of("classes.model")[0].known)
    first, second = models
    assert first is not None
    assert second is not None
    assert first.artifact.digest == second.artifact.digest


def test_workers_and_blocks_change_no_model(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    alone = bench.run(cache=tmp_path / "alone", workers=1).digests
    assert bench.run(cache=tmp_path / "two", workers=2).digests == alone


def test_a_session_learns_and_predicts_what_a_run_does(tmp_path: Path) -> None:
    bench = plates(tmp_path, 2, 64)
    session = Session.open(bench.file)
    session.learn_now()
    learned, said = session._learned.model, session._predictions
    assert learned is not None
    assert said is not None
    codes = [said.of(session._frames.frame((name, None))).code.tolist() for name in WELLS]
    session.close()
    ran = bench.run()
    known = ran.of("classes.model")[0].known
    assert known is not None
    assert pack_model(learned).artifact().digest == known.artifact.digest
    assert codes == of_all(ran)


def test_shards_of_a_run_make_the_same_model(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    alone = bench.run(cache=tmp_path / "alone")
    for shard in ("1/2", "2/2"):
        screen = typed(f"run cells.yaml --shard {shard}", tmp_path)
        assert screen.code == 0, screen.out + screen.err
    assert typed("collect cells.yaml", tmp_path).code == 0
    assert set(bench.run().digests.items()) >= set(alone.digests.items())


def test_the_project_says_how_it_normalises(tmp_path: Path) -> None:
    plates(tmp_path).run()
    shown = typed("project show cells.objclass.h5", tmp_path).out
    assert "z-scores among the objects of one plate" in shown


def said(bench: Bench, command: str = "run cells.yaml") -> str:
    screen = typed(command, bench.folder)
    return screen.out + screen.err


@pytest.mark.parametrize(
    ("normalize", "expected"),
    [
        ("{by: plte}", "no image has a name 'plte'; expected plate, well, image"),
        ("{by: plte}", "did you mean plate?"),
        ("{}", "by is missing"),
        ("plate", "normalize"),
        ("{by: [plate]}", "by"),
    ],
)
def test_a_name_that_no_image_has_is_refused(tmp_path: Path, normalize: str, expected: str) -> None:
    bench = plates(tmp_path).edit(("{by: plate}", normalize))
    screen = typed("validate cells.yaml", bench.folder)
    assert screen.code == 2
    assert expected in screen.out + screen.err


def test_groups_of_few_objects_and_columns_without_spread_are_told(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    few = np.zeros((4, 4 * COUNT), np.uint16)
    few[1:3, 1:3] = 1
    write_raw(tmp_path / "cells/P2_a.tif", few)
    write_raw(tmp_path / "cells/P2_b.tif", few)
    assert "fewer than 20 objects in plate P2 (2)" in said(bench)
    bench.edit(
        ("use: [intensity_mean]", "use: [intensity_mean, size]"),
        ("[intensity]", "[intensity, size]"),
    )
    assert "most objects of plate P1 share one value of size" in said(bench)


def test_groups_of_one_object_teach_nothing_and_say_what_to_do(tmp_path: Path) -> None:
    bench = plates(tmp_path).edit(("{by: plate}", "{by: image}"))
    for name in WELLS:
        one = np.zeros((4, 4 * COUNT), np.uint16)
        one[1:3, 1:3] = 1
        write_raw(tmp_path / f"cells/{name}.tif", one)
    said_of = [("bright" if "b" in name else "dim", 1, 1, name) for name in WELLS]
    bench.annotate(said_of, "class,y,x,image")
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 1
    assert "is the same for most objects of their image" in screen.out + screen.err
    assert "leave normalize out" in screen.out + screen.err


def test_a_group_of_one_object_and_one_without_any_are_classified(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    one = np.zeros((4, 4 * COUNT), np.uint16)
    write_raw(tmp_path / "cells/P2_b.tif", one)
    one = one.copy()
    one[1:3, 1:3] = 1
    write_raw(tmp_path / "cells/P2_a.tif", one)
    ran = bench.run()
    assert len(classes(ran, "P2_a")) == 1
    assert classes(ran, "P2_b") == []


@pytest.mark.parametrize("stain", [(1, 0), (2, 64)])
def test_objects_of_a_class_are_chosen_by_their_z_scores(
    tmp_path: Path, stain: tuple[int, int]
) -> None:
    bench = plates(tmp_path, *stain)
    line = "annotations new cells.yaml --choose class:dim -n 20 --seed 1 -o more.csv"
    screen = typed(line, bench.folder)
    assert screen.code == 0, screen.out + screen.err
    more = pd.read_csv(bench.folder / "more.csv")
    assert len(more) == 20
    assert set((more["x"] // 4 % 2).tolist()) == {0}
    assert {"P1_b", "P2_a", "P2_b"} <= set(more["image"])
