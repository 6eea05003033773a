from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.kernels.skeleton import skeleton_of
from objclass.measure.kernels.thinning import neighbor_masks, simple_in_plane
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


def test_a_disc_shrinks_to_its_middle() -> None:
    y, x = np.mgrid[-8:9, -8:9]
    values = measured(y**2 + x**2 <= 64)
    assert values["length"] <= 8.0
    assert abs(values["center_y"] - 8) <= 1
    assert abs(values["center_x"] - 8) <= 1


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
    table, corners, faces = simple_in_plane(), neighbor_masks(3), neighbor_masks(1)
    shape = (1, 20, 22) if flat else (9, 10, 11)
    whole = np.ones((3, 3, 3))
    for share in (0.3, 0.6, 0.85):
        mask = np.zeros(shape, np.uint8)
        inner = (slice(None) if flat else slice(1, -1), slice(1, -1), slice(1, -1))
        mask[inner] = rng.random(mask[inner].shape) < share
        thinned = mask.copy()
        skeleton_of(thinned, np.ones(3), flat, table, corners, faces)
        assert (thinned <= mask).all()
        for before, after, structure in (
            (mask, thinned, whole),
            (1 - mask, 1 - thinned, None),
        ):
            assert ndimage.label(before, structure)[1] == ndimage.label(after, structure)[1]
