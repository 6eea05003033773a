"""vigra's forests: their trees walked as stored and as our arrays give the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from written_ilp import LEAF, TREES, put, write_forest, write_ilp

from objclass.classification import evaluate
from objclass.errors import InputError
from objclass.ilastik.contents import StoredForest, StoredTree
from objclass.ilastik.forest import as_model
from objclass.ilastik.project import read_ilp

COLUMNS = ("a", "b", "c")


def stored(*trees: tuple[Sequence[int], Sequence[float]], columns: int = 3) -> StoredForest:
    """A forest of two classes."""
    made = tuple(
        StoredTree(np.array(topology, np.int32), np.array(parameters, np.float64))
        for topology, parameters in trees
    )
    return StoredForest(columns, (1, 2), made)


def walked(tree: StoredTree, x: NDArray[np.float32], classes: int) -> NDArray[np.float64]:
    """The leaf of a row, found as vigra finds it."""
    at = 2
    while not tree.topology[at] & LEAF:
        left, right, column = tree.topology[at + 2 : at + 5]
        limit = tree.parameters[tree.topology[at + 1] + 1]
        at = left if float(x[column]) < limit else right
    first = tree.topology[at + 1] + 1
    return tree.parameters[first : first + classes]


def grown(random: np.random.RandomState, depth: int) -> StoredTree:
    """A random tree as vigra writes it: children behind their parent, parameters in a row."""
    topology: list[int] = [3, 2]
    parameters: list[float] = []

    def add(level: int) -> int:
        place, first = len(topology), len(parameters)
        if level == 0 or random.rand() < 0.2:
            share = random.rand()
            topology.extend((LEAF, first))
            parameters.extend((1.0, share, 1 - share))
            return place
        topology.extend((0, first, 0, 0, random.randint(3)))
        parameters.extend((2.0, random.randint(-3, 4) / 2))
        topology[place + 2] = add(level - 1)
        topology[place + 3] = add(level - 1)
        return place

    add(depth)
    return StoredTree(np.array(topology, np.int32), np.array(parameters, np.float64))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(1, 6), st.integers(0, 6))
def test_our_walk_is_vigra_s_walk(seed: int, trees: int, depth: int) -> None:
    random = np.random.RandomState(seed)
    forest = StoredForest(3, (1, 2), tuple(grown(random, depth) for _ in range(trees)))
    X = (random.randint(-4, 5, (40, 3)) / 2).astype(np.float32)
    expected = [sum(walked(t, x, 2) for t in forest.trees) / trees for x in X]
    np.testing.assert_array_equal(evaluate(as_model([forest], "xy", COLUMNS), X), expected)


@pytest.mark.parametrize(("value", "first"), [(0.4999, 1.0), (0.5, 0.0), (0.5001, 0.0)])
def test_a_value_on_the_threshold_goes_right(value: float, first: float) -> None:
    split = ((3, 2, 0, 0, 7, 9, 1, LEAF, 2, LEAF, 5), (1, 0.5, 1, 1, 0, 1, 0, 1))
    made = as_model([stored(split)], "xy", COLUMNS)
    assert evaluate(made, np.array([[0.0, value, 0.0]]))[0, 0] == first


def test_a_tree_may_be_a_single_leaf() -> None:
    made = as_model([stored(((3, 2, LEAF, 0), (1, 0.25, 0.75)))], "xy", COLUMNS)
    np.testing.assert_array_equal(evaluate(made, np.zeros((2, 3))), [[0.25, 0.75]] * 2)


def test_several_forests_are_one_over_all_their_trees() -> None:
    a = stored(((3, 2, LEAF, 0), (1, 1, 0)))
    b = stored(*[((3, 2, LEAF, 0), (1, 0, 1))] * 3)
    made = as_model([a, b], "xy", COLUMNS)
    np.testing.assert_array_equal(evaluate(made, np.zeros((1, 3))), [[0.25, 0.75]])


def test_a_class_without_a_column_has_probability_zero() -> None:
    forest = StoredForest(3, (3, 1), stored(((3, 2, LEAF, 0), (1, 0.2, 0.8))).trees)
    made = as_model([forest], ("x", "y", "z"), COLUMNS)
    np.testing.assert_array_equal(evaluate(made, np.zeros((1, 3))), [[0.8, 0.0, 0.2]])


def test_forests_of_different_classes_are_joined_by_their_numbers() -> None:
    one = StoredForest(3, (2,), stored(((3, 1, LEAF, 0), (1, 1.0))).trees)
    two = StoredForest(3, (1, 3), stored(((3, 2, LEAF, 0), (1, 0.5, 0.5))).trees)
    made = as_model([one, two], ("x", "y", "z"), COLUMNS)
    np.testing.assert_array_equal(evaluate(made, np.zeros((1, 3))), [[0.25, 0.5, 0.25]])


def test_a_forest_comes_out_of_a_file_as_it_was_written(tmp_path: Path) -> None:
    (forest,) = read_ilp(write_ilp(tmp_path / "p.ilp")).forests
    assert (forest.columns, forest.class_numbers, forest.rows) == (2, (1, 2), 2)
    assert [tuple(tree.topology) for tree in forest.trees] == [topology for topology, _ in TREES]
    assert [tuple(tree.parameters) for tree in forest.trees] == [values for _, values in TREES]


def test_several_forests_come_out_of_a_file(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        write_forest(file, TREES[:1], number=1)
    assert [len(forest.trees) for forest in read_ilp(path).forests] == [2, 1]


# -- what is refused ----------------------------------------------------------------------------


def refusal(*trees: tuple[Sequence[int], Sequence[float]], columns: int = 3) -> str:
    with pytest.raises(InputError) as caught:
        as_model([stored(*trees, columns=columns)], "xy", COLUMNS)
    return str(caught.value)


def test_both_numbers_of_columns_are_named() -> None:
    said = refusal(((5, 2, LEAF, 0), (1, 1, 0)), columns=5)
    assert "5 columns in the forest, 3 of the features" in said
    assert "train again" in said


@pytest.mark.parametrize(
    ("topology", "parameters", "said"),
    [
        ((3, 2), (1, 1, 0), "points out of its tree"),
        ((3, 2, LEAF), (1, 1, 0), "points out of its tree"),
        ((3, 2, 0, 0, 7, 99, 0, LEAF, 2, LEAF, 5), (1, 0, 1, 1, 0, 1, 0, 1), "points out of its"),
        ((3, 2, 0, 0, -9, 9, 0, LEAF, 2, LEAF, 5), (1, 0, 1, 1, 0, 1, 0, 1), "points out of its"),
        ((3, 2, 0, 0, 2, 2, 0), (1, 0), "point back at each other"),
        ((3, 2, LEAF, 1), (1, 1, 0), "has no parameters"),
        ((3, 2, LEAF, -1), (1, 1, 0), "has no parameters"),
        ((3, 2, 0, 0, 7, 9, -1, LEAF, 2, LEAF, 5), (1, 0, 1, 1, 0, 1, 0, 1), "column has no"),
        ((3, 2, 0, 0, 7, 9, 3, LEAF, 2, LEAF, 5), (1, 0, 1, 1, 0, 1, 0, 1), "out of range"),
        ((3, 2, 1, 0, 7, 9, 0, LEAF, 2, LEAF, 5), (1, 0, 1, 1, 0, 1, 0, 1), "hyperplane"),
        ((3, 2, LEAF, 0), (1, 0.7, 0.7), "out of range"),
        ((3, 2, LEAF, 0), (1, np.nan, 1), "out of range"),
        ((3, 2, 0, 0, 7, 9, 0, LEAF, 2, LEAF, 5), (1, np.nan, 1, 1, 0, 1, 0, 1), "threshold"),
    ],
)
def test_a_damaged_tree_is_refused(
    topology: Sequence[int], parameters: Sequence[float], said: str
) -> None:
    assert said in refusal((topology, parameters))


def test_a_tree_cannot_reach_into_its_neighbour() -> None:
    """Places count within a tree, so one cannot name a node of the next."""
    first = ((3, 2, 0, 0, 7, 11, 0, LEAF, 2), (1, 0, 1, 1, 0))
    second = ((3, 2, LEAF, 0), (1, 1, 0))
    assert "points out of its tree" in refusal(first, second)


def test_a_class_number_without_a_name_is_refused() -> None:
    with pytest.raises(InputError, match="classes that have no name"):
        as_model([stored(((3, 2, LEAF, 0), (1, 1, 0)))], "x", COLUMNS)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Forest0000/_ext_param/labels", np.array([1, 1], np.uint32), "classes of forest"),
        ("Forest0000/_ext_param/labels", np.array([0, 1], np.uint32), "classes of forest"),
        ("Forest0000/_ext_param/class_count_", np.array([3.0]), "classes of forest"),
        ("Forest0000/_options/predict_weighted_", np.array([1.0]), "weighs its leaves"),
        ("pickled_type", b"csklearn.ensemble\nRandomForestClassifier\np0\n.", "no random forest"),
        ("pickled_type", b"cos\nsystem\n(S'ls'\ntR.", "does not name a class"),
    ],
)
def test_a_file_with_another_classifier_is_refused(
    tmp_path: Path, name: str, value: object, said: str
) -> None:
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        put(file, f"ObjectClassification/ClassifierForests/{name}", value)
    with pytest.raises(InputError, match=said):
        read_ilp(path)


def test_a_forest_without_trees_is_refused(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp", forest=False)
    with h5py.File(path, "r+") as file:
        write_forest(file, trees=())
    with pytest.raises(InputError, match="has no tree"):
        read_ilp(path)
