"""ilastik's own features with ilastik's own names and values.

``columns`` and ``measure`` go by two options of the setting: ``features``, names or plugin →
names, and ``margin``, voxels along x, y, z for everything "in neighborhood". Values are
computed in double and rounded to float32, as ilastik stores them. Coordinates are x, y, z
of the whole image: the signs of axes depend on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting
from objclass.measure.ilastik_names import (
    CIRCLE,
    HULL,
    PLUGINS,
    SKELETON,
    SPHERE,
    SPHERICAL,
    STANDARD,
    Feature,
)
from objclass.measure.ilastik_selection import by_plugin, in_order

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = dict[str, NDArray[np.float64]]

SOURCE = "ilastik 1.4, vigra 1.11"
IMAGE_WIDE = frozenset({"Histogram", "Quantiles", "Global<Minimum>", "Global<Maximum>"})
AXES = frozenset({"RegionAxes", "Weighted<RegionAxes>", "PrincipalAxes"})
MARGIN = {"x": 30, "y": 30, "z": 1}


def ilastik_columns(
    selection: Mapping[str, Iterable[str]], dimensions: int, channels: int
) -> tuple[Column, ...]:
    """Return the columns of a selection in the order ilastik's classifier sees them.

    Parameters
    ----------
    selection
        Plugin → feature names, as in a project's ``SelectedFeatures``.
    dimensions
        2 or 3.
    channels
        Number of channels of the raw image.
    """
    return tuple(
        column
        for plugin, feature in in_order(selection, channels)
        for column in _columns_of(plugin, feature, feature.count(dimensions, channels))
    )


def _columns_of(plugin: str, feature: Feature, count: int) -> Iterator[Column]:
    for k in range(count):
        yield Column(
            column_name(feature.name, k, count),
            "ilastik",
            f"ilastik_{feature.name}",
            feature.group,
            "",
            feature.meaning,
            f"{SOURCE}: {plugin}",
            axis_vector=feature.name in AXES,
            image_wide=feature.name in IMAGE_WIDE,
            histogram=feature.name.startswith("Histogram"),
        )


def column_name(feature: str, k: int, count: int) -> str:
    """Return the column of component `k` of `count`."""
    return f"ilastik_{feature}" if count == 1 else f"ilastik_{feature}_{k}"


def display_name(column: Column) -> str:
    """Return what ilastik calls a column in its table: the text shown, ``_k`` for vectors."""
    feature = column.feature.removeprefix("ilastik_")
    text = next(known[feature].text for known in PLUGINS.values() if feature in known)
    return text + column.name.removeprefix(column.feature)


def selection_of(setting: Setting) -> dict[str, list[str]]:
    """Return plugin → feature names from the option ``features``.

    Without a margin ilastik measures nothing object by object, so those names are left out
    then.
    """
    chosen = setting.options.get("features", ())
    if isinstance(chosen, Mapping):
        selection = {str(plugin): list(names) for plugin, names in chosen.items()}
    else:
        selection = by_plugin([str(n) for n in _as_list(chosen)], setting.dimensions)
    if any(margin_of(setting)):
        return selection
    return {p: [n for n in names if not is_local(p, n)] for p, names in selection.items()}


def is_local(plugin: str, name: str) -> bool:
    """Return whether ilastik measures a feature object by object, in a box with the margin."""
    feature = PLUGINS.get(plugin, {}).get(name)
    return feature is not None and feature.local


def _as_list(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else [value]


def margin_of(setting: Setting) -> tuple[int, int, int]:
    """Return the margin as z, y, x; z is 0 in 2D."""
    given = setting.options.get("margin", MARGIN)
    margin = given if isinstance(given, Mapping) else dict.fromkeys("xyz", given)
    z, y, x = (int(str(margin.get(axis, 0))) for axis in "zyx")
    return (z if setting.dimensions == 3 else 0, y, x)


def columns(setting: Setting) -> tuple[Column, ...]:
    """Every component of every selected feature, in ilastik's order."""
    return ilastik_columns(selection_of(setting), setting.dimensions, len(setting.channels))


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float32]]:
    """Measure the selected features."""
    import numpy as np

    chosen = in_order(selection_of(batch.setting), len(batch.setting.channels))
    wanted = {(plugin, feature.name) for plugin, feature in chosen}
    found: dict[tuple[str, str], NDArray[np.float64]] = {}
    for plugin, names, make in _parts():
        if any((plugin, name) in wanted for name in names):
            found.update({(plugin, name): v for name, v in make(batch).items()})
    result: dict[str, NDArray[np.float32]] = {}
    n, d, c = len(batch.ids), batch.setting.dimensions, len(batch.setting.channels)
    for plugin, feature in chosen:
        count = feature.count(d, c)
        values = found[plugin, feature.name].reshape(n, count).astype(np.float32)
        result.update({column_name(feature.name, k, count): values[:, k] for k in range(count)})
    return result


def _parts() -> Iterator[tuple[str, tuple[str, ...], Callable[[ObjectBatch], Values]]]:
    """Yield which function measures which features."""
    standard = PLUGINS[STANDARD]
    near = tuple(name for name, feature in standard.items() if feature.local)
    weighted = tuple(name for name in standard if name.startswith("Weighted"))
    together = (*(n for n in standard if n.startswith("Principal")), "Covariance")
    levels = (*IMAGE_WIDE,)
    elsewhere = {*near, *weighted, *together, *levels}
    place = ("Count", "Coord", "Region")
    places = tuple(n for n in standard if n.startswith(place) and n not in elsewhere)
    rest = tuple(n for n in standard if n not in elsewhere and n not in places)
    from objclass.measure import ilastik_values as values

    yield STANDARD, places, values.places
    yield STANDARD, rest, values.statistics
    yield STANDARD, weighted, values.weigh_by_intensity
    yield STANDARD, together, values.together
    yield STANDARD, levels, values.levels
    yield STANDARD, near, values.neighborhood
    for plugin in HULL.values():
        yield plugin, tuple(PLUGINS[plugin]), values.hull
    yield SKELETON, tuple(PLUGINS[SKELETON]), values.skeleton
    from objclass.measure import ilastik_texture as texture

    yield SPHERICAL, CIRCLE, texture.circular
    yield SPHERICAL, SPHERE, texture.spherical


def _ring(setting: Setting) -> tuple[int, ...]:
    """Voxels around a box: the margin and the one more ilastik reads behind it."""
    margin = margin_of(setting)[-setting.dimensions :]
    chosen = ((p, name) for p, names in selection_of(setting).items() for name in names)
    if any(is_local(plugin, name) for plugin, name in chosen):
        return tuple(m + 1 for m in margin)
    return (1,) * setting.dimensions


def _sees_extent(setting: Setting) -> bool:
    return bool(IMAGE_WIDE & {n for names in selection_of(setting).values() for n in names})


FAMILY = Family(
    "ilastik", columns, measure, ring=_ring, extent=_sees_extent, uses_spacing=False, version=2
)
