"""The examples of all images as one table: what a model learns from is what a project keeps."""

from __future__ import annotations

import numpy as np

from objclass.engine.artifact import Artifact, Record
from objclass.engine.node import JoinedInput
from objclass.nodes.classifier.learning import joined_rows
from objclass.nodes.classifier.summary import ExampleSummary


def examples(image: str, digest: str, *objects: int) -> JoinedInput:
    """Return the examples of an image: one object a row, whose number is its only value."""
    n = len(objects)
    record = Record(
        {
            "X": np.array(objects, float).reshape(n, 1),
            "y": np.arange(n, dtype=np.int64) % 2,
            "position": np.array([[0, 1, 2, k] for k in objects], np.int64).reshape(n, 4),
            "object": np.array(objects, np.uint64),
            "stamp": np.array([f"o{k}" for k in objects], "S11"),
        }
    )
    told = ExampleSummary(n)
    return JoinedInput(image, None, Artifact(digest), None, told, load=lambda: record)  # type: ignore[arg-type]


def test_rows_stand_in_the_order_of_digests_and_keep_where_they_are_from() -> None:
    found = joined_rows([examples("a", "d2", 5, 6), examples("b", "d1", 7)], ["size"])
    assert found.examples.X.tolist() == [[7.0], [5.0], [6.0]]
    assert found.examples.y.tolist() == [0, 0, 1]
    assert found.image == ("b", "a", "a")
    assert found.stamp.tolist() == [b"o7", b"o5", b"o6"]
    assert found.origin == [
        {"image": "b", "position": [0, 1, 2, 7], "object": 7},
        {"image": "a", "position": [0, 1, 2, 5], "object": 5},
        {"image": "a", "position": [0, 1, 2, 6], "object": 6},
    ]


def test_an_image_without_examples_is_left_out() -> None:
    found = joined_rows([examples("a", "d1"), examples("b", "d2", 3)], ["size"])
    assert found.image == ("b",)


def test_an_id_beyond_what_a_float_holds_stays_itself() -> None:
    assert joined_rows([examples("a", "d1", 2**53 + 1)], ["size"]).object == (2**53 + 1,)


def test_no_examples_are_an_empty_table_of_the_same_columns() -> None:
    found = joined_rows([], ["size", "mean"])
    assert found.examples.X.shape == (0, 2)
    assert (found.position.shape, found.origin) == ((0, 4), [])
