"""``objclass batch``: a model trained on one image classifies others, good and bad ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from terminal import Screen, typed

from workflows import (
    CENTERS,
    CLASSES,
    LARGE,
    RADII,
    SMALL,
    Bench,
    discs,
    flat,
    write_map,
    write_raw,
)

BATCH = "batch cells.objclass.h5 --raw 'new/{name}.tif' --prediction-map 'new/{name}.h5'"
NAMES = ("a", "b", "c", "d", "e", "f")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A trained project ``cells.objclass.h5`` beside its workflow."""
    made = flat(tmp_path)
    made.edit(("      predictions: results/{image}_classes.tif\n", ""))
    assert typed("run cells.yaml", tmp_path).code == 0
    return made


def put(folder: Path, *names: str, first: int = 1) -> None:
    """Write images ``new/NAME.tif`` with their maps ``new/NAME.h5``."""
    for number, name in enumerate(names):
        raw, probability = discs(first + number)
        write_raw(folder / f"new/{name}.tif", raw)
        write_map(folder / f"new/{name}.h5", probability)


def batch(bench: Bench, more: str = "", line: str = BATCH, out: str = "out") -> Screen:
    """Run a batch into ``out``."""
    return typed(f"{line} --out {out} {more}", bench.folder)


def results_in(folder: Path) -> set[str]:
    """The files that a person sees there."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def table(bench: Bench, name: str) -> pd.DataFrame:
    """Read a table of the batch."""
    return pd.read_csv(bench.folder / "out" / name)


# --- six images, two of them broken ---------------------------------------------------------


@pytest.fixture
def broken(bench: Bench) -> Bench:
    """Six images; the file of c is cut off, that of e has another shape."""
    put(bench.folder, *NAMES)
    cut = bench.folder / "new/c.tif"
    cut.write_bytes(cut.read_bytes()[:1500])
    write_raw(bench.folder / "new/e.tif", np.zeros((48, 60), np.uint8))
    return bench


def test_two_broken_images_of_six_do_not_stop_the_others(broken: Bench) -> None:
    screen = batch(broken)
    assert screen.code == 1
    assert screen.lines[-1] == "4 done, 2 failed; results in out"
    failed = [line.split()[1] for line in screen.lines if "FAILED" in line]
    assert failed == ["c", "e"]
    assert "Traceback" not in screen.out + screen.err
    for name in NAMES:
        there = (broken.folder / f"out/{name}_objects.csv").exists()
        assert there == (name not in failed)


def test_the_summary_tells_failed_from_empty(broken: Bench) -> None:
    batch(broken)
    summary = table(broken, "summary.csv").set_index("image")
    assert list(summary.index) == list(NAMES)
    assert list(summary.columns) == ["name", "status", "objects", "n_large", "n_small",
                                     "columns_outside", "shift", "shifted_columns",
                                     "saturated", "focus", "quality"]  # fmt: skip
    assert summary["status"].to_dict() == {
        name: "failed" if name in "ce" else "done" for name in NAMES
    }
    assert summary["objects"].isna().to_dict() == {name: name in "ce" for name in NAMES}
    good = summary[summary["status"] == "done"]
    assert (good["objects"] == len(CLASSES)).all()
    assert (good["n_large"] + good["n_small"] == good["objects"]).all()


def test_failures_are_listed_with_image_and_reason(broken: Bench) -> None:
    batch(broken)
    failures = table(broken, "failures.csv").set_index("image")["problem"]
    assert list(failures.index) == ["c", "e"]
    assert "c.tif is cut off or damaged; got 1,500 bytes" in failures["c"]
    assert "node 'measured': shapes differ" in failures["e"]
    assert "'raw' is 48 x 60 (yx), 'nuclei' is 48 x 64 (yx)" in failures["e"]


def test_an_image_without_objects_is_done_with_nothing_in_it(bench: Bench) -> None:
    put(bench.folder, "a", "b")
    write_map(bench.folder / "new/b.h5", np.full((48, 64), 0.1, np.float32))
    assert batch(bench).code == 0
    summary = table(bench, "summary.csv").set_index("image")
    row = summary.loc["b"].to_list()
    assert row[:7] == ["b", "done", 0, 0, 0, 0, 0]
    assert row[-1] == "no objects"
    empty, full = table(bench, "b_objects.csv"), table(bench, "a_objects.csv")
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)


def test_batch_predicts_what_the_run_predicted(bench: Bench) -> None:
    """On the training image the batch table is the table of the run, but for what was learned."""
    line = "batch cells.objclass.h5 --raw raw.tif --prediction-map prob.h5"
    assert batch(bench, line=line).code == 0
    ran = pd.read_csv(bench.folder / "results/objects.csv")
    again = table(bench, "raw_objects.csv")
    learned = [name for name in ran if name.startswith(("user_class", "unseen_"))]
    assert len(learned) == 4
    assert again.drop(columns="user_class").equals(ran.drop(columns=learned))
    assert set(again["size_voxels"]) == {LARGE, SMALL}


# --- what is written, and what is not overwritten -------------------------------------------


def test_results_that_are_there_are_not_overwritten(bench: Bench) -> None:
    put(bench.folder, "a", "b")
    assert batch(bench).code == 0
    shutil.rmtree(bench.folder / "out/.batch")  # so that they are nobody's
    before = {p: p.stat().st_mtime_ns for p in (bench.folder / "out").iterdir()}
    screen = batch(bench)
    assert screen.code == 2
    assert screen.err.splitlines() == [
        "4 results are there already; got a_objects.csv, b_objects.csv, summary.csv "
        "and 1 more; "
        "choose another --out, or add --overwrite"
    ]
    assert {p: p.stat().st_mtime_ns for p in (bench.folder / "out").iterdir()} == before


def test_overwrite_replaces_results_and_old_failures(broken: Bench) -> None:
    batch(broken)
    assert (broken.folder / "out/failures.csv").exists()
    put(broken.folder, "c", "e", first=3)
    screen = batch(broken, "--overwrite")
    assert screen.code == 0
    assert table(broken, "summary.csv")["status"].tolist() == ["done"] * 6
    assert results_in(broken.folder / "out") == {
        *(f"{name}_objects.csv" for name in NAMES),
        "manifest.json",
        "summary.csv",
    }


def test_a_result_never_overwrites_an_input(bench: Bench) -> None:
    put(bench.folder, "a", "a_ids")
    screen = batch(bench, "--export identities --overwrite", out="new")
    assert screen.code == 2
    assert screen.err == (
        "a result would overwrite an input; got new/a_ids.tif; choose another --out\n"
    )


def test_a_dry_run_lists_the_images_and_writes_down_what_to_do_and_nothing_else(
    bench: Bench,
) -> None:
    put(bench.folder, "a", "b")
    before = sorted(bench.folder.rglob("*"))
    screen = batch(bench, "--dry-run")
    assert screen.code == 0
    assert [line.split(":")[0] for line in screen.lines] == [
        "a",
        "b",
        "memory",
        "2 images; nothing was run",
        "objclass batch --resume out works them off",
    ]
    out = bench.folder / "out"
    new = set(bench.folder.rglob("*")) - set(before)
    assert new == {out, *out.rglob("*")}
    assert results_in(out) == set()


def test_what_to_write_and_its_format_can_be_chosen(bench: Bench) -> None:
    put(bench.folder, "a")
    assert batch(bench, "--export identities,predictions,counts --format h5").code == 0
    written = results_in(bench.folder / "out")
    assert written == {"a_ids.h5", "a_classes.h5", "counts.csv", "manifest.json", "summary.csv"}


def test_a_cache_makes_the_second_batch_repeat_nothing(bench: Bench) -> None:
    put(bench.folder, "a", "b")
    first = batch(bench, "--cache cache")
    times = {p: p.stat().st_mtime_ns for p in (bench.folder / "out").glob("*_objects.csv")}
    second = batch(bench, "--cache cache --overwrite")
    assert second.out == first.out
    assert {p: p.stat().st_mtime_ns for p in times} == times


# --- as trained, and not as trained ---------------------------------------------------------


def test_a_changed_field_is_printed_as_not_as_trained(bench: Bench) -> None:
    put(bench.folder, "a")
    screen = batch(bench, "--set nuclei.min_size=50")
    assert screen.code == 0
    assert screen.lines[0] == "note: not as trained: nuclei.min_size=50"
    assert screen.lines[-2].startswith("1/1  a  6 objects; ")


def test_a_workflow_that_has_changed_since_training_is_told(bench: Bench) -> None:
    put(bench.folder, "a")
    assert "has changed since" not in batch(bench, out="before").out
    bench.edit(("threshold: 0.5", "threshold: 0.6"), ("results/objects.csv", "results/all.csv"))
    assert batch(bench).lines[0] == (
        "note: cells.yaml has changed since cells.objclass.h5 was trained: nodes.nuclei.threshold "
        "0.5 -> 0.6; the batch goes by the project; objclass run cells.yaml trains it anew"
    )


def test_results_written_elsewhere_are_no_change_since_training(bench: Bench) -> None:
    put(bench.folder, "a")
    bench.edit(("results/objects.csv", "results/all.csv"))
    assert "has changed since" not in batch(bench).out


def test_what_training_was_told_by_set_holds_for_the_batch(tmp_path: Path) -> None:
    """The text says min_size 10, but 50 was trained with: six of twelve discs are left."""
    bench = flat(tmp_path)
    large = [center for center, radius in zip(CENTERS, RADII, strict=True) if radius == 6]
    bench.annotate([("dark", *place) for place in large[:3]] + [("light", *p) for p in large[3:]])
    assert typed("run cells.yaml --set nuclei.min_size=50", tmp_path).code == 0
    put(tmp_path, "a")
    screen = batch(bench)
    assert screen.code == 0
    assert "not as trained" not in screen.out
    assert screen.lines[-2].startswith("1/1  a  6 objects; ")


def test_crop_ranges_are_dropped_and_dropped_axes_stay(tmp_path: Path) -> None:
    """Trained on the upper half of frame 1; the batch takes whole images, of their frame 1."""
    bench = flat(tmp_path)
    raws, maps = zip(*(discs(t) for t in range(3)), strict=True)
    write_raw(tmp_path / "raw.tif", np.stack(raws))
    write_map(tmp_path / "prob.h5", np.stack(maps))
    crop = "    crop: {t: 1, y: [0, 32]}\n"
    bench.edit(("axes: yx\n", f"axes: tyx\n{crop}"), ("axes: yxc\n", f"axes: tyxc\n{crop}"))
    ran = typed("run cells.yaml", tmp_path)
    assert "8 objects" in ran.out
    line = "batch cells.objclass.h5 --raw raw.tif --prediction-map prob.h5"
    screen = batch(bench, line=line)
    assert screen.code == 0
    assert screen.lines[0].startswith("1/1  raw  12 objects; ")
    brightness = table(bench, "raw_objects.csv")["intensity_min-0"].min()
    assert brightness >= discs(1)[0].min()


# --- other images than in training ----------------------------------------------------------


def sized(path: Path, raw: np.ndarray, um: float) -> None:
    """Write an ImageJ TIFF that says how large its pixels are."""
    resolution = (1 / um, 1 / um)
    tifffile.imwrite(path, raw, imagej=True, resolution=resolution, metadata={"unit": "um"})


def test_another_pixel_size_is_a_warning(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    sized(tmp_path / "raw.tif", discs()[0], 0.5)
    assert typed("run cells.yaml", tmp_path).code == 0
    put(tmp_path, "a", "b")
    sized(tmp_path / "new/a.tif", discs(1)[0], 0.5)
    sized(tmp_path / "new/b.tif", discs(2)[0], 0.65)
    screen = batch(bench)
    assert screen.code == 0
    notes = [line for line in screen.lines if line.startswith("note:")]
    assert notes == [
        "note: raw: its pixel size along y is 0.65 um; the project was trained on 0.5 um "
        "(image 'b')"
    ]


def test_no_pixel_size_at_all_is_refused_where_lengths_were_learned(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    sized(tmp_path / "raw.tif", discs()[0], 0.5)
    assert typed("run cells.yaml", tmp_path).code == 0
    put(tmp_path, "a")
    screen = batch(bench)
    assert screen.code == 1
    option = "--set 'raw.pixel_size=0.5 um'"
    assert f"got no size_area; it needs a pixel size: add {option} if it is as" in screen.out
    assert batch(bench, f"{option} --overwrite").code == 0


def test_no_range_at_all_is_refused_with_an_option_that_gives_one(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    bench.edit(("[size, intensity]", "[size, intensity_histogram]"))
    assert typed("run cells.yaml", tmp_path).code == 0
    put(tmp_path, "a")
    write_raw(tmp_path / "new/a.tif", discs()[0].astype(np.uint16))
    screen = batch(bench)
    assert screen.code == 1
    option = "--set 'raw.value_range=[0, 255]'"
    assert f"got values from 20 to 200; add {option}\n" in screen.out
    assert batch(bench, f"{option} --overwrite").code == 0


def test_axes_that_do_not_fit_are_refused_with_some_that_do(bench: Bench) -> None:
    put(bench.folder, "a")
    refused = batch(bench, "--set raw.axes=tzyx")
    assert "axes tzyx do not fit the file; got shape" in refused.out
    assert "write for example" not in refused.out
    assert "add for example --set raw.axes=yx" in refused.out
    assert batch(bench, "--set raw.axes=yx --overwrite").code == 0


def test_the_pixel_size_of_a_file_is_compared_though_the_workflow_names_one(
    tmp_path: Path,
) -> None:
    bench = flat(tmp_path)
    bench.edit(("    axes: yx\n", "    axes: yx\n    pixel_size: 0.5 um\n"))
    assert typed("run cells.yaml", tmp_path).code == 0
    put(tmp_path, "a", "b")
    sized(tmp_path / "new/b.tif", discs(2)[0], 0.65)
    screen = batch(bench)
    assert screen.code == 0
    assert [line for line in screen.lines if "pixel size along y is 0.65 um" in line]
    assert "(image 'a')" not in screen.out


def test_another_voxel_type_is_refused_unless_a_range_says_what_it_means(bench: Bench) -> None:
    put(bench.folder, "a")
    write_raw(bench.folder / "new/a.tif", discs()[0].astype(np.uint16))
    screen = batch(bench)
    assert screen.code == 1
    assert "voxels of raw have another type, and intensities are learned from" in screen.out
    assert batch(bench, "--set 'raw.value_range=[0, 255]' --overwrite").code == 0


def test_another_number_of_channels_is_refused_with_both_numbers(bench: Bench) -> None:
    put(bench.folder, "a")
    write_raw(bench.folder / "new/a.tif", np.stack([discs()[0]] * 3, -1))
    screen = batch(bench, "--set raw.axes=yxc")
    assert screen.code == 1
    assert (
        "FAILED  node 'raw': it has 3 channels; expected 1, as in training: channel 0" in screen.out
    )


def test_a_stack_is_refused_where_planes_were_trained(bench: Bench) -> None:
    put(bench.folder, "a")
    write_raw(bench.folder / "new/a.tif", np.stack([discs()[0]] * 3))
    screen = batch(bench, "--set raw.axes=zyx")
    assert screen.code == 1
    assert "node 'raw': it has other dimensions; got zyx; expected 2D, as in training" in screen.out
