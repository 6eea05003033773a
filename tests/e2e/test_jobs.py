"""The jobs that people bring, written as in the list of jobs; only the images are drawn.

Jobs 3, 7, 9 and 10 need rooms of other issues (OME-Zarr, ilastik's projects).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import tifffile
from terminal import typed

from objclass.io.axistags import dumps
from workflows import CENTERS, CLASSES, SHAPE, discs, write_raw

MITOTIC = {"large": "interphase", "small": "mitotic"}
"""Large discs play nuclei between divisions, small ones nuclei in division."""


def large_discs(number: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw the twelve discs twice as large, so that the small ones have more than 30 voxels."""
    raw, nucleus = (plane.repeat(2, 0).repeat(2, 1) for plane in discs(number))
    return raw, nucleus


def probabilities(path: Path, nucleus: np.ndarray) -> None:
    """Write a map as ilastik exports it: one dataset that names its axes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        data = file.create_dataset("exported_data", data=np.stack([1 - nucleus, nucleus], -1))
        data.attrs["axistags"] = dumps("yxc")


def points(folder: Path, name: str, *more: str) -> None:
    """Annotate every disc; `more` are further cells of each row."""
    rows = [
        ",".join([MITOTIC[c], str(2 * y), str(2 * x), *more])
        for c, (y, x) in zip(CLASSES, CENTERS, strict=True)
    ]
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")


def write(folder: Path, nodes: str, name: str = "cells.yaml") -> None:
    """Write a workflow."""
    (folder / name).write_text(f"version: 1\nnodes:\n{nodes}", encoding="utf-8")


# --- job 1: mitotic or interphase, the minimum ----------------------------------------------

JOB_1 = """\
  raw:     {kind: input, path: nuclei.tif, channels: [dna]}                                # a plain 2D TIFF is yx
  prob:    {kind: input, path: nuclei_Probabilities.h5, channels: [background, nucleus], role: prediction_map}   # one dataset: no inner path
  nuclei:  {kind: threshold, image: prob, channel: nucleus, min_size: 30}
  feats:   {kind: features, image: raw, objects: nuclei}
  mitosis: {kind: classifier, features: feats, annotations: nuclei.csv, classes: [interphase, mitotic]}
  result:  {kind: predict, features: feats, classifier: mitosis}
  save:    {kind: export, from: result, image: raw, write: {table: out/objects.csv, overlay: out/overlay.png}}
"""  # noqa: E501


@pytest.fixture
def nuclei(tmp_path: Path) -> Path:
    """The folder of job 1: one image and its map, nothing annotated."""
    raw, nucleus = large_discs()
    write_raw(tmp_path / "nuclei.tif", raw)
    probabilities(tmp_path / "nuclei_Probabilities.h5", nucleus)
    write(tmp_path, JOB_1)
    return tmp_path


def test_job_1_stops_without_annotations_and_keeps_the_features(nuclei: Path) -> None:
    screen = typed("run cells.yaml", nuclei)
    assert screen.code == 1
    states = screen.states()
    assert [states[node] for node in ("nuclei", "feats", "mitosis")] == ["ran", "ran", "STOPPED"]
    assert "no annotations yet" in screen.out
    assert [screen.lines[k] for k in (-4, -2)] == [
        "choose  objclass annotations new cells.yaml",
        "        objclass label cells.yaml",
    ]
    again = typed("run cells.yaml", nuclei).states()
    assert [again[node] for node in ("nuclei", "feats", "mitosis")] == [
        "cached",
        "cached",
        "STOPPED",
    ]


def test_job_1_starts_with_random_objects_and_ends_with_classes(nuclei: Path) -> None:
    """A person fills in the class column: discs of more than 250 voxels are interphase."""
    assert typed("annotations new cells.yaml", nuclei).code == 0
    rows = pd.read_csv(nuclei / "nuclei.csv")
    assert len(rows) == 12
    rows["class"] = np.where(rows["size"] > 250, "interphase", "mitotic")
    rows.to_csv(nuclei / "nuclei.csv", index=False)
    screen = typed("run cells.yaml", nuclei)
    assert screen.code == 0
    objects = pd.read_csv(nuclei / "out/objects.csv")
    assert (objects["predicted_class"] == rows.set_index("object")["class"].to_numpy()).all()
    assert [c for c in objects if c.endswith("-dna")][:1] == ["intensity_mean-dna"]
    assert (nuclei / "out/overlay.png").stat().st_size > 1000


def test_job_1_is_what_init_writes(nuclei: Path) -> None:
    line = "init --raw nuclei.tif --prediction-map nuclei_Probabilities.h5 -o new.yaml"
    assert typed(line, nuclei).code == 0
    assert typed("validate new.yaml", nuclei).code == 0


# --- job 2: a time-lapse with a file per frame ----------------------------------------------

JOB_2 = """\
  raw:  {kind: input, path: "raw/pos3_t{t}.tif", pixel_size: 0.65 um, time_step: 5 min}
  prob: {kind: input, path: "prob/pos3_t{t}_Probabilities.h5", channels: [background, nucleus], role: prediction_map}
  nuclei:  {kind: threshold, image: prob, channel: nucleus, min_size: 30}
  feats:   {kind: features, image: raw, objects: nuclei}
  mitosis: {kind: classifier, features: feats, annotations: nuclei.csv, classes: [interphase, mitotic]}
  result:  {kind: predict, features: feats, classifier: mitosis}
  save: {kind: export, from: result, write: {table: out/pos3.parquet, predictions: out/pos3_class.tif, counts: out/per_frame.csv}, counts_by: [t]}
