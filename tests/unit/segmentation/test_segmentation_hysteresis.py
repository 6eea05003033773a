"""Components that hold a core."""

from __future__ import annotations

import numpy as np
from plain_segmentation import drawn

from objclass.segmentation.hysteresis import holding, hysteresis
from objclass.segmentation.pieces import ComponentRuns

LOW = drawn("11.22", "11..2", "..3..")


def test_a_component_without_a_core_is_dropped() -> None:
    cores = drawn("1....", ".....", "..1..")
    np.testing.assert_array_equal(hysteresis(LOW, cores), drawn("11...", "11...", "..2.."))


def test_a_core_outside_of_every_component_keeps_nothing() -> None:
    assert not hysteresis(LOW, drawn("..1..", ".....", ".....")).any()


def test_blocks_say_which_ids_hold_a_core() -> None:
    left = holding(LOW[:, :2], drawn("1.", "..", ".."), 3)
    right = holding(LOW[:, 2:], drawn("...", "..1", "..."), 3)
    np.testing.assert_array_equal(left | right, [False, True, True, False])


def test_pieces_name_core_and_component_that_share_a_voxel() -> None:
    low, cores = ComponentRuns.of(drawn("1111.11") != 0), ComponentRuns.of(drawn("1.1..1.") != 0)
    np.testing.assert_array_equal(low.held(cores), [[1, 1], [2, 1], [3, 2]])


def test_a_core_of_another_class_is_no_core() -> None:
    low, cores = ComponentRuns.of(drawn("1122")), ComponentRuns.of(drawn("2.2."))
    np.testing.assert_array_equal(low.held(cores), [[2, 2]])
