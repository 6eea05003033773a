"""Classify the objects of a label image with a trained objclass project.

python docs/generate.py makes the manifest of this function's arguments, and fills in the formats.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal


def classify_objects(
    *,
    zarr_url: str,
    project: str,
    label_name: str,
    table_name: str = "objclass",
    formats: Literal["parquet", "csv"] = "parquet",
) -> None:
    """Classify the objects of a label image with a trained objclass project.

    The classes, probabilities and features become a feature table of the same OME-Zarr image.

    Args:
        zarr_url: Path of the OME-Zarr image; Fractal sets it.
        project: Path of NAME.objclass.h5, as objclass run has written it.
        label_name: Name of the label image whose objects are classified.
        table_name: Name of the feature table to write.
        formats: Format of the table's file: parquet or csv.
    """
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results")
        done = subprocess.run(
            [
                sys.executable, "-m", "objclass", "batch", project,
                "--raw", zarr_url,
                "--label-image", f"{zarr_url}/labels/{label_name}",
                "--export", "ngio", "--out", str(results), "--workers", "1",
            ],
            check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(done.returncode)  # it has said why
        tables = sorted(results.glob("*_features.zarr"))
        if len(tables) != 1:
            sys.exit(f"{project} has {len(tables)} results; expected a project with one")
        place(tables[0], Path(zarr_url, "tables", table_name), label_name, formats)


def place(table: Path, where: Path, label_name: str, backend: Literal["parquet", "csv"]) -> None:
    """Write a feature table again inside an OME-Zarr image, beside its label image."""
    import pandas as pd

    from objclass.io.feature_table import FeatureTable, feature_table_writer

    said = json.loads((table / "zarr.json").read_text(encoding="utf-8"))["attributes"]
    frame = pd.read_parquet(table / "table.parquet")
    about = FeatureTable(
        said["measurement_columns"], said["categorical_columns"], said["metadata_columns"],
        label_name, backend,
    )  # fmt: skip
    where.parent.mkdir(exist_ok=True)
    with feature_table_writer(where, about, {}) as append:
        append({name: frame[name].to_numpy() for name in frame})


def main() -> None:
    """Read the arguments that Fractal has written, and write what it reads."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--args-json", required=True)
    parser.add_argument("--out-json", required=True)
    said = parser.parse_args()
    classify_objects(**json.loads(Path(said.args_json).read_text(encoding="utf-8")))
    Path(said.out_json).write_text("{}", encoding="utf-8")


if __name__ == "__main__":
    main()
