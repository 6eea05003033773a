"""Families against scikit-image and scipy where they define the same thing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from skimage.measure import regionprops_table

from objclass.measure.batches import measure_frame
from objclass.measure.families import family
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
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


@pytest.mark.filterwarnings("ignore:Failed to get convex hull image")
@pytest.mark.parametrize("dimensions", [2, 3])
def test_morphology_and_hull_agree_with_scikit_image(dimensions: int) -> None:
    labels, image = blobs(dimensions)
    ours = measured(["morphology", "hull"], labels, image)
    names = ["area_convex", "solidity", "extent", "euler_number", "equivalent_diameter_area"]
    if dimensions == 2:
        names += ["perimeter", "perimeter_crofton", "eccentricity", "moments_hu"]
        names += ["moments_normalized"]
    theirs = regionprops_table(labels, properties=names)
    assert ours["hull_voxels"] == pytest.approx(theirs["area_convex"])
    same = ["solidity", "extent", "euler_number"]
    same += ["perimeter", "perimeter_crofton", "eccentricity"] if dimensions == 2 else []
    for name in same:
        assert ours[f"morphology_{name}"] == pytest.approx(theirs[name]), name
    diameter = theirs["equivalent_diameter_area"]
    assert ours["morphology_equivalent_diameter"] == pytest.approx(diameter)
    for k in range(7 if dimensions == 2 else 0):
        theory = pytest.approx(theirs[f"moments_hu-{k}"], rel=1e-7, abs=1e-17)
        assert ours[f"morphology_hu_{k}"] == theory
    for order in ("20", "11", "02", "30", "21", "12", "03") if dimensions == 2 else ():
        other = theirs[f"moments_normalized-{order[0]}-{order[1]}"]
        assert ours[f"morphology_moment_{order}"] == pytest.approx(other, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_longest_caliper_is_close_to_scikit_image(dimensions: int) -> None:
    labels, image = blobs(dimensions)
    ours = measured(["morphology"], labels, image)["morphology_feret_max"]
    theirs = regionprops_table(labels, properties=("feret_diameter_max",))["feret_diameter_max"]
    assert ours == pytest.approx(theirs, abs=0.75)


@pytest.mark.filterwarnings("ignore:Failed to get convex hull image")
def test_hulls_of_random_masks_equal_scikit_image() -> None:
    from skimage.morphology import convex_hull_image

    rng = np.random.default_rng(1)
    for trial in range(120):
        dimensions = 2 + trial % 2
        share = rng.choice([0.1, 0.4, 0.9])
        mask = rng.random(tuple(rng.integers(2, 11 - 2 * dimensions + 4, dimensions))) < share
        theirs = convex_hull_image(mask).sum() if mask.any() else 0
        if theirs:
            ours = measured(["hull"], mask.astype(np.int32), mask.astype(np.uint8))
            assert ours["hull_voxels"] == theirs


def test_texture_agrees_with_scikit_image() -> None:
    from skimage.feature import graycomatrix, graycoprops

    image = np.random.default_rng(0).integers(0, 16, (12, 14)).astype(np.uint8)
    reads = {"0": lambda r: image[r.slices]}
    labels = np.ones(image.shape, np.uint32)
    frame = Frame(image.shape, (0, 0), lambda r: labels[r.slices], reads, index_of(labels))
    setting = Setting(2, ("0",), ("uint8",), ((0.0, 16.0),), options={"levels": 16})
    ours = measure_frame([(family("texture"), setting)], frame)
    angles = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
    pairs = graycomatrix(image, [1], angles, levels=16, symmetric=True, normed=True)
    names = {"energy": "ASM", "contrast": "contrast", "correlation": "correlation"}
    names |= {"homogeneity": "homogeneity", "dissimilarity": "dissimilarity"}
    for name, theirs in names.items():
        mean = graycoprops(pairs, theirs).mean()
        assert ours[f"texture_{name}-0"][0] == pytest.approx(mean), name


def test_intensity_agrees_with_nyxus() -> None:
    nyxus = pytest.importorskip("nyxus", reason="Nyxus is not installed")
    labels, image = blobs(2)
    ours = measured(["intensity"], labels, image)
    names = {
        "MEAN": "mean",
        "VARIANCE_BIASED": "variance",
        "SKEWNESS": "skewness",
        "EXCESS_KURTOSIS": "kurtosis",
        "MIN": "min",
        "MAX": "max",
        "INTEGRATED_INTENSITY": "total",
    }
    table = nyxus.Nyxus(list(names)).featurize(image[None], labels[None].astype(np.uint32))
    for theirs, name in names.items():
        values = pytest.approx(table[theirs].to_numpy(), rel=1e-6, nan_ok=True)
        assert ours[f"intensity_{name}-0"] == values, name


def test_size_place_and_extent_agree_with_nyxus() -> None:
    """Nyxus's weighted centroids are 1 off, its DIAMETER_EQUAL_AREA is the square of one."""
    nyxus = pytest.importorskip("nyxus", reason="Nyxus is not installed")
    labels, image = blobs(2)
    ours = measured(["size", "position", "intensity", "morphology"], labels, image)
    peer = nyxus.Nyxus(["*BASIC_MORPHOLOGY*"], n_feature_calc_threads=1)
    theirs = peer.featurize(image.astype(np.uint32), labels.astype(np.uint32))
    same = {
        "AREA_PIXELS_COUNT": "size_voxels",
        "CENTROID_X": "position_center_x",
        "CENTROID_Y": "position_center_y",
        "EXTENT": "morphology_extent",
    }
    for name, own in same.items():
        assert ours[own] == pytest.approx(theirs[name].to_numpy(), rel=1e-9), name
    square = ours["morphology_equivalent_diameter"] ** 2
    assert square == pytest.approx(theirs["DIAMETER_EQUAL_AREA"].to_numpy())


@pytest.mark.parametrize("dimensions", [2, 3])
def test_axes_agree_with_numpy_and_ellipses_with_scikit_image(dimensions: int) -> None:
    """Radii are the roots of the eigenvalues of the covariance; scikit-image doubles them twice."""
    labels, image = blobs(dimensions)
    ours = measured(["axes"], labels, image)
    for row, k in enumerate(np.unique(labels[labels > 0])):
        places = np.argwhere(labels == k)
        roots = np.sqrt(np.linalg.eigvalsh(np.cov(places.T, ddof=0))[::-1].clip(0))
        mine = [ours[f"axes_radius_{n}"][row] for n in range(dimensions)]
        assert mine == pytest.approx(roots, abs=1e-9)
    if dimensions == 2:
        names = ("axis_major_length", "axis_minor_length")
        theirs = regionprops_table(labels, properties=names)
        for n, name in enumerate(names):
            assert 4 * ours[f"axes_radius_{n}"] == pytest.approx(theirs[name])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_weighted_centres_agree_with_scikit_image(dimensions: int) -> None:
    labels, image = blobs(dimensions)
    ours = measured(["intensity"], labels, image)
    theirs = regionprops_table(labels, image, properties=("centroid_weighted",))
    for k, axis in enumerate("zyx"[-dimensions:]):
        own = ours[f"intensity_center_{axis}-0"]
        assert own == pytest.approx(theirs[f"centroid_weighted-{k}"])
