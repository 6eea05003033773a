"""ilastik's own objects come out of a whole workflow with ``compatibility: ilastik``.

A workflow is written for every case that the real program was run on, from the settings that
its folder tells; it is run, and the ids that it exports are compared voxel for voxel.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from finding import blockwise

from objclass.data import blocks
from objclass.data.axes import to_order
from objclass.run import Request, prepare
from workflows import quick_folder

CASES = [
    "A_2d_wPred", "B_2d_wSeg", "C_3d_wPred", "D_5t2d1c_wPred", "E_2d3c_wLabels", "F_2d3c_wPred",
    "G_2d_hyst_allfeat", "H_3d_hyst_allfeat", "I2_2d_ipht_rim", "I_2d_ipht_clumped",
    "J2_2d_ipht_corechannel", "J_2d_hyst_corechannel", "K_3d_ipht", "L1_3d_sigma_z05",
    "L2_3d_sigma_z15", "L3_3d_sigma_z005", "L4_3d_nosmooth", "M2_uint8_percent_drange",
    "M3_uint16_nodrange", "M_uint8_prob", "N_2d3c_neigh_cov", "O_empty_image",
    "P2_2dt_ipht_nocore", "P3_2dt_first_frame_empty", "P_2dt_empty_frame", "Q_size_limits",
]  # fmt: skip
ROLES = {
    "Prediction Maps": "prediction_map",
    "Segmentation Image": "segmentation",
    "Label Image": "label_image",
}


class Case:
    """One folder of the reference, as a workflow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts: dict[str, Any] = json.loads((folder / "case.json").read_text())
        self.second: dict[str, Any] = self.facts["inputs"]["second"]
        self.role = ROLES[self.facts["variant"]]

    @property
    def file(self) -> Path:
        """Where the map, segmentation or label image lies."""
        return self.folder / self.second["file"]

    @property
    def source(self) -> dict[str, Any]:
        """The input; axes are said where the file is silent."""
        with h5py.File(self.file) as file:
            silent = "axistags" not in file[self.second["dataset"]].attrs
        said = {"axes": self.second["axes"]} if silent else {}
        return {"path": f"{self.file}:/{self.second['dataset']}", **said}

    def reordered(self, order: str, folder: Path) -> dict[str, Any]:
        """The input with its axes in another order, as a file without any metadata."""
        with h5py.File(self.file) as file:
            array = file[self.second["dataset"]][...]
        np.save(folder / "second.npy", to_order(array, self.second["axes"], order))
        drange = self.second["drange"]
        told = {"value_range": drange} if drange else {}
        return {"path": str(folder / "second.npy"), "axes": order, **told}

    @property
    def finder(self) -> dict[str, Any]:
        """The node that finds objects, with the settings of the project."""
        if self.role != "prediction_map":
            return {"kind": "components", "ids": "relabel"}
        told = self.facts["threshold"]
        fields: dict[str, Any] = {
            "kind": "threshold",
            "channel": told["channel"],
            "sigma": told["sigma"],
            "threshold": told["low"],
            "min_size": told["min_size"],
            "max_size": told["max_size"],
        }
        if told["CurOperator"] != 0:
            fields |= {"method": "hysteresis", "core_threshold": told["high"]}
            fields |= {"core_channel": told["core_channel"]}
            fields |= {"merge_objects": told["CurOperator"] != 3}
        return fields

    def workflow(self, source: dict[str, Any], block: int | None = None) -> dict[str, Any]:
        """The workflow; `block` has the objects found by block."""
        nodes: dict[str, Any] = {
            "second": {"kind": "input", "role": self.role, **source},
            "found": {"image": "second", **self.finder},
            "out": {"kind": "export", "from": "found", "write": {"identities": "ids.h5"}},
        }
        if block is not None:
            nodes |= blockwise(block)
        return {"version": 1, "compatibility": "ilastik", "nodes": nodes}

    @property
    def expected(self) -> np.ndarray:
        """The ids that ilastik exported."""
        return exported(self.folder / "expected" / "object_identities.h5")


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as name:
        yield Path(name)


@pytest.fixture
def case(request: pytest.FixtureRequest, ilastik_case: Callable[[str], Path]) -> Case:
    return Case(ilastik_case(request.param))


def exported(file: Path) -> np.ndarray:
    """Ids of a file that ilastik or objclass wrote, ``(t, c, z, y, x)``."""
    with h5py.File(file) as opened:
        data = opened["exported_data"]
        tags = json.loads(data.attrs["axistags"])["axes"]
        return to_order(data[...], "".join(tag["key"] for tag in tags), "tczyx")


def found(workflow: dict[str, Any], folder: Path) -> np.ndarray:
    """Run a workflow, and return the ids that it exports."""
    file = folder / "case.yaml"
    file.write_text(json.dumps(workflow), encoding="utf-8")
    outcomes = prepare(file, Request(cache=folder / ".cache")).run()
    assert [p for o in outcomes for p in o.problems] == []
    return exported(folder / "ids.h5")


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_the_exported_ids_are_those_of_ilastik(case: Case, folder: Path) -> None:
    np.testing.assert_array_equal(found(case.workflow(case.source), folder), case.expected)


@pytest.mark.parametrize(
    ("case", "order"),
    [
        ("A_2d_wPred", "cyx"),
        ("J2_2d_ipht_corechannel", "xyc"),
        ("M2_uint8_percent_drange", "cyx"),
        ("M_uint8_prob", "xyc"),
        ("C_3d_wPred", "cxzy"),
        ("K_3d_ipht", "cxzy"),
        ("L3_3d_sigma_z005", "cxzy"),
        ("P2_2dt_ipht_nocore", "xcyt"),
        ("P3_2dt_first_frame_empty", "cytx"),
    ],
    indirect=["case"],
)
def test_the_order_of_axes_in_the_file_changes_nothing(
    case: Case, order: str, folder: Path
) -> None:
    workflow = case.workflow(case.reordered(order, folder))
    np.testing.assert_array_equal(found(workflow, folder), case.expected)


@pytest.mark.parametrize(
    "case",
    [
        "A_2d_wPred", "D_5t2d1c_wPred", "N_2d3c_neigh_cov", "H_3d_hyst_allfeat",
        "I_2d_ipht_clumped", "J_2d_hyst_corechannel", "L1_3d_sigma_z05", "L3_3d_sigma_z005",
        "M2_uint8_percent_drange", "P_2dt_empty_frame", "Q_size_limits",
    ],
    indirect=True,
)  # fmt: skip
def test_by_block_the_ids_are_the_same(
    case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "CHUNKS", {2: (64, 96), 3: (16, 24, 32)})
    np.testing.assert_array_equal(found(case.workflow(case.source, 40), folder), case.expected)
