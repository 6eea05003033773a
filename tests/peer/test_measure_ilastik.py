"""ilastik's features against tables that the real program wrote, cell by cell.

The tolerances are those of ``ilastik_tables``. Signs of axes count, equal axes and skeletons too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from ilastik_tables import features_of, not_comparable, read_table, wrong

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.ilastik import FAMILY, display_name
from objclass.testing import index_of

CASES = (
    *("A_2d_wPred", "B_2d_wSeg", "C_3d_wPred", "D_5t2d1c_wPred", "E_2d3c_wLabels"),
    *("F_2d3c_wPred", "G_2d_hyst_allfeat", "H_3d_hyst_allfeat", "I2_2d_ipht_rim"),
    *("I_2d_ipht_clumped", "J2_2d_ipht_corechannel", "J_2d_hyst_corechannel", "K_3d_ipht"),
    *("L1_3d_sigma_z05", "L2_3d_sigma_z15", "L3_3d_sigma_z005", "L4_3d_nosmooth"),
    *("M2_uint8_percent_drange", "M3_uint16_nodrange", "M_uint8_prob", "N_2d3c_neigh_cov"),
    *("P2_2dt_ipht_nocore", "P3_2dt_first_frame_empty", "P_2dt_empty_frame", "Q_size_limits"),
)
DEFAULT = ("Bounding Box M", "Center of the object", "Size in pixels", "original_oid")


def read(path: Path, name: str, axes: str | None) -> np.ndarray:
    """Return a dataset as t, c, z, y, x."""
    with h5py.File(path) as file:
        array = file[name][()]
        if axes is None:
            tags = json.loads(file[name].attrs["axistags"])["axes"]
            axes = "".join(tag["key"] for tag in tags)
    for letter in "tczyx":
        if letter not in axes:
            array, axes = array[..., None], axes + letter
    return array.transpose([axes.index(letter) for letter in "tczyx"])


def frame_of(raw: np.ndarray, ids: np.ndarray) -> Frame:
    """One frame of c, z, y, x and z, y, x; a single plane is 2D."""
    flat = ids.shape[0] == 1
    labels = ids[0] if flat else ids
    images = {str(k): channel[0] if flat else channel for k, channel in enumerate(raw)}
    reads = {name: (lambda r, image=image: image[r.slices]) for name, image in images.items()}
    origin = (0,) * labels.ndim
    return Frame(labels.shape, origin, lambda r: labels[r.slices], reads, index_of(labels))


def setting_of(case: dict[str, Any], raw: np.ndarray, dimensions: int) -> Setting:
    margin = case["margin"]
    options = {
        "features": case["selected_features"],
        "margin": dict(zip("xyz", margin, strict=False)) if margin else 0,
    }
    count = raw.shape[1]
    names = tuple(map(str, range(count)))
    dtypes = (str(raw.dtype),) * count
    return Setting(dimensions, names, dtypes, (None,) * count, options=options)


def measured(
    folder: Path, case: dict[str, Any], table: dict[str, list[str]], block: int | None = None
) -> dict[str, np.ndarray]:
    spec = case["inputs"]["raw"]
    axes = spec["axes"] or "zyx"[-len(spec["shape"]) :]
    raw = read(folder / "raw.h5", "data", axes)
    ids = read(folder / "expected/object_identities.h5", "exported_data", None)[:, 0]
    dimensions = 2 if ids.shape[1] == 1 else 3
    setting = setting_of(case, raw, dimensions)
    columns = FAMILY.columns(setting)
    times = np.array(table["timestep"], float).astype(int)
    result = {display_name(c): np.full(len(times), np.nan) for c in columns}
    for t in np.unique(times):
        frame = frame_of(raw[t], ids[t])
        edges = None if block is None else (block,) * dimensions
        values = measure_frame([(FAMILY, setting)], frame, edges)
        rows = np.flatnonzero(times == t)
        assert frame.index.ids.tolist() == [int(float(table["labelimage_oid"][k])) for k in rows]
        for column in columns:
            assert values[column.name].dtype == np.float32
            result[display_name(column)][rows] = values[column.name]
    return result


@pytest.mark.parametrize("name", CASES)
def test_every_column_equals_the_table_of_the_real_program(
    ilastik_case: Callable[[str], Path], name: str
) -> None:
    folder = ilastik_case(name)
    case = json.loads((folder / "case.json").read_text())
    table = read_table(folder / "expected/table.csv")
    ours = measured(folder, case, table)
    skipped = not_comparable(case, table)
    differ = {}
    for column, values in ours.items():
        if column not in table:
            assert name.startswith("P3"), f"ilastik has no {column}"
            continue
        bad = wrong(column, values, np.array(table[column], float))
        rows = [k for k in np.flatnonzero(bad) if (k, column) not in skipped]
        if rows:
            differ[column] = rows
    assert differ == {}
    missing = [c for c in features_of(table) if c not in ours and not c.startswith(DEFAULT)]
    assert missing == []


@pytest.mark.parametrize("name", ["G_2d_hyst_allfeat", "H_3d_hyst_allfeat", "N_2d3c_neigh_cov"])
def test_blocks_change_nothing(ilastik_case: Callable[[str], Path], name: str) -> None:
    folder = ilastik_case(name)
    case = json.loads((folder / "case.json").read_text())
    table = read_table(folder / "expected/table.csv")
    whole, blocks = (measured(folder, case, table, block) for block in (None, 50))
    for column, values in whole.items():
        assert np.array_equal(values, blocks[column], equal_nan=True), column
