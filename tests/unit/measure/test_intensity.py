from __future__ import annotations

import numpy as np
import pytest

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.intensity import FAMILY
from objclass.testing import index_of


def measured(
    image: np.ndarray, labels: np.ndarray | None = None, span: tuple[float, float] | None = None
) -> dict[str, np.ndarray]:
    labels = np.ones(image.shape, np.uint8) if labels is None else labels
    frame = Frame(
        image.shape,
        (0,) * image.ndim,
        lambda r: labels[r.slices],
        {"dna": lambda r: image[r.slices]},
        index_of(labels),
    )
    setting = Setting(image.ndim, ("dna",), (str(image.dtype),), (span,))
    values = measure_frame([(FAMILY, setting)], frame)
    return {name.removeprefix("intensity_").removesuffix("-dna"): v for name, v in values.items()}


def test_moments_of_four_numbers() -> None:
    values = measured(np.array([[1, 2, 3, 6]], np.uint8))
    assert values["mean"] == [3.0]
    assert values["variance"] == [3.5]
    assert values["skewness"] == pytest.approx([4.5 / 3.5**1.5])
    assert values["kurtosis"] == pytest.approx([24.5 / 3.5**2 - 3.0])
    assert (values["min"][0], values["max"][0], values["total"][0]) == (1.0, 6.0, 12.0)


def test_quantiles_are_exact_and_linear() -> None:
    values = measured(np.array([[40, 10, 20, 30]], np.uint8))
    assert values["quantile_0"] == [10.0]
    assert values["quantile_25"] == [17.5]
    assert values["quantile_50"] == [25.0]
    assert values["quantile_100"] == [40.0]


@pytest.mark.parametrize(
    "dtype", ["uint8", "uint16", "int16", "uint32", "float16", "float32", "float64"]
)
@pytest.mark.parametrize("count", [1, 2, 31, 700])
def test_quantiles_equal_numpy_for_every_dtype(dtype: str, count: int) -> None:
    high = {"uint8": 250, "float16": 999, "int16": 30000, "uint32": 10**9}.get(dtype, 60000)
    image = (np.random.default_rng(1).random((1, count)) * high).astype(dtype)
    ours = measured(image)
    for q in (0, 10, 25, 50, 75, 90, 100):
        assert ours[f"quantile_{q}"] == np.quantile(image.astype(float), q / 100)


def test_a_constant_object_has_no_skewness() -> None:
    values = measured(np.full((1, 3), 0.1, np.float64))
    assert values["mean"] == [0.1]
    assert values["variance"] == [0.0]
    assert np.isnan(values["skewness"])
    assert np.isnan(values["kurtosis"])


def test_the_histogram_counts_in_64_bins_and_keeps_what_lies_beyond() -> None:
    values = measured(np.array([[-5, 0, 3, 4, 255, 300]], np.int16), span=(0.0, 256.0))
    counts = np.array([values[f"histogram_{k}"][0] for k in range(64)])
    assert counts[0] == 3
    assert counts[1] == 1
    assert counts[63] == 2
    assert counts.sum() == 6


def test_without_a_range_there_is_no_histogram() -> None:
    assert not any("histogram" in name for name in measured(np.zeros((2, 2), np.uint16)))


def test_a_missing_voxel_makes_the_object_missing_but_not_its_neighbour() -> None:
    image = np.array([[1.0, np.nan, 5.0, 7.0]])
    values = measured(image, np.array([[1, 1, 2, 2]], np.uint8), span=(0.0, 8.0))
    for name in ("mean", "min", "max", "total", "quantile_50"):
        assert np.isnan(values[name][0])
        assert not np.isnan(values[name][1])


def test_kurtosis_survives_a_large_mean_beside_a_small_spread() -> None:
    rng = np.random.default_rng(0)
    image = np.round(rng.normal(40000, 3, (1, 2000))).astype(np.uint16)
    exact = [int(v) for v in image[0]]
    n, mean = len(exact), sum(exact)
    second = sum((n * v - mean) ** 2 for v in exact)
    fourth = sum((n * v - mean) ** 4 for v in exact)
    truth = n * fourth / second**2 - 3
    assert measured(image)["kurtosis"][0] == pytest.approx(truth, abs=1e-9)


def test_the_weighted_centre_and_the_places_of_the_extremes() -> None:
    values = measured(np.array([[1, 3, 0], [0, 3, 1]], np.uint8))
    assert (values["center_y"][0], values["center_x"][0]) == (0.5, 1.0)
    alone = measured(np.array([[1, 4, 0], [1, 3, 1]], np.uint8))
    assert (alone["argmin_y"][0], alone["argmin_x"][0]) == (0.0, 2.0)
    assert (alone["argmax_y"][0], alone["argmax_x"][0]) == (0.0, 1.0)


def test_equal_extremes_have_their_mean_place() -> None:
    """The first of them in raster order would be another one in a turned object."""
    values = measured(np.array([[1, 3, 0, 0], [1, 3, 1, 1]], np.uint8))
    assert (values["argmin_y"][0], values["argmin_x"][0]) == (0.0, 2.5)
    assert (values["argmax_y"][0], values["argmax_x"][0]) == (0.5, 1.0)


def test_a_dark_object_has_no_weighted_centre() -> None:
    assert np.isnan(measured(np.zeros((2, 2), np.uint8))["center_y"][0])
    assert np.isnan(measured(np.array([[-1, 2]], np.int16))["center_x"][0])


def test_channels_have_a_covariance() -> None:
    images = {"a": np.array([[1, 2, 3]], np.uint8), "b": np.array([[4.0, 2.0, 0.0]])}
    labels = np.ones((1, 3), np.uint8)
    reads = {name: (lambda r, image=image: image[r.slices]) for name, image in images.items()}
    frame = Frame((1, 3), (0, 0), lambda r: labels[r.slices], reads, index_of(labels))
    setting = Setting(2, ("a", "b"), ("uint8", "float64"), (None, None))
    values = measure_frame([(FAMILY, setting)], frame)
    assert values["intensity_covariance-a-b"] == pytest.approx([-4 / 3])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
@pytest.mark.parametrize("span", [254, 255, 256, 257, 511, 65534, 65535, 65536])
@pytest.mark.parametrize("count", [31, 32, 700])
def test_quantiles_of_whole_numbers_are_numpys(dtype: type, span: int, count: int) -> None:
    """Sorting by digits has limits at 32 voxels, 256 and 65536 values."""
    low = 0 if dtype is np.uint8 else 3 if dtype is np.uint16 and span < 65533 else 0
    low = -40000 if dtype is np.int32 else low
    if low + span > np.iinfo(dtype).max:
        pytest.skip("beyond the type")
    values = np.random.default_rng(span).integers(low, low + span + 1, count)
    values[[3, 17]] = low, low + span
    result = measured(values[None].astype(dtype))
    for q in (0, 10, 25, 50, 75, 90, 100):
        assert result[f"quantile_{q}"][0] == np.quantile(values.astype(float), q / 100)


def test_a_histogram_has_as_many_bins_as_the_family_divides_a_range_into() -> None:
    setting = Setting(2, ("dna",), ("uint8",), ((0.0, 255.0),))
    bins = [column for column in FAMILY.columns(setting) if column.histogram]
    assert len(bins) == FAMILY.levels(setting) == 64
