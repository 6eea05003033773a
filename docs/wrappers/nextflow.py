"""A module for Nextflow, in the style of nf-core."""

from __future__ import annotations

from objclass.batch.request import TABLE_FORMATS
from wrappers.tool import ADDRESS, LICENCE, MADE, NAME, SUMMARY, VERSION, Setting, files

TABLES = f"*_objects.{{{','.join(suffix.lstrip('.') for suffix in TABLE_FORMATS)}}}"


def main() -> str:
    """Return the process."""
    roles = ", ".join(f"path({each.name})" for each in _second())
    flags = "\n".join(
        f"    def {each.name}_option = {each.name} ? \"{each.flag} ${each.name}\" : ''"
        for each in _second()
    )
    given = "\n".join(f"        ${{{each.name}_option}} \\\\" for each in _second())
    return f"""\
// {MADE}
process OBJCLASS_BATCH {{
    tag "$meta.id"
    label 'process_medium'

    conda "${{moduleDir}}/environment.yml"
    container "{NAME}:{VERSION}"

    input:
    tuple val(meta), path(raw), {roles}
    path project

    output:
    tuple val(meta), path("${{prefix}}/{TABLES}"), emit: table
    tuple val(meta), path("${{prefix}}/summary.csv"), emit: summary
    tuple val(meta), path("${{prefix}}/*.{{tif,png}}"), emit: images, optional: true
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: '--export table'
    prefix = task.ext.prefix ?: "${{meta.id}}"
{flags}
    \"\"\"
    {NAME} batch $project \\\\
        --raw $raw \\\\
{given}
        --out $prefix \\\\
        --workers $task.cpus \\\\
        $args

    cat <<-END_VERSIONS > versions.yml
    "${{task.process}}":
        {NAME}: \\$({NAME} --version | sed 's/.* //')
    END_VERSIONS
    \"\"\"

    stub:
    prefix = task.ext.prefix ?: "${{meta.id}}"
    \"\"\"
    mkdir $prefix
    touch $prefix/${{meta.id}}_objects.csv $prefix/summary.csv

    cat <<-END_VERSIONS > versions.yml
    "${{task.process}}":
        {NAME}: \\$({NAME} --version | sed 's/.* //')
    END_VERSIONS
    \"\"\"
}}
"""


def _second() -> list[Setting]:
    """The roles behind the raw image, each of which may be an empty list."""
    return [each for each in files() if each.name != "raw"]


def meta() -> str:
    """Return the description of the module."""
    inputs = "\n".join(
        f"""    - {each.name}:
        type: file
        description: '{each.says}'
        pattern: "*.{{tif,tiff,h5,png,zarr}}\""""
        for each in files()
    )
    about = """\
      - meta:
          type: map
          description: Groovy Map with the sample's id"""
    return f"""\
# {MADE}
name: "{NAME}_batch"
description: {SUMMARY}
keywords:
  - imaging
  - microscopy
  - classification
  - objects
tools:
  - "{NAME}":
      description: {SUMMARY}
      {_where()}
      licence: ["{LICENCE}"]
      identifier: ""
input:
  - - meta:
        type: map
        description: Groovy Map with the sample's id
{inputs}
  - - project:
        type: file
        description: The file NAME.objclass.h5 that {NAME} run has written
        pattern: "*.objclass.h5"
output:
  - table:
{about}
      - "${{prefix}}/{TABLES}":
          type: file
          description: One row per object, with its class and probabilities
          pattern: "{TABLES}"
  - summary:
{about}
      - "${{prefix}}/summary.csv":
          type: file
          description: One row per image, with counts of each class
          pattern: "summary.csv"
  - images:
{about}
      - "${{prefix}}/*.{{tif,png}}":
          type: file
          description: Label images, class images and overlays, where args ask for them
          pattern: "*.{{tif,png}}"
  - versions:
      - versions.yml:
          type: file
          description: File containing software versions
          pattern: "versions.yml"
authors:
  - "the {NAME} developers"
maintainers:
  - "the {NAME} developers"
"""


def _where() -> str:
    """Where the tool is described, which nf-core asks for: no address before there is one."""
    return f'documentation: "{ADDRESS}"' if ADDRESS else 'doi: "no DOI available"'


def environment() -> str:
    """Return the conda environment of the module."""
    return f"""\
channels:
  - conda-forge
dependencies:
  - python>=3.11
  - pip
  - pip:
      - {NAME}=={VERSION}
"""


def test() -> str:
    """Return the module's test."""
    empty = ", ".join("[]" for _ in _second()[1:])
    return f"""\
// {MADE}
nextflow_process {{

    name "Test Process OBJCLASS_BATCH"
    script "../main.nf"
    process "OBJCLASS_BATCH"

    tag "modules"
    tag "{NAME}"
    tag "{NAME}/batch"

    test("{NAME} batch - stub") {{

        options "-stub"

        when {{
            process {{
                \"\"\"
                input[0] = [[id: 'test'], file('raw.tif'), file('map.h5'), {empty}]
                input[1] = file('cells.objclass.h5')
                \"\"\"
            }}
        }}

        then {{
            assertAll(
                {{ assert process.success }},
                {{ assert snapshot(process.out.versions).match() }}
            )
        }}
    }}
}}
"""


FOLDER = "nf-core/objclass/batch"
FILES = {
    f"{FOLDER}/main.nf": main,
    f"{FOLDER}/meta.yml": meta,
    f"{FOLDER}/environment.yml": environment,
    f"{FOLDER}/tests/main.nf.test": test,
}
