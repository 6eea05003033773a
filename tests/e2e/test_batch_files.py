"""Which files a batch takes: several patterns, folders with braces; and what a dry run foresees."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest
import tifffile
from terminal import Screen, typed

import objclass
from objclass.batch import Batch, ImageDone, write_reports
from objclass.cli import batch as cli
from workflows import CLASSES, discs, flat, several, write_map, write_raw

PROJECT = "cells.objclass.h5"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained project."""
    folder = tmp_path_factory.mktemp("trained")
    flat(folder)
    assert typed("run cells.yaml", folder).code == 0
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A folder of one's own with the trained project."""
    copied = tmp_path / "work"
    copied.mkdir()
    (copied / PROJECT).write_bytes((trained / PROJECT).read_bytes())
    return copied


def put(folder: Path, name: str, number: int = 1) -> None:
    """Write an image ``NAME.tif`` with its map ``NAME.h5``."""
    raw, probability = discs(number)
    write_raw(folder / f"{name}.tif", raw)
    write_map(folder / f"{name}.h5", probability)


def batch(folder: Path, line: str, project: str = PROJECT) -> Screen:
    """Run a batch into ``out`` unless the line says otherwise."""
    out = "" if "--out" in line else "--out out"
    return typed(f"batch {project} {line} {out}", folder)


def images(folder: Path) -> list[str]:
    """The images in the summary."""
    return pd.read_csv(folder / "out/summary.csv")["image"].astype(str).to_list()


# --- several patterns -------------------------------------------------------------------------


def test_options_given_twice_are_paired_in_order(folder: Path) -> None:
    """The brightness tells that each raw image is measured, the shapes that maps are its own."""
    put(folder, "one", 1)
    put(folder, "two", 30)
    empty = np.full((48, 64), 0.1, np.float32)
    write_map(folder / "two.h5", empty)
    screen = batch(
        folder, "--raw one.tif --raw two.tif --prediction-map one.h5 --prediction-map two.h5"
    )
    assert screen.code == 0
    summary = pd.read_csv(folder / "out/summary.csv").set_index("image")["objects"]
    assert summary.to_dict() == {"one": len(CLASSES), "two": 0}


def test_files_of_one_name_are_told_apart_by_their_folders(folder: Path) -> None:
    put(folder / "x/p1", "a_raw")
    put(folder / "x/p2", "a_raw", 2)
    screen = batch(
        folder,
        "--raw x/p1/a_raw.tif --raw x/p2/a_raw.tif "
        "--prediction-map x/p1/a_raw.h5 --prediction-map x/p2/a_raw.h5",
    )
    assert screen.code == 0
    assert images(folder) == ["p1_a_raw", "p2_a_raw"]
    assert (folder / "out/p1_a_raw_objects.csv").exists()


def test_patterns_given_twice_pair_by_their_names_inside_each_pair(folder: Path) -> None:
    for name in ("d1/a", "d1/b", "d2/b", "d2/c"):
        put(folder, name)
    screen = batch(
        folder,
        "--raw 'd1/{n}.tif' --raw 'd2/{n}.tif' "
        "--prediction-map 'd1/{n}.h5' --prediction-map 'd2/{n}.h5'",
    )
    assert screen.code == 0
    assert images(folder) == ["a", "d1_b", "d2_b", "c"]


def test_one_file_serves_several_images_only_where_that_is_meant(folder: Path) -> None:
    for name in ("one", "two"):
        put(folder, name)
    line = "--input raw=one.tif --input raw=two.tif --prediction-map one.h5"
    screen = batch(folder, line)
    assert (screen.code, screen.err) == (
        2,
        "node 'prob': one file would serve 2 images; got one.h5; add --shared prob if it is "
        "meant for all, else give one for every image\n",
    )
    assert batch(folder, "--raw '{n}.tif' --prediction-map one.h5 --dry-run").err == screen.err
    assert batch(folder, f"{line} --shared prob").code == 0
    assert images(folder) == ["one", "two"]
    assert batch(folder, f"{line} --prediction-map one.h5 --overwrite").code == 0


