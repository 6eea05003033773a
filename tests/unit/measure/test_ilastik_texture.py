from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from sphericaltexture_cases import CASES, MASKS, SLOPE, WIDE, ours

from objclass.errors import InputError
from objclass.measure.family import Setting
from objclass.measure.ilastik import columns
from objclass.measure.ilastik_directions import arc_sine, exact
from objclass.measure.ilastik_selection import by_plugin
from objclass.measure.ilastik_texture import CIRCLE_EDGES, SPHERE_EDGES, condense
from objclass.measure.kernels.ilastik import rays
from objclass.measure.kernels.ilastik.spectrum import circle_power, sphere_power
from objclass.measure.kernels.spherical import latitudes

TABLE = Path(__file__).parents[2] / "data/sphericaltexture.csv"
ROWS = csv.reader(TABLE.read_text(encoding="utf-8").splitlines())
RECORDED = {row[0]: [float(value) for value in row[1:]] for row in ROWS}


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_that_the_library_gave(name: str) -> None:
    np.testing.assert_allclose(ours(CASES[name]), RECORDED[name], rtol=1e-5, atol=1e-9)


def test_a_slope_towards_x_is_brightest_at_angle_0_and_has_most_power_at_frequency_1() -> None:
    values = ours((SLOPE, MASKS["ellipse"], WIDE))
    assert values[20] == 0.0
    assert values[1] > 0.9


def test_the_power_of_a_view_adds_up_to_its_mean_square() -> None:
    wave = np.cos(2 * np.pi * 3 * np.arange(251) / 251)
    power = circle_power(wave)
    assert power[3] == pytest.approx(0.5)
    assert power.sum() == pytest.approx(0.5)


def test_a_view_that_grows_with_height_has_its_power_at_degree_1() -> None:
    nodes = latitudes(252)
    power = sphere_power(np.repeat(nodes[:, :1], 503, axis=1), nodes)
    assert power[1] == pytest.approx(1 / 3)
    assert abs(power.sum() - power[1]) < 1e-20


@pytest.mark.parametrize(("edges", "count"), [(CIRCLE_EDGES, 126), (SPHERE_EDGES, 252)])
def test_every_frequency_but_the_last_is_in_one_of_twenty_values(
    edges: tuple[int, ...], count: int
) -> None:
    found = condense(np.ones(count), edges)
    assert (found.size, found.sum()) == (20, count - 1)


def test_rays_meet_the_voxels_of_every_sample_looked_at() -> None:
    for angle, height in ((0.3, 0.2), (2.0, -0.9), (4.4, 0.5), (0.0, 1e-9)):
        flat = math.sqrt(1 - height * height)
        ray = np.array([flat * math.cos(angle), flat * math.sin(angle), height])
        steps = rays.length_of(ray) / rays.STEP
        ends = [steps * (r * rays.STEP) + 40.0 for r in ray]
        samples = np.stack([np.linspace(40.0, end, int(steps)) for end in ends], axis=1)
        met = list(dict.fromkeys(map(tuple, samples.astype(int).tolist())))
        numbers = np.arange(80**3, dtype=np.float64).reshape(80, 80, 80)
        wanted = float(np.mean([numbers[voxel] for voxel in met]))
        assert rays.ray_mean(numbers, ray) == pytest.approx(wanted, rel=1e-12)


def test_sines_are_rounded_once() -> None:
    assert exact(2 * math.pi) == (1.0, -2.4492935982947064e-16)
    assert exact(math.pi / 2) == (6.123233995736766e-17, 1.0)
    assert arc_sine(0.5) == 0.5235987755982989


def test_every_channel_has_twenty_values_and_one_direction_per_angle() -> None:
    for dimensions, word, angles in ((2, "Circular", 1), (3, "Spherical", 2)):
        features = [f"{word} Spectrum", f"{word} Polarization Direction"]
        setting = Setting(dimensions, ("a", "b"), options={"features": features})
        assert len(columns(setting)) == 2 * (20 + angles)


def test_without_a_margin_ilastik_measures_no_texture() -> None:
    options = {"features": ["Count", "Circular Spectrum"], "margin": {"x": 0, "y": 0}}
    found = columns(Setting(2, ("a",), options=options))
    assert [column.name for column in found] == ["ilastik_Count"]


def test_a_sphere_in_a_plane_is_refused() -> None:
    with pytest.raises(InputError, match="no feature 'Spherical Spectrum' in 2D"):
        by_plugin(["Spherical Spectrum"], 2)
