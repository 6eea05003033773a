"""``overlay: {…}``: formats, planes and frames that a person chooses, and films of a series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from commands import Answer, objclass

from workflows import SHAPE, deep, flat, rows, series, several

SCALE = 16
"""An image of 48 by 64 is enlarged so."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(overlay: str, command: str = "run", *more: str) -> Answer:
    """Run with one overlay."""
    sets = ("--set", "out.image=raw", "--set", f"out.write={{overlay: {overlay}}}")
    return objclass(command, "cells.yaml", *sets, *more)


def pixels(path: str, frame: int = 0) -> np.ndarray:
    """The picture above its legend."""
    with PIL.Image.open(path) as image:
        image.seek(frame)
        shown = np.asarray(image.convert("RGB")).astype(int)
    return shown[: SCALE * SHAPE[0]]


def colored(picture: np.ndarray) -> int:
    """How many pixels are not grey."""
    return int((np.ptp(picture, axis=2) > 12).sum())


@pytest.mark.parametrize("suffix", ["jpg", "jpeg", "bmp", "gif"])
def test_every_format_shows_the_same_picture(here: Path, suffix: str) -> None:
    flat(here)
    assert run("a.png").code == 0
    assert run(f"b.{suffix}").code == 0
    off = np.abs(pixels("a.png") - pixels(f"b.{suffix}"))
    assert off.mean() < (0.01 if suffix == "bmp" else 4)


def test_a_plane_shows_the_objects_in_it_alone(here: Path) -> None:
    """The discs lie in the planes 1 to 3 of six."""
    deep(here)
    for plane in ("0", "2", "max", "middle"):
        assert run(f"{{path: p{plane}.png, plane: {plane}}}").code == 0
    assert colored(pixels("p0.png")) == 0
    assert colored(pixels("p2.png")) > 10_000
    assert colored(pixels("pmiddle.png")) > 10_000
    assert run("usual.png").code == 0
    assert (pixels("usual.png") == pixels("pmax.png")).all()


def test_a_gif_of_a_series_has_a_frame_for_every_time(here: Path) -> None:
    series(here)
    assert run("{path: film.gif, seconds: 0.5}").code == 0
    with PIL.Image.open("film.gif") as image:
        assert (image.n_frames, image.info["duration"]) == (3, 500)
    for frame in range(3):
        assert run(f"{{path: f{frame}.gif, t: {frame}}}").code == 0
        assert np.abs(pixels("film.gif", frame) - pixels(f"f{frame}.gif")).mean() < 6


def test_the_frame_and_its_time_stand_below(here: Path) -> None:
    """A picture with a time has another legend; the image above is the same."""
    series(here)
    assert run("{path: a.png, t: 2}").code == 0
    assert run("{path: b.png, t: 2}", "run", "--set", "raw.time_step=1.5 min").code == 0
    assert (pixels("a.png") == pixels("b.png")).all()
    below = [np.asarray(PIL.Image.open(p))[SCALE * SHAPE[0] :] for p in ("a.png", "b.png")]
    assert below[0].shape != below[1].shape or (below[0] != below[1]).any()


@pytest.mark.parametrize(
    ("images", "overlay", "said"),
    [
        (flat, "{path: o.png, plane: 2}", "plane: the image has no axis z; got 2; remove it"),
        (flat, "{path: o.png, t: 0}", "t: the image has no axis t; got 0; remove it"),
        (flat, "{path: o.gif, seconds: 1}", "seconds are about frames that follow each other"),
        (deep, "{path: o.png, plane: 6}", "there is no such place along z; got 6; expected 0 to 5"),
        (series, "{path: o.png, t: 3}", "there is no such place along t; got 3; expected 0 to 2"),
        (series, "{path: o.png, t: all}", "a picture shows one frame; got o.png; remove it"),
        (series, "{path: o.jpg, seconds: 1}", "seconds are about frames that follow each other"),
        (series, "{path: o.gif, t: 1, seconds: 1}", "seconds are about frames"),
        (flat, "o.webp", "overlay cannot be written in this format; got o.webp"),
    ],
)  # fmt: skip
def test_what_a_picture_cannot_show_is_refused(
    here: Path, images: object, overlay: str, said: str
) -> None:
    images(here)  # type: ignore[operator]
    answer = run(overlay, "validate")
    assert answer.code == 2
    assert said in answer.err