def test_a_shared_input_is_an_input(folder: Path) -> None:
    put(folder, "one")
    said = batch(folder, "--raw one.tif --prediction-map one.h5 --shared map").err
    assert said == "--shared map: the project has no such input; expected raw, prob\n"


def test_an_input_that_the_workflow_shares_is_shared_in_a_batch(tmp_path: Path) -> None:
    """The workflow says raw/{name}.tif and one map without names."""
    bench = several(tmp_path)
    bench.edit(("prob/{name}.h5", "prob/a.h5"))
    assert typed("run cells.yaml", tmp_path).code == 0
    line = "--raw 'raw/{name}.tif' --prediction-map prob/b.h5"
    assert batch(tmp_path, line).code == 0
    assert images(tmp_path) == ["a", "b", "c"]


def test_maps_in_another_order_than_the_images_are_refused(folder: Path) -> None:
    for name in ("a", "b"):
        put(folder, name)
        (folder / f"{name}.h5").rename(folder / f"{name}_prob.h5")
    screen = batch(
        folder, "--raw a.tif --raw b.tif --prediction-map b_prob.h5 --prediction-map a_prob.h5"
    )
    way = "; give all inputs in one order; or, if they are meant so, each pair alone"
    assert screen.code == 2
    assert screen.err.splitlines() == [
        f"node 'prob': a_prob.h5 is named like a.tif, and given with b.tif{way}",
        f"node 'prob': b_prob.h5 is named like b.tif, and given with a.tif{way}",
    ]
    assert batch(folder, "--raw a.tif --prediction-map b_prob.h5").code == 0


def test_patterns_that_nothing_pairs_are_refused(folder: Path) -> None:
    put(folder, "one")
    screen = batch(folder, "--raw one.tif --raw two.tif --prediction-map '{n}.h5'")
    assert (screen.code, screen.err) == (
        2,
        "the inputs have different numbers of patterns, so that nothing pairs them; got 2 for "
        "'raw', 1 for 'prob'; give every input as many, in the same order\n",
    )


def test_a_file_given_twice_is_refused(folder: Path) -> None:
    put(folder, "one")
    screen = batch(folder, "--raw one.tif --raw one.tif --prediction-map one.h5")
    assert (screen.code, screen.err) == (
        2,
        "one.tif is given twice; give every image once\n",
    )


def test_two_formats_are_one_for_images_and_one_for_tables(folder: Path) -> None:
    put(folder, "a")
    files = "--raw a.tif --prediction-map a.h5 --export table,identities,counts"
    assert batch(folder, f"{files} --format parquet --format png").code == 0
    assert {path.name for path in (folder / "out").iterdir() if path.name != ".batch"} == {
        "a_objects.parquet", "a_ids.png", "counts.parquet", "manifest.json", "summary.csv",
    }  # fmt: skip
    assert len(pd.read_parquet(folder / "out/a_objects.parquet")) == len(CLASSES)


@pytest.mark.parametrize("name", ["zarr", "ome.zarr"])
def test_ome_zarr_is_called_so(name: str, folder: Path) -> None:
    put(folder, "a")
    line = f"--raw a.tif --prediction-map a.h5 --export identities --format {name}"
    assert batch(folder, line).code == 0
    assert (folder / "out/a_ids.ome.zarr/zarr.json").is_file()
    assert batch(folder, f"{line} --overwrite").code == 0
    folders = (path.name for path in (folder / "out").iterdir() if path.is_dir())
    assert [name for name in folders if name != ".batch"] == ["a_ids.ome.zarr"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("--format h5 --format png", "--format: two formats for images; got h5 and png; give one"),
        ("--format csv,parquet", "--format: two formats for tables; got csv and parquet; give one"),
        (
            "--format jpg",
            "--format: unknown format; got jpg; expected h5, hdf5, tif, tiff, png, npy, zarr, "
            "csv, parquet, table=h5",
        ),
    ],
)
def test_formats_that_cannot_be_are_refused(folder: Path, more: str, said: str) -> None:
    put(folder, "a")
    screen = batch(folder, f"--raw a.tif --prediction-map a.h5 {more}")
    assert (screen.code, screen.err) == (2, f"{said}\n")


