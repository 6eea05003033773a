"""An annotation is learned from only on the image it was made on, whatever files are called."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile
from commands import Answer, objclass

from workflows import (
    CENTERS,
    Bench,
    deep,
    discs,
    flat,
    series,
    series_of_files,
    several,
    volume,
    write_frame,
    write_image,
    write_map,
    write_raw,
)

NUMBER = 11
"""Of another image: other grey values, the objects at the same places."""


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def annotated(bench: Bench, *more: object) -> Bench:
    """Annotate 30 objects as ``annotations new`` starts them, classes by size; run."""
    bench.annotations.unlink(missing_ok=True)
    assert objclass("annotations", "new", bench.file, *more).code == 0
    rows = table(bench.annotations)
    for row in rows:
        row["class"] = "large" if int(row["size"]) > 100 else "small"
    with bench.annotations.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert run(bench).code == 0
    return bench


def run(bench: Bench, *more: object) -> Answer:
    return objclass("run", bench.file, *more)


def status(bench: Bench, *more: object) -> Answer:
    return objclass("annotations", "status", bench.file, *more)


def all_valid(bench: Bench, *more: object) -> bool:
    """True where every row is learned from."""
    answer = status(bench, *more)
    assert "made on" not in answer.out
    return "invalid" not in answer.out and run(bench, *more).code == 0


def another(path: Path, number: int = NUMBER, objects: int = 0) -> None:
    """Write another flat image and its map, the objects a little elsewhere."""
    raw, probability = discs(number)
    write_raw(path, raw)
    write_map(path.with_suffix(".h5"), np.roll(probability, objects, 1))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """One flat image whose annotations were started by us."""
    return annotated(flat(tmp_path))


def to_other(bench: Bench, objects: int = 0) -> Bench:
    """Point the workflow at another image."""
    another(bench.folder / "other.tif", objects=objects)
    return bench.edit(("path: raw.tif", "path: other.tif"), ("path: prob.h5", "path: other.h5"))


def test_rows_of_another_image_stop_the_classifier_and_are_named(bench: Bench) -> None:
    before = bench.annotations.read_bytes()
    answer = run(to_other(bench, objects=1))
    assert answer.code == 1
    assert (
        "classes    STOPPED  annotations.csv: 12 rows made on raw, now other "
        "(lines 2, 3, 4, 5, 6, 7 and 6 more)"
    ) in answer.out
    assert "Nothing was deleted. Nothing was trained." in answer.out
    assert "--same-image" in answer.out
    assert "--use-valid" not in answer.out
    assert bench.annotations.read_bytes() == before


def test_plan_says_it_before_anything_is_made(bench: Bench) -> None:
    answer = objclass("plan", to_other(bench).file)
    assert "classes    STOPPED   annotations.csv: 12 rows made on raw, now other" in answer.out


def test_status_counts_them_and_says_how_to_go_on(bench: Bench) -> None:
    answer = status(to_other(bench))
    assert answer.code == 0
    assert answer.lines[0] == (
        "annotations.csv: 0 of 12 annotations valid; 12 made on another image"
    )
    assert "class  foreign" in answer.out
    assert "12 rows made on raw, now other" in answer.out
    assert f"annotations reattach {bench.file} --same-image" in answer.out


def test_reattach_leaves_them_as_they_are(bench: Bench) -> None:
    before = bench.annotations.read_bytes()
    answer = objclass("annotations", "reattach", to_other(bench, 1).file, "--write")
    assert answer.code == 0
    assert "12 rows made on raw, now other" in answer.out
    assert "not re-attached" in answer.out
    assert bench.annotations.read_bytes() == before


def test_nothing_is_learned_from_them_with_use_valid_either(bench: Bench) -> None:
    answer = run(to_other(bench), "--use-valid")
    assert answer.code == 1
    assert "every row of annotations.csv is of another one" in answer.out


def test_objects_with_the_same_stamps_make_no_row_valid(bench: Bench) -> None:
    """The other image has objects of the same voxels, so that stamps alone say nothing."""
    assert "12 made on another image" in status(to_other(bench, objects=0)).out


def test_an_image_under_a_new_name_stays_itself(bench: Bench) -> None:
    (bench.folder / "raw.tif").rename(bench.folder / "renamed.tif")
    bench.edit(("path: raw.tif", "path: renamed.tif"))
    assert all_valid(bench)


def test_an_image_in_another_folder_and_format_stays_itself(bench: Bench) -> None:
    values = tifffile.imread(bench.folder / "raw.tif")
    (bench.folder / "data").mkdir()
    np.save(bench.folder / "data/nuclei.npy", values)
    bench.edit(("path: raw.tif", "path: data/nuclei.npy"))
    assert all_valid(bench)


def test_an_image_that_was_exported_again_under_its_name_stays_itself(bench: Bench) -> None:
    write_raw(bench.folder / "raw.tif", discs(NUMBER)[0])
    assert all_valid(bench)


def test_one_file_name_in_two_folders_is_two_images(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    for folder in ("E34", "G01"):
        (tmp_path / folder).mkdir()
    shutil.move(tmp_path / "raw.tif", tmp_path / "E34/imc.tif")
    write_raw(tmp_path / "G01/imc.tif", discs(NUMBER)[0])
    annotated(bench.edit(("path: raw.tif", "path: E34/imc.tif")))
    bench.edit(("path: E34", "path: G01"))
    assert "12 rows made on E34/imc.tif, now G01/imc.tif" in status(bench).out
    assert run(bench).code == 1


def test_renamed_and_exported_again_is_foreign_until_a_person_says_it_is_the_same(
    bench: Bench,
) -> None:
    to_other(bench, objects=1)
    answer = objclass("annotations", "reattach", bench.file, "--same-image")
    assert "12 rows taken as made on the image of now" in answer.out
    assert f"annotations reattach {bench.file} --same-image --write" in answer.out
    assert run(bench).code == 1, "nothing is written yet"
    answer = objclass("annotations", "reattach", bench.file, "--same-image", "--write")
    assert (answer.code, "kept" in answer.out) == (0, True)
    assert {row["image"] for row in table(bench.annotations)} == {"other"}
    assert all_valid(bench)


def test_what_is_the_same_and_valid_is_saved_too(bench: Bench) -> None:
    to_other(bench, objects=0)
    answer = objclass("annotations", "reattach", bench.file, "--same-image", "--write")
    assert answer.code == 0
    assert all_valid(bench)


@pytest.mark.parametrize("renamed", [False, True])
def test_a_row_made_on_a_crop_stays_itself_in_the_whole_image(
    tmp_path: Path, renamed: bool
) -> None:
    bench = flat(tmp_path)
    crops = [("axes: yx\n", "axes: yx\n    crop: {y: [0, 32]}\n")]
    crops += [("axes: yxc\n", "axes: yxc\n    crop: {y: [0, 32]}\n")]
    annotated(bench.edit(*crops))
    assert len(table(bench.annotations)) == 8
    if renamed:
        (tmp_path / "raw.tif").rename(tmp_path / "renamed.tif")
        bench.edit(("path: raw.tif", "path: renamed.tif"))
    bench.edit(("    crop: {y: [0, 32]}\n", ""))
    assert all_valid(bench)


def test_volumes_are_told_apart(tmp_path: Path) -> None:
    bench = annotated(deep(tmp_path))
    write_raw(tmp_path / "other.tif", volume(NUMBER)[0])
    bench.edit(("path: raw.tif", "path: other.tif"))
    assert "12 rows made on raw, now other" in run(bench).out
    (tmp_path / "raw.tif").replace(tmp_path / "other.tif")
    assert all_valid(bench)


def test_a_frame_that_is_added_or_written_again_makes_no_series_another(tmp_path: Path) -> None:
    bench = annotated(series_of_files(tmp_path), "--count", 6)
    write_frame(tmp_path, 3)
    write_frame(tmp_path, 1, number=7)
    assert all_valid(bench)


def test_a_renamed_series_with_a_frame_more_stays_itself(tmp_path: Path) -> None:
    bench = annotated(series(tmp_path), "--count", 6)
    planes = np.stack([discs(t)[0] for t in range(4)])
    write_raw(tmp_path / "longer.tif", planes)
    write_map(tmp_path / "prob.h5", np.stack([discs(t)[1] for t in range(4)]))
    bench.edit(("path: raw.tif", "path: longer.tif"))
    assert all_valid(bench)


def test_a_row_of_a_renamed_series_is_foreign_where_its_frame_is_another(tmp_path: Path) -> None:
    bench = annotated(series(tmp_path), "--count", 36)
    planes = np.stack([discs(t)[0] for t in (0, 1, 9)])
    write_raw(tmp_path / "other.tif", planes)
    bench.edit(("path: raw.tif", "path: other.tif"))
    assert "24 of 36 annotations valid; 12 made on another image" in status(bench).out
    answer = run(bench, "--use-valid")
    assert answer.code == 0
    assert "warning: not used: 12 rows made on raw, now other" in answer.out


def test_without_a_raw_image_the_label_image_tells(tmp_path: Path) -> None:
    ids = np.zeros((48, 64), np.uint16)
    for k, (y, x) in enumerate(CENTERS, 1):
        ids[y - 2 : y + 3, x - 2 : x + (3 if k % 2 else 7)] = k
    tifffile.imwrite(tmp_path / "ids.tif", ids)
    tifffile.imwrite(tmp_path / "more.tif", np.where(ids == 1, 0, ids).astype(np.uint16))
    text = """\
