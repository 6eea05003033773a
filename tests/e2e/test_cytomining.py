"""``names: cytomining``: a table that pycytominer normalises and aggregates."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from commands import objclass
from readers import read_there

from objclass.data.objects import Column
from objclass.nodes.export.cytomining import feature_title
from workflows import Bench, series, several

WRITE = ("    from: predicted\n", "    from: predicted\n    names: cytomining\n")


def wells(folder: Path) -> Bench:
    """Two wells of a plate, with Cytomining's columns."""
    return several(folder, ("P1_A01_1", "P1_B02_1")).edit(
        ("{name}", "{plate}_{well}_{site}"), WRITE
    )


PYCYTOMINER = """
import json, sys
import pandas as pd
from pycytominer import aggregate, normalize
from pycytominer.cyto_utils import infer_cp_features
table = pd.read_csv(sys.argv[1])
features = infer_cp_features(table)
metadata = infer_cp_features(table, metadata=True)
normal = normalize(table, features="infer", meta_features="infer", method="standardize")
means = aggregate(table, strata=["Metadata_Plate", "Metadata_Well"], features="infer",
                  operation="mean")
print(json.dumps({
    "features": features, "metadata": metadata, "wells": means["Metadata_Well"].tolist(),
    "sizes": means["Nuclei_AreaShape_Voxels"].tolist(),
    "middle": float(normal["Nuclei_AreaShape_Voxels"].mean()),
}))
"""


def test_pycytominer_finds_features_normalises_and_aggregates(tmp_path: Path) -> None:
    wells(tmp_path).run()
    found = read_there(PYCYTOMINER, tmp_path / "results/objects.csv")
    assert "Nuclei_AreaShape_Voxels" in found["features"]
    assert "Nuclei_Intensity_Mean_0" in found["features"]
    assert {"Metadata_Plate", "Metadata_Well", "Metadata_Site"} <= set(found["metadata"])
    assert found["wells"] == ["A01", "B02"]
    assert found["sizes"] == [71, 71]  # six of 113 and six of 29
    assert abs(found["middle"]) < 1e-9


def test_images_and_objects_are_numbered(tmp_path: Path) -> None:
    wells(tmp_path).run()
    table = pd.read_csv(tmp_path / "results/objects.csv")
    assert table["Metadata_ImageNumber"].value_counts().to_dict() == {1: 12, 2: 12}
    assert table["Metadata_ObjectNumber"].tolist() == [*range(1, 13)] * 2
    assert {"Metadata_PredictedClass", "Metadata_Probability_large"} <= set(table.columns)
    assert [c for c in table.columns if not c.startswith(("Metadata_", "Nuclei_"))] == []


def test_a_series_has_its_time(tmp_path: Path) -> None:
    series(tmp_path).edit(WRITE).run()
    table = pd.read_csv(tmp_path / "results/objects.csv")
    assert table["Metadata_Time"].value_counts().tolist() == [12, 12, 12]


def test_a_region_and_a_channel_stay_in_the_name() -> None:
    ring = Column(
        "ring_intensity_mean-dna", "intensity", "ring_intensity_mean", "intensity", "", ""
    )
    assert feature_title(ring, "Cells") == "Cells_Intensity_RingIntensityMean_dna"


def test_images_keep_their_axes_and_a_batch_takes_the_option(tmp_path: Path) -> None:
    wells(tmp_path).run()
    new = (
        "--raw",
        tmp_path / "raw/P1_A01_1.tif",
        "--prediction-map",
        tmp_path / "prob/P1_A01_1.h5",
    )
    answer = objclass("batch", tmp_path / "cells.objclass.h5", *new, "--out", tmp_path / "out",
                      "--names", "cytomining", "--export", "table,identities")  # fmt: skip
    assert answer.code == 0, answer.err
    (table,) = (tmp_path / "out").glob("*_objects.csv")
    assert "Nuclei_AreaShape_Voxels" in pd.read_csv(table).columns


def test_without_a_table_the_option_is_refused(tmp_path: Path) -> None:
    bench = wells(tmp_path).edit(("      table: results/objects.csv\n", ""))
    answer = objclass("validate", bench.file)
    assert answer.code == 2
    assert "names: cytomining has no effect: no table is written" in answer.err


def test_the_dictionary_knows_the_columns_by_these_names(tmp_path: Path) -> None:
    bench = wells(tmp_path)
    bench.edit(("      table: ", "      dictionary: out/d.csv\n      table: ")).run()
    known = pd.read_csv(tmp_path / "out/d.csv").set_index("column")
    assert known.index.tolist() == pd.read_csv(tmp_path / "results/objects.csv").columns.tolist()
    assert known.loc["Nuclei_AreaShape_Voxels", "unit"] == "voxel"
    assert known.loc["Metadata_Probability_large", "definition"] == "probability of the class"
    assert known["definition"].isna().sum() == 0
