"""The family regionprops against scikit-image called directly, on the whole image."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from skimage.measure import regionprops_table
from test_measure_peers import blobs

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.regionprops import FAMILY, PROPERTIES, columns
from objclass.testing import index_of

SPACINGS = [(), (0.5, 0.5), (0.5, 0.25), (2.0, 0.5, 0.25)]


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("dimensions", [2, 3])
def test_every_property_is_scikit_images(dimensions: int, spacing: tuple[float, ...]) -> None:
    if spacing and len(spacing) != dimensions:
        return
    labels, image = blobs(dimensions)
    setting = Setting(dimensions, ("a",), ("uint16",), (None,), spacing or None)
    read = {"a": lambda region: image[region.slices]}
    own = labels.astype(np.uint32)
    origin = (0,) * dimensions
    frame = Frame(own.shape, origin, lambda region: own[region.slices], read, index_of(own))
    ours = measure_frame([(FAMILY, setting)], frame, (16,) * dimensions)
    asked = {c.feature.removeprefix("regionprops_"): c for c in columns(setting)}
    for name in asked:
        theirs = table(labels, image, name, () if name.endswith("hu") else spacing)
        for column in (c for c in columns(setting) if c.feature == asked[name].feature):
            key = column.name.removeprefix("regionprops_").removesuffix("-a")
            index = key.removeprefix(name).replace("_", "-")
            expected = theirs[name + index].astype(float)
            expected[np.isinf(expected)] = np.nan
            np.testing.assert_allclose(ours[column.name], expected, 1e-6, 1e-6, err_msg=key)


def table(
    labels: np.ndarray, image: np.ndarray, name: str, spacing: tuple[float, ...]
) -> dict[str, np.ndarray]:
    """One property of all objects, as scikit-image gives it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: dict[str, np.ndarray] = regionprops_table(
            labels, image, properties=(name,), spacing=spacing or None
        )
    return found


def test_every_property_that_is_a_number_is_offered() -> None:
    from skimage.measure import regionprops

    (region,) = regionprops(np.ones((4, 5), np.uint8), np.ones((4, 5)))
    numbers = {n for n in dir(type(region)) if isinstance(getattr(type(region), n), property)}
    pictures = {"image", "image_convex", "image_filled", "image_intensity"}
    assert numbers - pictures - {"coords", "coords_scaled"} == set(PROPERTIES) - {"label"}
