"""``objclass napari``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_option, option, workflow_options

if TYPE_CHECKING:
    from objclass.curation.importing import AnnotationImport
    from objclass.preview.hand_over import HandedOver
    from objclass.preview.layers import ViewedLayer


@click.command("napari", cls=Command)
@workflow_options
@option("--node", metavar="NAME", help="Whose objects; by default the predictions.")
@option("--image", metavar="NAME", help="Which image; by default the first.")
@option("--frame", type=click.IntRange(min=0), help="Time point; by default the middle.")
@json_option
def command(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    as_json: bool,
    node: str | None,
    image: str | None,
    frame: int | None,
) -> int:
    """Open a workflow's image, objects, classes and annotations in napari; take points back.

    Each class is a layer of points. Select it, place points inside objects, and close napari:
    new points are added to the annotations, and the file as it was is kept as NAME.bak. Points
    that were taken away stay in the file.
    """
    from objclass.cli.live import teller
    from objclass.curation.imported_file import write_imported
    from objclass.preview.hand_over import ViewerRequest, bring_back, hand_over
    from objclass.run import Request

    require_napari()
    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, tell=tell, trust_plugins=trust)
        shown = hand_over(workflow, request, ViewerRequest(node, image, frame))
    if shown.note and not as_json:
        click.echo(f"note: {shown.note}")
    found = bring_back(shown, view(shown))
    written = write_imported(found) if found and found.of("new") else ()
    counts = dict(found.counts) if found else {}
    json_document.add(
        image=shown.image, t=shown.t, counts=counts, written=[str(each.table) for each in written]
    )
    if not as_json:
        lines = told(shown, found, [str(each.table) for each in written])
        click.echo("\n".join(lines))
    return 0


def require_napari() -> None:
    """Refuse where napari is not installed.

    Raises
    ------
    InputError
        With what to install.
    """
    from importlib.util import find_spec

    from objclass.errors import InputError, Problem

    if find_spec("napari") is None:
        what = "objclass napari needs napari, which is not installed"
        raise InputError(Problem(what, fix="pip install 'objclass[napari]'"))


def view(shown: HandedOver) -> Sequence[ViewedLayer]:
    """Show layers in a window of napari until it is closed, and return them as they are then."""
    import napari
    from napari.layers import Layer

    viewer = napari.Viewer(title=f"{shown.workflow.name}: {shown.image}")
    for layer in shown.layers:
        viewer.add_layer(Layer.create(*layer.as_tuple))
    layers = list(viewer.layers)
    napari.run()
    return layers


def told(
    shown: HandedOver, found: AnnotationImport | None, written: Sequence[str]
) -> Iterator[str]:
    """Yield what the command prints after the window was closed."""
    from objclass.cli.annotation_import import SAID

    if found is None:
        yield "0 points" if shown.classifier else "no classifier learns from these objects"
        return
    said = ", ".join(f"{n} {SAID[name]}" for name, n in found.counts.items())
    yield f"{len(found.rows)} points: {said}"
    for each in written:
        yield f"wrote   {Path(each).name}"
    yield f"next    objclass run {shown.workflow}" if written else "nothing to write"