def test_a_format_without_effect_is_told(folder: Path) -> None:
    put(folder, "a")
    screen = batch(folder, "--raw a.tif --prediction-map a.h5 --export table --format h5 --dry-run")
    assert screen.lines[0] == (
        "note: --format h5 has no effect: no image is written; add --export identities"
    )


# --- one text where a list is meant, from Python ----------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"export": "table"}, "export is a list; got the text 'table'; expected ('table',)"),
        ({"sets": "a.b=1"}, "sets is a list; got the text 'a.b=1'; expected ('a.b=1',)"),
        ({"plugins": Path("p.py")}, "plugins is a list; got the text 'p.py'; expected ('p.py',)"),
        (
            {"roles": "a.tif"},
            "roles is a mapping; got 'a.tif'; expected a mapping such as {'raw': 'new/{name}.tif'}",
        ),
    ],
)
def test_a_text_in_place_of_a_list_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(objclass.InputError) as caught:
        objclass.BatchRequest(Path("p.h5"), Path("out"), **fields)  # type: ignore[arg-type]
    assert str(caught.value) == said


@pytest.mark.parametrize("field", ["sets", "force"])
def test_a_text_in_place_of_a_list_is_refused_in_a_run_too(field: str) -> None:
    with pytest.raises(objclass.InputError) as caught:
        objclass.Request(**{field: "nuclei"})  # type: ignore[arg-type]
    assert str(caught.value) == f"{field} is a list; got the text 'nuclei'; expected ('nuclei',)"


# --- braces in names --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["d{x}", "e{set}", "{", "a}b{", "{name}", "s*r", "{{x}}"])
def test_a_batch_works_in_any_folder(name: str, folder: Path) -> None:
    place = folder / name
    put(place, "s1")
    put(place, "s2")
    (place / PROJECT).write_bytes((folder / PROJECT).read_bytes())
    line = "--raw 's{n}.tif' --prediction-map 's{n}.h5' --out 'o{x}'"
    assert batch(place, line).code == 0
    assert (place / "o{x}/1_objects.csv").exists()
    line = f"--raw '{place}/s1.tif' --prediction-map '{name}/s1.h5' --out '{name}/o2'"
    assert batch(folder, line, f"'{name}/{PROJECT}'").code == 0
    line = f"--raw '{name}/s{{n}}.tif' --prediction-map '{place}/s{{n}}.h5' --out o3"
    assert batch(folder, line).code == 0
    assert (folder / "o3/2_objects.csv").exists()


def test_a_file_with_braces_in_its_name_is_that_file(folder: Path) -> None:
    put(folder, "a{b}")
    assert batch(folder, "--raw 'a{b}.tif' --prediction-map 'a{b}.h5'").code == 0
    assert images(folder) == ["a{b}"]


def test_braces_written_twice_are_braces_beside_names(folder: Path) -> None:
    put(folder, "a{b}1")
    put(folder, "a{b}2")
    assert batch(folder, "--raw 'a{{b}}{n}.tif' --prediction-map 'a{{b}}{n}.h5'").code == 0
    assert images(folder) == ["1", "2"]


def test_a_workflow_in_a_folder_with_braces_runs_and_exports(tmp_path: Path) -> None:
    bench = flat(tmp_path / "w{x}")
    bench.edit(("results/objects.csv", "'{{r}}/objects.csv'"))
    assert typed("run cells.yaml", bench.folder).code == 0
    assert (bench.folder / "{r}/objects.csv").exists()
    copytree(bench.folder, tmp_path / "w{x}/{image}", ignore=lambda *_: [".objclass"])
    assert typed("run cells.yaml", tmp_path / "w{x}/{image}").code == 0


