"""A package of one Fractal task: its code, its list of tasks and its manifest."""

from __future__ import annotations

import json
from typing import Any

from wrappers.tool import LICENCE, MADE, NAME, SUMMARY, VERSION, setting

PACKAGE = "objclass_fractal"
TASK = "classify_objects"
ABOUT = (
    "Classify the objects of a label image with a trained objclass project.",
    "The classes, probabilities and features become a feature table of the same OME-Zarr image.",
)
ARGUMENTS: dict[str, tuple[str, str | None, str]] = {
    "zarr_url": ("Zarr Url", None, "Path of the OME-Zarr image; Fractal sets it."),
    "project": ("Project", None, "Path of NAME.objclass.h5, as objclass run has written it."),
    "label_name": ("Label Name", None, "Name of the label image whose objects are classified."),
    "table_name": ("Table Name", "objclass", "Name of the feature table to write."),
    "formats": ("Formats", "parquet", "Format of the table's file: parquet or csv."),
}
"""Name of an argument of the task to its title, its default and what it says."""
META = {"cpus_per_task": 1, "mem": 4000}
TAGS = ["Classification", "2D", "3D"]


def manifest() -> str:
    """Return ``__FRACTAL_MANIFEST__.json``, as fractal-task-tools makes it of the code below."""
    task = {
        "name": "Classify objects",
        "category": "Measurement",
        "tags": TAGS,
        "docs_info": f"## {TASK}\n{chr(10).join(ABOUT[:1])}\n\n{ABOUT[1]}\n",
        "type": "parallel",
        "executable_parallel": f"{TASK}.py",
        "meta_parallel": META,
        "args_schema_parallel": _schema(),
    }
    said = {
        "manifest_version": "2",
        "task_list": [task],
        "has_args_schemas": True,
        "args_schema_version": "fractal_schema_v1",
        "authors": f"the {NAME} developers",
    }
    return json.dumps(said, indent=2) + "\n"


def _schema() -> dict[str, Any]:
    properties = {}
    for name, (title, default, says) in ARGUMENTS.items():
        shown = {} if default is None else {"default": default}
        properties[name] = {**shown, "title": title, "type": "string", "description": says}
    return {
        "additionalProperties": False,
        "properties": properties,
        "required": [name for name, (_, default, _) in ARGUMENTS.items() if default is None],
        "type": "object",
        "title": "ClassifyObjects",
    }


def task() -> str:
    """Return the code of the task."""
    says = "\n".join(f"        {name}: {text}" for name, (_, _, text) in ARGUMENTS.items())
    signature = "\n".join(
        f"    {name}: str," if default is None else f'    {name}: str = "{default}",'
        for name, (_, default, _) in ARGUMENTS.items()
    )
    return f'''\
"""{ABOUT[0]}

{MADE}
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def {TASK}(
    *,
{signature}
) -> None:
    """{ABOUT[0]}

    {ABOUT[1]}

    Args:
{says}
    """
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results")
        subprocess.run(
            [
                sys.executable, "-m", "{NAME}", "batch", project,
                "{setting("raw").flag}", zarr_url,
                "{setting("label_image").flag}", f"{{zarr_url}}/labels/{{label_name}}",
                "{setting("export").flag}", "ngio", "--out", str(results), "--workers", "1",
            ],
            check=True,
        )  # fmt: skip
        [table] = results.glob("*_features.zarr")
        place(table, Path(zarr_url, "tables", table_name), label_name, formats)


def place(table: Path, where: Path, label_name: str, backend: str) -> None:
    """Write a feature table again inside an OME-Zarr image, beside its label image."""
    import pandas as pd

    from objclass.io.feature_table import FeatureTable, feature_table_writer

    said = json.loads((table / "zarr.json").read_text(encoding="utf-8"))["attributes"]
    frame = pd.read_parquet(table / "table.parquet")
    about = FeatureTable(
        said["measurement_columns"], said["categorical_columns"], said["metadata_columns"],
        label_name, "csv" if backend == "csv" else "parquet",
    )  # fmt: skip
    where.parent.mkdir(exist_ok=True)
    with feature_table_writer(where, about, {{}}) as append:
        append({{name: frame[name].to_numpy() for name in frame}})


def main() -> None:
    """Read the arguments that Fractal has written, and write what it reads."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--args-json", required=True)
    parser.add_argument("--out-json", required=True)
    said = parser.parse_args()
    {TASK}(**json.loads(Path(said.args_json).read_text(encoding="utf-8")))
    Path(said.out_json).write_text("{{}}", encoding="utf-8")


if __name__ == "__main__":
    main()
'''


def task_list() -> str:
    """Return the list of tasks from which fractal-task-tools makes a manifest."""
    return f'''\
"""The tasks of this package.

{MADE}
"""

from fractal_task_tools.task_models import ParallelTask

AUTHORS = "the {NAME} developers"
TASK_LIST = [
    ParallelTask(
        name="Classify objects",
        category="Measurement",
        tags={json.dumps(TAGS)},
        executable="{TASK}.py",
        meta={json.dumps(META)},
    ),
]
'''


def project() -> str:
    """Return the package's metadata."""
    return f"""\
# {MADE}
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{PACKAGE.replace("_", "-")}"
version = "{VERSION}"
description = "{SUMMARY}: a task for Fractal"
license = "{LICENCE}"
authors = [{{ name = "the {NAME} developers" }}]
requires-python = ">=3.11"
dependencies = ["{NAME}=={VERSION}"]
"""


def package() -> str:
    """Return the package's first module."""
    return f'"""A Fractal task that classifies objects."""\n\n# {MADE}\n'


FILES = {
    "fractal/pyproject.toml": project,
    f"fractal/{PACKAGE}/__init__.py": package,
    f"fractal/{PACKAGE}/{TASK}.py": task,
    f"fractal/{PACKAGE}/dev/__init__.py": package,
    f"fractal/{PACKAGE}/dev/task_list.py": task_list,
    f"fractal/{PACKAGE}/__FRACTAL_MANIFEST__.json": manifest,
}
