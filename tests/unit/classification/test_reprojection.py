"""Components of examples, along axes in which what is held out had no part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from objclass.classification import Examples, ForestSettings
from objclass.classification.normalizing import learn_scale
from objclass.classification.reprojection import EmbeddedFrame, Reprojection
from objclass.evaluation.held_out import hold_out

IDS = np.arange(1, 9, dtype=np.uint64)
LOW = np.array([[1, 0], [-1, 0], [2, 0], [-2, 0], [3, 0], [-3, 0], [4, 0], [-4, 0]], float)
HIGH = LOW[:, ::-1] * 100
"""Objects of image a lie along the first number, those of b, a hundred times as far, along the
second."""


def frame(image: str, values: np.ndarray, t: int = 0) -> EmbeddedFrame:
    return EmbeddedFrame(image, t, lambda: (IDS, values))


def of_two_images(**more: object) -> Reprojection:
    """Objects 2 to 5 of each image are examples."""
    ids = np.tile(np.arange(2, 6, dtype=np.uint64), 2)
    image = ["a"] * 4 + ["b"] * 4
    frames = [frame("a", LOW), frame("b", HIGH)]
    return Reprojection({"emb_component_1": 0}, 1, frames, image, np.zeros(8, int), ids, **more)  # type: ignore[arg-type]


A, B, NONE = np.arange(8) < 4, np.arange(8) >= 4, np.zeros(8, bool)


def test_an_image_that_is_held_out_has_no_part_in_the_axes() -> None:
    found = of_two_images()
    assert found.components(NONE)[:, 0].round(9).tolist() == [0, 0, 0, 0, -100, 200, -200, 300]
    assert found.components(B)[:, 0].round(9).tolist() == [-1, 2, -2, 3, 0, 0, 0, 0]
    assert found.components(A)[:, 0].round(9).tolist() == [0, 0, 0, 0, -100, 200, -200, 300]


def test_of_an_image_with_other_examples_only_the_held_out_objects_have_no_part() -> None:
    values = np.zeros((8, 2))
    values[:, 0] = [1, -1, 1, -1, 1, -1, 1, -1]
    values[1] = [0, 50]
    values[2] = [0, -50]
    held = np.array([True, True, False, False])
    found = Reprojection(
        {"c": 0}, 1, [frame("a", values)], ["a"] * 4, np.zeros(4, int), IDS[1:5]
    ).components(held)
    assert found[:, 0].round(9).tolist() == [0, 0, -1, 1]


def test_images_that_are_kept_for_scoring_have_no_part_whatever_is_held_out() -> None:
    found = of_two_images(outside=frozenset({"b"}))
    assert found.components(NONE)[:, 0].round(9).tolist() == [-1, 2, -2, 3, 0, 0, 0, 0]


def test_components_become_z_scores_of_their_group_along_the_new_axes() -> None:
    found = of_two_images(groups={"a": "p1", "b": "p2"}).components(A)[:, 0]
    scale = learn_scale([HIGH[:, 1:]], ["c"])
    assert np.allclose(found[4:], scale.normalize(HIGH[1:5, 1:])[:, 0])
    assert found[:4].tolist() == [0, 0, 0, 0]


def test_a_frame_is_told_from_another_of_its_image() -> None:
    frames = [frame("a", LOW), frame("a", 10 * LOW, 1)]
    found = Reprojection({"c": 0}, 1, frames, ["a", "a"], np.array([0, 1]), IDS[:2])
    assert found.components(NONE[:2])[:, 0].round(9).tolist() == [1, -10]


@pytest.mark.parametrize("without", ["b", "a"])
def test_what_is_held_out_is_predicted_from_components_that_it_had_no_part_in(
    without: str,
) -> None:
    """The column that was learned with all images is no part of the model that is scored."""
    X = np.stack([np.full(8, 7.0), np.arange(8.0)], axis=1)
    y = np.array([0, 1, 0, 1] * 2)
    examples = Examples(X, y, ("emb_component_1", "size"), image=np.repeat([0, 1], 4))
    anew = replace(examples, reprojection=of_two_images())
    fold = np.repeat([0, 1], 4)
    parts = list(hold_out(anew, fold, ("s", "t"), ForestSettings(trees=3), 0))
    (seen,) = [part for part in parts if part.test[0] == (without == "a")]
    expected = of_two_images().components(seen.test)[seen.test, 0]
    assert seen.X[:, 0].tolist() == expected.tolist()
    assert seen.X[:, 1].tolist() == X[seen.test, 1].tolist()
    plain = list(hold_out(examples, fold, ("s", "t"), ForestSettings(trees=3), 0))
    assert all((part.X[:, 0] == 7).all() for part in plain)