# --- a dry run says what would fail -----------------------------------------------------------


@pytest.fixture
def mixed(folder: Path) -> Path:
    """A good image and one of every kind that cannot be classified."""
    for name in ("channels", "cut", "dims", "good", "junk", "shape", "there"):
        put(folder, f"new/{name}")
    raw = discs()[0]
    write_raw(folder / "new/channels.tif", np.stack([raw, raw]))
    cut = folder / "new/cut.h5"
    cut.write_bytes(cut.read_bytes()[:900])
    write_raw(folder / "new/dims.tif", np.stack([raw] * 3))
    (folder / "new/junk.tif").write_text("junk")
    write_raw(folder / "new/shape.tif", raw[:40])
    (folder / "out").mkdir()
    (folder / "out/there_objects.csv").write_text("mine")
    return folder


FAILING = ["channels", "cut", "dims", "junk", "shape", "there"]
PATTERNS = "--raw 'new/{n}.tif' --prediction-map 'new/{n}.h5'"


def test_a_dry_run_reads_every_header_and_says_what_would_fail(mixed: Path) -> None:
    before = sorted(mixed.rglob("*"))
    screen = batch(mixed, f"{PATTERNS} --dry-run")
    assert screen.code == 2
    assert screen.lines[-1] == "7 images; nothing was run; 6 would fail"
    lines = {line.split(":")[0]: line for line in screen.lines[:-3] if "note" not in line}
    assert lines["good"] == "good: new/good.tif, new/good.h5"
    assert [name for name, line in lines.items() if "FAILED" in line] == FAILING
    assert "there_objects.csv" in lines["there"]
    assert sorted(mixed.rglob("*")) == before


def test_what_a_dry_run_foresees_is_what_happens(mixed: Path) -> None:
    """All but the result that is there: that stops a batch before work."""
    foreseen = batch(mixed, f"{PATTERNS} --dry-run").lines
    ran = batch(mixed, f"{PATTERNS} --overwrite").lines
    said = {line.split(":")[0]: line.partition("FAILED")[2] for line in foreseen[:-1]}
    became = {
        line.split()[1]: line.partition("FAILED")[2] for line in ran[:-1] if line[0].isdigit()
    }
    assert {name: said[name] for name in FAILING[:-1]} == {n: became[n] for n in FAILING[:-1]}
    assert became["there"] == "" == became["good"]


def test_files_without_partners_hide_nothing_of_the_other_images(mixed: Path) -> None:
    """The map of `good` is gone and one of `odd` is there: beside 5 that fail, 2 more."""
    (mixed / "new/good.h5").rename(mixed / "new/odd.h5")
    put(mixed, "new/fine")
    screen = batch(mixed, f"{PATTERNS} --dry-run")
    assert (screen.code, screen.lines[-1]) == (2, "9 images; nothing was run; 8 would fail")
    lines = {line.split(":")[0]: line for line in screen.lines[:-3] if "note" not in line}
    assert [name for name, line in lines.items() if "FAILED" not in line] == ["fine"]
    assert lines["good"].startswith("good: new/good.tif  FAILED  node 'prob': nothing here pairs")
    assert lines["odd"].startswith("odd: new/odd.h5  FAILED  node 'prob': 1 file without a partner")


def test_a_batch_classifies_what_has_partners_and_counts_the_rest_as_failed(folder: Path) -> None:
    for name in ("a", "b", "d"):
        put(folder, f"new/{name}")
    (folder / "new/b.h5").rename(folder / "new/c.h5")
    screen = batch(folder, PATTERNS)
    assert (screen.code, screen.lines[-1]) == (1, "2 done, 2 failed; results in out")
    summary = pd.read_csv(folder / "out/summary.csv")
    assert dict(zip(summary["image"], summary["status"], strict=True)) == {
        "a": "done",
        "b": "failed",
        "c": "failed",
        "d": "done",
    }
    failures = pd.read_csv(folder / "out/failures.csv")
    assert failures["image"].to_list() == ["b", "c"]
    assert "nothing here pairs with 1 file of raw" in failures["problem"][0]
    assert "expected files with the same {n}" in failures["problem"][1]


