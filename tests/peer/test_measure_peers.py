"""Families against scikit-image and scipy where they define the same thing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from skimage.measure import regionprops_table

from objclass.measure.batches import Frame, measure_frame
from objclass.measure.families import family
from objclass.measure.family import Setting
from objclass.testing import index_of


def blobs(dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(dimensions)
    shape = (60, 70) if dimensions == 2 else (24, 26, 28)
    grid = np.indices(shape)
    labels = np.zeros(shape, np.int32)
    for k in range(1, 13):
        center = rng.uniform(0, shape).reshape(-1, *[1] * dimensions)
        radius = rng.uniform(2, 8, dimensions).reshape(center.shape)
        labels[(((grid - center) / radius) ** 2).sum(axis=0) <= 1] = k
    return labels, rng.integers(0, 4000, shape).astype(np.uint16)


def measured(names: list[str], labels: np.ndarray, image: np.ndarray) -> dict[str, np.ndarray]:
    own = labels.astype(np.uint32)
    reads = {"0": lambda r: image[r.slices]}
    origin = (0,) * labels.ndim
    frame = Frame(labels.shape, origin, lambda r: own[r.slices], reads, index_of(own))
    setting = Setting(labels.ndim, ("0",), (str(image.dtype),), (None,))
    return measure_frame([(family(name), setting) for name in names], frame)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_size_position_and_axes_agree_with_scikit_image(dimensions: int) -> None:
    labels, image = blobs(dimensions)
    ours = measured(["size", "position", "axes"], labels, image)
    names = ("area", "centroid", "bbox", "inertia_tensor_eigvals")
    theirs = regionprops_table(labels, properties=names)
    assert ours["size_voxels"] == pytest.approx(theirs["area"])
    for k, axis in enumerate("zyx"[-dimensions:]):
        assert ours[f"position_center_{axis}"] == pytest.approx(theirs[f"centroid-{k}"])
        assert ours[f"position_min_{axis}"] == pytest.approx(theirs[f"bbox-{k}"])
        assert ours[f"position_max_{axis}"] == pytest.approx(theirs[f"bbox-{k + dimensions}"] - 1)
    if dimensions == 2:
        for k in range(2):
            root = np.sqrt(theirs[f"inertia_tensor_eigvals-{k}"])
            assert ours[f"axes_radius_{k}"] == pytest.approx(root)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_intensity_agrees_with_scipy(dimensions: int) -> None:
    labels, image = blobs(dimensions)
    ours = measured(["intensity"], labels, image)
    for row, k in enumerate(np.unique(labels[labels > 0])):
        values = image[labels == k].astype(float)
        assert ours["intensity_mean-0"][row] == pytest.approx(values.mean())
        assert ours["intensity_variance-0"][row] == pytest.approx(values.var())
        assert ours["intensity_skewness-0"][row] == pytest.approx(stats.skew(values))
        assert ours["intensity_kurtosis-0"][row] == pytest.approx(stats.kurtosis(values))
        assert ours["intensity_quantile_25-0"][row] == np.quantile(values, 0.25)
