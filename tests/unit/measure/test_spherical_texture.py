from __future__ import annotations

import numpy as np
import pytest

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.kernels import spherical
from objclass.measure.spherical_texture import EDGES, FAMILY
from objclass.testing import index_of


def measured(mask: np.ndarray, image: np.ndarray) -> dict[str, float]:
    labels = mask.astype(np.uint8)
    reads = {"a": lambda r: image[r.slices]}
    origin = (0,) * mask.ndim
    frame = Frame(mask.shape, origin, lambda r: labels[r.slices], reads, index_of(labels))
    setting = Setting(mask.ndim, ("a",), (str(image.dtype),), (None,))
    values = measure_frame([(FAMILY, setting)], frame)
    prefix = "spherical_texture_"
    return {n.removeprefix(prefix).removesuffix("-a"): float(v[0]) for n, v in values.items()}


def disc(radius: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return y**2 + x**2 <= radius**2, y, x


@pytest.mark.parametrize("petals", [1, 2, 3, 5, 8])
def test_a_flower_has_its_power_at_the_number_of_its_petals(petals: int) -> None:
    mask, y, x = disc(40)
    values = measured(mask, 100 + 50 * np.cos(petals * np.arctan2(y, x)))
    assert values[f"spectrum_{petals - 1}"] > 0.97


def test_a_bright_side_polarises_the_object_towards_it() -> None:
    mask, y, x = disc(20)
    values = measured(mask, (200.0 + 3 * y - 4 * x))
    assert values["polarization"] == pytest.approx(1.0, abs=0.01)
    assert values["direction_y"] == pytest.approx(0.6, abs=0.01)
    assert values["direction_x"] == pytest.approx(-0.8, abs=0.01)


def test_the_shares_add_up_to_one() -> None:
    mask, y, _ = disc(12)
    noise = np.random.default_rng(0).random(y.shape)
    values = measured(mask, noise)
    assert sum(values[f"spectrum_{k}"] for k in range(17)) == pytest.approx(1.0)


def test_an_even_object_has_no_spectrum() -> None:
    mask, y, _ = disc(5)
    assert np.isnan(measured(mask, np.full(y.shape, 3.7))["spectrum_0"])
    assert np.isnan(measured(np.ones((1, 1, 1), bool), np.ones((1, 1, 1)))["polarization"])


@pytest.mark.parametrize(("degree", "order"), [(1, 0), (2, 1), (3, 3), (4, 0)])
def test_a_harmonic_has_its_power_at_its_degree(degree: int, order: int) -> None:
    from scipy.special import sph_harm_y

    z, y, x = np.mgrid[-14:15, -14:15, -14:15].astype(float)
    radius = np.sqrt(z**2 + y**2 + x**2)
    theta = np.arccos(np.divide(z, radius, out=np.zeros_like(z), where=radius > 0))
    image = 10 + sph_harm_y(degree, order, theta, np.arctan2(y, x)).real
    values = measured(radius <= 14, image)
    assert values[f"spectrum_{degree - 1}"] > 0.95


def test_a_bright_end_in_a_volume_is_found() -> None:
    z, y, x = np.mgrid[-10:11, -10:11, -10:11]
    values = measured(z**2 + y**2 + x**2 <= 100, 50.0 + z)
    assert values["direction_z"] == pytest.approx(1.0, abs=1e-3)


def test_the_harmonics_are_orthonormal() -> None:
    nodes = spherical.latitudes(spherical.LATITUDES)
    table = spherical.harmonics(nodes)
    for m in (0, 1, 7, 40):
        share = 2 * np.pi if m == 0 else np.pi
        products = (table[m:, m] * nodes[:, 1]) @ table[m:, m].T * share
        assert products == pytest.approx(np.eye(len(products)), abs=1e-10)


def test_declared_and_measured_bands_are_the_same() -> None:
    assert spherical.EDGES == EDGES
