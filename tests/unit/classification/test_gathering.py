"""Learning from plain tables and matches, as a notebook does it: no node, no engine."""

from __future__ import annotations

import numpy as np

from objclass.annotations.matches import ImageExamples as Matched
from objclass.classification import fit, predict
from objclass.classification.gathering import gathered, join
from objclass.data.objects import ObjectTable
from objclass.evaluation.quality import evaluation

SIZE = {0: [10.0, 90.0, 11.0, 91.0], 1: [92.0, 12.0, 93.0, 13.0]}
"""Size of the objects 2, 4, 6 and 8 of two frames."""


def sizes(frame: int) -> ObjectTable:
    return ObjectTable(np.array([2, 4, 6, 8], np.uint64), {"size": np.array(SIZE[frame])})


def means(frame: int) -> ObjectTable:
    ids = np.array([2, 4, 6, 8], np.uint64)
    return ObjectTable(ids, {"mean": np.array([1.0, 2, 3, 4]) + 10 * frame})


def matched(*said: tuple[int, int, str]) -> Matched:
    """Frame, id and class of every annotated object."""
    frames = np.array([frame for frame, _, _ in said], np.int64)
    ids = np.array([number for _, number, _ in said], np.uint64)
    position = np.zeros((len(said), 4), np.int64)
    return Matched(frames, ids, position, tuple(name for _, _, name in said))


SAID = matched((0, 8, "large"), (0, 2, "small"), (1, 4, "small"), (1, 6, "large"))


def test_every_annotated_object_brings_its_row_of_its_frame_from_the_table_of_each_column() -> None:
    X, y = gathered(SAID, [means, sizes], ("size", "mean"), ("large", "small"))
    assert X.tolist() == [[91, 4], [10, 1], [12, 12], [93, 13]]
    assert y.tolist() == [0, 1, 1, 0]


def test_joined_images_keep_their_order_and_the_same_examples_twice_are_one_image() -> None:
    X, y = gathered(SAID, [sizes], ("size",), ("large", "small"))
    found = join([("b", X, y), ("a", X[:1], y[:1]), ("b", X, y)], ("size",), ("voxel",))
    assert found.X[:, 0].tolist() == [91, 10, 12, 93, 91, 91, 10, 12, 93]
    assert found.image is not None
    assert found.image.tolist() == [1, 1, 1, 1, 0, 1, 1, 1, 1]
    assert (found.units, found.images) == (("voxel",), 2)


def test_no_image_gives_no_example() -> None:
    assert join([], ("size",)).X.shape == (0, 1)


def test_a_table_and_matches_are_enough_to_train_score_and_predict() -> None:
    X, y = gathered(SAID, [sizes], ("size",), ("large", "small"))
    examples = join([("a", X, y)], ("size",))
    model = fit(examples, ("large", "small"))
    assert evaluation(model, examples).facts["examples"] == {"large": 2, "small": 2}
    table = sizes(0)
    assert predict(model, table.ids, table.columns).code.tolist() == [2, 1, 2, 1]
