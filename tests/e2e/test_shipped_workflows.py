"""The two workflows that come with objclass, from the first run to the last change."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image
from terminal import Screen, typed, typed_afresh

WORKFLOWS = Path(__file__).parents[2] / "workflows"
IHC, COINS = "workflows/prediction_map.yaml", "workflows/segmentation.yaml"
LOWER = "--set nuclei.threshold=0.45"
WRITTEN = {
    IHC: {"prediction_map.objclass.h5", "ihc_objects.csv", "ihc_classes.tif", "ihc_overlay.png"},
    COINS: {
        "segmentation.objclass.h5",
        "coins_objects.csv",
        "coins_ids.tif",
        "coins_overlay.png",
        "coins_counts.csv",
    },
}


def copied(folder: Path) -> Path:
    """Copy the workflows and their data, and nothing that a run left."""
    left = shutil.ignore_patterns(".objclass", "results", "*.objclass.h5")
    shutil.copytree(WORKFLOWS, folder / "workflows", ignore=left)
    return folder


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Screen]:
    """What planning and running both workflows for the first time printed."""
    folder = copied(tmp_path_factory.mktemp("shipped"))
    screens = {"folder": Screen(0, str(folder), "")}
    for file in (IHC, COINS):
        screens[f"plan {file}"] = typed(f"plan {file}", folder)
        screens[file] = typed(f"run {file}", folder)
    return screens


@pytest.fixture(scope="module")
def place(first: dict[str, Screen]) -> Path:
    """The folder in which both ran; every test leaves it with everything cached."""
    return Path(first["folder"].out)


def times(folder: Path) -> dict[Path, int]:
    """Every file that a person sees, and when it was written."""
    seen = [path for path in folder.rglob("*") if ".objclass" not in path.parts]
    return {path: path.stat().st_mtime_ns for path in seen if path.is_file()}


def table(place: Path, name: str) -> pd.DataFrame:
    """Read a table of the results."""
    return pd.read_csv(place / "workflows/results" / name)


# --- the first run --------------------------------------------------------------------------


@pytest.mark.parametrize("file", [IHC, COINS])
def test_the_first_run_does_everything_and_says_so(file: str, first: dict[str, Screen]) -> None:
    screen = first[file]
    assert screen.code == 0
    states = screen.states()
    written = {line.split("/")[-1] for line in screen.lines if line.startswith("wrote")}
    assert {states[name] for name in states if name != "wrote"} == {"ran"}
    assert written == WRITTEN[file]


@pytest.mark.parametrize("file", [IHC, COINS])
def test_every_file_said_to_be_written_is_there(
    file: str, first: dict[str, Screen], place: Path
) -> None:
    said = [line.split()[1] for line in first[file].lines if line.startswith("wrote")]
    assert [path for path in said if not (place / path).stat().st_size] == []


@pytest.mark.parametrize("file", [IHC, COINS])
def test_plan_knew_before_that_everything_would_run(file: str, first: dict[str, Screen]) -> None:
    planned = first[f"plan {file}"].states()
    assert planned.pop("memory") == "about"
    assert set(planned.values()) <= {"will", "waits", "at"}
    ran = {name for name, state in first[file].states().items() if state == "ran"}
    assert set(planned) == ran


def test_the_table_has_one_row_per_object(place: Path) -> None:
    objects, coins = table(place, "ihc_objects.csv"), table(place, "coins_objects.csv")
    assert objects["object"].tolist() == list(range(1, 281))
    assert coins["object"].tolist() == list(range(1, 25))
    assert objects["predicted_class"].value_counts().to_dict() == {
        "epithelium": 148,
        "stroma": 132,
    }
    assert objects["user_class"].value_counts().to_dict() == {"epithelium": 20, "stroma": 20}


def test_the_class_image_says_what_the_table_says(place: Path) -> None:
    """Every object's voxel has its class; the classes cover as many voxels as the objects."""
    objects = table(place, "ihc_objects.csv")
    classes = tifffile.imread(place / "workflows/results/ihc_classes.tif")
    assert classes.shape == (512, 512)
    codes = objects["predicted_class"].map({"epithelium": 1, "stroma": 2})
    assert (classes[objects["y"], objects["x"]] == codes).all()
    covered = objects.groupby(codes)["size_voxels"].sum()
    assert np.bincount(classes.ravel())[1:].tolist() == covered.tolist()


