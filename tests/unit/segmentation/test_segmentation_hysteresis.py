"""Components and the cores they hold."""

from __future__ import annotations

import numpy as np
from plain_segmentation import drawn

from objclass.segmentation.pieces import ComponentRuns


def test_pieces_name_core_and_component_that_share_a_voxel() -> None:
    low, cores = ComponentRuns.of(drawn("1111.11") != 0), ComponentRuns.of(drawn("1.1..1.") != 0)
    np.testing.assert_array_equal(low.held(cores), [[1, 1], [2, 1], [3, 2]])


def test_a_core_of_another_class_is_no_core() -> None:
    low, cores = ComponentRuns.of(drawn("1122")), ComponentRuns.of(drawn("2.2."))
    np.testing.assert_array_equal(low.held(cores), [[2, 2]])
