"""What was measured, as a pandas table with units."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import objclass
from objclass.errors import InputError
from workflows import several


def test_a_table_has_one_row_an_object_of_every_image_and_knows_its_units(tmp_path: Path) -> None:
    job = several(tmp_path).job()
    outcomes = job.run()
    made = objclass.table(job, outcomes, "measured")
    assert made.index.names == ["image", "t", "object"]
    assert made.groupby("image")["size_voxels"].count().to_dict() == {"a": 12, "b": 12, "c": 12}
    for outcome in (o for o in outcomes if o.step.node == "measured" and o.step.image == "b"):
        assert outcome.known is not None
        table = job.store.load(outcome.known.artifact, outcome.step.part.header)
        for name, values in table.columns.items():
            assert (made.loc["b", name].to_numpy() == values).all()
    assert made.attrs["units"]["size_voxels"] == "voxel"
    assert made.attrs["definitions"]["size_voxels"] == "Number of voxels."


def test_a_node_without_a_table_is_refused_with_the_nearest(tmp_path: Path) -> None:
    job = several(tmp_path).job()
    with pytest.raises(InputError, match=r"'mesured' has measured nothing.*did you mean measured"):
        objclass.table(job, job.run(), "mesured")


def test_pandas_and_networkx_are_imported_by_who_asks_only() -> None:
    code = (
        "import sys, objclass; objclass.table, objclass.network, objclass.summarize; "
        "print({'pandas', 'networkx', 'skimage', 'scipy'} & set(sys.modules))"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "set()"
