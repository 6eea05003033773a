"""``objclass headless --export_source="Blockwise …"`` against what ilastik itself exported.

The reference cases' README says which blockwise images of ilastik can be compared: not those
beside an empty frame, where its file holds memory that nobody wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from commands import objclass
from numpy.typing import NDArray

CUT = ["A_2d_wPred", "G_2d_hyst_allfeat", "H_3d_hyst_allfeat"]
"""Cases with several blocks; ilastik exported their probabilities too."""
WHOLE = [
    "E_2d3c_wLabels", "K_3d_ipht", "O_empty_image", "P2_2dt_ipht_nocore",
    "B_2d_wSeg", "C_3d_wPred", "D_5t2d1c_wPred", "F_2d3c_wPred", "I2_2d_ipht_rim",
    "I_2d_ipht_clumped", "J2_2d_ipht_corechannel", "J_2d_hyst_corechannel", "L1_3d_sigma_z05",
    "L2_3d_sigma_z15", "L3_3d_sigma_z005", "L4_3d_nosmooth", "M2_uint8_percent_drange",
    "M3_uint16_nodrange", "M_uint8_prob", "N_2d3c_neigh_cov", "Q_size_limits",
]  # fmt: skip
"""Cases that one block covers."""
SECOND = {
    "Prediction Maps": "--prediction_maps",
    "Segmentation Image": "--segmentation_image",
    "Label Image": "--label_image",
}


def images(case: Path, out: Path, kind: str) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    """Return our blockwise image of a case and ilastik's."""
    facts = json.loads((case / "case.json").read_text())
    assert facts["blockwise_comparable"]
    second = facts["inputs"]["second"]
    answer = objclass(
        "headless", f"--project={case / 'project.ilp'}", f"--raw_data={case / 'raw.h5/data'}",
        f"{SECOND[facts['variant']]}={case / second['file'] / second['dataset']}",
        f"--export_source=Blockwise Object {kind}", "--output_format=hdf5",
        f"--output_filename_format={out / 'ours.h5'}", f"--table_filename={out / 'table.csv'}",
    )  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    found = []
    for path in (out / "ours.h5", case / "expected" / f"blockwise_{kind.lower()}.h5"):
        with h5py.File(path) as file:
            found.append(file["exported_data"][()])
    return found[0], found[1]


@pytest.mark.parametrize("name", [*CUT, *WHOLE])
def test_blockwise_predictions_are_ilastik_s_voxel_for_voxel(
    name: str, ilastik_case: Callable[[str], Path], tmp_path: Path
) -> None:
    ours, theirs = images(ilastik_case(name), tmp_path, "Predictions")
    assert ours.dtype == theirs.dtype == np.uint8
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", CUT)
def test_blockwise_probabilities_are_ilastik_s_voxel_for_voxel(
    name: str, ilastik_case: Callable[[str], Path], tmp_path: Path
) -> None:
    ours, theirs = images(ilastik_case(name), tmp_path, "Probabilities")
    assert ours.dtype == theirs.dtype == np.float32
    np.testing.assert_array_equal(ours, theirs)
