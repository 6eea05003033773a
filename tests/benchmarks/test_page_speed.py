"""What somebody who labels waits for, in a real browser (figures in docs/benchmarks.md)."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
import tifffile

pytest.importorskip("starlette", reason="needs objclass[ui]")

from browser import chromium

pytestmark = pytest.mark.benchmark
MB = 10**6
CLICKS = 7
WORKFLOW = """\
version: 1
nodes:
  raw: {{kind: input, path: "{raw}", axes: {axes}}}
  cells: {{kind: input, path: "{cells}", axes: {axes}, role: label_image}}
  measured: {{kind: features, image: raw, objects: cells, measure: [size, intensity]}}
  classes:
    kind: classifier
    features: measured
    annotations: annotations.csv
    classes: [bright, dark]
    estimator: {{kind: random_forest, trees: 100}}
"""
WATCH = """() => {
  window.seen = [];
  const ask = window.fetch;
  window.fetch = async (...args) => {
    const answer = await ask(...args);
    const model = answer.headers.get("X-Model");
    if (model) {
      await answer.clone().arrayBuffer();
      const drawn = () => window.seen.push(["model " + model, performance.now()]);
      requestAnimationFrame(() => requestAnimationFrame(drawn));
    }
    return answer;
  };
  const canvas = document.getElementById("canvas");
  new MutationObserver(() => window.seen.push(["paint", performance.now()]))
    .observe(canvas, { attributes: true, attributeFilter: ["data-painted"] });
  for (const name of ["pointerup", "keydown"])
    addEventListener(name, () => { window.seen = [["click", performance.now()]]; }, true);
}"""
GALLERY = """() => new Promise((done) => {
  const begun = performance.now(), before = document.querySelector(".tile");
  const look = () => {
    const tiles = [...document.querySelectorAll(".tile")];
    const whole = (tile) => tile.querySelector("img")?.complete;
    const drawn = tiles.length && tiles[0] !== before && tiles.every(whole);
    if (drawn) requestAnimationFrame(() => done(performance.now() - begun));
    else setTimeout(look, 2);
  };
  document.getElementById("next").click();
  look();
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


def discs(size: int, pitch: int) -> tuple[np.ndarray, np.ndarray]:
    """Raw values and ids of discs on a grid; every other one is bright."""
    y, x = np.mgrid[0:size, 0:size].astype(np.int32)
    ids = (y // pitch * (size // pitch) + x // pitch + 1).astype(np.uint32)
    inside = (y % pitch - pitch // 2) ** 2 + (x % pitch - pitch // 2) ** 2 <= (0.38 * pitch) ** 2
    inside &= (y // pitch < size // pitch) & (x // pitch < size // pitch)
    noise = np.random.default_rng(0).integers(0, 40, ids.shape, np.uint8)
    return (20 + inside * (60 + 100 * (ids % 2)) + noise).astype(np.uint8), ids * inside


def write_workflow(folder: Path, size: int, pitch: int, images: int = 0) -> Path:
    """Write one image of so many discs, or a plate of images of them."""
    raw, ids = discs(size, pitch)
    names = [f"P1_{chr(65 + k // 100)}{k % 100:02}" for k in range(images)]
    for name in names or ["one"]:
        tifffile.imwrite(folder / f"raw_{name}.tif", raw)
        tifffile.imwrite(folder / f"cells_{name}.tif", ids)
    name = "{plate}_{well}" if images else "one"
    paths = {"raw": f"raw_{name}.tif", "cells": f"cells_{name}.tif", "axes": "yx"}
    (folder / "cells.yaml").write_text(WORKFLOW.format(**paths))
    if not images:
        rows = [(k % 2, k * pitch + pitch // 2) for k in range(10)]
        said = [
            f"{('dark', 'bright')[(k + 1) % 2]},{pitch // 2},{x}" for k, (_, x) in enumerate(rows)
        ]
        (folder / "annotations.csv").write_text("\n".join(["class,y,x", *said]) + "\n")
    return folder / "cells.yaml"


@contextmanager
def labelled(workflow: Path) -> Iterator[tuple[str, int, float]]:
    """Run the command; yields the address, its process id, and after how long it was printed."""
    words = [sys.executable, "-m", "objclass", "label", workflow.name, "--port=0", "--no-browser"]
    begun = time.perf_counter()
    with subprocess.Popen(words, cwd=workflow.parent, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        printed = (re.search(r"http://\S+", line) for line in child.stdout)
        address = next(filter(None, printed))[0]
        try:
            yield address, child.pid, time.perf_counter() - begun
        finally:
            child.terminate()


def resident(pid: int, name: str = "VmHWM") -> float:
    """MB that a process has, or had at most."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+)", text)[1]) * 1024 / MB  # type: ignore[index]


def spent(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def opened(browser: Any, address: str) -> tuple[Any, float, float]:
    """Open the page and its viewer; return it and the seconds until pixels, and until objects."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    asked: list[str] = []
    page.on("response", lambda answer: asked.append(answer.url))
    begun = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("body[data-ready]", timeout=300_000)
    with page.expect_response(lambda answer: "/api/raw?" in answer.url, timeout=300_000):
        page.keyboard.press("v")
    pixels = time.perf_counter() - begun
    while not any("/api/ids?" in each for each in asked):
        page.wait_for_timeout(20)
    return page, pixels, time.perf_counter() - begun


def point_at_object(page: Any, turn: int) -> None:
    """Move the mouse until there is an object under it."""
    box = page.locator("#canvas").bounding_box()
    for k in range(400):
        row, column = divmod(37 * turn + k, 20)
        page.mouse.move(box["x"] + 150 + 23 * column, box["y"] + 150 + 17 * (row % 20))
        if (page.text_content("#hover") or "").startswith("object"):
            return
    raise AssertionError("no object is seen")


def clicks(page: Any) -> tuple[float, float]:
    """Milliseconds from a click to its own repaint, and to the prediction of a new model."""
    page.evaluate(f"({WATCH})()")
    page.wait_for_timeout(3000)
    found, known, turn = [], 0, 0
    for k in range(CLICKS + 1):
        while True:  # far away, the voxel under the mouse may lie beside the object that is seen
            point_at_object(page, turn := turn + 1)
            page.keyboard.press(str(k % 2 + 1))
            page.wait_for_timeout(400)
            if page.evaluate("seen.some(([name]) => name === 'paint')"):
                break
        newer = "seen.some(([n]) => Number(n.split(' ')[1]) > known)"
        page.wait_for_function(f"(known) => {newer}", arg=known, timeout=60_000)
        page.wait_for_timeout(2500)
        seen = page.evaluate("seen")
        begun, models = seen[0][1], [n for n, _ in seen if n.startswith("model")]
        known = max(int(name.split()[1]) for name in models)
        new = next(t for n, t in seen if n == f"model {known}") - begun
        paint = next(t for n, t in seen if n == "paint") - begun
        found.append((paint, new))
    print("clicks", [(round(a), round(b)) for a, b in found[1:]])
    return median(a for a, _ in found[1:]), median(b for _, b in found[1:])


@pytest.mark.parametrize(
    ("size", "pitch"), [(2048, 46), (4096, 18), (8192, 8)], ids=["2,000", "50,000", "1,000,000"]
)
def test_a_click_is_seen_at_once_and_what_it_teaches_soon(
    browser: Any, tmp_path: Path, size: int, pitch: int
) -> None:
    workflow = write_workflow(tmp_path, size, pitch)
    for turn in ("first start", "stored"):
        with labelled(workflow) as (address, pid, _):
            page, pixels, objects = opened(browser, address)
            print(
                f"\n{turn}: first pixels {pixels:.2f} s, objects {objects:.2f} s, "
                f"server {spent(pid):.1f} CPU s"
            )
            if turn == "stored":
                if pitch < 10:
                    page.mouse.move(600, 400)
                    for _ in range(30):
                        page.mouse.wheel(0, -100)
                    page.wait_for_timeout(3000)
                before = spent(pid)
                repaint, predicted = clicks(page)
                print(f"repaint {repaint:.0f} ms, new prediction {predicted:.0f} ms")
                print(f"server {(spent(pid) - before) / CLICKS:.2f} CPU s a click")
                page.keyboard.press("g")
                page.wait_for_selector(".tile:nth-child(20) img", timeout=300_000)
                page.wait_for_timeout(3000)
                turns = []
                for _ in range(6):
                    turns.append(page.evaluate(GALLERY))
                    page.wait_for_timeout(2500)
                print(f"gallery pages {[round(t) for t in turns]} ms")
                image = size * size * 5 / MB
                print(
                    f"server {resident(pid):.0f} MB at most, of which {image:.0f} MB image and ids"
                )
            page.close()


def test_a_plate_of_two_thousand_images_opens_at_once(browser: Any, tmp_path: Path) -> None:
    workflow = write_workflow(tmp_path, 128, 32, images=2000)
    for turn in ("first start", "stored"):
        with labelled(workflow) as (address, pid, said):
            begun = time.perf_counter()
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(address)
            page.wait_for_selector("body[data-ready]", timeout=300_000)
            page.wait_for_selector(".tile:nth-child(20) img", timeout=300_000)
            print(f"\n{turn}: address after {said:.2f} s, a page of cut-outs "
                  f"{time.perf_counter() - begun:.2f} s later; {spent(pid):.1f} CPU s, "
                  f"{resident(pid):.0f} MB")  # fmt: skip
            page.close()


def test_a_volume_of_512_cubed_opens_without_being_read(browser: Any, tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    raw, ids = discs(512, 32)
    for name, plane in (("raw", raw), ("cells", ids)):
        group = zarr.open_group(tmp_path / f"{name}.zarr", mode="w", zarr_format=2)
        made = group.create_array("0", shape=(512,) * 3, chunks=(64,) * 3, dtype=plane.dtype,
                                  chunk_key_encoding={"name": "v2", "separator": "/"})  # fmt: skip
        for z in range(0, 512, 64):
            made[z : z + 64] = np.broadcast_to(
                plane if 100 < z < 400 else 0 * plane, (64, 512, 512)
            )
        axes = [{"name": a, "type": "space", "unit": "micrometer"} for a in "zyx"]
        level = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 1]}]}
        group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": [level]}]
    paths = {"raw": "raw.zarr", "cells": "cells.zarr", "axes": "zyx"}
    (tmp_path / "cells.yaml").write_text(WORKFLOW.format(**paths))
    for turn in ("first start", "stored"):
        with labelled(tmp_path / "cells.yaml") as (address, pid, said):
            page, pixels, objects = opened(browser, address)
            print(f"\n{turn}: address after {said:.2f} s, first pixels {pixels:.2f} s "
                  f"later, objects {objects:.2f} s; "
                  f"{spent(pid):.1f} CPU s, {resident(pid):.0f} MB")  # fmt: skip
            page.close()
