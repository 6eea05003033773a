"""What N5 says of an array: its axes, voxel size and levels, all of them x first."""

from __future__ import annotations

from collections.abc import Sequence

from objclass.data.dataclass import dataclass
from objclass.io.header import in_one_unit, known_axes, length_unit
from objclass.io.multiscale import Metadata
from objclass.io.zarr_metadata import KeyValueStore, MetadataNode, as_mapping, as_numbers, node_at

MOST_LEVELS = 32


@dataclass(frozen=True)
class N5Facts:
    """What an array says of itself, in the order of its voxels: x last."""

    shape: tuple[int, ...]
    blocks: tuple[int, ...]
    dtype: str
    axes: str | None = None
    spacing: dict[str, float] | None = None
    unit: str | None = None


def n5_facts(attributes: Metadata) -> N5Facts:
    """Return what the attributes of an array say; what is missing or malformed stays unknown."""
    shape = as_numbers(attributes.get("dimensions"))[::-1]
    blocks = as_numbers(attributes.get("blockSize"))[::-1]
    axes = _axes(attributes, len(shape))
    spacing, unit = _pixel_size(attributes, axes)
    return N5Facts(shape, blocks, str(attributes.get("dataType")), axes, spacing, unit)


def _axes(attributes: Metadata, dimensions: int) -> str | None:
    said = attributes.get("axes")
    letters = "".join(map(str, said)).lower() if isinstance(said, list | str) else ""
    return known_axes(letters[::-1], dimensions)


def _pixel_size(
    attributes: Metadata, axes: str | None
) -> tuple[dict[str, float] | None, str | None]:
    """Return the size of a voxel: ``resolution`` and ``units``, or ``pixelResolution``."""
    old = as_mapping(attributes.get("pixelResolution"))
    sizes = _floats(attributes.get("resolution") or old.get("dimensions"))
    letters = (axes or "zyx"[-len(sizes) :])[::-1]
    said = attributes.get("units") or old.get("unit")
    units = said if isinstance(said, list) else [said] * len(sizes)
    if not sizes or not len(sizes) == len(letters) == len(units):
        return None, None
    factors = _floats(attributes.get("downsamplingFactors")) or (1.0,) * len(sizes)
    found = {
        letter: (size * factor, length_unit(str(unit or "")))
        for letter, size, factor, unit in zip(letters, sizes, factors, units, strict=False)
        if letter in "zyx" and size * factor > 0
    }
    return in_one_unit(found)


def _floats(value: object) -> tuple[float, ...]:
    every: Sequence[object] = value if isinstance(value, list) else ()
    found = tuple(float(n) for n in every if isinstance(n, int | float))
    return found if len(found) == len(every) else ()


def n5_levels(store: KeyValueStore, path: str) -> tuple[MetadataNode, ...]:
    """Return the levels of a pyramid, ``s0``, ``s1``, …; none where the group is no pyramid."""
    levels: list[MetadataNode] = []
    while len(levels) < MOST_LEVELS:
        below = f"s{len(levels)}"
        found = node_at(store, f"{path}/{below}" if path else below)
        if found is None or found.kind != "array":
            break
        levels.append(found)
    return tuple(levels)
