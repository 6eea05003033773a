"""Annotations whose objects changed: where they went, and the file brought up to date."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from objclass.curation import follow, rewrite, status
from objclass.curation.following import COLORS, picture
from objclass.errors import InputError, RunError
from workflows import CENTERS, Bench, deep, flat, series, several

GROWN = {"large": 149, "small": 49}
"""Voxels of the soft discs, one voxel wider."""


def changed(bench: Bench) -> Bench:
    """Annotate, train, and move the threshold so that the soft discs grow."""
    bench.stamp().run()
    return bench.edit(("threshold: 0.5", "threshold: 0.4"))


def bridge(folder: Path) -> None:
    """Join disc 0 and disc 1 by voxels of probability 0.45."""
    with h5py.File(folder / "prob.h5", "r+") as file:
        data = file["exported_data"]
        data[8, 15:21, 1], data[8, 15:21, 0] = 0.45, 0.55


def test_discs_that_grew_are_kept_with_their_overlap(tmp_path: Path) -> None:
    bench = changed(flat(tmp_path))
    found = follow(bench.file)
    said = [(o.line, o.row.class_, o.kind, o.old_size, o.size) for o in found.outcomes]
    assert said == [(8, "large", "kept", 113, 149), (9, "small", "kept", 29, 49)]
    assert [o.overlap for o in found.outcomes] == [113 / 149, 29 / 49]
    assert (found.attached, found.left) == (found.outcomes, ())


def test_nothing_is_written_by_looking(tmp_path: Path) -> None:
    bench = changed(flat(tmp_path))
    before = bench.annotations.read_bytes()
    follow(bench.file)
    assert bench.annotations.read_bytes() == before
    assert not list(tmp_path.glob("*.bak*"))


def test_only_the_changed_rows_are_rewritten(tmp_path: Path) -> None:
    bench = changed(flat(tmp_path))
    before = bench.annotations.read_text().splitlines()
    done = rewrite(follow(bench.file))
    after = bench.annotations.read_text().splitlines()
    assert [k + 1 for k, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [8, 9]
    assert [line.split(",")[:3] for line in after] == [line.split(",")[:3] for line in before]
    assert (done.rows, done.backup.name) == (2, "annotations.csv.bak")
    assert done.backup.read_text().splitlines() == before
    assert status(bench.file).counts == {"valid": 8}
    assert bench.run().state("classes.model") == "ran"


def test_a_backup_never_replaces_another(tmp_path: Path) -> None:
    bench = changed(flat(tmp_path))
    (tmp_path / "annotations.csv.bak").write_text("older")
    assert rewrite(follow(bench.file)).backup.name == "annotations.csv.bak2"
    assert (tmp_path / "annotations.csv.bak").read_text() == "older"


def test_merged_and_lost_annotations_are_left_to_a_person(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    bridge(tmp_path)
    bench.stamp().run()
    bench.edit(("threshold: 0.5", "threshold: 0.4\n    min_size: 60"))
    found = follow(bench.file)
    kinds = {o.line: o.kind for o in found.outcomes}
    assert kinds == {2: "merged", 3: "merged", 5: "lost", 6: "lost", 8: "kept", 9: "lost"}
    assert [row.line for row in found.outcomes[0].partners] == [3]
    assert [o.line for o in found.left] == [2, 3, 5, 6, 9]
    before = bench.annotations.read_text().splitlines()
    rewrite(found)
    after = bench.annotations.read_text().splitlines()
    assert [k + 1 for k, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [8]


@pytest.mark.parametrize(
    "rewritten_as",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: ("\ufeff" + text.replace("\n", "\r\n")).encode("utf-16-be"),
        lambda text: ("\n\n" + text.replace(",", ";")).encode(),
        lambda text: text.replace(",", "\t").removesuffix("\n").encode(),
    ],
    ids=["CRLF", "BOM", "UTF-16", "UTF-16-BE", "blank lines and ;", "tabs, no end"],
)
def test_a_file_keeps_its_encoding_line_ends_and_delimiter(
    tmp_path: Path, rewritten_as: Any
) -> None:
    bench = flat(tmp_path).stamp()
    bench.run()
    bench.annotations.write_bytes(rewritten_as(bench.annotations.read_text()))
    bench.edit(("threshold: 0.5", "threshold: 0.4"))
    before = bench.annotations.read_bytes()
    rewrite(follow(bench.file))
    after = bench.annotations.read_bytes()
    assert status(bench.file).counts == {"valid": 8}
    kept = {b"\r\n": before.count(b"\r\n"), b"\t": before.count(b"\t"), b";": before.count(b";")}
    assert {mark: after.count(mark) for mark in kept} == kept
    assert after[:3] == before[:3]


def test_a_file_that_changed_in_the_meantime_is_not_rewritten(tmp_path: Path) -> None:
    bench = changed(flat(tmp_path))
    found = follow(bench.file)
    with bench.annotations.open("a") as file:
        file.write("large,8,40,,,\n")
    before = bench.annotations.read_bytes()
    with pytest.raises(RunError, match=r"annotations\.csv was changed in the meantime"):
        rewrite(found)
    assert bench.annotations.read_bytes() == before
    assert not list(tmp_path.glob("*.bak*"))


def test_the_rights_of_the_file_stay(tmp_path: Path) -> None:
    bench = changed(flat(tmp_path))
    bench.annotations.chmod(0o640)
    rewrite(follow(bench.file))
    assert bench.annotations.stat().st_mode & 0o777 == 0o640


def test_without_the_old_label_image_position_and_size_decide(tmp_path: Path) -> None:
    bench = changed(flat(tmp_path))
    shutil.rmtree(tmp_path / ".objclass")
    found = follow(bench.file)
    assert [(o.line, o.kind, o.overlap) for o in found.outcomes] == [
        (8, "kept", None),
        (9, "doubtful", None),
    ]
    assert picture(found) is not None


def test_annotations_that_would_contradict_each_other_are_said(tmp_path: Path) -> None:
    bench = flat(tmp_path).stamp()
    with bench.annotations.open("a") as file:
        file.write(f"small,{CENTERS[8][0]},{CENTERS[8][1] + 7},,,\n")  # in the ring of disc 8
    bench.run()
    found = follow(bench.edit(("threshold: 0.5", "threshold: 0.4")).file)
    assert [row.line for row in found.contradicting] == [8, 10]


def test_nothing_invalid_is_nothing_to_do(tmp_path: Path) -> None:
    bench = flat(tmp_path).stamp()
    found = follow(bench.file)
    assert found.outcomes == ()
    assert picture(found) is None


def test_no_annotations_yet_is_said(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    bench.annotations.unlink()
    with pytest.raises(InputError, match=r"there is no annotations\.csv"):
        follow(bench.file)


@pytest.mark.parametrize("make", [flat, deep, series])
def test_the_picture_shows_what_was_there_before_and_what_is_there_now(
    tmp_path: Path, make: Any
) -> None:
    bench = changed(make(tmp_path))
    where = picture(follow(bench.file))
    assert where == tmp_path / "annotations_reattach.png"
    with Image.open(where) as found:
        shown = np.asarray(found.convert("RGB")).astype(int)
    both, _, now = (tuple(int(c[k : k + 2], 16) for k in (1, 3, 5)) for c in COLORS)
    for color in (both, now):
        assert (abs(shown[: shown.shape[0] - 30] - color).max(axis=-1) < 60).sum() > 50


def test_rows_of_several_images_find_theirs(tmp_path: Path) -> None:
    bench = several(tmp_path)
    bench.stamp().run()
    found = follow(bench.edit(("threshold: 0.5", "threshold: 0.4")).file)
    assert [(o.line, o.kind) for o in found.outcomes] == [(8, "kept"), (9, "kept")]
    assert picture(found) is not None


def test_files_of_single_images_are_rewritten_each(tmp_path: Path) -> None:
    bench = several(tmp_path, ("a", "b"))
    bench.edit(("annotations: annotations.csv", "annotations: ann_{name}.csv"))
    for name in "ab":
        bench.annotate([("large", 8, 8), ("small", 0, int(name == "b"))])
        bench.annotations.rename(tmp_path / f"ann_{name}.csv")
    found = follow(bench.file, nearest=6)
    done = rewrite(found)
    assert [(each.table.name, each.backup.name, each.rows) for each in done.each] == [
        ("ann_a.csv", "ann_a.csv.bak", 1), ("ann_b.csv", "ann_b.csv.bak", 1),
    ]  # fmt: skip
    for name, x in (("a", 0), ("b", 1)):
        assert (tmp_path / f"ann_{name}.csv.bak").read_text().endswith(f"small,0,{x}\n")
        assert "\nlarge,8,8\n" in (tmp_path / f"ann_{name}.csv").read_text()
    assert follow(bench.file).outcomes == ()
