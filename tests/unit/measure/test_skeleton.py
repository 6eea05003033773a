from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.kernels.skeleton import skeleton_of
from objclass.measure.kernels.thinning import simple_in_plane
from objclass.measure.skeleton import FAMILY
from objclass.testing import index_of


def measured(mask: np.ndarray, **setting: object) -> dict[str, float]:
    labels = mask.astype(np.uint8)
    origin = (0,) * labels.ndim
    frame = Frame(labels.shape, origin, lambda r: labels[r.slices], {}, index_of(labels))
    values = measure_frame([(FAMILY, Setting(labels.ndim, **setting))], frame)  # type: ignore[arg-type]
    return {name.removeprefix("skeleton_"): float(v[0]) for name, v in values.items()}


def drawn(*rows: str) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in rows])


def test_a_line_is_its_own_skeleton() -> None:
    values = measured(drawn("#####"))
    assert (values["length"], values["diameter"], values["span"]) == (4.0, 4.0, 4.0)
    assert (values["ends"], values["junctions"], values["branches"]) == (2, 0, 1)
    assert (values["loops"], values["tortuosity"]) == (0, 1.0)
    assert (values["center_y"], values["center_x"]) == (0.0, 2.0)


def test_lengths_are_measured_in_the_unit() -> None:
    assert measured(drawn("###"), spacing=(1.0, 0.5), unit="um")["length"] == 1.0
    assert measured(np.eye(3, dtype=bool))["length"] == pytest.approx(2 * math.sqrt(2))


def test_a_cross_has_four_branches_and_one_junction() -> None:
    values = measured(
        drawn(
            "...#...",
            "...#...",
            "...#...",
            "#######",
            "...#...",
            "...#...",
            "...#...",
        )
    )
    assert (values["length"], values["diameter"]) == (12.0, 6.0)
    assert (values["ends"], values["junctions"], values["branches"]) == (4, 1, 4)
    assert values["branch_mean"] == 3.0


def test_a_frame_is_a_loop() -> None:
    mask = np.ones((5, 6), bool)
    mask[1:-1, 1:-1] = False
    values = measured(mask)
    assert (values["loops"], values["ends"], values["branches"]) == (1, 0, 1)
    # the four corner voxels are passed by: diagonal steps inside the corners remain
    assert values["length"] == pytest.approx(10 + 4 * math.sqrt(2), abs=4.0)


def test_a_spur_is_no_branch() -> None:
    values = measured(drawn("....#....", "#########"))
    assert (values["ends"], values["branches"]) == (2, 1)
    assert values["length"] == 8.0


def test_a_disc_is_as_long_as_it_is_wide() -> None:
    y, x = np.mgrid[-8:9, -8:9]
    values = measured(y**2 + x**2 <= 64)
    assert (values["length"], values["ends"], values["junctions"]) == (16.0, 2, 0)
    assert (values["center_y"], values["center_x"]) == (8.0, 8.0)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_bar_is_as_long_lying_as_standing(width: int) -> None:
    lying, standing = measured(np.ones((width, 40))), measured(np.ones((40, width)))
    assert lying["length"] == standing["length"] == pytest.approx(39.0, abs=0.7)
    assert lying["span"] == pytest.approx(39.0)
    assert (lying["center_y"], lying["center_x"]) == ((width - 1) / 2, 19.5)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_a_bar_in_space_is_as_long_along_every_axis(axis: int, width: int) -> None:
    shape = [width] * 3
    shape[axis] = 40
    assert measured(np.ones(shape))["length"] == pytest.approx(39.0, abs=1.2)


def test_a_staircase_is_as_long_as_its_diagonal() -> None:
    stairs = np.zeros((41, 41))
    steps = np.arange(40)
    stairs[steps, steps] = stairs[steps, steps + 1] = 1
    for mask in (stairs, stairs[:, ::-1], stairs.T):
        assert measured(mask)["length"] == pytest.approx(39 * math.sqrt(2), abs=1.0)


