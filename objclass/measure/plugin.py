"""Feature families of your own: one decorated function in a file that a workflow names.

::

    from objclass.measure.plugin import Object, object_family

    @object_family("roundness", columns={"ratio": "Shortest by longest side of the box."})
    def roundness(thing: Object) -> dict[str, float]:
        sides = sorted(thing.mask.shape)
        return {"ratio": sides[0] / sides[-1]}

The function sees one whole object at a time. Where it raises, the object's values are
missing, the user is told which object and why, and the others go on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass
from objclass.data.objects import Column, Group
from objclass.errors import list_some
from objclass.measure.family import Family, ObjectBatch, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class FeatureWarning(UserWarning):
    """A feature could not be measured on some objects."""


@dataclass(frozen=True)
class Object:
    """One object, cut out along its bounding box.

    Parameters
    ----------
    id
        Its id in the label image.
    mask
        bool ``(y, x)`` or ``(z, y, x)``: the object's voxels inside its box.
    image
        The channel that is measured, of the mask's shape and the file's dtype; None for
        families without channels.
    channel
        Its name.
    spacing
        Size of a voxel per axis; ones where no unit is known.
    unit
        Unit of `spacing`, or None.
    """

    id: int
    mask: NDArray[np.bool_]
    image: NDArray[Any] | None
    channel: str | None
    spacing: tuple[float, ...]
    unit: str | None


Measure = Callable[[Object], Mapping[str, float]]


def object_family(
    name: str,
    *,
    columns: Mapping[str, str],
    group: Group | None = None,
    per_channel: bool = False,
    unit: str = "",
    source: str = "plugin",
    version: int = 1,
) -> Callable[[Measure], Family]:
    """Make a feature family of a function that measures one object.

    Parameters
    ----------
    name
        Name of the family: letters, digits and ``_``.
    columns
        Name of every value the function returns, and its definition in one sentence.
    group
        location, shape or intensity; by default intensity where `per_channel`, else shape.
    per_channel
        True for a function that is called once per channel with `Object.image`.
    unit
        Unit of the values.
    source
        Paper or standard.
    version
        Raise it when the function gives other results.
    """

    def made(function: Measure) -> Family:
        def declare(setting: Setting) -> tuple[Column, ...]:
            channels = setting.channels if per_channel else (None,)
            return tuple(
                _column(name, feature, text, channel, group, unit, source)
                for channel in channels
                for feature, text in columns.items()
            )

        def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
            return _measure_part(name, function, tuple(columns), batch, per_channel)

        return Family(name, declare, measure, version, reads_image=per_channel)

    return made


def _column(
    family: str,
    feature: str,
    definition: str,
    channel: str | None,
    group: Group | None,
    unit: str,
    source: str,
) -> Column:
    feature = f"{family}_{feature}"
    named = feature if channel is None else f"{feature}-{channel}"
    kind = group or ("shape" if channel is None else "intensity")
    return Column(named, family, feature, kind, unit, definition, source, channel, portable=False)


def _measure_part(
    name: str, function: Measure, features: tuple[str, ...], batch: ObjectBatch, per_channel: bool
) -> dict[str, NDArray[np.float64]]:
    """Call the function for every object and channel; what fails stays missing."""
    import numpy as np

    values: dict[str, NDArray[np.float64]] = {}
    failed: dict[int, str] = {}
    channels = range(len(batch.images)) if per_channel else (None,)
    for k in channels:
        table = np.full((len(batch.ids), len(features)), np.nan)
        for row, thing in enumerate(_objects(batch, k)):
            try:
                found = function(thing)
                table[row] = [float(found[feature]) for feature in features]
            except Exception as error:  # whatever a plugin does wrong stays its own problem
                failed.setdefault(thing.id, f"{type(error).__name__}: {error}")
        suffix = "" if k is None else f"-{batch.setting.channels[k]}"
        values |= {f"{name}_{f}{suffix}": table[:, i] for i, f in enumerate(features)}
    if failed:
        complain(name, failed)
    return values


def complain(name: str, failed: Mapping[int, str]) -> None:
    """Tell which objects a family could not measure: object id to the reason."""
    first = next(iter(failed))
    objects = (
        f"object {list_some(failed, 6)}" if len(failed) == 1 else f"objects {list_some(failed, 6)}"
    )
    warnings.warn(
        f"{name} failed on {objects}: {failed[first]}; their values are missing",
        FeatureWarning,
        stacklevel=2,
    )


def _objects(batch: ObjectBatch, channel: int | None) -> Iterator[Object]:
    setting = batch.setting
    for number, start, stop in zip(batch.ids, batch.start, batch.stop, strict=True):
        box = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
        image = None if channel is None else batch.images[channel][box]
        named = None if channel is None else setting.channels[channel]
        mask: NDArray[np.bool_] = batch.labels[box] == number
        yield Object(int(number), mask, image, named, setting.voxel, setting.unit)
