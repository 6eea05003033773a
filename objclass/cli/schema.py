"""``objclass schema``."""

from __future__ import annotations

from pathlib import Path

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_switch, option


@click.command("schema", cls=Command)
@option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it to a file, such as workflow.schema.json beside the workflow.",
)
@option("--documents", is_flag=True, help="The schema of what --json prints, of all commands.")
@json_switch
def command(output: Path | None, documents: bool) -> int:
    """Print the JSON Schema of workflows, or of what commands print with --json.

    Editors with a YAML language server complete and check a workflow whose first line is
    "# yaml-language-server: $schema=workflow.schema.json".
    """
    import json

    from objclass.cli.json_keys import documents_schema
    from objclass.nodes.registry import KINDS
    from objclass.schema.json_schema import json_schema

    schema = documents_schema() if documents else json_schema(KINDS)
    text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    json_document.add(written=[] if output is None else [output], json_schema=schema)
    if output is None:
        click.echo(text, nl=False)
        return 0
    _write(output, text, schema["title"])
    click.echo(f"wrote   {output}")
    return 0


def _write(path: Path, text: str, title: str) -> None:
    """Write the schema; only an older schema of ours is replaced."""
    from objclass.io.aside import written_aside
    from objclass.io.new_file import write_new

    if title_of(path) != title:
        write_new(path, text)
        return
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def title_of(path: Path) -> str | None:
    """Return the title of a JSON Schema file; None for anything else."""
    import json

    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found.get("title") if isinstance(found, dict) else None