"""  # noqa: E501
FRAMES = 6


def frame(folder: Path, t: int, missing: int = 0) -> None:
    """Write a frame in which `missing` of the twelve discs are not found."""
    raw, nucleus = large_discs(t)
    for y, x in CENTERS[:missing]:
        nucleus[2 * y - 14 : 2 * y + 15, 2 * x - 14 : 2 * x + 15] = 0.05
    write_raw(folder / f"raw/pos3_t{t}.tif", raw)
    probabilities(folder / f"prob/pos3_t{t}_Probabilities.h5", nucleus)


@pytest.fixture(scope="module")
def ran_lapse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of job 2, after its first run: frame 0 is annotated."""
    folder = tmp_path_factory.mktemp("lapse")
    for t in range(FRAMES):
        frame(folder, t)
    (folder / "nuclei.csv").write_text("class,y,x,t\n", encoding="utf-8")
    points(folder, "nuclei.csv", "0")
    write(folder, JOB_2)
    assert typed("run cells.yaml", folder).code == 0
    return folder


@pytest.fixture
def lapse(ran_lapse: Path, tmp_path: Path) -> Path:
    """A copy of it, cache included."""
    return shutil.copytree(ran_lapse, tmp_path / "lapse")


def test_job_2_has_a_row_per_frame_and_an_image_of_all(lapse: Path) -> None:
    counts = pd.read_csv(lapse / "out/per_frame.csv")
    assert counts["t"].tolist() == list(range(FRAMES))
    assert counts["objects"].tolist() == [12] * FRAMES
    objects = pd.read_parquet(lapse / "out/pos3.parquet")
    assert objects.groupby("t").size().tolist() == [12] * FRAMES
    classes = tifffile.imread(lapse / "out/pos3_class.tif")
    assert classes.shape == (FRAMES, 2 * SHAPE[0], 2 * SHAPE[1])
    first = objects[objects["t"] == 3]
    codes = first["predicted_class"].map({"interphase": 1, "mitotic": 2})
    assert (classes[3][first["y"], first["x"]] == codes).all()


def test_job_2_measures_in_the_unit_of_the_pixel_size(lapse: Path) -> None:
    objects = pd.read_parquet(lapse / "out/pos3.parquet")
    assert objects["size_area"].to_numpy() == pytest.approx(objects["size_voxels"] * 0.65**2)
    units = pyarrow.parquet.read_schema(lapse / "out/pos3.parquet").field("size_area").metadata
    assert units[b"unit"] == b"um^2"


def test_job_2_does_not_redo_every_frame_for_one(lapse: Path) -> None:
    frame(lapse, 3, missing=2)
    screen = typed("run cells.yaml", lapse)
    assert screen.code == 0
    lines = {line.split()[0]: line for line in screen.lines if not line.startswith(" ")}
    for node in ("prob", "nuclei"):
        assert f"{FRAMES - 1} of {FRAMES} cached" in lines[node]
    assert f"{3 * (FRAMES - 1)} of {3 * FRAMES} cached" in lines["feats"]
    counts = pd.read_csv(lapse / "out/per_frame.csv")
    assert counts["objects"].tolist() == [12, 12, 12, 10, 12, 12]


