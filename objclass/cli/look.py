"""``objclass look``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_option, option, workflow_options

if TYPE_CHECKING:
    from objclass.preview import Preview


class PlaneType(click.ParamType[Any]):
    """A plane by its number, or the projection of all."""

    name = "plane"

    def convert(self, value: Any, param: Any, ctx: Any) -> int | Literal["max"]:
        """Return a number or ``max``."""
        if value == "max":
            return "max"
        try:
            return int(value)
        except ValueError:
            self.fail(f"{value!r} is neither a number nor max", param, ctx)


@click.command("look", cls=Command)
@workflow_options
@option("--node", metavar="NAME", help="Whose objects; by default the predictions.")
@option("--image", metavar="NAME", help="Which image; by default the first.")
@option("--frame", type=click.IntRange(min=0), help="Time point; by default the middle.")
@option(
    "--plane", type=PlaneType(), metavar="Z|max", help="Plane of a volume, or max for a projection."
)
@option("--object", "object_id", type=click.IntRange(min=1), help="Only around this object.")
@option(
    "--color",
    type=click.Choice(["class", "uncertainty"]),
    default="class",
    show_default=True,
    help="What colours mean.",
)
@option("--numbers", is_flag=True, help="Write the id beside every object.")
@option("--fill", is_flag=True, help="Tint the insides of objects too.")
@option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The picture (PNG)."
)
@json_option
def command(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    as_json: bool,
    **wanted: Any,
) -> int:
    """Draw the objects of a node over the image; what is not cached is made first.

    Outlines have the colours of the predicted classes, dots mark annotated objects. Nothing of
    the workflow changes, and no export node is needed.
    """
    from dataclasses import asdict

    from objclass.cli.live import teller
    from objclass.preview import PictureRequest, preview
    from objclass.run import Request

    with teller(quiet=as_json) as tell:
        found = preview(
            workflow, Request(sets, cache, tell=tell, trust_plugins=trust), PictureRequest(**wanted)
        )
    if as_json:
        json_document.add(**asdict(found))
    else:
        click.echo("\n".join(look_lines(found)))
    return 0


def look_lines(found: Preview) -> list[str]:
    """Return what the command prints."""
    from objclass.nodes.counted import count_objects

    where = [f"image {found.image}"]
    named = f" (file {found.frame_name})" if found.frame_name is not None else ""
    where += [f"frame {found.frame}{named}"] if found.frame is not None else []
    where += [f"plane {found.plane}"] if found.plane is not None else []
    annotated = f", {found.annotated} annotated" if found.annotated else ""
    lines = [f"note: {found.note}"] if found.note else []
    lines.append(f"{found.node}  {count_objects(found.objects)}{annotated}  ({', '.join(where)})")
    return [*lines, f"wrote   {os.path.relpath(found.path)}"]