def test_files_without_partners_are_called_as_ilastik_calls_the_others(folder: Path) -> None:
    put(folder, "new/a")
    write_map(folder / "new/b.h5", discs()[1])
    screen = batch(folder, f"{PATTERNS} --names ilastik")
    assert (screen.code, screen.lines[-1]) == (1, "1 done, 1 failed; results in out")


def test_every_pattern_that_nothing_fits_is_named_at_once(folder: Path) -> None:
    line = " ".join(f"--raw 'p{k}/{{n}}.tif' --prediction-map 'p{k}/{{n}}.h5'" for k in (1, 2))
    said = batch(folder, f"{line} --dry-run").err
    assert [text for text in ("p1/{n}.tif", "p1/{n}.h5", "p2/{n}.tif") if text not in said] == []


def test_a_folder_that_cannot_be_read_and_a_file_that_is_missing_are_foreseen(
    folder: Path,
) -> None:
    (folder / "x.ome.zarr").mkdir()
    put(folder, "a")
    line = "--raw x.ome.zarr --raw no.tif --raw a.tif --prediction-map a.h5 --shared prob --dry-run"
    screen = batch(folder, line)
    assert screen.code == 2
    assert screen.lines[-1] == "3 images; nothing was run; 2 would fail"
    failed = [line for line in screen.lines if "FAILED" in line]
    assert "x.ome.zarr" in failed[0]
    assert "there is no file" in failed[1]
    assert "a: a.tif, a.h5" in screen.lines


def test_a_summary_that_is_there_is_foreseen(folder: Path) -> None:
    put(folder, "a")
    (folder / "out").mkdir()
    (folder / "out/summary.csv").write_text("mine")
    screen = batch(folder, "--raw a.tif --prediction-map a.h5 --dry-run")
    assert screen.code == 2
    assert screen.err.startswith("1 result is there already; got summary.csv")


def test_advice_on_a_field_is_an_option_that_works(folder: Path) -> None:
    """A raw image of one plane that does not name its axes, as those of training do not either."""
    put(folder, "a")
    np.save(folder / "a.npy", discs()[0][None])
    line = "--raw a.npy --prediction-map a.h5 --set raw.axes=null"
    failed = next(text for text in batch(folder, line).lines if "FAILED" in text)
    advice = failed.rpartition("; ")[2]
    assert advice == "add for example --set raw.axes=zyx"
    option = advice.removeprefix("add for example ")
    again = batch(folder, f"--raw a.npy --prediction-map a.h5 {option} --overwrite")
    assert again.code == 0, again.out


def test_two_images_that_would_write_one_file_are_refused(folder: Path) -> None:
    for name in ("p1/a", "p2/a"):
        put(folder, name)
    line = "--raw 'p{k}/a.tif' --prediction-map 'p{k}/a.h5' --names ilastik"
    screen = batch(folder, line)
    assert screen.code == 2
    assert "'1', '2' would write one file; got a_table.csv" in screen.err


# --- what goes wrong in one image, and Ctrl-C --------------------------------------------------


def test_an_error_nobody_foresaw_in_one_image_does_not_end_a_batch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        put(folder, f"new/{name}")
    honest = Batch.job

    def broken(self: Batch, image: object, store: object, *more: int) -> object:
        if image.name == "b":  # type: ignore[attr-defined]
            raise KeyError("spacing")
        return honest(self, image, store, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Batch, "job", broken)
    screen = batch(folder, PATTERNS)
    assert screen.code == 3
    assert screen.lines[1] == "2/3  b  FAILED  unexpected: KeyError: 'spacing'"
    assert "2 done, 1 failed; results in out" in screen.lines
    assert pd.read_csv(folder / "out/summary.csv")["status"].to_list() == ["done", "failed", "done"]
    screen = batch(folder, f"{PATTERNS} --dry-run --overwrite")
    assert (screen.code, screen.lines[-1]) == (2, "3 images; nothing was run; 1 would fail")