def rod(direction: np.ndarray, length: float, width: float, middle: np.ndarray) -> np.ndarray:
    """The voxels whose centres lie in a cylinder with flat ends, in the plane a bar."""
    d = direction.size
    size = int(length + 2 * width + 6)
    off = np.moveaxis(np.indices((size,) * d), 0, -1) - size / 2 - middle
    along = off @ direction
    beside = np.linalg.norm(off - along[..., None] * direction, axis=-1)
    mask: np.ndarray = (np.abs(along) <= length / 2) & (beside <= max(width, 1.8) / 2)
    return mask


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_a_thin_rod_has_its_length_in_any_direction(dimensions: int, width: int) -> None:
    rng = np.random.default_rng(10 * dimensions + width)
    for _ in range(12):
        direction = rng.normal(size=dimensions)
        direction /= np.linalg.norm(direction)
        mask = rod(direction, 40.0, width, rng.uniform(-0.5, 0.5, dimensions))
        along = np.argwhere(mask) @ direction
        values = measured(mask)
        assert values["length"] == pytest.approx(np.ptp(along), rel=0.1)
        assert (values["ends"], values["junctions"]) == (2, 0)


def test_a_wave_is_as_long_as_its_line() -> None:
    angle = np.linspace(0, 2 * np.pi, 3000)
    y, x = 30 + 15 * np.sin(angle), 8 + 19 * angle
    mask = np.zeros((60, 140), bool)
    for step_y in (-1, 0, 1):
        for step_x in (-1, 0, 1):
            mask[np.rint(y).astype(int) + step_y, np.rint(x).astype(int) + step_x] = True
    line = np.hypot(np.diff(y), np.diff(x)).sum()
    assert measured(mask)["length"] == pytest.approx(line, rel=0.03)


def test_a_plate_shrinks_evenly() -> None:
    """Not to a line along its rim, which would be 76 voxels long."""
    assert measured(np.ones((1, 20, 20)))["length"] == pytest.approx(14.8, abs=0.1)


def test_the_length_of_a_rod_in_the_unit_is_that_along_its_axis() -> None:
    size = {"spacing": (2.0, 0.5), "unit": "um"}
    assert measured(np.ones((10, 3)), **size)["length"] == 18.0
    assert measured(np.ones((3, 10)), **size)["length"] == 4.5


def test_a_single_voxel_is_a_skeleton_without_length() -> None:
    values = measured(np.ones((1, 1, 1), bool))
    assert (values["length"], values["ends"], values["branches"]) == (0.0, 0, 0)
    assert math.isnan(values["tortuosity"])


def test_a_rod_in_a_volume_is_a_line() -> None:
    values = measured(np.ones((3, 3, 15), bool))
    assert values["diameter"] == pytest.approx(13, abs=2.1)
    assert (values["junctions"], values["branches"], values["loops"]) == (0, 1, 0)


def test_a_torus_in_a_volume_keeps_its_loop() -> None:
    z, y, x = np.mgrid[-3:4, -9:10, -9:10]
    mask = (np.sqrt(y**2 + x**2) - 6) ** 2 + z**2 <= 5
    assert measured(mask)["loops"] == 1


@pytest.mark.parametrize("flat", [True, False])
def test_thinning_keeps_pieces_and_holes(flat: bool) -> None:
    rng = np.random.default_rng(3)
    table = simple_in_plane()
    shape = (1, 20, 22) if flat else (9, 10, 11)
    whole = np.ones((3, 3, 3))
    for share in (0.3, 0.6, 0.85):
        mask = np.zeros(shape, np.uint8)
        inner = (slice(None) if flat else slice(1, -1), slice(1, -1), slice(1, -1))
        mask[inner] = rng.random(mask[inner].shape) < share
        thinned = mask.copy()
        skeleton_of(thinned, np.ones(3), flat, table)
        assert (thinned <= mask).all()
        for before, after, structure in (
            (mask, thinned, whole),
            (1 - mask, 1 - thinned, None),
        ):
            assert ndimage.label(before, structure)[1] == ndimage.label(after, structure)[1]
