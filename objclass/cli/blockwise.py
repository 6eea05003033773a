"""``objclass blockwise``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from objclass.cli import json_document
from objclass.cli.options import CommandGroup, json_option, option, workflow_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from objclass.comparison import Comparison
    from objclass.schema.space import AxisValues


@click.group("blockwise", cls=CommandGroup)
def command() -> None:
    """Compare ilastik's blocks, which cut objects, with the whole image."""


class SizeType(click.ParamType[Any]):
    """Voxels: one number, or one per axis."""

    name = "voxels"

    def convert(self, value: Any, param: Any, ctx: Any) -> int | AxisValues:
        """Return ``128``, ``128,128,64`` (x,y,z as in ilastik) or ``z=64,y=128,x=128``."""
        from objclass.schema.space import AxisValues

        parts = [part.strip() for part in str(value).split(",")]
        if len(parts) == 1 and parts[0].isdecimal():
            return int(parts[0])
        named = [part.partition("=") for part in parts]
        pairs = [(a.strip(), n.strip()) for a, sign, n in named if sign]
        if not pairs and len(parts) <= len("xyz"):
            pairs = list(zip("xyz", parts, strict=False))
        sizes = {a: int(n) for a, n in pairs if n.isdecimal() and a in ("x", "y", "z")}
        if len(sizes) != len(parts) or not {"x", "y"} <= sizes.keys():
            expected = "128, or x,y or x,y,z as in 128,128,64, or z=64,y=128,x=128"
            self.fail(f"{value!r} is no size in voxels; expected {expected}", param, ctx)
        return AxisValues(y=sizes["y"], x=sizes["x"], z=sizes.get("z"))


@command.command("compare", short_help="Find the halo with which blocks agree.")
@workflow_options
@option(
    "--block", "blocks", type=SizeType(), multiple=True, required=True, metavar="X,Y,Z",
    help="Edge of a block in voxels; several times for several.",
)  # fmt: skip
@option(
    "--halo", "halos", type=SizeType(), multiple=True, required=True, metavar="X,Y,Z",
    help="What a block sees around itself; several times for several.",
)  # fmt: skip
@option("--node", metavar="NAME", help="Which predictions; by default the last.")
@option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the objects that differ (PNG).",
)  # fmt: skip
@json_option
def compare(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    blocks: tuple[Any, ...],
    halos: tuple[Any, ...],
    node: str | None,
    output: Path | None,
    as_json: bool,
) -> int:
    """Classify by ilastik's blocks and whole, and say which objects differ.

    A size is one number, or x,y,z as in ilastik, or names its axes: z=64,y=128,x=128. Every
    block is tried with every halo. What is cached is not computed again; nothing is exported.
    """
    from dataclasses import asdict

    from objclass.cli.live import teller
    from objclass.comparison import compare as compared
    from objclass.run import Request

    sizes = [(block, halo) for block in blocks for halo in halos]
    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, tell=tell, trust_plugins=trust)
        found = compared(workflow, request, sizes, node, output)
    if as_json:
        json_document.add(**asdict(found))
    else:
        click.echo("\n".join(lines(found)))
    return 0


def lines(found: Comparison) -> Iterator[str]:
    """Yield what the command prints."""
    import os

    from objclass.comparison import in_words

    yield f"{found.node}  {found.sizes[0].objects} objects, {found.sizes[0].voxels} voxels"
    rows = [("block", "halo", "objects agree", "voxels agree", "cut", "two classes")]
    for each in found.sizes:
        objects = f"{each.objects_agree}  {_percent(each.objects_agree, each.objects)}"
        share = _percent(each.voxels_agree, each.voxels)
        sizes = in_words(each.block), in_words(each.halo)
        rows.append((*sizes, objects, share, str(each.cut), str(each.in_two_classes)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)).rstrip()
    for each in found.sizes:
        for was, now, count in each.changes:
            size = f"block {in_words(each.block)}, halo {in_words(each.halo)}"
            yield f"{size}: {was} -> {now} in {count} object{'s' * (count != 1)}"
    yield f"extent of the largest object: {in_words(found.largest)}; of 99 %: " + in_words(
        found.most
    )
    if any(found.around.values()):
        yield f"features look around an object: {in_words(found.around)}"
    yield f"recommended halo: {in_words(found.recommended)}; mode: exact needs none"
    if found.by_place:
        from objclass.errors import list_some

        yield f"no halo makes these features equal: {list_some(found.by_place, 4)}"
    if found.picture:
        yield f"wrote   {os.path.relpath(found.picture)}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
