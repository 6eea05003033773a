"""How far a classifier trained here agrees with the stored forest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from written_ilp import write_ilp

from objclass.data.objects import Prediction
from objclass.ilastik.agreement import Agreement, agreement
from objclass.ilastik.project import read_ilp
from objclass.ilastik.trained import model_of

COLUMNS = {"ilastik_Count": np.array([20.0, 36.0]), "ilastik_Mean": np.array([10.0, 50.0])}


def prediction(*rows: list[float]) -> Prediction:
    p = np.array(rows)
    ids = np.arange(1, len(rows) + 1, dtype=np.uint64)
    return Prediction(ids, p.argmax(axis=1).astype(np.uint8) + 1, p, np.zeros(len(rows)))


def test_classes_are_compared_by_name(tmp_path: Path) -> None:
    """The forest says small (¾, ¼) and large (0, 1)."""
    stored = model_of(read_ilp(write_ilp(tmp_path / "p.ilp")))
    same = agreement(stored, ("large", "small"), prediction([0.25, 0.75], [1, 0]), [1, 2], COLUMNS)
    assert same == Agreement(2, 2, 0.0)
    other = agreement(stored, ("small", "large"), prediction([0.25, 0.75], [0, 1]), [1, 2], COLUMNS)
    assert other == Agreement(2, 1, 0.25)
    assert str(other).startswith("1 of 2 objects get the class")


def test_agreements_add_up_and_none_is_none() -> None:
    assert Agreement(2, 1, 0.5) + Agreement(2, 2, 0.0) == Agreement(4, 3, 0.25)
    assert Agreement(0, 0, 0.0) + Agreement(0, 0, 0.0) == Agreement(0, 0, 0.0)
    assert "no objects" in str(Agreement(0, 0, 0.0))


def test_no_objects_are_no_agreement(tmp_path: Path) -> None:
    stored = model_of(read_ilp(write_ilp(tmp_path / "p.ilp")))
    nothing = Prediction(
        np.empty(0, np.uint64), np.empty(0, np.uint8), np.empty((0, 2)), np.empty(0)
    )
    empty = {name: np.empty(0) for name in COLUMNS}
    assert agreement(stored, stored.classes, nothing, [], empty).objects == 0