def test_job_2_computes_a_new_frame_and_no_other(lapse: Path) -> None:
    frame(lapse, FRAMES)
    lines = {line.split()[0]: line for line in typed("run cells.yaml", lapse).lines}
    assert f"{FRAMES} of {FRAMES + 1} cached" in lines["nuclei"]
    assert len(pd.read_csv(lapse / "out/per_frame.csv")) == FRAMES + 1


# --- job 4: a label image whose ids are kept, five channels ---------------------------------

JOB_4 = """\
  raw:   {kind: input, path: "imc/{roi}_imc.tiff", axes: cyx, channels: [H3, CD99, PIN, CD8a, CDH], pixel_size: 1 um}
  cells: {kind: input, path: "imc/{roi}_mask.tiff", role: label_image}
  feats: {kind: features, image: raw, objects: cells, measure: [size, axes, morphology, intensity, neighbors]}
  types: {kind: classifier, features: feats, annotations: "imc/truth_{roi}.csv", use: ["group:shape", "intensity_mean-*"]}
  result: {kind: predict, features: feats, classifier: types}
  save:   {kind: export, from: result, image: raw, write: {table: out/objects.csv, identities: "out/{roi}_ids.tif"}}
"""  # noqa: E501


@pytest.fixture(scope="module")
def pancreas(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of job 4, after its run."""
    tmp_path = tmp_path_factory.mktemp("pancreas")
    shutil.copytree(shared / "data/imc_pancreas", tmp_path / "imc")
    write(tmp_path, JOB_4)
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 0, screen.out + screen.err
    return tmp_path


def test_job_4_keeps_the_ids_of_the_file(pancreas: Path) -> None:
    objects = pd.read_csv(pancreas / "out/objects.csv")
    for roi in ("E34", "G01"):
        mask = tifffile.imread(pancreas / f"imc/{roi}_mask.tiff")
        here = objects[objects["roi"] == roi]
        ids, sizes = np.unique(mask[mask > 0], return_counts=True)
        assert here["object"].tolist() == ids.tolist()
        assert here["size_voxels"].tolist() == sizes.tolist()
        assert (tifffile.imread(pancreas / f"out/{roi}_ids.tif") == mask).all()


def test_job_4_learns_from_ids_alone_one_file_per_image(pancreas: Path) -> None:
    """The truth names cells by id; each is found under that id in its own image."""
    objects = pd.read_csv(pancreas / "out/objects.csv").set_index(["roi", "object"])
    for roi in ("E34", "G01"):
        truth = pd.read_csv(pancreas / f"imc/truth_{roi}.csv").set_index("label")["class"]
        said = objects.loc[roi]["user_class"].dropna()
        assert said.to_dict() == truth.loc[truth.index.intersection(said.index)].to_dict()
        assert len(said) == len(truth)
    right = objects["predicted_class"] == objects["user_class"]
    assert right[objects["user_class"].notna()].mean() > 0.95


def test_job_4_uses_shape_and_mean_intensities_only(pancreas: Path) -> None:
    screen = typed("project show cells.objclass.h5 --json", pancreas)
    columns = json.loads(screen.out)["classifiers"]["types"]["columns"]
    means = [c for c in columns if c.startswith("intensity")]
    assert means == [f"intensity_mean-{c}" for c in ("H3", "CD99", "PIN", "CD8a", "CDH")]
    assert "axes_radius_0" in columns
    assert not [c for c in columns if c.startswith("position")]


# --- job 5: six images of three plates, a fourth plate as the test --------------------------

JOB_5 = """\
  raw:     {kind: input, path: "{plate}/{well}_{field}_raw.tif"}
  prob:    {kind: input, path: "{plate}/{well}_{field}_prob.h5", channels: [background, nucleus], role: prediction_map}
  nuclei:  {kind: threshold, image: prob, channel: nucleus, min_size: 30}
  feats:   {kind: features, image: raw, objects: nuclei}
  mitosis: {kind: classifier, features: feats, annotations: all.csv, group: plate, hold_out: {plate: P4}}
  result:  {kind: predict, features: feats, classifier: mitosis}
  save:    {kind: export, from: result, write: {table: out/objects.csv, counts: out/per_plate.csv, predictions: "out/{plate}_{well}_{field}.tif"}, counts_by: [plate]}
"""  # noqa: E501
IMAGES = [(plate, well, "001") for plate in ("P1", "P2", "P3") for well in ("A01", "B02")]
IMAGES.append(("P4", "A01", "001"))


@pytest.fixture(scope="module")
def ran_plates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of job 5, after its run: three images are annotated, by their names."""
    folder = tmp_path_factory.mktemp("plates")
    for number, (plate, well, field) in enumerate(IMAGES):
        raw, nucleus = large_discs(number)
        write_raw(folder / f"{plate}/{well}_{field}_raw.tif", raw)
        probabilities(folder / f"{plate}/{well}_{field}_prob.h5", nucleus)
    (folder / "all.csv").write_text("class,y,x,plate,well\n", encoding="utf-8")
    points(folder, "all.csv", "P1", "A01")
    points(folder, "all.csv", "P3", "B02")
    points(folder, "all.csv", "P4", "A01")
    write(folder, JOB_5)
    screen = typed("run cells.yaml", folder)
    assert screen.code == 0, screen.out + screen.err
    return folder


@pytest.fixture
def plates(ran_plates: Path, tmp_path: Path) -> Path:
    """A copy of it, cache included."""
    return shutil.copytree(ran_plates, tmp_path / "plates")


def test_job_5_puts_the_names_of_images_into_tables_and_paths(plates: Path) -> None:
    objects = pd.read_csv(plates / "out/objects.csv", dtype={"field": str})
    assert objects.columns[:4].tolist() == ["image", "plate", "well", "field"]
    found = objects[["plate", "well", "field"]].drop_duplicates().to_numpy().tolist()
    assert [tuple(names) for names in found] == IMAGES
    assert objects["image"].unique().tolist() == ["_".join(names) for names in IMAGES]
    written = sorted(path.name for path in (plates / "out").glob("*.tif"))
    assert written == ["_".join(names) + ".tif" for names in IMAGES]


def test_job_5_learns_from_rows_that_name_plate_and_well(plates: Path) -> None:
    objects = pd.read_csv(plates / "out/objects.csv")
    said = objects[objects["user_class"].notna()]
    assert said["image"].unique().tolist() == ["P1_A01_001", "P3_B02_001", "P4_A01_001"]
    assert len(said) == 36
    learned = said[said["unseen_class"].notna()]
    assert learned["plate"].unique().tolist() == ["P1", "P3"]
    assert (said["user_class"] == said["predicted_class"]).all()


def test_job_5_counts_per_plate(plates: Path) -> None:
    counts = pd.read_csv(plates / "out/per_plate.csv")
    assert counts.columns[:2].tolist() == ["plate", "objects"]
    assert counts[["plate", "objects"]].to_numpy().tolist() == [
        ["P1", 24],
        ["P2", 24],
        ["P3", 24],
        ["P4", 12],
    ]
    assert (counts["n_interphase"] + counts["n_mitotic"] == counts["objects"]).all()


def test_job_5_computes_only_a_new_image(plates: Path) -> None:
    raw, nucleus = large_discs(9)
    write_raw(plates / "P4/C03_001_raw.tif", raw)
    probabilities(plates / "P4/C03_001_prob.h5", nucleus)
    lines = {line.split()[0]: line for line in typed("run cells.yaml", plates).lines}
    assert "7 of 8 cached" in lines["nuclei"]
    assert len(pd.read_csv(plates / "out/objects.csv")) == 8 * 12


def test_job_5_is_evaluated_on_another_plate(plates: Path) -> None:
    (plates / "p9.csv").write_text("class,y,x,well\n", encoding="utf-8")
    for number, well in enumerate(("A01", "A02")):
        raw, nucleus = large_discs(20 + number)
        write_raw(plates / f"P9/{well}_001_raw.tif", raw)
        probabilities(plates / f"P9/{well}_001_prob.h5", nucleus)
        points(plates, "p9.csv", well)
    screen = typed(
        "evaluate cells.objclass.h5 --raw 'P9/{well}_{field}_raw.tif'"
        " --prediction-map 'P9/{well}_{field}_prob.h5' --truth p9.csv",
        plates,
    )
    assert screen.code == 0, screen.err
    assert "on 24 objects of 2 images" in screen.out
    assert not (plates / ".objclass-evaluate").exists()


# --- job 6: many pairs overnight, without a cluster -----------------------------------------


def test_job_6_pairs_images_and_maps_by_the_longest_literal_text(plates: Path) -> None:
    """``{plate}/{well}_s{site}.tif`` fits the maps too; they belong to the longer pattern."""
    for number, (plate, well) in enumerate([("P9", "A01"), ("P9", "A02"), ("P10", "A01")]):
        raw, nucleus = large_discs(20 + number)
        write_raw(plates / f"d/{plate}/{well}_s1.tif", raw)
        both = np.stack([1 - nucleus, nucleus], -1).astype(np.float32)
        write_raw(plates / f"d/{plate}/{well}_s1_Probabilities.tif", both)
    (plates / "cells.objclass.h5").rename(plates / "mitosis.h5")
    line = (
        f"batch mitosis.h5 --raw '{plates}/d/{{plate}}/{{well}}_s{{site}}.tif' "
        f"--prediction-map '{plates}/d/{{plate}}/{{well}}_s{{site}}_Probabilities.tif' "
        "--out run7 --set prob.axes=yxc"
    )
    dry = typed(f"{line} --dry-run", plates)
    assert dry.code == 0
    names = ["P9_A01_1", "P9_A02_1", "P10_A01_1"]
    assert [row.split(":")[0] for row in dry.lines[1:4]] == names
    assert not (plates / "run7/summary.csv").exists()
    screen = typed(line, plates)
    assert screen.code == 0, screen.out
    summary = pd.read_csv(plates / "run7/summary.csv", dtype=str)
    assert summary[["plate", "well", "site", "objects"]].to_numpy().tolist() == [
        ["P9", "A01", "1", "12"],
        ["P9", "A02", "1", "12"],
        ["P10", "A01", "1", "12"],
    ]


SBATCH = """\
#!/bin/bash
# an array of jobs on one computer: every job is a process; the second dies and runs again
for word in "$@"; do case $word in --array=*) last=${word#*-};; esac; done
last=${last##*-}
for number in $(seq 1 "$last"); do
  export SLURM_ARRAY_TASK_ID=$number
  [ "$number" = 2 ] && timeout --signal=KILL 1.2 bash -c "${@: -1}" >> jobs.txt 2>&1
  bash -c "${@: -1}" >> jobs.txt 2>&1 &
done
wait
"""
JOB_6 = """\
objclass batch mitosis.h5 --raw 'd/{plate}/{well}_s{site}.tif' --prediction-map 'd/{plate}/{well}_s{site}_Probabilities.tif' --out run7 --dry-run
sbatch --array=1-4 -c4 --mem=16G --wrap 'objclass batch --resume run7 --shard $SLURM_ARRAY_TASK_ID/4'
objclass batch --resume run7 --collect --allow-failures 1%
"""  # noqa: E501


def test_job_6_is_an_array_of_jobs_and_a_collect(plates: Path) -> None:
    """As in the list of jobs, but for the numbers: ten images, four jobs, one of them killed."""
    for number in range(10):
        raw, nucleus = large_discs(20 + number)
        stem = plates / f"d/P{number % 2 + 1}/B0{number // 2}_s1"
        write_raw(stem.with_suffix(".tif"), raw)
        both = np.stack([1 - nucleus, nucleus], -1).astype(np.float32)
        tifffile.imwrite(f"{stem}_Probabilities.tif", both, metadata={"axes": "YXC"})
    (plates / "cells.objclass.h5").rename(plates / "mitosis.h5")
    commands = plates / "bin"
    commands.mkdir()
    root = str(Path(__file__).parents[2])
    call = f'#!/bin/bash\nPYTHONPATH={root} exec {sys.executable} -m objclass "$@"\n'
    for name, text in (("sbatch", SBATCH), ("objclass", call)):
        (commands / name).write_text(text, encoding="utf-8")
        (commands / name).chmod(0o755)
    path = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}", "OBJCLASS_WORKERS": "1"}
    script = f"set -e\n{JOB_6}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=plates, env=path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "10 done, 0 failed; results in run7"
    undisturbed = JOB_6.splitlines()[0].replace("run7 --dry-run", "plain")
    assert typed(undisturbed.removeprefix("objclass "), plates).code == 0
    seen = [
        {
            p.relative_to(plates / out): p.read_bytes()
            for p in (plates / out).iterdir()
            if p.is_file()
        }
        for out in ("run7", "plain")
    ]
    assert seen[0] == seen[1]
    assert len(pd.read_csv(plates / "run7/summary.csv")) == 10
