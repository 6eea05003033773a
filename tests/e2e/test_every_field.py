"""What is accepted has an effect or is refused: every field and option of the language is changed.

The workflow below uses every kind of node. Each change of the table must change the recipe of a
step or a file that is written, or be refused; a field that is not in the table fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from objclass.classification import ForestSettings
from objclass.classification.estimators.auto import AutoSettings
from objclass.classification.estimators.gradient_boosting import GradientBoostingSettings
from objclass.classification.estimators.logistic_regression import LogisticRegressionSettings
from objclass.classification.estimators.nearest_neighbors import NearestNeighborsSettings
from objclass.errors import InputError
from objclass.nodes.export.target import ImageTarget
from objclass.nodes.features.surroundings import RegionFields
from objclass.nodes.registry import KINDS
from objclass.run import Request, prepare
from objclass.schema.base import Frozen, fields_by_key
from objclass.schema.space import Crop
from objclass.schema.workflow import TopLevelFields
from workflows import discs, flat, rows, sparse_ids, write_frames, write_map, write_raw

WORKFLOW = """\
version: 1
title: every kind
nodes:
  raw: {kind: input, path: raw.tif, axes: tyx, pixel_size: 0.5 um, time_step: 5 min}
  prob: {kind: input, path: prob.h5, axes: tyxc, channels: [background, nucleus, other], role: prediction_map, pixel_size: 0.5 um}
  mask: {kind: input, path: mask.tif, axes: tyx, role: segmentation, pixel_size: 0.5 um}
  nuclei: {kind: threshold, image: prob, channel: nucleus, method: hysteresis, sigma: 0, min_size: 5}
  cells: {kind: components, image: mask}
  feats:
    kind: features
    image: raw
    objects: nuclei
    parents: cells
    measure: [size, intensity, parent]
    regions:
      ring: {around: 1 um}
      rest: {parent: cells}
    with: emb
  emb: {kind: embedding, objects: nuclei, table: emb.npz, keep: 2}
  cls: {kind: classifier, features: feats, annotations: a.csv, estimator: {kind: random_forest, trees: 5}}
  res: {kind: predict, features: feats, classifier: cls}
  blocks: {kind: blockwise, features: feats, classifier: cls, min_probability: 0.1, block: 32}
  save:
    kind: export
    from: res
    image: raw
    write:
      table: out/t.csv
      counts: out/c.csv
      overlay: out/o.png
      predictions: {path: out/p.h5}
      probabilities: {path: out/q.h5}
