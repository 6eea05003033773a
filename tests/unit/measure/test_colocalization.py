from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from objclass.measure.batches import measure_frame
from objclass.measure.colocalization import FAMILY
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.testing import index_of


def measured(**images: np.ndarray) -> dict[str, float]:
    shape = next(iter(images.values())).shape
    labels = np.ones(shape, np.uint8)
    reads = {name: (lambda r, image=image: image[r.slices]) for name, image in images.items()}
    frame = Frame(shape, (0, 0), lambda r: labels[r.slices], reads, index_of(labels))
    dtypes = tuple(str(image.dtype) for image in images.values())
    setting = Setting(2, tuple(images), dtypes, (None,) * len(images))
    values = measure_frame([(FAMILY, setting)], frame)
    return {name.removeprefix("colocalization_"): float(v[0]) for name, v in values.items()}


def test_shares_can_be_counted_by_eye() -> None:
    a = np.array([[10, 0, 10, 0]], np.uint8)
    b = np.array([[0, 0, 30, 10]], np.uint8)
    values = measured(a=a, b=b)
    assert values["manders-a-b"] == 0.5  # b is present in the last two voxels
    assert values["manders-b-a"] == 0.75
    assert values["overlap-a-b"] == pytest.approx(300 / np.sqrt(200 * 1000))


def test_correlations_equal_scipy() -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(0, 20, (6, 7)).astype(np.uint8)
    b = (a // 2 + rng.integers(0, 5, a.shape)).astype(np.float32)
    values = measured(a=a, b=b)
    x, y = a.ravel().astype(float), b.ravel().astype(float)
    assert values["pearson-a-b"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert values["spearman-a-b"] == pytest.approx(stats.spearmanr(x, y).statistic)
    assert values["slope-a-b"] == pytest.approx(stats.linregress(x, y).slope)


def test_a_constant_channel_correlates_with_nothing() -> None:
    values = measured(a=np.ones((2, 2), np.uint8), b=np.array([[1, 2], [3, 4]], np.uint8))
    for name in ("pearson-a-b", "spearman-a-b", "slope-a-b"):
        assert np.isnan(values[name])


def test_one_channel_has_no_pair() -> None:
    assert FAMILY.columns(Setting(2, ("a",), ("uint8",), (None,))) == ()
