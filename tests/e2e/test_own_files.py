"""What a workflow writes beside its images never becomes one of its images."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image
from terminal import Screen, typed

from workflows import ANNOTATED, TEXT, Bench, discs, rows, write_map, write_raw

OVERLAY = (
    "      table: results/objects.csv\n      predictions: results/{image}_classes.tif\n",
    "      overlay: '{image}_overlay.png'\n      predictions: '{image}_classes.png'\n",
)


def beside(folder: Path, *names: str) -> Bench:
    """PNG images whose results lie beside them."""
    for number, name in enumerate(names):
        raw, probability = discs(number)
        folder.mkdir(exist_ok=True)
        Image.fromarray(raw).save(folder / f"{name}.png")
        write_map(folder / f"maps/{name}.h5", probability)
    text = TEXT.format(raw="'{name}.png'", prob="maps/{name}.h5", axes="yx")
    bench = Bench(folder, text).annotate(rows(ANNOTATED, names[0]), "class,y,x,image")
    return bench.edit(OVERLAY, ("    from: predicted\n", "    from: predicted\n    image: raw\n"))


def test_pictures_beside_the_images_are_no_images_of_the_next_run(tmp_path: Path) -> None:
    beside(tmp_path, "a", "b")
    assert typed("run cells.yaml", tmp_path).code == 0
    assert {p.name for p in tmp_path.glob("*_*.png")} == {
        f"{name}_{what}.png" for name in "ab" for what in ("overlay", "classes")
    }
    again = typed("run cells.yaml", tmp_path)
    assert again.code == 0, again.err
    assert set(again.states().values()) == {"cached"}


def test_an_image_that_is_only_called_like_a_result_stays_an_image(tmp_path: Path) -> None:
    """There is no image 'c' that c_overlay.png could be a picture of."""
    beside(tmp_path, "a", "c_overlay")
    screen = typed("validate cells.yaml", tmp_path)
    assert screen.out.endswith("2 images; no problems\n")


@pytest.fixture
def in_folders(tmp_path: Path) -> Bench:
    """Two images, each in a folder of its own, and folders with other things."""
    for number, name in enumerate("ab"):
        raw, probability = discs(number)
        write_raw(tmp_path / f"{name}/raw.tif", raw)
        write_map(tmp_path / f"{name}/prob.h5", probability)
    (tmp_path / "notes").mkdir()
    text = TEXT.format(raw="'{d}/raw.tif'", prob="'{d}/prob.h5'", axes="yx")
    return Bench(tmp_path, text).annotate(rows(ANNOTATED, "a"), "class,y,x,image").edit()


def test_folders_without_the_file_are_no_images(in_folders: Bench) -> None:
    first = typed("run cells.yaml", in_folders.folder)
    assert first.code == 0, first.err
    again = typed("run cells.yaml", in_folders.folder)
    assert again.code == 0, again.err
    assert set(again.states().values()) == {"cached"}


def test_a_folder_with_one_of_two_files_is_named(in_folders: Bench) -> None:
    (in_folders.folder / "b/prob.h5").unlink()
    screen = typed("run cells.yaml", in_folders.folder)
    assert screen.code == 2
    assert "nothing here pairs with 1 file of raw; got b/raw.tif" in screen.err


def batch(bench: Bench, export: str, more: str = "") -> Screen:
    """Classify PNG images; the results lie beside them."""
    inputs = "--raw 'new/{name}.png' --prediction-map 'maps/{name}.h5'"
    line = f"batch cells.objclass.h5 {inputs} --out new --export {export} --format png {more}"
    return typed(line, bench.folder)


def test_results_of_an_earlier_batch_are_no_images_of_the_next(tmp_path: Path) -> None:
    bench = beside(tmp_path, "a", "b")
    assert typed("run cells.yaml", tmp_path).code == 0
    (tmp_path / "new").mkdir()
    for name in "ab":
        shutil.copy(tmp_path / f"{name}.png", tmp_path / "new")
    assert batch(bench, "overlay,identities").code == 0
    assert (tmp_path / "new/a_overlay.png").exists()
    again = batch(bench, "table", "--overwrite")
    assert again.code == 0, again.out + again.err
    assert again.lines[-1] == "2 done, 0 failed; results in new"