def test_the_identities_are_the_ids_of_the_table(place: Path) -> None:
    coins = table(place, "coins_objects.csv")
    ids = tifffile.imread(place / "workflows/results/coins_ids.tif")
    assert np.bincount(ids.ravel())[1:].tolist() == coins["size_voxels"].tolist()
    assert (ids[coins["y"], coins["x"]] == coins["object"]).all()


def test_probabilities_add_up_and_uncertainty_is_their_gap(place: Path) -> None:
    objects = table(place, "ihc_objects.csv")
    probability = objects[["probability-epithelium", "probability-stroma"]].to_numpy()
    assert np.allclose(probability.sum(1), 1)
    gap = np.abs(probability[:, 0] - probability[:, 1])
    assert np.allclose(objects["uncertainty"], 1 - gap)
    winners = np.array(["epithelium", "stroma"])[probability.argmax(1)]
    assert (objects["predicted_class"] == winners).mean() > 0.99  # a tie takes the first


def test_the_counts_are_those_of_the_table(place: Path) -> None:
    counts = table(place, "coins_counts.csv").iloc[0]
    found = table(place, "coins_objects.csv")["predicted_class"].value_counts()
    assert counts["objects"] == 24
    assert counts["n_small coin"] == found["small coin"]
    assert counts["pct_small coin"] == round(100 * found["small coin"] / 24, 2)


@pytest.mark.parametrize(("name", "size"), [("ihc", (512, 512)), ("coins", (384, 303))])
def test_the_overlay_is_a_picture_of_the_image_with_a_legend(
    name: str, size: tuple[int, int], place: Path
) -> None:
    """Small images are shown twice as large; below stands the legend."""
    with Image.open(place / f"workflows/results/{name}_overlay.png") as picture:
        assert picture.mode == "RGB"
        assert picture.width == 2 * size[0]
        assert 2 * size[1] < picture.height < 2.3 * size[1]


def test_the_outlines_have_the_colours_of_the_classes(place: Path) -> None:
    with Image.open(place / "workflows/results/ihc_overlay.png") as picture:
        pixels = np.asarray(picture)
    for color in ("e69f00", "56b4e9"):
        drawn = (pixels == list(bytes.fromhex(color))).all(-1)
        assert drawn.sum() > 1000


# --- again ----------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [IHC, COINS])
def test_the_second_run_is_all_cached_and_touches_nothing(file: str, place: Path) -> None:
    before = times(place)
    planned, ran = typed(f"plan {file}", place), typed(f"run {file}", place)
    assert (planned.code, ran.code) == (0, 0)
    assert set(planned.states().values()) == {"cached"}
    assert set(ran.states().values()) - {"accuracy"} == {"cached"}
    assert times(place) == before


def test_a_fresh_process_finds_everything_cached_too(place: Path) -> None:
    before = times(place)
    screen = typed_afresh(f"run {IHC}", place)
    assert screen.code == 0
    assert screen.err == ""
    assert screen.out == typed(f"run {IHC}", place).out
    assert times(place) == before


def test_a_moved_folder_is_still_cached(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "workflows", tmp_path / "elsewhere")
    screen = typed("run elsewhere/segmentation.yaml", tmp_path)
    assert set(screen.states().values()) == {"cached"}


# --- a threshold moves ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def moved(place: Path) -> tuple[Screen, Screen]:
    """Plan and run with a lower threshold."""
    return typed(f"plan {IHC} {LOWER}", place), typed(f"run {IHC} {LOWER}", place)


def test_a_moved_threshold_stops_training_with_exit_code_1(
    moved: tuple[Screen, Screen],
) -> None:
    screen = moved[1]
    assert screen.code == 1
    states = screen.states()
    assert states["tissue"] == "STOPPED"
    assert [states[node] for node in ("result", "project", "save")] == ["skipped"] * 3
    assert "0 of 40 annotations valid; 40 invalid" in screen.out
    assert "because nuclei: threshold 0.5 -> 0.45 changed their objects" in screen.out
    assert "Nothing was deleted. Nothing was trained." in screen.out


