"""Which families a ``features`` node measures, under which settings, on which regions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.image import ImageHeader
from objclass.data.objects import Column
from objclass.data.value_range import known_range
from objclass.data.wire import Wire
from objclass.errors import Problem
from objclass.measure.families import BUILT_IN, BY_NAME_ONLY, TABLES, family, table_family
from objclass.measure.family import Family, Setting, TableFamily
from objclass.schema.quantity import Quantity
from objclass.schema.selection import Choice, Entry, Measurement
from objclass.schema.space import AxisValues

if TYPE_CHECKING:
    from objclass.measure.regions import Surrounding

DEFAULT = tuple(Choice(name) for name in ("size", "axes", "intensity"))
ILASTIK = "ilastik"
PARENTS = "parents"
OPTIONS: Final = {"margin": ILASTIK, "within": "neighbors"}
"""Option of an entry and the only family that has it."""
NAMED: Final = 'write {ilastik: ["Count", "Mean in neighborhood"]}'


@dataclass(frozen=True)
class PluginSource:
    """A plugin file as it was when the run began; other processes run the same bytes.

    Parameters
    ----------
    path
        Where it lay.
    content, digest
        Its bytes and their digest.
    """

    path: Path
    content: bytes
    digest: str


@dataclass(frozen=True)
class PluginFamily:
    """A family that is not built in: who measures, and what its results depend on.

    Parameters
    ----------
    family
        Who measures.
    digest
        Of the plugin file, or name and version of the package.
    source
        The plugin file; None for families of packages.
    """

    family: Family
    digest: str
    source: PluginSource | None = None


@dataclass(frozen=True)
class FamilyPart:
    """One part of a features node.

    Parameters
    ----------
    part
        Name of the part: the family, with the region before it.
    family
        Who measures.
    setting
        Under which setting.
    layers
        Other label images it reads, by the name the family knows them by.
    region
        JSON of the region, None for the object itself.
    digest
        Of the plugin file, None for built-in families.
    written
        Options and region as a person means them, whatever the size of a voxel.
    """

    part: str
    family: Family | TableFamily
    setting: Setting
    layers: Mapping[str, Wire] = field(default_factory=dict)
    region: Mapping[str, Any] | None = None
    digest: str | None = None
    written: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reads_image(self) -> bool:
        """True where raw voxels are needed."""
        return isinstance(self.family, Family) and self.family.reads_image

    @property
    def needs_image(self) -> bool:
        """True where nothing is measured without raw voxels."""
        return self.reads_image and isinstance(self.family, Family) and self.family.needs_image

    @property
    def levels(self) -> int:
        """Steps that the ranges of its channels are divided into; 0 where they are not."""
        return self.family.levels(self.setting) if isinstance(self.family, Family) else 0

    def reads_for(self, columns: Sequence[Column]) -> bool:
        """True where raw voxels are needed for these columns."""
        return self.needs_image or (self.reads_image and any(c.channel for c in columns))

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column there is."""
        return self.family.columns(self.setting)


def families_named(entries: Sequence[Entry], added: Mapping[str, PluginFamily]) -> list[str]:
    """Return the families that a selection may choose from, so that no others are imported."""
    known = [*BUILT_IN, *TABLES, *added]
    named = [family_of(entry, known) for entry in entries]
    if all(entry.removes for entry in entries):
        named += [choice.text for choice in DEFAULT]
    if None in named:
        return [name for name in known if name not in BY_NAME_ONLY or name in named]
    return [name for name in known if name in named]


def family_of(entry: Entry, known: Sequence[str]) -> str | None:
    """Return the family an entry names, or None where it may be any."""
    text = entry.family if isinstance(entry, Measurement) else entry.name
    begins = [name for name in known if text == name or text.startswith(f"{name}_")]
    return max(begins, key=len, default=None)


def found_family(name: str, added: Mapping[str, PluginFamily]) -> Family | TableFamily:
    """Return a family by name; plugins come before nothing: names are unique."""
    if name in added:
        return added[name].family
    return table_family(name) if name in TABLES else family(name)


def setting_for(
    found: Family | TableFamily,
    grid: Grid,
    image: ImageHeader | None,
    entries: Sequence[Entry],
) -> Setting:
    """Return what a family knows before voxels are read."""
    reads = isinstance(found, Family) and found.reads_image
    known = is_sized(grid) and found.uses_spacing
    channels = image.channels if image and reads else ()
    return Setting(
        dimensions=grid.dimensions,
        channels=channels,
        dtypes=(image.dtype,) * len(channels) if image else (),
        ranges=(known_range(image.dtype, image.value_range),) * len(channels) if image else (),
        spacing=grid.voxel if known else None,
        unit=grid.unit if known else None,
        options=options_of(found.name, entries, grid),
    )