def test_a_batch_keeps_the_format_and_the_projection_of_the_workflow(here: Path) -> None:
    bench = deep(here)
    bench.edit(
        ("from: predicted\n", "from: predicted\n    image: raw\n"),
        ("predictions: results/{image}_classes.tif", "overlay: {path: o.jpg, plane: middle}"),
    )
    assert objclass("run", "cells.yaml").code == 0
    new = ("--raw", "raw.tif", "--prediction-map", "prob.h5", "--out", "new")
    answer = objclass("batch", "cells.objclass.h5", *new)
    assert answer.code == 0, answer.err
    ours, theirs = (PIL.Image.open(p) for p in ("o.jpg", "new/raw_overlay.jpg"))
    assert ours.size == theirs.size
    assert (np.asarray(ours) == np.asarray(theirs)).all()


# --- montages -------------------------------------------------------------------------------


def plate(folder: Path) -> None:
    """Two wells with two sites each."""
    bench = several(folder, ("B2_1", "B2_2", "B3_1", "B3_2"))
    bench.edit(
        ("{name}", "{well}_{site}"), ("from: predicted\n", "from: predicted\n    image: raw\n")
    )
    bench.annotate([(c, y, x, "B2", "1") for c, y, x, *_ in rows()], "class,y,x,well,site")


def montage(options: str, command: str = "run") -> Answer:
    """Run with a montage."""
    return objclass(command, "cells.yaml", "--set", f"out.write={{montage: {options}}}")


def test_a_montage_shows_every_image_under_its_well(here: Path) -> None:
    plate(here)
    answer = montage("{path: m.png, side: 64}")
    assert answer.code == 0, answer.err
    with PIL.Image.open("m.png") as image:
        shown = np.asarray(image.convert("RGB")).astype(int)
    dark = shown.sum(axis=2) < 500
    columns = np.flatnonzero(dark[41])  # above every disc
    gaps = np.flatnonzero(np.diff(columns) > 3)
    assert len(gaps) + 1 == 4, "four images side by side: two wells of two sites"
    again = montage("{path: m.png, side: 64}")
    assert "cached" in again.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{path: m.png, by: [wel]}", "no image has a name 'wel'; expected well, site; did you"),
        ("{path: m.png, side: 8}", "write.montage.side must be at least 32; got 8"),
        ("{path: m.png, plane: max}", "plane: the image has no axis z; got max; remove it"),
        ("m.tif", "montage cannot be written in this format; got m.tif"),
    ],
)  # fmt: skip
def test_what_a_montage_cannot_show_is_refused(here: Path, options: str, said: str) -> None:
    plate(here)
    answer = montage(options, "validate")
    assert answer.code == 2
    assert said in answer.err


def test_a_sheet_that_no_program_opens_is_refused_before_work(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plate(here)
    monkeypatch.setattr("objclass.nodes.export.montage.MOST_PIXELS", 40_000)
    answer = montage("m.png", "validate")
    assert answer.code == 2
    assert (
        "the sheet would be too large; got 4 images of 260 pixels; expected at most" in answer.err
    )
    assert "put a name such as {plate} into its path, or write side: 100" in answer.err
    assert montage("{path: m.png, side: 100}", "validate").code == 0
    assert "too large" not in montage('{path: "m{well}{site}.png", side: 200}', "validate").err


def test_a_batch_works_off_images_one_by_one_and_makes_no_montage(here: Path) -> None:
    plate(here)
    assert montage("m.png").code == 0
    new = ("--raw", "raw/{well}_{site}.tif", "--prediction-map", "prob/{well}_{site}.h5")
    answer = objclass("batch", "cells.objclass.h5", *new, "--out", "new", "--export", "montage")
    assert answer.code == 2
    assert "--export montage: it is one of all images" in answer.err
    assert "write it in a workflow, by objclass run" in answer.err