"""  # noqa: E501

INPUT = {
    "path": "raw.path=other.tif",
    "axes": "raw.axes=zyx",
    "series": "raw.series=0",
    "sizes": "raw.sizes={t: 3}",
    "channels": "raw.channels=[dna]",
    "pixel_size": "raw.pixel_size=0.6 um",
    "time_step": "raw.time_step=6 min",
    "role": "raw.role=prediction_map",
    "foreground": "mask.foreground=below",
    "value_range": "raw.value_range=[0, 100]",
    "crop": "raw.crop={t: [0, 1]}",
    "level": "raw.level=1",
}
THRESHOLD = {
    "image": "nuclei.image=raw",
    "method": "nuclei.method=simple",
    "channel": "nuclei.channel=background",
    "separate": "nuclei.separate=true",
    "core_channel": "nuclei.core_channel=other",
    "sigma": "nuclei.sigma=1",
    "threshold": "nuclei.threshold=0.4",
    "core_threshold": "nuclei.core_threshold=0.6",
    "min_size": "nuclei.min_size=50",
    "max_size": "nuclei.max_size=50",
    "merge_objects": "nuclei.merge_objects=false",
    "like": "nuclei.like=raw",
}
COMPONENTS = {
    "image": "cells.image=raw",
    "ids": "cells.ids=keep",
    "connectivity": "cells.connectivity=full",
    "fill_holes": "cells.fill_holes=true",
    "inside": "cells.inside=nuclei",
    "border_objects": "cells.border_objects=remove",
    "min_size": "cells.min_size=50",
    "max_size": "cells.max_size=50",
    "like": "cells.like=raw",
}
FEATURES = {
    "image": "feats.image=prob",
    "objects": "feats.objects=cells",
    "measure": "feats.measure=[size, intensity_mean, parent]",
    "regions": "feats.regions={wide: {around: 2 um}}",
    "parents": "feats.parents=nuclei",
    "with": "feats.with=null",
}
EMBEDDING = {
    "objects": "emb.objects=cells",
    "table": "emb.table=other.npz",
    "keep": "emb.keep=1",
    "image": "emb.image=raw",
    "model": "emb.model=net.onnx",
    "from": "emb.from=map",
    "size": "emb.size=16",
    "scale": "emb.scale=1 um",
    "channels": "emb.channels=[dna]",
    "range": "emb.range=[0, 1]",
    "mask": "emb.mask=outside_zero",
}
CLASSIFIER = {
    "features": "cls.features=cells",
    "annotations": "cls.annotations=b.csv",
    "project": "cls.project=no.objclass.h5",
    "use": "cls.use=[size]",
    "classes": "cls.classes=[small, large]",
    "estimator": "cls.estimator=extra_trees",
    "seed": "cls.seed=1",
    "normalize": "cls.normalize={by: image}",
    "missing": "cls.missing=impute",
    "if_objects_changed": "cls.if_objects_changed=reattach",
    "group": "cls.group=plate",
    "hold_out": "cls.hold_out={image: other}",
    "select": "cls.select={class: large}",
}
PREDICT = {
    "features": "res.features=cells",
    "classifier": "res.classifier=feats",
    "min_probability": "res.min_probability=0.9",
    "coverage": "res.coverage=0.9",
}
BLOCKWISE = {
    "features": "blocks.features=cells",
    "classifier": "blocks.classifier=feats",
    "min_probability": "blocks.min_probability=0.9",
    "block": "blocks.block=0",
    "mode": "blocks.mode=halo",
    "halo": "blocks.halo=10",
}
EXPORT = {
    "from": "save.from=feats",
    "image": "save.image=prob",
    "write": "save.write={table: out/other.csv}",
    "columns": "save.columns=[size]",
    "counts_by": "save.counts_by=[t]",
    "audit": "save.audit=every.yaml",
    "names": "save.names=ilastik",
    "controls": "save.controls={positive: [A01]}",
}
TARGET = {
    "path": "save.write.predictions.path=out/other.h5",
    "dataset": "save.write.predictions.dataset=labels",
    "dtype": "save.write.predictions.dtype=uint16",
    "axes": "save.write.predictions.axes=xyt",
    "region": "save.write.predictions.region={y: [0, 8]}",
    "rescale": "save.write.probabilities.rescale=[[0, 1], [0, 255]]",
    "ome_zarr": "save.write.predictions={path: out/p.ome.zarr, ome_zarr: 0.4}",
}
REGION = {
    "around": "feats.regions.ring.around=2 um",
    "gap": "feats.regions.ring.gap=1 um",
    "others": "feats.regions.ring.others=true",
    "parent": "feats.regions.rest.parent=nuclei",
    "minus": "feats.regions.rest.minus=nuclei",
}
LOGISTIC = "cls.estimator={kind: logistic_regression, "
LOGISTIC_REGRESSION = {"C": f"{LOGISTIC}C: 2}}", "class_weight": f"{LOGISTIC}class_weight: none}}"}
BOOSTING = "cls.estimator={kind: gradient_boosting, "
GRADIENT_BOOSTING = {
    "rounds": f"{BOOSTING}rounds: 3}}",
    "learning_rate": f"{BOOSTING}learning_rate: 0.5}}",
    "max_leaves": f"{BOOSTING}max_leaves: 2}}",
    "min_leaf": f"{BOOSTING}min_leaf: 2}}",
    "class_weight": f"{BOOSTING}class_weight: none}}",
}
NEIGHBORS = {"k": "cls.estimator={kind: nearest_neighbors, k: 3}"}
AUTO = {"among": "cls.estimator={kind: auto, among: [nearest_neighbors]}"}
ESTIMATOR = {
    "kind": "cls.estimator.kind=extra_trees",
    "trees": "cls.estimator.trees=6",
    "max_features": "cls.estimator.max_features=2",
    "max_depth": "cls.estimator.max_depth=1",
    "min_leaf": "cls.estimator.min_leaf=2",
    "bootstrap": "cls.estimator.bootstrap=false",
    "class_weight": "cls.estimator.class_weight=none",
}
CROP = {
    "t": "raw.crop={t: [1, 2]}",
    "c": "raw.crop={c: 1}",
    "z": "raw.crop={z: [0, 2]}",
    "y": "raw.crop={y: [0, 8]}",
    "x": "raw.crop={x: [0, 8]}",
}
HEADING = {
    "version": "version=2",
    "title": "title=another",
    "project": "project=other.objclass.h5",
    "images": "images=no.csv",
    "plate_map": "plate_map=no.csv",
    "compatibility": "compatibility=ilastik",
    "plugins": "plugins=[no.py]",
}
TABLE: dict[str, tuple[type, dict[str, str]]] = {
    "input": (KINDS["input"], INPUT),
    "threshold": (KINDS["threshold"], THRESHOLD),
    "components": (KINDS["components"], COMPONENTS),
    "features": (KINDS["features"], FEATURES),
    "embedding": (KINDS["embedding"], EMBEDDING),
    "classifier": (KINDS["classifier"], CLASSIFIER),
    "predict": (KINDS["predict"], PREDICT),
    "blockwise": (KINDS["blockwise"], BLOCKWISE),
    "export": (KINDS["export"], EXPORT),
    "a file to write": (ImageTarget, TARGET),
    "a region": (RegionFields, REGION),
    "a forest": (ForestSettings, ESTIMATOR),
    "a logistic regression": (LogisticRegressionSettings, LOGISTIC_REGRESSION),
    "boosted trees": (GradientBoostingSettings, GRADIENT_BOOSTING),
    "neighbours": (NearestNeighborsSettings, NEIGHBORS),
    "a choice of estimators": (AutoSettings, AUTO),
    "a crop": (Crop, CROP),
    "top level": (TopLevelFields, HEADING),
}
CHANGES = [
    (f"{name}.{field}", text) for name, (_, of) in TABLE.items() for field, text in of.items()
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workflow with its files: three frames."""
    made = tmp_path_factory.mktemp("fields")
    flat(made)
    write_frames(made, 3)
    planes = [discs(t) for t in range(3)]
    write_raw(made / "other.tif", np.stack([raw + np.uint8(1) for raw, _ in planes]))
    write_map(made / "prob.h5", np.stack([p for _, p in planes]))
    three_channels(made / "prob.h5")
    write_raw(made / "mask.tif", np.stack([(sparse_ids() > 0).astype(np.uint8)] * 3))
    for name, number in (("a", 12), ("b", 10)):
        said = [f"{row[0]},1,{row[1]},{row[2]}" for row in rows(range(number))]
        (made / f"{name}.csv").write_text("\n".join(["class,t,y,x", *said]) + "\n")
    ids, t = np.tile(np.arange(1, 13), 3), np.repeat(range(3), 12)
    for name, sign in (("emb", 1), ("other", -1)):
        values = np.outer(ids, [1.0, 2.0]) + np.outer(t, [0.0, sign])
        np.savez(made / f"{name}.npz", object=ids, t=t, embedding=values)
    (made / "every.yaml").write_text(WORKFLOW)
    return made


