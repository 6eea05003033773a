"""A field of ``threshold`` is declared once: its annotation says which layers it changes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

import pytest
from pydantic import Field

from objclass.nodes import segmenting
from objclass.nodes.segmenting import settings_of
from objclass.nodes.threshold import ThresholdNode
from objclass.nodes.threshold.stages import LAYERS, ReadBy, as_written, declared, recipe_fields
from objclass.schema.fields import OUTSIDE_RECIPE, wires
from objclass.segmentation.settings import SegmentationSettings

MAPS = {"sigma", "scale", "separate", "factors"}
OF_MAP, OF_CORES = {"channel", *MAPS}, {"core_channel", "core_threshold", *MAPS}
SIZES, LEVEL = {"min_size", "max_size"}, {"method", "threshold"}
CHOOSES_MAPS = {"channel", "core_channel", "separate"}
"""Fields that say what is read, not what is done with it."""


def node(kind: type[ThresholdNode] = ThresholdNode, **given: object) -> ThresholdNode:
    return kind(kind="threshold", image="a", like="b", **given)


def test_every_field_is_read_by_a_stage_or_is_a_wire_or_never_changes_a_result() -> None:
    outside = {
        name
        for name, field in ThresholdNode.model_fields.items()
        if OUTSIDE_RECIPE in str(field.json_schema_extra)
    }
    known = {"kind", *declared(ThresholdNode), *wires(node()), *outside}
    assert set(ThresholdNode.model_fields) == known


def test_every_field_is_a_setting_of_its_name_or_chooses_a_map() -> None:
    settings = {each.name for each in fields(SegmentationSettings)}
    assert set(declared(ThresholdNode)) == settings | CHOOSES_MAPS


@pytest.mark.parametrize(
    ("layer", "simple", "hysteresis"),
    [
        ("smoothed", OF_MAP, OF_MAP),
        ("cores", OF_CORES, OF_CORES),
        ("cores_filtered", OF_CORES | SIZES, OF_CORES | SIZES),
        ("unfiltered", OF_MAP | LEVEL, OF_MAP | LEVEL | OF_CORES | SIZES | {"merge_objects"}),
        ("objects", OF_MAP | LEVEL | SIZES, OF_MAP | LEVEL | OF_CORES | SIZES | {"merge_objects"}),
    ],
)
def test_a_layer_is_made_anew_for_what_it_is_made_of_and_for_nothing_else(
    layer: str, simple: set[str], hysteresis: set[str]
) -> None:
    assert recipe_fields(ThresholdNode, layer, "simple") == simple
    assert recipe_fields(ThresholdNode, layer, "hysteresis") == hysteresis


def test_every_setting_is_what_the_recipe_says() -> None:
    told = {
        "sigma": [2.0, 3.0], "threshold": 0.25, "method": "hysteresis", "core_threshold": 0.75,
        "min_size": 4, "max_size": 9, "merge_objects": False,
    }  # fmt: skip
    settings = settings_of(told | {"channel": [0], "scale": None})
    assert {each.name: getattr(settings, each.name) for each in fields(settings)} == {
        **told,
        "sigma": (2.0, 3.0),
    }


class WithGamma(ThresholdNode):
    """A threshold with one more option, declared in one place."""

    gamma: Annotated[float, ReadBy.any_of("maps", added=True), Field(description="Power.")] = 1.0


@dataclass(frozen=True)
class GammaSettings(SegmentationSettings):
    """Its setting."""

    gamma: float = 1.0


def test_a_new_option_is_in_the_recipes_of_its_stage_and_in_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_it = {layer for layer in LAYERS if "gamma" in recipe_fields(WithGamma, layer, "simple")}
    assert with_it == {"smoothed", "unfiltered", "objects"}
    assert as_written(node(WithGamma, gamma=2.0))["gamma"] == 2.0
    monkeypatch.setattr(segmenting, "SegmentationSettings", GammaSettings)
    assert settings_of({"sigma": [1.0], "gamma": 2.0}).gamma == 2.0  # type: ignore[attr-defined]


def test_recipes_stay_what_they_were_before_there_was_an_option() -> None:
    assert as_written(node(WithGamma)) == as_written(node())
    assert "separate" not in as_written(node())
