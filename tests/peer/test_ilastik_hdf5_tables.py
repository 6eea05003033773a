"""Tables in HDF5 against those that ilastik wrote, with their images of objects."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from commands import objclass
from ilastik_tables import Table, not_comparable, wrong
from written_ilp import put

MARGINS = {"C_3d_wPred": 3, "D_5t2d1c_wPred": 0}
"""Cases with a table in HDF5, and the voxels around objects that were asked for."""
TREE = 0.02
TEXTS = ("User Label", "Predicted Class")


def project(case: Path, into: Path) -> Path:
    """Return a copy of a project that asks for a table in HDF5, as a person would in ilastik."""
    copy = Path(shutil.copy(case / "project.ilp", into / "project.ilp"))
    copy.chmod(0o644)
    place = "ObjectClassification/ExportSettings"
    with h5py.File(copy, "r+") as file:
        found = file[place][()]
        _, features = pickle.loads(bytes(found))
        settings = {
            "file type": "h5",
            "file path": str(into / "table.h5"),
            "compression": {},
            "normalize": True,
            "margin": MARGINS[case.name],
            "include raw": False,
        }
        put(file, place, np.void(pickle.dumps((settings, features), 0)))
    return copy


@pytest.fixture(params=list(MARGINS))
def tables(
    request: pytest.FixtureRequest, ilastik_case: Callable[[str], Path], tmp_path: Path
) -> tuple[Path, Path]:
    """Our table and ilastik's, of the same project."""
    case = ilastik_case(request.param)
    inputs = f"--raw_data={case}/raw.h5/data", f"--prediction_maps={case}/probabilities.h5/data"
    answer = objclass("headless", f"--project={project(case, tmp_path)}", *inputs, "--table_only")
    assert answer.code == 0, answer.err
    return tmp_path / "table.h5", case / "expected" / "table.h5"


def test_columns_rows_and_images_are_ilastik_s(tables: tuple[Path, Path]) -> None:
    with h5py.File(tables[0]) as ours, h5py.File(tables[1]) as theirs:
        assert sorted(ours) == sorted(theirs) == ["images", "table"]
        compare_rows(ours["table"][()], theirs["table"][()], tables[1].parents[1])
        assert set(ours["images"]) == set(theirs["images"])
        for name, image in theirs["images"].items():
            for kind in ("labeling", "raw"):
                mine, their = ours["images"][name][kind], image[kind]
                assert (mine.dtype, mine.shape) == (their.dtype, their.shape)
                assert dict(mine.attrs) == dict(their.attrs)
                np.testing.assert_array_equal(mine[()], their[()])


def compare_rows(ours: np.ndarray, theirs: np.ndarray, case: Path) -> None:
    """Compare two tables; ilastik's order of features changes from run to run."""
    assert set(ours.dtype.names) == set(theirs.dtype.names)
    assert ours.dtype.names[:5] == theirs.dtype.names[:5]
    facts = json.loads((case / "case.json").read_text())
    text: Table = {name: [str(v) for v in theirs[name].tolist()] for name in theirs.dtype.names}
    left_out = not_comparable(facts, text)
    for name in theirs.dtype.names:
        assert ours.dtype[name].kind == theirs.dtype[name].kind
        if name in TEXTS:
            assert ours[name].tolist() == theirs[name].tolist()
            continue
        if name.startswith("Probability of"):
            assert np.abs(ours[name] - theirs[name]).max() <= TREE
            continue
        rows = np.flatnonzero(wrong(name, ours[name].astype(float), theirs[name].astype(float)))
        assert [row for row in rows if (row, name) not in left_out] == [], name
