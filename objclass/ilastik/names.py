"""ilastik's feature names: what it calls them in projects, on screen, and here.

A feature has an id (``Mean in neighborhood``), which projects store, and a display text
(``Mean Intensity in neighborhood``), which tables show. Here its columns are called
``ilastik_<id>[_k][-channel]``. The classifier's columns stand in the order of plugin, id and
component, all sorted as plain strings; its forest stores no names, only their number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

FAMILY: Final = "ilastik"
STANDARD: Final = "Standard Object Features"
HULL_2D: Final = "2D Convex Hull Features"
HULL_3D: Final = "3D Convex Hull Features"
SKELETON: Final = "2D Skeleton Features"
SPHERICAL: Final = "Spherical Texture"
NEARBY: Final = " in neighborhood"
DEFAULTS: Final = ("Coord<Minimum>", "Coord<Maximum>", "RegionCenter", "Count")
"""Features of the standard plugin that ilastik always measures and always exports."""

Group = Literal["location", "shape", "intensity"]
Length = Literal["one", "axes", "matrix", "channels", "spectrum", "pairs", "bins", "quantiles"]
Channels = Literal["any", "one", "several"]


@dataclass(frozen=True)
class Feature:
    """One feature of ilastik.

    Parameters
    ----------
    plugin
        The plugin that measures it.
    id
        Its name in project files.
    text
        Its name on screen and in tables.
    group
        location, shape or intensity.
    length
        What its components run over: nothing (``one``), coordinates x, y, z (``axes``), axes
        × axes row by row (``matrix``), channels, principal axes of the channels
        (``spectrum``), channels × channels (``pairs``), 64 ``bins`` or 7 ``quantiles``.
    channels
        Images it is offered for: any, those with one channel, or those with several.
    image_wide
        True where it depends on all objects of the frame.
    """

    plugin: str
    id: str
    text: str
    group: Group
    length: Length = "one"
    channels: Channels = "any"
    image_wide: bool = False

    @property
    def nearby(self) -> bool:
        """True where it is measured around the object, and only if there is a margin."""
        return self.id.endswith(NEARBY)

    @property
    def name(self) -> str:
        """What a selection calls it: ``ilastik_Mean``."""
        return f"{FAMILY}_{self.id}"

    def fits(self, dimensions: int, channels: int) -> bool:
        """Return whether ilastik offers it for such an image."""
        by_plugin = {HULL_2D: 2, HULL_3D: 3, SKELETON: 2}
        known = {"any": True, "one": channels == 1, "several": channels > 1}
        return by_plugin.get(self.plugin, dimensions) == dimensions and known[self.channels]

    def components(self, dimensions: int, channels: int) -> int:
        """Return how many columns it has for an image with these dimensions and channels."""
        lengths: dict[Length, int] = {
            "one": 1, "axes": dimensions, "matrix": dimensions**2, "channels": channels,
            "spectrum": channels, "pairs": channels**2, "bins": 64, "quantiles": 7,
        }  # fmt: skip
        return lengths[self.length]

    def columns(self, dimensions: int, channels: Sequence[str]) -> Iterator[NamedColumn]:
        """Yield its columns for an image with these channel names."""
        n = self.components(dimensions, len(channels))
        for k in range(n):
            text = self.text if n == 1 else f"{self.text}_{k}"
            by_channel = self.length == "channels"
            number = "" if by_channel or self.length == "one" else f"_{k}"
            channel = channels[k if by_channel else 0] if self._of_one_channel else None
            end = "" if channel is None else f"-{channel}"
            yield NamedColumn(f"{self.name}{number}{end}", text, self, k, channel)

    @property
    def _of_one_channel(self) -> bool:
        return self.length == "channels" or self.channels == "one"


@dataclass(frozen=True)
class NamedColumn:
    """One column: our name, ilastik's name in tables, and which component it is of what.

    Parameters
    ----------
    name
        ``ilastik_Mean-0``.
    text
        ``Mean Intensity`` or, where the feature has several components, ``Mean Intensity_0``.
    feature
        The feature.
    component
        Which of its components, from 0.
    channel
        Name of the channel it is measured in, or None.
    """

    name: str
    text: str
    feature: Feature
    component: int
    channel: str | None = None


def _standard() -> Iterator[Feature]:
    """Yield the features of the standard plugin."""
    shape: list[tuple[str, str, Group, Length]] = [
        ("Count", "Size in pixels", "shape", "one"),
        ("Coord<Minimum>", "Bounding Box Minimum", "location", "axes"),
        ("Coord<Maximum>", "Bounding Box Maximum", "location", "axes"),
        ("RegionCenter", "Center of the object", "location", "axes"),
        ("RegionRadii", "Radii of the object", "shape", "axes"),
        ("RegionAxes", "Principal components of the object", "shape", "matrix"),
    ]
    for name, text, group, length in shape:
        yield Feature(STANDARD, name, text, group, length)
    for each in _intensity():
        yield each
        if each.id not in ("Quantiles", "PrincipalAxes"):
            yield Feature(
                STANDARD, each.id + NEARBY, each.text + NEARBY, each.group, each.length,
                each.channels,
            )  # fmt: skip
    yield from _advanced()


def _intensity() -> Iterator[Feature]:
    """Yield what the dialog shows of intensities; most exist in a neighbourhood too."""
    plain = {
        "Mean": "Mean Intensity",
        "Variance": "Variance of Intensity",
        "Skewness": "Skewness of Intensity",
        "Kurtosis": "Kurtosis of Intensity",
        "Minimum": "Minimum intensity",
        "Maximum": "Maximum intensity",
        "Sum": "Total Intensity",
    }
    for name, text in plain.items():
        yield Feature(STANDARD, name, text, "intensity", "channels")
    rest: list[tuple[str, str, Length, Channels, bool]] = [
        ("Histogram", "Histogram of Intensity", "bins", "one", True),
        ("Quantiles", "Quantiles of Intensity", "quantiles", "one", True),
        ("Covariance", "Covariance of Channel Intensity", "pairs", "several", False),
        ("PrincipalAxes", "PrincipalAxes", "pairs", "several", False),
    ]
    for name, text, length, channels, wide in rest:
        yield Feature(STANDARD, name, text, "intensity", length, channels, wide)


def _advanced() -> Iterator[Feature]:
    """Yield what the dialog hides; the display text is the id."""
    moments = [
        *(f"Principal<PowerSum<{k}>>" for k in (2, 3, 4)), "Principal<Skewness>",
        "Principal<Kurtosis>",
    ]  # fmt: skip
    rows: list[tuple[Group, Length, Channels, list[str]]] = [
        ("intensity", "channels", "any", [f"Central<PowerSum<{k}>>" for k in (2, 3, 4)]),
        ("location", "axes", "any", ["Coord<PowerSum<1>>"]),
        ("shape", "axes", "any", [f"Coord<{name}>" for name in moments]),
        ("shape", "axes", "any", ["Coord<DivideByCount<Principal<PowerSum<2>>>>"]),
        ("location", "axes", "one", ["Coord<ArgMinWeight>", "Coord<ArgMaxWeight>"]),
        ("intensity", "one", "one", ["Global<Minimum>", "Global<Maximum>"]),
        ("intensity", "one", "one", ["Weighted<PowerSum<0>>"]),
        ("location", "axes", "one", ["Weighted<Coord<PowerSum<1>>>", "Weighted<RegionCenter>"]),
        ("shape", "axes", "one", ["Weighted<RegionRadii>"]),
        ("shape", "matrix", "one", ["Weighted<RegionAxes>"]),
        ("shape", "axes", "one", [f"Weighted<Coord<{name}>>" for name in moments]),
        ("shape", "axes", "one", ["Weighted<Coord<DivideByCount<Principal<PowerSum<2>>>>>"]),
        ("intensity", "spectrum", "several", moments),
        ("intensity", "spectrum", "several",
         [f"Principal<{name}>" for name in ("Minimum", "Maximum", "Variance")]),
    ]  # fmt: skip
    for group, length, channels, names in rows:
        for name in names:
            wide = name.startswith("Global")
            yield Feature(STANDARD, name, name, group, length, channels, wide)


def _hull(plugin: str) -> Iterator[Feature]:
    """Yield the features of a "convex hull", which is the filled bounding box."""
    shapes = {
        "InputVolume": "Object Area",
        "HullVolume": "Convex Hull Area",
        "Convexity": "Convexity",
        "DefectCount": "Number of Defects",
        "DefectVolumeMean": "Mean Defect Area",
        "DefectVolumeVariance": "Variance of Defect Area",
        "DefectVolumeSkewness": "Skewness of Defect Area",
        "DefectVolumeKurtosis": "Kurtosis of Defect Area",
        "DefectDisplacementMean": "Mean Defect Displacement",
    }
    places = {
        "InputCenter": "Object Center",
        "HullCenter": "Convex Hull Center",
        "DefectCenter": "Defect Center",
    }
    for name, text in shapes.items():
        yield Feature(plugin, name, text, "shape")
    for name, text in places.items():
        yield Feature(plugin, name, text, "location", "axes")


def _skeleton() -> Iterator[Feature]:
    """Yield the features of the skeleton in 2D."""
    shapes = {
        "Diameter": "Diameter",
        "Euclidean Diameter": "Euclidean Diameter",
        "Total Length": "Length of the Skeleton",
        "Average Length": "Average Branch Length",
        "Branch Count": "Number of Branches",
        "Hole Count": "Number of Holes",
    }
    places = {
        "Skeleton Center": "Center of the Skeleton",
        "Terminal 1": "Terminal 1",
        "Terminal 2": "Terminal 2",
    }
    for name, text in shapes.items():
        yield Feature(SKELETON, name, text, "shape")
    for name, text in places.items():
        yield Feature(SKELETON, name, text, "location", "axes")


def _by_id(features: Iterable[Feature]) -> dict[str, Feature]:
    return {each.id: each for each in features}


FEATURES: Final[Mapping[str, Mapping[str, Feature]]] = {
    HULL_2D: _by_id(_hull(HULL_2D)),
    SKELETON: _by_id(_skeleton()),
    HULL_3D: _by_id(_hull(HULL_3D)),
    STANDARD: _by_id(_standard()),
}
"""Plugin → id → feature, of every plugin that comes with ilastik."""


def chosen(
    selected: Mapping[str, Collection[str]], dimensions: int, channels: int, margin: bool = True
) -> Iterator[Feature]:
    """Yield the features of a selection that such an image has, in the classifier's order.

    Parameters
    ----------
    selected
        Plugin to ids; unknown ones are passed over.
    dimensions, channels
        Of the image: 2 or 3, and the number of channels.
    margin
        False where every margin is 0: then ilastik measures no neighbourhood.
    """
    for plugin in sorted(selected):
        for name in sorted(selected[plugin]):
            feature = FEATURES.get(plugin, {}).get(name)
            if feature and feature.fits(dimensions, channels) and (margin or not feature.nearby):
                yield feature


def columns(
    selected: Mapping[str, Collection[str]],
    dimensions: int,
    channels: Sequence[str],
    margin: bool = True,
) -> tuple[NamedColumn, ...]:
    """Return the columns of a selection in the order of the classifier's input.

    Parameters
    ----------
    selected, dimensions, margin
        As in :func:`chosen`.
    channels
        Names of the image's channels.
    """
    features = chosen(selected, dimensions, len(channels), margin)
    return tuple(c for each in features for c in each.columns(dimensions, channels))


def table_columns(
    exported: Collection[str],
    measured: Mapping[str, Collection[str]],
    dimensions: int,
    channels: Sequence[str],
    margin: bool = True,
) -> tuple[NamedColumn, ...]:
    """Return the feature columns of ilastik's table, sorted by their display text.

    Parameters
    ----------
    exported
        Ids or display texts that the project exports. :data:`DEFAULTS` are exported always.
    measured
        Plugin to ids that the project measures; others cannot be exported.
    dimensions, channels, margin
        As in :func:`columns`.
    """
    everything = {**measured, STANDARD: {*measured.get(STANDARD, ()), *DEFAULTS}}
    wanted = {*exported, *DEFAULTS}
    found: dict[str, NamedColumn] = {}
    for column in columns(everything, dimensions, channels, margin):
        if column.feature.id in wanted or column.feature.text in wanted:
            found.setdefault(column.text, column)
    return tuple(found[text] for text in sorted(found))
