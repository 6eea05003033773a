"""``objclass graph``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_switch, option, workflow_argument


@click.command("graph", cls=Command)
@workflow_argument
@option(
    "--direction",
    type=click.Choice(["LR", "RL", "TB", "BT"], case_sensitive=False),
    default="LR",
    show_default=True,
    help="Which way the wires lead: LR is from left to right, TB from top to bottom.",
)
@json_switch
def command(workflow: Path, direction: Literal["LR", "RL", "TB", "BT"]) -> int:
    """Print a workflow as a Mermaid graph, which GitHub and many editors draw."""
    from objclass.nodes.registry import KINDS
    from objclass.report.graph import mermaid, network
    from objclass.schema.workflow import load

    found = network(load(workflow, KINDS))
    text = mermaid(found, direction)
    json_document.add(
        nodes=[{"name": name, "kind": kind} for name, kind in found.nodes(data="kind")],
        wires=[{"giver": a, "taker": b, **facts} for a, b, facts in found.edges(data=True)],
        mermaid=text,
    )
    click.echo(text, nl=False)
    return 0
