"""Where an object comes from, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from objclass.lineage.why import ObjectLineage

SHOWN = 8
"""Features that are shown; ``--json`` has all."""


def lineage_lines(found: ObjectLineage) -> Iterator[str]:
    """Yield what a person reads, from the row back to the programs."""
    for title, words in _rows(found):
        yield f"{title:<11}{words}"


def _rows(found: ObjectLineage) -> Iterator[tuple[str, str]]:
    when = f", frame {found.t}" if found.t is not None else ""
    if found.row:
        yield "row", found.row
    yield "object", f"{found.object_id} of image {found.image}{when}"
    for title, cell, now in found.differences:
        yield "differs", f"{title} is {cell} in the row and {now} now"
    yield from _predicted(found)
    for place, class_ in found.annotations:
        yield "annotated", f"{class_} in {place}"
    yield from _measured(found)
    yield "voxels", _voxels(found)
    for name, node in found.provenance.finding.items():
        yield "found by", f"{name} ({node['kind']}): {parameters(node)}"
    for each in found.provenance.files:
        yield "file", "  ".join(word for word in (each.role, each.name, each.digest) if word)
    yield "workflow", found.made_by
    yield "made by", _versions(found.provenance.versions)


def _predicted(found: ObjectLineage) -> Iterator[tuple[str, str]]:
    if not found.predicted_by:
        yield "class", found.note or "nothing is predicted"
        return
    order = sorted(found.probabilities.items(), key=lambda pair: -pair[1])
    said = ", ".join(f"{name} {share:.2f}" for name, share in order)
    called = f"{found.class_} by {found.predicted_by} ({said})"
    yield "class", called if found.class_ else f"none: {found.predicted_by} does not select it"
    for name, (digest, estimator) in found.provenance.models.items():
        examples = ", ".join(f"{n} {c}" for c, n in found.learned.get(name, {}).items())
        learned = f", learned from {examples}" if examples else ""
        yield "model", f"{name}: {estimator}{learned}  {digest}"


def _measured(found: ObjectLineage) -> Iterator[tuple[str, str]]:
    for each in found.features[:SHOWN]:
        unit = f" {each.unit}" if each.unit else ""
        yield "feature", f"{each.name} {each.value:g}{unit}  {each.definition}"
    left = len(found.features) - SHOWN
    if left > 0:
        yield "", f"and {left} more features (--json has all)"


def _voxels(found: ObjectLineage) -> str:
    flat = found.start[0] == 0 and found.stop[0] == 1
    axes = "yx" if flat else "zyx"
    span = zip(axes, found.start[-len(axes) :], found.stop[-len(axes) :], strict=True)
    box = ", ".join(f"{axis} {low} to {high - 1}" for axis, low, high in span)
    at = ", ".join(f"{a} {v}" for a, v in zip(axes, found.inside[-len(axes) :], strict=True))
    border = "; touches the border" if found.touches_border else ""
    return f"{found.size} in {box}; one of them is {at}; stamp {found.stamp}{border}"


def parameters(node: Mapping[str, Any]) -> str:
    """Return the parameters of a node that finds objects, as words."""
    given = ((k, v) for k, v in node.items() if k != "kind" and v not in (None, "", {}, []))
    return ", ".join(f"{name} {_said(value)}" for name, value in given) or "no parameters"


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{k} {_said(v)}" for k, v in value.items() if v is not None) + ")"
    if isinstance(value, list | tuple):
        return " ".join(map(_said, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _versions(versions: Mapping[str, Any]) -> str:
    words = [f"objclass {versions.get('objclass', '')}", f"Python {versions.get('python', '')}"]
    libraries = versions.get("libraries", {})
    return ", ".join([*words, *(f"{name} {version}" for name, version in libraries.items())])
