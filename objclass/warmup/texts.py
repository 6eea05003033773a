"""Workflows that use every way to find, measure, learn and draw objects."""

from __future__ import annotations

from objclass.measure.ilastik_names import PLUGINS, SKELETON
from objclass.warmup.samples import DrawnSample

HEAD = """\
version: 1
nodes:
  raw: {{kind: input, path: raw.h5, axes: {axes}c, channels: [a, b], pixel_size: 1 um}}
  gray: {{kind: input, path: gray.h5, axes: {axes}, pixel_size: 1 um}}
  prob: {{kind: input, path: prob.h5, axes: {axes}c, channels: [x, y], role: prediction_map}}
  prob8: {{kind: input, path: prob8.h5, axes: {axes}c, channels: [x, y], role: prediction_map}}
  mask: {{kind: input, path: mask.h5, axes: {axes}, role: segmentation}}
  cells: {{kind: input, path: cells.h5, axes: {axes}, role: label_image}}
  kept: {{kind: components, image: cells, max_size: 10000}}
  simple: {{kind: threshold, image: prob, channel: y}}
"""
FINDING = """\
  bytes: {kind: threshold, image: prob8, channel: y}
  found: {kind: threshold, image: prob, channel: y, threshold: otsu}
  two: {kind: threshold, image: prob, channel: [x, y], separate: true, sigma: 0, max_size: 1000}
  cores: {kind: threshold, image: prob, channel: y, method: hysteresis}
  apart: {kind: threshold, image: prob, channel: y, method: hysteresis, merge_objects: false}
  regions: {kind: components, image: mask, fill_holes: true, min_size: 5}
  corners: {kind: components, image: mask, connectivity: full, border_objects: remove}
  inside: {kind: components, image: mask, inside: kept}
"""
MEASURING = """\
  measured:
    kind: features
    image: raw
    objects: simple
    parents: kept
    measure: [{families}]
    regions: {{ring: {{around: 2 um, gap: 1 um}}, rest: {{parent: kept, minus: simple}}}}
  plain: {{kind: features, image: gray, objects: kept, measure: [size, axes, intensity]}}
"""
AS_ILASTIK = """\
  of_{image}: {{kind: features, image: {image}, objects: simple, measure: [{{ilastik: [{names}]}}]}}
"""
LEARNING = """\
  learned_{name}:
    {{kind: classifier, features: plain, annotations: annotations.csv, estimator: {estimator}}}
  said_{name}: {{kind: predict, features: plain, classifier: learned_{name}}}
"""
WRITING = """\
  blocks: {{kind: blockwise, features: plain, classifier: learned_forest, block: 32}}
  halo:
    kind: blockwise
    features: plain
    classifier: learned_forest
    mode: halo
    block: 32
    halo: 16
  save:
    kind: export
    from: said_forest
    image: gray
    write:
      overlay: results/overlay.png
      predictions: results/predictions.h5
      probabilities: results/probabilities.h5
      uncertainty: results/uncertainty.h5
      identities: results/identities.h5
      montage: results/montage.png
{outlines}"""
OUTLINES = "      geojson: results/outlines.geojson\n"
ESTIMATORS = {
    "forest": "{kind: random_forest, trees: 3}",
    "trees": "{kind: extra_trees, trees: 3}",
    "weights": "{kind: logistic_regression}",
    "boosted": "{kind: gradient_boosting, rounds: 3, min_leaf: 2}",
    "neighbors": "{kind: nearest_neighbors}",
}
OWN = "all, own_range_texture"


def workflow_text(sample: DrawnSample) -> str:
    """Return a workflow that uses everything on a sample."""
    flat = sample.axes == "yx"
    return "".join(
        [
            HEAD.format(axes=sample.axes),
            FINDING,
            MEASURING.format(families=OWN),
            *(LEARNING.format(name=n, estimator=e) for n, e in ESTIMATORS.items()),
            WRITING.format(outlines=OUTLINES if flat else ""),
        ]
    )


def raw_text(sample: DrawnSample) -> str:
    """Return a workflow that measures intensities alone, for one more type of voxel."""
    return HEAD.format(axes=sample.axes) + MEASURING.format(families=OWN)


def ilastik_text(sample: DrawnSample) -> str:
    """Return a workflow that computes as ilastik does."""
    text = HEAD.format(axes=sample.axes).replace("nodes:", "compatibility: ilastik\nnodes:")
    kinds = {"raw": "several", "gray": "one"}
    return (
        text
        + FINDING
        + "".join(
            AS_ILASTIK.format(image=image, names=", ".join(_ilastik_names(sample, kind)))
            for image, kind in kinds.items()
        )
    )


def _ilastik_names(sample: DrawnSample, kind: str) -> list[str]:
    """Return ilastik's features of an image of one channel or several, in quotes."""
    flat = sample.axes == "yx"
    plugins = [each for name, each in PLUGINS.items() if flat or name != SKELETON]
    features = {name: each for plugin in plugins for name, each in plugin.items()}
    return [
        f'"{each.name}"'
        for each in features.values()
        if len(sample.axes) in each.dimensions and each.channels in ("any", kind)
    ]