def three_channels(path: Path) -> None:
    """Give a prediction map a third channel, the second at half its values."""
    import h5py

    with h5py.File(path, "r+") as file:
        values = file["exported_data"][()]
        del file["exported_data"]
        file["exported_data"] = np.concatenate([values, values[..., 1:] * 0.8], -1)


def state(folder: Path, *sets: str) -> dict[str, object]:
    """Everything that a run is made of and makes: recipes, digests and the paths it writes."""
    job = prepare(folder / "every.yaml", Request(sets=sets))
    found: dict[str, object] = {}
    for outcome in job.run():
        assert not outcome.bug, outcome.bug
        known, path = outcome.known, outcome.step.part.output
        made = (known.recipe, known.artifact.digest) if known else outcome.status
        found[outcome.step.key] = (made, str(path))
    return found


@pytest.fixture(scope="module")
def before(folder: Path) -> dict[str, object]:
    """The run of the workflow as it stands: everything works."""
    found = state(folder)
    assert "failed" not in str(found)
    assert "skipped" not in str(found)
    return found


def left_out() -> Iterator[str]:
    """Fields of the language that no change tries."""
    for name, (model, changes) in TABLE.items():
        names = fields_by_key(model) if issubclass(model, Frozen) else model.__annotations__
        known = {key for key in names if key != "kind" or model is ForestSettings}
        yield from (f"{name}.{key}" for key in known - set(changes))
    yield from (kind for kind in KINDS if kind not in TABLE)


def test_every_field_is_tried() -> None:
    assert list(left_out()) == []


@pytest.mark.parametrize(("field", "change"), CHANGES, ids=[field for field, _ in CHANGES])
def test_a_change_of_a_field_has_an_effect_or_is_refused(
    field: str, change: str, folder: Path, before: dict[str, object]
) -> None:
    try:
        after = state(folder, change)
    except InputError:
        return
    assert after != before, f"{change} changes nothing"


IDLE = [
    "save.write={overlay: {path: out/o.png, region: {y: [0, 8]}}}",
    "save.write={overlay: {path: out/o.png, dtype: uint8}}",
    "save.write={table: {path: out/t.csv, axes: yx}}",
    "save.write={counts: {path: out/c.csv, dataset: d}}",
    "save.write={table: {path: out/t.csv, rescale: [[0, 1], [0, 255]]}}",
    "save.write={predictions: {path: out/p.tif, dataset: d}}",
]


@pytest.mark.parametrize("change", IDLE)
def test_an_option_that_a_file_does_not_have_is_refused(change: str, folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        prepare(folder / "every.yaml", Request(sets=(change,)))
    assert "--set save.write" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            ("save.write={overlay: out/o.png}", "save.columns=[size]"),
            "columns has no effect: nothing that it is about is written; remove it, or add "
            "write.table",
        ),
        (
            ("save.write={overlay: out/o.png}", "save.counts_by=[t]"),
            "counts_by has no effect: nothing that it is about is written; remove it, or add "
            "write.counts",
        ),
        (
            ("save.write={overlay: out/o.png}", "save.names=ilastik"),
            "names has no effect: nothing that it is about is written; remove it, or add "
            "write.table",
        ),
        (
            ("feats.measure=[size]",),
            "nothing that is measured reads regions; add intensity to measure, or remove the "
            "regions",
        ),
    ],
)
def test_a_field_that_has_no_effect_here_is_refused(
    changes: tuple[str, ...], said: str, folder: Path
) -> None:
    with pytest.raises(InputError) as caught:
        prepare(folder / "every.yaml", Request(sets=changes))
    assert said in str(caught.value)