version: 1
nodes:
  cells: {kind: input, path: ids.tif, role: label_image}
  measured: {kind: features, objects: cells, measure: [size]}
  classes: {kind: classifier, features: measured, annotations: annotations.csv}
  result: {kind: predict, features: measured, classifier: classes}
"""
    bench = Bench(tmp_path, text).edit()
    objclass("annotations", "new", bench.file)
    rows = bench.annotations.read_text(encoding="utf-8").replace(",,", ",a,", 6)
    bench.annotations.write_text(rows.replace(",,", ",b,"), encoding="utf-8")
    assert run(bench).code == 0
    bench.edit(("ids.tif", "more.tif"))
    assert "12 rows made on ids, now more" in status(bench).out


def test_several_images_have_rows_of_their_own(tmp_path: Path) -> None:
    bench = annotated(several(tmp_path, ("a", "b")), "--count", 24)
    for folder, suffix in (("raw", "tif"), ("prob", "h5")):
        (tmp_path / f"{folder}/b.{suffix}").rename(tmp_path / f"{folder}/z.{suffix}")
    assert all_valid(bench), "renamed"
    (tmp_path / "raw/z.tif").unlink()
    write_image(tmp_path, "q")
    (tmp_path / "prob/z.h5").unlink()
    answer = run(bench)
    assert "annotations.csv: 12 rows made on b, now 2 other images" in answer.out
    assert "--same-image" not in answer.out
    assert run(bench, "--use-valid").code == 0


def test_a_foreign_row_among_several_images_is_claimed_by_its_column(tmp_path: Path) -> None:
    bench = annotated(several(tmp_path, ("a", "b")), "--count", 24)
    (tmp_path / "raw/b.tif").unlink()
    (tmp_path / "prob/b.h5").unlink()
    write_image(tmp_path, "q")
    answer = objclass("annotations", "reattach", bench.file, "--same-image")
    assert answer.code == 2
    assert "--same-image: which image is b now?" in answer.err
    assert "write its new name into the column image" in answer.err
    rows = bench.annotations.read_text(encoding="utf-8").replace("\nb,", "\nq,")
    bench.annotations.write_text(rows, encoding="utf-8")
    assert all_valid(bench)


# --- files that say nothing of their image ---------------------------------------------------


@pytest.fixture
def points(tmp_path: Path) -> Bench:
    """One flat image with points typed by hand, learned from once."""
    bench = flat(tmp_path)
    assert run(bench).code == 0
    return bench


def test_points_that_were_used_with_another_image_stop_with_the_same_words(points: Bench) -> None:
    answer = run(to_other(points))
    assert answer.code == 1
    assert "annotations.csv: 8 rows made on raw, now other" in answer.out
    assert "STOPPED   annotations.csv: 8 rows" in objclass("plan", points.file).out
    assert "0 of 8 annotations valid; 8 made on another image" in status(points).out


def test_another_workflow_of_the_folder_may_not_use_them_either(points: Bench) -> None:
    to_other(points)
    points.file.rename(points.folder / "second.yaml")
    answer = objclass("run", points.folder / "second.yaml")
    assert "8 rows made on raw, now other" in answer.out


def test_without_the_cache_the_project_knows(points: Bench) -> None:
    shutil.rmtree(points.folder / ".objclass")
    assert "8 rows made on raw, now other" in run(to_other(points)).out


def test_the_same_image_keeps_its_points(points: Bench) -> None:
    assert run(points).code == 0
    shutil.rmtree(points.folder / ".objclass")
    assert run(points).code == 0
    (points.folder / "raw.tif").rename(points.folder / "renamed.tif")
    points.edit(("path: raw.tif", "path: renamed.tif"))
    assert all_valid(points)


def test_new_points_in_the_old_file_are_of_the_image_of_now(points: Bench) -> None:
    points.annotate([("large", 9, 8), ("small", 8, 25), ("large", 9, 40)])
    assert run(to_other(points)).code == 0


def test_said_to_be_the_same_image_the_points_name_it(points: Bench) -> None:
    to_other(points)
    answer = objclass("annotations", "reattach", points.file, "--same-image", "--write")
    assert answer.code == 0
    first = table(points.annotations)[0]
    assert (first["image"], first["image_digest"][0]) == ("other", "i")
    assert list(first)[:3] == ["class", "y", "x"]
    assert all_valid(points)


def test_with_stamps_but_without_images_it_is_the_same(tmp_path: Path) -> None:
    bench = flat(tmp_path).stamp()
    assert run(bench).code == 0
    assert "8 rows made on raw, now other" in run(to_other(bench)).out


@pytest.mark.parametrize("said", ["raw", "raw.tif"])
def test_a_row_may_name_its_image_by_file(tmp_path: Path, said: str) -> None:
    bench = flat(tmp_path)
    bench.annotate([("large", 8, 8, said), ("small", 8, 24, said)], "class,y,x,image")
    assert "2 of 2 annotations valid" in status(bench).out


def test_other_columns_of_a_person_stay(bench: Bench) -> None:
    text = bench.annotations.read_text(encoding="utf-8").splitlines()
    said = [f"{line},{'remark' if k == 0 else 'mine'}" for k, line in enumerate(text)]
    bench.annotations.write_text("\n".join(said) + "\n", encoding="utf-8")
    to_other(bench, 1)
    objclass("annotations", "reattach", bench.file, "--same-image", "--write")
    assert {row["remark"] for row in table(bench.annotations)} == {"mine"}


def test_an_old_file_with_rows_of_ours_and_points_is_judged_row_by_row(bench: Bench) -> None:
    with bench.annotations.open("a", encoding="utf-8") as file:
        file.write(",8,9,large\n")
    to_other(bench)
    assert "1 of 13 annotations valid; 12 made on another image" in status(bench).out


def to_cropped_copy(bench: Bench) -> Bench:
    """Point the workflow at a copy without the first eight rows and columns."""
    raw, probability = discs()
    write_raw(bench.folder / "part.tif", raw[8:, 8:])
    write_map(bench.folder / "part.h5", probability[8:, 8:])
    return bench.edit(("path: raw.tif", "path: part.tif"), ("path: prob.h5", "path: part.h5"))


def keep_inside(bench: Bench) -> None:
    """Leave the rows whose position lies in the cropped copy too."""
    rows = table(bench.annotations)
    inside = [row for row in rows if int(row["y"]) < 40 and int(row["x"]) < 56]
    with bench.annotations.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(inside)


def test_a_cropped_copy_is_not_the_same_image_and_the_file_stays_as_it_is(bench: Bench) -> None:
    keep_inside(bench)
    before = bench.annotations.read_bytes()
    to_cropped_copy(bench)
    looked = objclass("annotations", "reattach", bench.file, "--same-image")
    assert (looked.code, "--write" in looked.out) == (0, False)
    assert "--same-image: none of its 6 rows finds its object in part" in looked.out
    answer = objclass("annotations", "reattach", bench.file, "--same-image", "--write")
    assert answer.code == 2
    assert "none of its 6 rows finds its object in part; nothing was written" in answer.err
    assert "and the part in 'crop'" in answer.err
    assert bench.annotations.read_bytes() == before
    assert not list(bench.folder.glob("*.bak"))


def test_points_typed_by_hand_do_not_move_to_a_cropped_copy_either(points: Bench) -> None:
    points.annotate([("large", 8, 8), ("small", 8, 24), ("small", 24, 8)])
    assert run(points).code == 0
    before = points.annotations.read_bytes()
    to_cropped_copy(points)
    answer = objclass("annotations", "reattach", points.file, "--same-image", "--write")
    assert (answer.code, "none of its 3 rows finds its object" in answer.err) == (2, True)
    assert points.annotations.read_bytes() == before
