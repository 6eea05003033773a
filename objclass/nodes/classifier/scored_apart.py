"""What is scored apart: groups of images, and images that nothing is learned from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from objclass.engine.look import Look
from objclass.errors import list_some, nearest
from objclass.evaluation.grouping import IMAGE
from objclass.nodes.annotated import AnnotationFile
from objclass.nodes.placeholder import image_names
from objclass.schema.image_choice import ImageChoice

HELD_OUT = "held_out"
"""The part with the examples of one image that are scored only."""


def check_scored_apart(look: Look, group: str | None, hold_out: ImageChoice | None) -> None:
    """Report names that the images do not have, and a choice that fits none of them or all."""
    if group is not None:
        check_image_name(look, "group", group)
    if hold_out is None:
        return
    if unknown := _unknown(look, [name for name, _ in hold_out.values]):
        _report_unknown(look, "hold_out", unknown)
        return
    images = look.settings.images
    held = [image for image in images if hold_out.holds(image_names(image))]
    if not held:
        got, values = str(hold_out), _values(look, [name for name, _ in hold_out.values])
        fix = "mend the value, or add the images to the inputs"
        look.problem("hold_out", "hold_out names no image", got=got, expected=values, fix=fix)
    elif len(held) == len(images):
        fix = "name fewer of them"
        look.problem(
            "hold_out",
            "hold_out names every image, so that none is left to learn from",
            got=str(hold_out),
            fix=fix,
        )


def check_image_name(look: Look, field: str | None, name: str) -> None:
    """Report a name that the images do not have."""
    if unknown := _unknown(look, [name]):
        _report_unknown(look, field, unknown)


def _unknown(look: Look, names: Iterable[str]) -> str | None:
    """Return the first name that an image of the workflow does not have."""
    known = set(image_names(look.image))
    return next((name for name in names if name not in known), None)


def _report_unknown(look: Look, field: str | None, name: str) -> None:
    known = list(image_names(look.image))
    close = nearest(name, known)
    fix = f"did you mean {close}?" if close else f"put {{{name}}} into the paths of the inputs"
    look.problem(field, f"no image has a name '{name}'", expected=list_some(known), fix=fix)


def _values(look: Look, names: Iterable[str]) -> str:
    """Return the values that the images have of some names, in words."""
    said = []
    for name in names:
        found = dict.fromkeys(image_names(image)[name] for image in look.settings.images)
        said.append(f"{name} {list_some(found)}")
    return "; ".join(said)


def is_held_out(look: Look, hold_out: ImageChoice | None) -> bool:
    """Return True for an image that nothing is learned from."""
    return hold_out is not None and hold_out.holds(image_names(look.image))


def groups_of(look: Look, group: str | None) -> Mapping[str, str]:
    """Return image to the value of the name it is grouped by; empty where that is the image."""
    if group in (None, IMAGE):
        return {}
    assert group is not None
    images = look.settings.images
    return {image.name: image_names(image).get(group, image.name) for image in images}


def scored_apart(
    look: Look, group: str | None, hold_out: ImageChoice | None, files: AnnotationFile
) -> dict[str, Any]:
    """Return what evaluation must know of groups and held-out images, as it enters the recipe."""
    groups = groups_of(look, group)
    annotated = {image: groups[image] for image in sorted(files.rows) if image in groups}
    found: dict[str, Any] = {"group": group, "groups": annotated} if groups else {}
    return found | ({"hold_out": str(hold_out)} if hold_out else {})