def misused(name: str, entries: Sequence[Entry], grid: Grid) -> Iterator[tuple[int, Problem]]:
    """Yield the entries of a family whose options it does not have, or that contradict others."""
    said: dict[str, object] = {}
    for position, entry in enumerate(entries):
        if not isinstance(entry, Measurement) or entry.family != name:
            continue
        given = {"margin": entry.margin, "within": entry.within}
        for option, value in given.items():
            if value is None:
                continue
            if OPTIONS[option] != name:
                what = f"{name} has no option '{option}'"
                yield position, Problem(what, fix=f"it is {OPTIONS[option]}'s; remove it")
            elif said.setdefault(option, value) != value:
                what = f"{name} is given two values of '{option}'"
                yield position, Problem(what, got=str(value), fix="write one, or two nodes")
            elif option == "within":
                yield from ((position, problem) for problem in _unclear(entry.within, grid))
    if name == ILASTIK and not options_of(name, entries, grid)["features"]:
        named = [k for k, e in enumerate(entries) if family_of(e, [name]) and not e.removes]
        yield from ((k, Problem("ilastik's features are chosen by name", fix=NAMED)) for k in named)


def _unclear(within: float | Quantity | None, grid: Grid) -> Iterator[Problem]:
    """Yield what is wrong with a distance: no unit where there are two, or no pixel size."""
    if isinstance(within, Quantity):
        if within.unit != "px" and not is_sized(grid):
            fix = "give the input a pixel_size, or write the distance in px"
            yield Problem("the image has no pixel size", got=f"within: {within}", fix=fix)
    elif within is not None and is_sized(grid):
        said = f"{within:g}"
        fix = f"write 'within: {said} {grid.unit}' or 'within: {said} px'"
        yield Problem(f"'within: {said}' has no unit, and the image has a pixel size", fix=fix)


def is_sized(grid: Grid) -> bool:
    """True where the size of a voxel is known in a unit."""
    return grid.spacing is not None and grid.unit is not None


def _distance(within: float | Quantity, grid: Grid) -> float:
    """Return a distance in the unit of the grid, or in voxels where it has none."""
    if not isinstance(within, Quantity):
        return within
    if within.unit == "px":
        return within.value * (grid.voxel[-1] if is_sized(grid) else 1.0)
    return within.to(grid.unit) if grid.unit else within.value


def written_options(name: str, entries: Sequence[Entry]) -> dict[str, Any]:
    """Return the options of a family as a person means them: lengths in um or in px."""
    mine = [e for e in entries if isinstance(e, Measurement) and e.family == name]
    found: dict[str, Any] = {}
    for entry in mine:
        if entry.margin is not None:
            found["margin"] = _margin(entry.margin)
        if entry.within is not None:
            found["within"] = plain_length(entry.within)
    return found


def plain_length(value: float | Quantity) -> str:
    """Return a length as one text, however it was written: ``12 px``, ``0.5 um``."""
    if not isinstance(value, Quantity) or value.unit == "px":
        return f"{value.value if isinstance(value, Quantity) else value:g} px"
    return f"{value.to('um'):g} um"


def options_of(name: str, entries: Sequence[Entry], grid: Grid) -> dict[str, object]:
    """Return the options that the entries give a family, lengths in the unit of the grid."""
    mine = [e for e in entries if isinstance(e, Measurement) and e.family == name]
    options: dict[str, object] = {}
    for entry in mine:
        if entry.margin is not None:
            options["margin"] = _margin(entry.margin)
        if entry.within is not None:
            options["within"] = _distance(entry.within, grid)
    if name == ILASTIK:
        options["features"] = [feature for entry in mine for feature in entry.features]
    return options


def _margin(margin: float | AxisValues) -> dict[str, int]:
    if not isinstance(margin, AxisValues):
        return dict.fromkeys("xyz", int(margin))
    return {axis: int(value) for axis, value in margin.written().items()}


def on_region(
    plan: FamilyPart,
    region: Surrounding,
    facts: Mapping[str, Any],
    layers: Any,
    grid: Grid,
    written: Mapping[str, Any],
) -> FamilyPart:
    """Return the plan of the same family on a region of every object.

    A ring has a width, so it knows the size of a voxel also where the family does not use it.
    """
    from objclass.measure.regions import Ring, in_region

    assert isinstance(plan.family, Family)
    made = in_region(plan.family, region)
    setting = plan.setting
    if isinstance(region, Ring) and is_sized(grid):
        setting = replace(setting, spacing=grid.voxel, unit=grid.unit)
    return replace(
        plan,
        part=f"{region.name}_{plan.part}",
        family=made,
        setting=setting,
        layers=layers,
        region=facts,
        written={**plan.written, **written},
    )


def with_regions(
    chosen: Sequence[Column], plans: Sequence[FamilyPart], removes: Any
) -> Iterator[str]:
    """Yield the names chosen, and for each the same feature on every region.

    ``measure: [intensity_mean]`` with a region ``ring`` also measures
    ``ring_intensity_mean``, unless an entry removes it.
    """
    names = {column.name for column in chosen}
    for plan in plans:
        for column in plan.columns:
            base = column.name.removeprefix(f"{_prefix(plan)}_") if plan.region else column.name
            if column.name in names or (plan.region and base in names and not removes(column)):
                yield column.name


def _prefix(plan: FamilyPart) -> str:
    return plan.part.removesuffix(f"_{plan.family.name}")
