"""Every type a node's field may have, in one list to import from.

========================  ==========================================================
text                      :data:`Name`, :data:`Names`, :data:`NameOrder`, :data:`NameOrNames`,
                          :data:`Classes`, :data:`Color`, :data:`FilePath`,
                          :data:`AnnotationPath`, :data:`AxesText`
wires                     :data:`WireField`
selections                :data:`Selection`, :data:`Use`
numbers                   ``float``, ``int``, :data:`Positive`, :data:`NonNegative`,
                          :data:`Count`, :data:`Probability`, :data:`ValueRange`
per axis                  :data:`PerAxis`, :data:`SigmaField`, :data:`WholePerAxis`
with a unit               :data:`QuantityField`, :data:`Length`, :data:`Size`,
                          :data:`PixelSizeField`, :data:`DurationField`
places, images            :data:`CropField`, :data:`ImageChoiceField`
words and switches        ``Literal[...]``, ``bool``
========================  ==========================================================

Lists are ``tuple[...]``. A field that may be left out has a default; None as the default
means that ``null`` may be written.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from objclass.schema.base import OUTSIDE_RECIPE, Fields, Frozen
from objclass.schema.image_choice import ImageChoice, ImageChoiceField
from objclass.schema.names import (
    AnnotationPath,
    Classes,
    ClassName,
    Color,
    FilePath,
    Name,
    NameOrder,
    NameOrNames,
    Names,
)
from objclass.schema.quantity import (
    Duration,
    DurationField,
    Length,
    Quantity,
    QuantityField,
    Size,
)
from objclass.schema.rule import ValueRule, mistake
from objclass.schema.selection import Choice, Measurement, Selection, Use
from objclass.schema.space import (
    AxesText,
    AxisValues,
    Crop,
    CropField,
    PerAxis,
    PixelSize,
    PixelSizeField,
    SigmaField,
    WholePerAxis,
    per_axis,
    whole_per_axis,
)
from objclass.schema.wires import WireField, wires

__all__ = [
    "OUTSIDE_RECIPE",
    "AnnotationPath",
    "AxesText",
    "AxisValues",
    "Choice",
    "ClassName",
    "Classes",
    "Color",
    "Count",
    "Crop",
    "CropField",
    "Duration",
    "DurationField",
    "Fields",
    "FilePath",
    "Frozen",
    "ImageChoice",
    "ImageChoiceField",
    "Length",
    "Measurement",
    "Name",
    "NameOrNames",
    "NameOrder",
    "Names",
    "NonNegative",
    "PerAxis",
    "PixelSize",
    "PixelSizeField",
    "Positive",
    "Probability",
    "Quantity",
    "QuantityField",
    "Selection",
    "SigmaField",
    "Size",
    "Use",
    "ValueRange",
    "WholePerAxis",
    "WireField",
    "mistake",
    "per_axis",
    "whole_per_axis",
    "wires",
]


def read_range(value: Any) -> tuple[float, float]:
    """Read ``[low, high]``."""
    expected = "[low, high] with low below high"
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise mistake("is not a range", got=value, expected=expected)
    if any(isinstance(end, bool) or not isinstance(end, int | float) for end in value):
        raise mistake("is not a range of numbers", got=value, expected=expected)
    low, high = float(value[0]), float(value[1])
    if not float("-inf") < low < high < float("inf"):
        raise mistake("is not a range that rises", got=value, expected=expected)
    return low, high


Positive = Annotated[float, Field(gt=0)]
"""A number above 0."""

NonNegative = Annotated[float, Field(ge=0)]
"""A number of at least 0."""

Count = Annotated[int, Field(ge=0)]
"""A whole number of at least 0."""

Probability = Annotated[float, Field(ge=0, le=1)]
"""A number from 0 to 1."""

ValueRange = Annotated[
    tuple[float, float],
    ValueRule(
        read_range,
        {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        list,
    ),
]
"""``[low, high]``."""