def test_plan_said_so_before_as_far_as_it_could(moved: tuple[Screen, Screen]) -> None:
    planned = {line.split()[0]: line for line in moved[0].lines}
    assert "will run  threshold 0.5 -> 0.45" in planned["nuclei"]
    assert "at risk   40 annotations" in planned["tissue"]
    assert planned["raw"].endswith("cached")


def test_a_stop_deletes_nothing_and_names_what_is_out_of_date(
    place: Path, moved: tuple[Screen, Screen]
) -> None:
    before = times(place)
    screen = typed(f"run {IHC} {LOWER}", place)
    assert times(place) == before
    old = {line.split()[1].split("/")[-1] for line in screen.lines if line.startswith("old")}
    assert old == WRITTEN[IHC]


def test_features_are_measured_though_training_stops(
    place: Path, moved: tuple[Screen, Screen]
) -> None:
    again = typed(f"run {IHC} {LOWER}", place)
    assert again.states()["feats"] == "cached"
    assert "275 objects" in again.out


def test_the_old_threshold_finds_everything_cached(
    place: Path, moved: tuple[Screen, Screen]
) -> None:
    before = times(place)
    screen = typed(f"run {IHC}", place)
    assert screen.code == 0
    assert set(screen.states().values()) - {"accuracy"} == {"cached"}
    assert times(place) == before


# --- files that a person deletes or edits ---------------------------------------------------


def test_a_deleted_export_is_written_again_and_nothing_else(place: Path) -> None:
    file = place / "workflows/results/coins_ids.tif"
    content = file.read_bytes()
    others = {path: time for path, time in times(place).items() if path != file}
    file.unlink()
    assert "coins_ids.tif is gone" in typed(f"plan {COINS}", place).out
    screen = typed(f"run {COINS}", place)
    assert screen.code == 0
    assert screen.states()["save"] == "ran"
    assert [line for line in screen.lines if line.startswith("wrote")] == [
        "wrote   workflows/results/coins_ids.tif"
    ]
    assert file.read_bytes() == content
    assert {path: time for path, time in times(place).items() if path != file} == others


def test_an_edited_export_is_kept_under_another_name(place: Path) -> None:
    file = place / "workflows/results/coins_objects.csv"
    content = file.read_text(encoding="utf-8")
    file.write_text(f"my own notes\n{content}", encoding="utf-8")
    assert "coins_objects.csv was edited or replaced" in typed(f"plan {COINS}", place).out
    screen = typed(f"run {COINS}", place)
    assert screen.code == 0
    assert file.read_text(encoding="utf-8") == content
    (kept,) = file.parent.glob("coins_objects.csv.edited-*")
    assert kept.read_text(encoding="utf-8").startswith("my own notes\n")
    kept.unlink()


def test_a_result_touched_but_not_changed_is_left_alone(place: Path) -> None:
    file = place / "workflows/results/coins_counts.csv"
    file.touch()
    before = times(place)
    assert set(typed(f"run {COINS}", place).states().values()) - {"accuracy"} == {"cached"}
    assert times(place) == before


# --- blockwise and predict ------------------------------------------------------------------


def test_predict_finds_the_result_of_blockwise_cached(place: Path, tmp_path: Path) -> None:
    """The recipe of both is the same; only the kind in the workflow differs."""
    shutil.copytree(place / "workflows", tmp_path / "workflows")
    file = tmp_path / COINS
    text = file.read_text(encoding="utf-8")
    block = next(line for line in text.splitlines() if line.strip().startswith("block:"))
    text = text.replace("kind: blockwise", "kind: predict").replace(f"{block}\n", "")
    file.write_text(text, encoding="utf-8")
    screen = typed(f"run {COINS}", tmp_path)
    assert screen.code == 0
    states = screen.states()
    nodes = ("raw", "mask", "coins", "feats", "sizes", "result", "save")
    assert {node: states[node] for node in nodes} == dict.fromkeys(nodes, "cached")
