"""Node kinds shaped like the real ones, for tests of the language alone."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from objclass.schema.fields import (
    AxesText,
    Classes,
    Count,
    CropField,
    DurationField,
    Fields,
    FilePath,
    Frozen,
    Length,
    Name,
    Names,
    PerAxis,
    PixelSizeField,
    Positive,
    Probability,
    Selection,
    Size,
    Use,
    ValueRange,
    WholePerAxis,
    WireField,
    mistake,
)
from objclass.schema.selection import Choice


class Input(Fields):
    """Refer to a file."""

    synonyms: ClassVar[dict[str, str]] = {"channel_names": "channels", "voxel_size": "pixel_size"}

    kind: Literal["input"] = "input"
    path: FilePath
    """The file, relative to the workflow."""
    axes: AxesText | None = None
    channels: Names | None = None
    pixel_size: PixelSizeField | None = None
    time_step: DurationField | None = None
    role: Literal["raw", "prediction_map", "segmentation", "label_image"] = "raw"
    value_range: ValueRange | None = None
    crop: CropField | None = None
    level: Annotated[int | None, Field(ge=0)] = None


class Threshold(Fields):
    """Cut a prediction map.

    Parameters
    ----------
    image
        The prediction map.
    sigma
        Smoothing in voxels,
        one number or per axis.
    """

    synonyms: ClassVar[dict[str, str]] = {"high_threshold": "core_threshold"}

    kind: Literal["threshold"] = "threshold"
    image: WireField
    method: Literal["simple", "hysteresis"] = "simple"
    channel: Name | None = None
    core_channel: Name | None = None
    sigma: PerAxis = 1.0
    threshold: Probability | Literal["otsu", "li", "triangle"] = 0.5
    core_threshold: float = 0.8
    min_size: Size = 10
    max_size: Size | None = None
    merge_objects: bool = True

    @model_validator(mode="after")
    def _levels_rise(self) -> Threshold:
        if isinstance(self.threshold, float) and self.core_threshold < self.threshold:
            raise ValueError("core_threshold is below threshold")
        return self


class Components(Fields):
    """Number connected components."""

    kind: Literal["components"] = "components"
    image: WireField
    ids: Literal["keep", "relabel"] | None = None


class Region(Frozen):
    """A ring around objects, or one object without another."""

    around: Length | None = None
    gap: Length | None = None
    parent: WireField | None = None
    minus: WireField | None = None

    @model_validator(mode="after")
    def _one_sort(self) -> Region:
        if (self.around is None) == (self.parent is None):
            raise mistake("is a ring or a part of a parent", expected="around or parent")
        return self


class Features(Fields):
    """Measure objects."""

    kind: Literal["features"] = "features"
    image: WireField | None = None
    objects: WireField
    measure: Selection = tuple(Choice(name) for name in ("size", "axes", "intensity"))
    regions: dict[Name, Region] = {}
    parents: WireField | None = None


class Estimator(Frozen):
    """A forest."""

    kind: Literal["random_forest", "extra_trees"] = "random_forest"
    trees: Annotated[int, Field(ge=1)] = 100
    class_weight: Literal["balanced", "none"] | dict[Name, Positive] = "balanced"


def _from_word(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


class Classifier(Fields):
    """Learn classes."""

    kind: Literal["classifier"] = "classifier"
    features: WireField
    annotations: FilePath | None = None
    use: Use = ()
    classes: Classes | None = None
    estimator: Annotated[Estimator, BeforeValidator(_from_word)] = Estimator()
    seed: Count = 0


class Predict(Fields):
    """Classify objects."""

    kind: Literal["predict"] = "predict"
    features: WireField
    classifier: WireField
    min_probability: Probability | None = None
    block: WholePerAxis | None = None


class Target(Frozen):
    """A file to write."""

    path: FilePath
    dataset: Name | None = None


def _from_path(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


class Export(Fields):
    """Write files."""

    kind: Literal["export"] = "export"
    from_: Annotated[tuple[WireField, ...] | WireField, Field(alias="from")]
    image: WireField | None = None
    write: dict[str, Annotated[Target, BeforeValidator(_from_path)]] | None = None
    counts_by: Names | None = None


KINDS: dict[str, type[Fields]] = {
    "input": Input,
    "threshold": Threshold,
    "components": Components,
    "features": Features,
    "classifier": Classifier,
    "predict": Predict,
    "export": Export,
}

JOB = """\
version: 1
title: Mitotic or interphase
nodes:
  raw: {kind: input, path: nuclei.tif, channels: [dna]}
  prob: {kind: input, path: prob.h5, channels: [background, nucleus], role: prediction_map}
  nuclei:
    kind: threshold
    image: prob
    channel: nucleus
    min_size: 30
  feats: {kind: features, image: raw, objects: nuclei}
  mitosis:
    kind: classifier
    features: feats
    annotations: nuclei.csv
    classes: [interphase, mitotic]
  result: {kind: predict, features: feats, classifier: mitosis}
  save: {kind: export, from: result, image: raw, write: {table: objects.csv, overlay: o.png}}
"""
"""A whole workflow with every kind but components."""