def test_ctrl_c_leaves_a_summary_of_what_is_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        put(folder, f"new/{name}")
    honest = Batch.run

    def stopped(self: Batch, **told: Callable[[str], None]) -> Iterator[ImageDone]:
        for done in honest(self, **told):
            yield done
            raise KeyboardInterrupt

    monkeypatch.setattr(Batch, "run", stopped)
    screen = batch(folder, PATTERNS)
    assert screen.code == 130
    assert screen.lines[-1] == "1 done, 0 failed, 2 not done; results in out"
    assert screen.err.strip() == "interrupted; what was finished is kept"
    summary = pd.read_csv(folder / "out/summary.csv")
    assert summary["status"].to_list() == ["done", "not done", "not done"]
    assert summary["objects"].isna().to_list() == [False, True, True]


def test_the_reports_of_a_batch_can_be_written_from_python(folder: Path) -> None:
    put(folder, "a")
    request = objclass.BatchRequest(
        folder / PROJECT,
        folder / "out",
        roles={"raw": [str(folder / "a.tif")], "prediction_map": str(folder / "a.h5")},
    )
    made = objclass.prepare_batch(request)
    write_reports(made, list(made.run()))
    assert images(folder) == ["a"]


def test_many_images_are_foreseen_one_by_one(folder: Path) -> None:
    """Hard links stand for many images; what is kept of each is a line."""
    put(folder, "new/0")
    for number in range(1, 60):
        for suffix in ("tif", "h5"):
            os.link(folder / f"new/0.{suffix}", folder / f"new/{number}.{suffix}")
    screen = batch(folder, f"{PATTERNS} --dry-run")
    assert (screen.code, screen.lines[-2]) == (0, "60 images; nothing was run")
    assert cli.command.name == "batch"
    assert tifffile.imread(folder / "new/59.tif").shape == (48, 64)


# --- room on the disk --------------------------------------------------------------------------


def with_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """A disk on which so many bytes are free."""
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr("objclass.batch.room.shutil.disk_usage", lambda _: usage(free, 0, free))


def pair_of(folder: Path) -> int:
    """Put two images; return the voxels of both."""
    (folder / "new").mkdir()
    put(folder / "new", "a")
    put(folder / "new", "b", 2)
    return 2 * int(np.prod(tifffile.imread(folder / "new/a.tif").shape))


def test_images_of_results_that_surely_do_not_fit_are_refused_before_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voxels = pair_of(folder)
    with_free(monkeypatch, 5 * voxels - 1)  # a byte a voxel for classes, four of uncertainty
    words = f"{PATTERNS} --export predictions,uncertainty --format npy"
    done = batch(folder, words)
    assert done.code == 2
    size = f"{5 * voxels / 1000:.1f} kB"
    assert "the results do not fit on the disk of out; got " in done.err
    assert f"; expected at least {size} for their images" in done.err
    assert not (folder / "out").exists()
    dry = batch(folder, f"{words} --dry-run")
    assert dry.code == 2
    assert f"room: images of results take {size}; " in dry.out
    with_free(monkeypatch, 5 * voxels)
    assert batch(folder, words).code == 0


def test_images_that_may_not_fit_are_a_note_and_those_that_are_done_take_no_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voxels = pair_of(folder)
    with_free(monkeypatch, voxels - 1)
    words = f"{PATTERNS} --export predictions"
    done = batch(folder, words)
    assert done.code == 0
    note = f"note: the disk may be too small: images of results take {voxels / 1000:.1f} kB before"
    assert note in done.out
    assert "too small" not in batch(folder, words).out


def test_tables_are_no_images_and_ask_for_no_room_beforehand(folder: Path) -> None:
    pair_of(folder)
    assert "room: " not in batch(folder, f"{PATTERNS} --export table --dry-run").out
