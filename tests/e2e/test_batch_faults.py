"""Batches that much goes wrong with: broken images, kills, a second one, a full disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import tifffile
from terminal import typed
from test_batch_resumed import killed_at_work, put, records, seen, started
from test_full_disk import small_disk

from workflows import discs, flat

LINE = "batch cells.objclass.h5 --raw 'new/{name}.tif' --prediction-map 'new/{name}.h5'"


def halved(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def map_of(path: Path, name: str, shape: tuple[int, ...]) -> None:
    path.unlink()
    with h5py.File(path, "w") as file:
        file[name] = np.zeros(shape, np.float32)


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


BROKEN: dict[str, tuple[str, Callable[[Path], object]]] = {
    "truncated": ("tif", halved),
    "empty": ("tif", lambda path: path.write_bytes(b"")),
    "text": ("tif", lambda path: path.write_text("well,drug\nA01,DMSO\n")),
    "smaller": ("tif", lambda path: tifffile.imwrite(path, discs()[0][:40])),
    "deeper": ("tif", lambda path: tifffile.imwrite(path, np.stack([discs()[0]] * 5))),
    "folder": ("tif", folder_instead),
    "halfmap": ("h5", halved),
    "onechannel": ("h5", lambda path: map_of(path, "exported_data", (48, 64, 1))),
    "threechannels": ("h5", lambda path: map_of(path, "exported_data", (48, 64, 3))),
    "unpaired": ("h5", Path.unlink),
}
"""What is wrong with an image, and how it comes to that."""


def trained(folder: Path, count: int) -> list[str]:
    """Train a project; write so many images, all alike but for their brightness."""
    flat(folder).edit(("      predictions: results/{image}_classes.tif\n", ""))
    assert typed("run cells.yaml", folder).code == 0
    names = [f"i{number:03}" for number in range(count)]
    for number, name in enumerate(names):
        put(folder, name, number % 50)
    return names


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_images_ten_broken_killed_three_times_lose_nothing(tmp_path: Path) -> None:
    names = trained(tmp_path, 90)
    for place, (name, (suffix, spoil)) in enumerate(BROKEN.items()):
        put(tmp_path, f"i{place * 9:03}_{name}", place)
        spoil(tmp_path / f"new/i{place * 9:03}_{name}.{suffix}")
    assert typed(f"{LINE} --out plain --allow-failures 10", tmp_path).code == 0
    assert typed(f"{LINE} --out out --dry-run", tmp_path).code == 2, "it would fail in ten images"
    words = ("cells.objclass.h5", "--raw", "new/{name}.tif", "--prediction-map", "new/{name}.h5")
    for number in (10, 40, 75):
        until = lambda number=number: records(tmp_path) >= number
        killed_at_work(tmp_path, *words, "--out", "out", until=until)
        assert number <= records(tmp_path) < 100
    assert typed(f"{LINE} --out out", tmp_path).code == 1
    assert typed("batch --resume out --collect --allow-failures 10%", tmp_path).code == 0
    assert seen(tmp_path / "out") == seen(tmp_path / "plain")
    summary = pd.read_csv(tmp_path / "out/summary.csv").set_index("image")["status"]
    assert (summary == "done").sum() == 90
    assert set(summary.index[summary == "done"]) == set(names)
    failures = pd.read_csv(tmp_path / "out/failures.csv")
    assert {text.split("_")[1] for text in failures["image"]} == set(BROKEN)
    said = failures.drop_duplicates("image")["problem"]
    assert said.nunique() == len(BROKEN), "each says what is wrong with it"
    assert not said.str.contains("Traceback|Error").any()


@pytest.mark.slow
def test_two_batches_in_one_folder_at_once_make_what_one_makes(tmp_path: Path) -> None:
    trained(tmp_path, 24)
    assert typed(f"{LINE} --out plain", tmp_path).code == 0
    words = ("cells.objclass.h5", "--raw", "new/{name}.tif", "--prediction-map", "new/{name}.h5")
    both = [started(tmp_path, *words, "--out", "out", OBJCLASS_WORKERS="1") for _ in range(2)]
    assert {each.wait() for each in both} == {0}
    assert seen(tmp_path / "out") == seen(tmp_path / "plain")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_disk_that_is_full_at_image_180_of_200_loses_nothing(tmp_path: Path) -> None:
    trained(tmp_path, 200)
    assert typed(f"{LINE} --out plain", tmp_path).code == 0
    page = os.sysconf("SC_PAGE_SIZE")
    room = sum(-(-p.stat().st_size // page) * page for p in (tmp_path / "plain").rglob("*"))
    with small_disk(tmp_path / "disk", int(room * 0.9)):
        full = typed(f"{LINE} --out disk/out", tmp_path)
        assert full.code == 1
        assert "warning: the disk will be full before the last image" in full.out
        assert "No space left on device: on the disk at" in full.out + full.err
        assert full.out.count("FAILED") > 5
        more = ["mount", "-o", f"remount,size={room * 2}", str(tmp_path / "disk")]
        subprocess.run(more, check=True)
        again = typed(f"{LINE} --out disk/out", tmp_path)
        assert again.code == 0, again.out[-2000:]
        done = next(line for line in again.lines if line.endswith("were done already"))
        assert 120 < int(done.split()[0]) < 200
        shutil.copytree(tmp_path / "disk/out", tmp_path / "copied")
    assert seen(tmp_path / "copied") == seen(tmp_path / "plain")
