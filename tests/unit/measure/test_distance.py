from __future__ import annotations

import numpy as np
import pytest

from objclass.measure.kernels.distance import FAR, squared_distances


def plain(inside: np.ndarray, voxel: np.ndarray) -> np.ndarray:
    """Every voxel against every voxel inside."""
    here = np.argwhere(np.ones_like(inside)) * voxel
    there = np.argwhere(inside) * voxel
    squares = ((here[:, None] - there[None]) ** 2).sum(axis=2)
    return squares.min(axis=1).reshape(inside.shape)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 7), (5, 6, 7), (1, 1, 9), (4, 1, 1)])
@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.0), (2.0, 0.5, 0.3)])
def test_distances_equal_those_to_every_voxel(
    shape: tuple[int, ...], voxel: tuple[float, ...]
) -> None:
    rng = np.random.default_rng(5)
    for share in (0.02, 0.2, 0.8):
        inside = rng.random(shape) < share
        inside[(0,) * 3] = True
        size = np.array(voxel)
        ours = squared_distances(inside, size, FAR)
        assert ours == pytest.approx(plain(inside, size), abs=1e-12)


def test_without_a_voxel_inside_everything_is_far() -> None:
    assert (squared_distances(np.zeros((2, 3, 4), bool), np.ones(3), FAR) == FAR).all()


def test_distances_up_to_the_limit_are_exact() -> None:
    inside = np.zeros((1, 30, 30), bool)
    inside[0, 3, 4] = inside[0, 20, 22] = True
    full, near = (squared_distances(inside, np.ones(3), limit) for limit in (FAR, 25.0))
    assert (near[full <= 25] == full[full <= 25]).all()
    assert (near[full > 25] > 25).all()
