"""``objclass look``: what a node found, seen without an export node."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import objclass
from PIL import Image

import workflows
from objclass.painting.colors import OKABE_ITO
from objclass.preview.picture import PLAIN, UNCERTAIN, middles
from workflows import CENTERS, RADII, deep, flat, labelled, series, several

LARGE, SMALL = (tuple(int(c[k : k + 2], 16) for k in (1, 3, 5)) for c in OKABE_ITO[:2])
YELLOW = tuple(int(PLAIN[k : k + 2], 16) for k in (1, 3, 5))


def seen(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def colors(picture: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(pixel) for pixel in picture.reshape(-1, 3)}


def scale_of(picture: np.ndarray) -> int:
    return picture.shape[1] // 64


def around(picture: np.ndarray, k: int) -> np.ndarray:
    """The square of a disc and one voxel around it."""
    scale = scale_of(picture)
    (y, x), r = CENTERS[k], RADII[k] + 1
    return picture[(y - r) * scale : (y + r + 1) * scale, (x - r) * scale : (x + r + 1) * scale]


def test_predictions_are_outlined_in_the_colours_of_their_classes(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    answer = objclass("look", bench.file)
    assert answer.code == 0
    assert answer.lines == [
        "predicted  12 objects, 8 annotated  (image raw)",
        f"wrote   {workflows.os.path.relpath(tmp_path / 'cells_predicted.look.png')}",
    ]
    picture = seen(tmp_path / "cells_predicted.look.png")
    ran = bench.run()
    found, ids = ran.data("predicted"), ran.labels("nuclei").read()
    codes = dict(zip(found.ids, found.code, strict=True))
    for k, center in enumerate(CENTERS):
        code = codes[ids[center]]
        mine, other = (LARGE, SMALL) if code == 1 else (SMALL, LARGE)
        assert mine in colors(around(picture, k))
        if k not in workflows.ANNOTATED:  # others have a dot too
            assert other not in colors(around(picture, k))


def test_nothing_but_outlines_changes_what_is_to_be_judged(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    for name, more in (("plain.png", ()), ("filled.png", ("--fill",))):
        objclass("look", bench.file, "--node", "nuclei", "-o", tmp_path / name, *more)
    plain, filled = (seen(tmp_path / name) for name in ("plain.png", "filled.png"))
    y, x = (v * scale_of(plain) + 3 * scale_of(plain) for v in CENTERS[11])
    assert len(set(plain[y - 60, x - 60])) == 1  # grey, without the tint
    assert YELLOW in colors(around(plain, 0))
    assert (plain != filled).any()


def test_an_annotated_object_has_a_dot_in_the_colour_of_its_class(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    objclass("look", bench.file, "--node", "nuclei", "-o", tmp_path / "n.png")
    picture = seen(tmp_path / "n.png")
    for k in workflows.ANNOTATED:
        y, x = (v * scale_of(picture) + scale_of(picture) // 2 for v in CENTERS[k])
        assert tuple(picture[y, x]) == (LARGE if RADII[k] == 6 else SMALL)


def test_a_stopped_classifier_leaves_a_picture_of_the_objects(tmp_path: Path) -> None:
    bench = flat(tmp_path).stamp()
    answer = objclass("look", bench.file, "--set", "nuclei.threshold=0.4")
    assert answer.code == 0
    assert answer.lines[0].startswith("note: no predictions: classes stopped: ")
    assert answer.lines[1] == "predicted  12 objects, 6 annotated  (image raw)"


@pytest.mark.parametrize(("plane", "number"), [("1", 12), ("0", 0), ("max", 12)])
def test_a_plane_of_a_volume_is_chosen(tmp_path: Path, plane: str, number: int) -> None:
    """The discs lie in the planes 1 to 3 of 6."""
    bench = deep(tmp_path)
    out = tmp_path / "z.png"
    answer = objclass("look", bench.file, "--node", "nuclei", "--plane", plane, "-o", out)
    assert f"plane {plane}" in answer.lines[0]
    assert (YELLOW in colors(around(seen(out), 3))) == (number > 0)


def test_by_default_the_plane_is_one_that_most_objects_cross(tmp_path: Path) -> None:
    answer = objclass("look", deep(tmp_path).file, "--node", "nuclei", "--json")
    assert json.loads(answer.out)["plane"] == 1


def test_a_frame_is_chosen_and_others_are_not_made(tmp_path: Path) -> None:
    """Annotations join the frames: with them, the objects of all frames are needed."""
    bench = series(tmp_path)
    bench.annotations.unlink()
    answer = objclass("look", bench.file, "--node", "nuclei", "--frame", 2)
    assert answer.lines[0].endswith("(image raw, frame 2)")
    cached = [o.status for o in bench.run(until="nuclei").outcomes if o.step.node == "nuclei"]
    assert sorted(cached) == ["cached", "ran", "ran"]


def test_one_of_several_images_is_shown_and_only_that_is_made(tmp_path: Path) -> None:
    bench = several(tmp_path)
    answer = objclass("look", bench.file, "--node", "nuclei", "--image", "b")
    assert answer.lines[0].endswith("(image b)")
    assert (tmp_path / "cells_nuclei_b.look.png").exists()
    made = [o for o in bench.run(until="nuclei").outcomes if o.step.node == "nuclei"]
    assert {o.step.image: o.status for o in made} == {"a": "ran", "b": "cached", "c": "ran"}


def test_a_label_image_is_looked_at_as_it_is(tmp_path: Path) -> None:
    answer = objclass("look", labelled(tmp_path).file, "--numbers")
    assert answer.code == 0
    assert answer.lines[0].split()[1:3] == ["12", "objects"]


def test_the_neighbourhood_of_one_object_is_shown_larger(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    objclass("look", bench.file, "--node", "nuclei", "--object", 1, "-o", tmp_path / "one.png")
    one = seen(tmp_path / "one.png")
    assert one.shape[1] >= 64 * 16


def test_uncertainty_has_colours_of_its_own(tmp_path: Path) -> None:
    objclass("look", flat(tmp_path).file, "--color", "uncertainty", "-o", tmp_path / "u.png")
    blue = tuple(int(UNCERTAIN[0][k : k + 2], 16) for k in (1, 3, 5))
    assert blue in colors(seen(tmp_path / "u.png"))


def test_a_run_until_a_node_says_how_to_look_at_it(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    answer = objclass("run", bench.file, "--until", "nuclei")
    command = answer.lines[-1].split()
    assert command[:3] == ["look", "objclass", "look"]
    assert objclass(*command[2:]).code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("--node", "raw"),
            "--node raw: it makes no objects; expected nuclei, measured, classes, predicted",
        ),
        (
            ("--node", "nucle"),
            "--node nucle: there is no such node; expected nuclei, measured, classes, predicted; "
            "did you mean nuclei?",
        ),
        (("--image", "x"), "--image x: there is no such image; expected raw"),
        (("--frame", "1"), "--frame 1: the image has no time axis; leave --frame out"),
        (("--plane", "1"), "--plane 1: the image has no z axis; leave --plane out"),
        (("--object", "99"), "--object 99: this frame has no such object; got 12 objects"),
    ],
)
def test_what_does_not_exist_is_named(tmp_path: Path, words: tuple[str, str], says: str) -> None:
    answer = objclass("look", flat(tmp_path).file, *words)
    assert (answer.code, answer.err.splitlines()[-1]) == (2, says)


def test_a_picture_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    mine = tmp_path / "cells_nuclei.look.png"
    Image.new("RGB", (3, 3)).save(mine)
    before = mine.read_bytes()
    objclass("look", bench.file, "--node", "nuclei")
    assert mine.read_bytes() == before
    assert (tmp_path / "cells_nuclei.look_2.png").exists()


def test_the_middle_of_an_object_is_a_pixel_of_its_own() -> None:
    ring = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 2]])
    assert middles(ring)[2] == (2, 2)
    y, x = middles(ring)[1]
    assert ring[y, x] == 1
    assert middles(np.zeros((2, 2), int)) == {}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("-o", "a.jpg"), "-o a.jpg: pictures are PNG files; got .jpg; such as -o a.png"),
        (
            ("--node", "nuclei", "--color", "uncertainty"),
            "--color uncertainty: 'nuclei' predicts nothing; leave --color out, or name a node "
            "that predicts",
        ),
        (
            ("--node", "nuclei", "--object", "1", "--plane", "5"),
            "--plane 5: object 1 is not there; expected 1 to 3; --plane 2 shows its middle",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    answer = objclass("look", deep(tmp_path).file, *words)
    assert (answer.code, answer.err.splitlines()[-1]) == (2, says)


def test_an_object_of_a_volume_is_shown_in_its_middle(tmp_path: Path) -> None:
    answer = objclass("look", deep(tmp_path).file, "--node", "nuclei", "--object", 1, "--json")
    assert json.loads(answer.out)["plane"] == 2
