"""A wrapper for Snakemake: a folder that a rule names with ``wrapper:``."""

from __future__ import annotations

from wrappers.tool import MADE, NAME, SUMMARY, VERSION, files, program, values


def wrapper() -> str:
    """Return the script that Snakemake runs for a rule."""
    return program("snakemake/wrapper.py", FILES=files(), SETTINGS=values())


def environment() -> str:
    """Return the conda environment of the wrapper."""
    return f"""\
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python >=3.11
  - pip
  - pip:
      - {NAME} =={VERSION}
"""


def meta() -> str:
    """Return what the catalogue of wrappers shows."""
    inputs = "\n".join(f"  - {each.name}: {each.says}" for each in files())
    params = "\n".join(f"  - {each.name}: {each.says}" for each in values())
    return f"""\
# {MADE}
name: {NAME} batch
description: |
  {SUMMARY}.
authors:
  - the {NAME} developers
input:
  - "project: the file NAME.objclass.h5 that {NAME} run has written"
{_quoted(inputs)}
output:
  - "folder: directory() of the results"
params:
{_quoted(params)}
  - "extra: other options of {NAME} batch"
"""


def _quoted(lines: str) -> str:
    """Quote the entries of a list, which hold colons."""
    return "\n".join(
        "  - '" + line.removeprefix("  - ").replace("'", "''") + "'" for line in lines.splitlines()
    )


def rule() -> str:
    """Return a rule that uses the wrapper."""
    return f"""\
# {MADE}
rule classify:
    input:
        project="cells.objclass.h5",
        raw="data/{{sample}}.tif",
        prediction_map="data/{{sample}}_Probabilities.h5",
    output:
        folder=directory("results/{{sample}}"),
    params:
        export="table",
    log:
        "logs/{{sample}}.log",
    threads: 1
    wrapper:
        "file:wrapper"
"""


FILES = {
    "snakemake/wrapper.py": wrapper,
    "snakemake/environment.yaml": environment,
    "snakemake/meta.yaml": meta,
    "snakemake/test/Snakefile": rule,
}
