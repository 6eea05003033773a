"""ilastik's own label images, made by the real program, are reproduced voxel for voxel.

Every case that starts from a prediction map is read from its folder: settings, map and what
ilastik made of it. Ids are compared too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from objclass.data.axes import to_order
from objclass.segmentation import ilastik
from objclass.segmentation.components import components
from objclass.segmentation.segment import segment_in_memory
from objclass.segmentation.settings import SegmentationSettings
from objclass.segmentation.smooth import scaled

CASES = [
    "A_2d_wPred", "C_3d_wPred", "D_5t2d1c_wPred", "F_2d3c_wPred", "G_2d_hyst_allfeat",
    "H_3d_hyst_allfeat", "I2_2d_ipht_rim", "I_2d_ipht_clumped", "J2_2d_ipht_corechannel",
    "J_2d_hyst_corechannel", "K_3d_ipht", "L1_3d_sigma_z05", "L2_3d_sigma_z15",
    "L3_3d_sigma_z005", "L4_3d_nosmooth", "M2_uint8_percent_drange", "M3_uint16_nodrange",
    "M_uint8_prob", "O_empty_image", "P2_2dt_ipht_nocore", "P3_2dt_first_frame_empty",
    "P_2dt_empty_frame", "Q_size_limits",
]  # fmt: skip
SEGMENTATIONS = ["B_2d_wSeg", "N_2d3c_neigh_cov"]


def volume(path: Path, name: str, axes: str) -> NDArray[np.generic]:
    with h5py.File(path) as file:
        data = file[name]
        if "axistags" in data.attrs:
            tags = json.loads(data.attrs["axistags"])["axes"]
            axes = "".join(tag["key"] for tag in tags)
        return to_order(data[...], axes, "tczyx")


class Case:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts: dict[str, Any] = json.loads((folder / "case.json").read_text())
        second = self.facts["inputs"]["second"]
        self.map = volume(folder / second["file"], second["dataset"], second["axes"])
        drange = second["drange"] or ((0, 255) if second["dtype"] == "uint8" else None)
        if drange:
            self.map = scaled(self.map, *drange)

    def expected(self, file: str, name: str) -> NDArray[np.generic]:
        axes = self.facts["inputs"]["second"]["axes"]
        return volume(self.folder / "expected" / f"{file}.h5", name, axes)[:, 0]

    @property
    def settings(self) -> SegmentationSettings:
        told = self.facts["threshold"]
        simple = told["CurOperator"] == 0
        return SegmentationSettings(
            sigma=tuple(told["sigma"][axis] for axis in "zyx"),
            threshold=told["low"],
            method="simple" if simple else "hysteresis",
            core_threshold=None if simple else told["high"],
            min_size=told["min_size"],
            max_size=told["max_size"],
            merge_objects=told["CurOperator"] != 3,
        )

    def frames(self) -> list[tuple[NDArray[np.generic], NDArray[np.generic] | None]]:
        told = self.facts["threshold"]
        other = told["CurOperator"] != 0 and told["core_channel"] != told["channel"]
        return [
            (frame[told["channel"]], frame[told["core_channel"]] if other else None)
            for frame in self.map
        ]


@pytest.fixture
def case(request: pytest.FixtureRequest, ilastik_case: Callable[[str], Path]) -> Case:
    return Case(ilastik_case(request.param))


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_object_ids_are_those_of_ilastik(case: Case) -> None:
    identities = case.expected("object_identities", "exported_data")
    for (image, core), expected in zip(case.frames(), identities, strict=True):
        made, report = segment_in_memory(image, case.settings, core, rules=ilastik.RULES)
        np.testing.assert_array_equal(made, expected)
        assert report.count == expected.max()


@pytest.mark.parametrize("case", [c for c in CASES if c != "O_empty_image"], indirect=True)
def test_the_threshold_applet_gives_the_same_label_image_up_to_gaps(case: Case) -> None:
    """ilastik leaves gaps where objects were dropped; components close them."""
    numbers = case.expected("threshold_labels", "threshold_labels")
    for (image, core), expected in zip(case.frames(), numbers, strict=True):
        made, _ = segment_in_memory(image, case.settings, core, rules=ilastik.RULES)
        np.testing.assert_array_equal(made, components(expected)[0])


@pytest.mark.parametrize("case", [c for c in CASES if c[0] in "GIJPQ"], indirect=True)
def test_cores_are_those_of_ilastik(case: Case) -> None:
    """In 2D; the recorded cores of the 3D cases carry ids that are not connected."""
    cores = case.expected("threshold_labels", "core_labels")
    for (image, core), expected in zip(case.frames(), cores, strict=True):
        made, _ = segment_in_memory(image, case.settings, core, "cores_filtered", ilastik.RULES)
        np.testing.assert_array_equal(made, components(expected)[0])


@pytest.mark.parametrize(
    "case", [c for c in CASES if c[0] == "L" or c.startswith("J2")], indirect=True
)
def test_smoothing_has_the_bits_of_ilastik(case: Case) -> None:
    sigma = ilastik.sigma(case.settings.sigma, case.map.shape[2:])
    with h5py.File(case.folder / "expected" / "smoothed.h5") as file:
        for name in file:
            expected = file[name][...].reshape(case.map[0, 0].shape)
            smoothed = ilastik.smooth(case.map[0, int(name.removeprefix("channel_"))], sigma)
            np.testing.assert_array_equal(smoothed, expected)


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_components_of_a_segmentation_are_those_of_ilastik(
    name: str, ilastik_case: Callable[[str], Path]
) -> None:
    folder = ilastik_case(name)
    facts = json.loads((folder / "case.json").read_text())["inputs"]["second"]
    segmentation = volume(folder / facts["file"], facts["dataset"], facts["axes"])[0, 0]
    path = folder / "expected" / "object_identities.h5"
    expected = volume(path, "exported_data", facts["axes"])[0, 0]
    np.testing.assert_array_equal(components(segmentation)[0], expected)
