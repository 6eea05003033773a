"""A tool for Galaxy."""

from __future__ import annotations

from html import escape

from wrappers.tool import MADE, NAME, SUMMARY, VERSION, files, results, setting

FORMATS = {"raw": "tiff,png,h5", "prediction_map": "h5,tiff", "segmentation": "tiff,png,h5",
           "label_image": "tiff,png,h5"}  # fmt: skip
"""Galaxy's names of what each role may be."""


def tool() -> str:
    """Return the XML of the tool."""
    return f"""\
<tool id="{NAME}_batch" name="Classify objects" version="{VERSION}+galaxy0" profile="24.0">
    <!-- {MADE} -->
    <description>in microscopy images with a trained {NAME} project</description>
    <edam_topics>
        <edam_topic>topic_3382</edam_topic>
    </edam_topics>
    <edam_operations>
        <edam_operation>operation_3443</edam_operation>
    </edam_operations>
    <requirements>
        <requirement type="package" version="{VERSION}">{NAME}</requirement>
    </requirements>
    <version_command>{NAME} --version</version_command>
    <command detect_errors="exit_code"><![CDATA[
{_links()}
{NAME} batch project.objclass.h5
{_given()}
    --export '$export'
    --format '$format'
    #if $sets
    --set '$sets'
    #end if
    --out results
    --workers "\\${{GALAXY_SLOTS:-1}}"
    ]]></command>
    <inputs>
        <param name="project" type="data" format="h5" label="Project" help="The file NAME.objclass.h5 that {NAME} run has written."/>
{_images()}
        <param argument="--export" type="select" multiple="true" optional="false" label="Results" help="{escape(setting("export").says)}">
{_choices()}
        </param>
        <param argument="--format" type="select" label="Format of tables" help="{escape(setting("formats").says)}">
            <option value="csv" selected="true">CSV</option>
            <option value="parquet">Parquet</option>
        </param>
        <param name="sets" argument="--set" type="text" optional="true" value="" label="Another value" help="{escape(setting("sets").says)}">
            <validator type="regex" message="NODE.FIELD=VALUE">^$|^[A-Za-z0-9_]+\\.[A-Za-z0-9_.]+=[^']+$</validator>
        </param>
    </inputs>
    <outputs>
        <data name="summary" format="csv" from_work_dir="results/summary.csv" label="${{tool.name}} on ${{on_string}}: summary"/>
        <collection name="written" type="list" label="${{tool.name}} on ${{on_string}}: results">
            <discover_datasets pattern="image_(?P&lt;designation&gt;.+)\\.(?P&lt;ext&gt;[a-z0-9]+)$" directory="results"/>
        </collection>
    </outputs>
    <tests>
        <test expect_failure="true" expect_exit_code="2">
            <param name="project" value="no_project.h5" ftype="h5"/>
            <param name="raw" value="raw.tif" ftype="tiff"/>
            <assert_stderr>
                <has_text text="no_project"/>
            </assert_stderr>
        </test>
    </tests>
    <help><![CDATA[
{SUMMARY}.

Train a project with *{NAME} run*, and classify other images with it here. Give what the project was trained on:
a raw image, and its prediction map, segmentation or label image.
    ]]></help>
    <citations>
        <citation type="bibtex">@misc{{{NAME}, title = {{{NAME}: {SUMMARY}}}, author = {{{{the {NAME} developers}}}}, year = {{2026}}}}</citation>
    </citations>
</tool>
"""


def _links() -> str:
    """The lines that give every file a name with its format, which Galaxy's own names have not."""
    lines = ["ln -s '$project' project.objclass.h5 &&"]
    for each in files():
        lines += [f"#if ${each.name}", f"ln -s '${each.name}' '{_file(each.name)}' &&", "#end if"]
    return "\n".join(lines)


def _file(role: str) -> str:
    """What the file of a role is called in the job."""
    ending = f"${{{role}.ext.replace('tiff', 'tif')}}"
    return f"image.{ending}" if role == "raw" else f"image_{role}.{ending}"


def _given() -> str:
    lines = []
    for each in files():
        lines += [f"    #if ${each.name}", f"    {each.flag} '{_file(each.name)}'", "    #end if"]
    return "\n".join(lines)


def _images() -> str:
    lines = []
    for each in files():
        optional = "false" if each.name == "raw" else "true"
        lines.append(
            f'        <param argument="{each.flag}" type="data" format="{FORMATS[each.name]}"'
            f' optional="{optional}" label="{each.name.replace("_", " ").capitalize()}"'
            f' help="{escape(each.says)}"/>'
        )
    return "\n".join(lines)


def _choices() -> str:
    return "\n".join(
        f'            <option value="{name}"{_selected(name)}>{name}</option>' for name in results()
    )


def _selected(name: str) -> str:
    return ' selected="true"' if name == "table" else ""


FILES = {"galaxy/objclass_batch.xml": tool}
