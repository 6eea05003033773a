"""``objclass headless``: scripts that call ilastik change one word."""

from __future__ import annotations

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_switch


@click.command(
    "headless",
    cls=Command,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@json_switch
def command(words: tuple[str, ...]) -> int:
    """Run an ilastik project with ilastik's own options: --project, --raw_data, ….

    Also --prediction_maps, --segmentation_image, --label_image, --export_source,
    --output_format, --output_filename_format, --output_internal_path, --export_dtype,
    --output_axis_order, --cutout_subregion, --table_filename, --table_only, --input_axes,
    --stack_along, --readonly. What is not supported is refused by name.
    """
    from objclass.cli.batch_document import image_facts
    from objclass.cli.bug import report
    from objclass.cli.live import shown_compiling
    from objclass.headless import prepare_headless
    from objclass.nodes.counted import count_objects

    done = []
    for each in shown_compiling(prepare_headless(words).run()):
        done.append(each)
        state = (
            "; ".join(map(str, each.problems)) if each.failed else count_objects(each.objects or 0)
        )
        click.echo(f"{each.image.name}: {state}", err=each.failed)
        for path in each.written:
            click.echo(f"wrote   {path}")
    json_document.add(images=[image_facts(each) for each in done])
    bugs = [each.bug for each in done if each.bug]
    if bugs:
        return report("\n\n".join(bugs))
    return 1 if any(each.failed for each in done) else 0
