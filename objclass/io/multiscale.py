"""What an OME-Zarr group says of its image: axes, levels, voxel sizes and channel names.

Pure: metadata in, facts out (OME-NGFF 0.4 and 0.5, "multiscales" and "omero"). Versions
before 0.4 are read as far as they say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, prod
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some
from objclass.io.header import duration, in_one_unit, length_unit

Metadata = Mapping[str, object]
"""Attributes of a group or an array, as JSON has them."""

VERSIONS = ("0.1", "0.2", "0.3", "0.4", "0.5")
PLAIN_TRANSFORMS = ("scale", "translation", "identity")
MENDED = "write the image anew with the program that made it, or name an array inside it"


class Said(BaseModel):
    """A piece of metadata; what we do not use is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Model = TypeVar("Model", bound=Said)


class SaidAxis(Said):
    """One axis of an image."""

    name: str
    type: str | None = None
    unit: str | None = None


class SaidTransform(Said):
    """One transform from voxels to lengths."""

    type: str
    scale: tuple[float, ...] | None = None
    translation: tuple[float, ...] | None = None
    path: str | None = None


class SaidDataset(Said):
    """One level: its array and its transforms."""

    path: str
    transforms: tuple[SaidTransform, ...] = Field((), alias="coordinateTransformations")


class SaidMultiscale(Said):
    """One image pyramid."""

    version: str | None = None
    axes: tuple[SaidAxis | str, ...] | None = None
    datasets: tuple[SaidDataset, ...] = Field(min_length=1)
    transforms: tuple[SaidTransform, ...] = Field((), alias="coordinateTransformations")


class SaidChannel(Said):
    """How a channel is called."""

    label: str | None = None


class SaidOmero(Said):
    """How an image is shown; only the names of its channels count here."""

    channels: tuple[SaidChannel, ...] = ()


class SaidImage(Said):
    """The metadata of a group that holds an image."""

    version: str | None = None
    multiscales: tuple[SaidMultiscale, ...] = Field(min_length=1)
    omero: SaidOmero | None = None


@dataclass(frozen=True)
class Level:
    """One array of a pyramid: its path below the group, and the size of a voxel per axis."""

    path: str
    scale: tuple[float, ...] | None


@dataclass(frozen=True)
class Multiscale:
    """An image pyramid.

    Parameters
    ----------
    axes
        Letters of ``tczyx`` in the order of the arrays.
    units
        What each axis is measured in, as written.
    levels
        From fine to coarse, at least one.
    channels
        Names where every channel has one.
    notes
        What a person should know.
    """

    axes: str
    units: tuple[str | None, ...]
    levels: tuple[Level, ...]
    channels: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def level(self, number: int | None, where: object) -> Level:
        """Return a level, the finest by default; raise where there is no such one."""
        if (number or 0) < len(self.levels):
            return self.levels[number or 0]
        last = len(self.levels) - 1
        expected = f"0 to {last}" if last else "0, the only one"
        raise InputError(Problem(f"{where} has no level {number}", expected=expected))

    def pixel_size(self, level: Level) -> tuple[dict[str, float] | None, str | None]:
        """Return the size of a level's voxels per axis of space, and its unit.

        Sizes without units that are all 1 say nothing.
        """
        if level.scale is None:
            return None, None
        every = zip(self.axes, level.scale, self.units, strict=True)
        space = {a: (size, unit) for a, size, unit in every if a in "zyx"}
        if not any(unit for _, unit in space.values()):
            sizes = {letter: size for letter, (size, _) in space.items()}
            return (sizes, None) if set(sizes.values()) != {1.0} else (None, None)
        return in_one_unit({a: (size, length_unit(unit)) for a, (size, unit) in space.items()})

    def time_step(self, level: Level) -> str | None:
        """Return the time between two frames, where its unit is said."""
        if level.scale is None or "t" not in self.axes:
            return None
        place = self.axes.index("t")
        return duration(level.scale[place], self.units[place])


def ome_part(attributes: Metadata) -> Metadata:
    """Return what the attributes say in OME's words: below ``ome`` since version 0.5."""
    below = attributes.get("ome")
    return below if isinstance(below, Mapping) else attributes


def multiscale_of(attributes: Metadata, where: object) -> Multiscale | None:
    """Return the image pyramid of a group; None where it holds none.

    Parameters
    ----------
    attributes
        Of the group.
    where
        The group, for messages.

    Raises
    ------
    InputError
        For metadata that break the standard, versions that are not known, and transforms that
        are more than a scale and a translation.
    """
    said = ome_part(attributes)
    if "multiscales" not in said:
        return None
    image = parsed(SaidImage, said, where)
    first = image.multiscales[0]
    version = first.version or image.version or "0.4"
    check_version(version, where)
    axes = _letters(first, version, where)
    every = [axis for axis in first.axes or () if isinstance(axis, SaidAxis)]
    units = tuple(axis.unit for axis in every) if every else (None,) * len(axes)
    levels = tuple(_level(dataset, first.transforms, axes, where) for dataset in first.datasets)
    names = [channel.label for channel in image.omero.channels] if image.omero else []
    channels = tuple(name for name in names if name)
    found = Multiscale(axes, units, levels, channels if len(channels) == len(names) > 0 else None)
    return Multiscale(**{**vars(found), "notes": tuple(_notes(found, len(image.multiscales)))})


def parsed(model: type[Model], said: Metadata, where: object) -> Model:
    """Return metadata as a model, or raise with the first thing that is wrong with them."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        got = f"{place}: {first['msg'].lower()}"
        what = f"{where}: its OME-Zarr metadata are broken"
        raise InputError(Problem(what, got=got, fix=MENDED)) from None


def check_version(version: str, where: object) -> None:
    """Raise for a version of OME-Zarr whose metadata may mean something else."""
    if version not in VERSIONS:
        what = f"{where}: this version of OME-Zarr is not known"
        raise InputError(Problem(what, version, "0.4 or 0.5", "convert it to one of these"))


def _letters(said: SaidMultiscale, version: str, where: object) -> str:
    """Return one letter of ``tczyx`` per axis: by its name, else by its type."""
    if said.axes is None and version in ("0.1", "0.2"):
        return "tczyx"
    axes = [SaidAxis(name=a) if isinstance(a, str) else a for a in said.axes or ()]
    letters = [axis.name.lower() for axis in axes]
    if not set(letters) <= set("tczyx"):
        letters = list(_by_type(axes))
    good = len(set(letters)) == len(letters) and {"y", "x"} <= set(letters) <= set("tczyx")
    if good:
        return "".join(letters)
    what = f"{where}: its axes cannot be read"
    got = list_some(f"{axis.name} ({axis.type or 'no type'})" for axis in axes) or "none"
    expected = "names of t, c, z, y, x, each once, among them y and x"
    raise InputError(Problem(what, got, expected, MENDED))


def _by_type(axes: Sequence[SaidAxis]) -> Iterator[str]:
    """Yield letters of axes with other names: the last of space is x."""
    space = [axis for axis in axes if axis.type == "space"]
    last = dict(zip((axis.name for axis in reversed(space)), "xyz", strict=False))
    for axis in axes:
        known = {"time": "t", "channel": "c"}.get(axis.type or "")
        yield known or last.get(axis.name, axis.name)


def _level(
    dataset: SaidDataset, shared: Sequence[SaidTransform], axes: str, where: object
) -> Level:
    """Return a level with all its scales multiplied."""
    scales = []
    for each in (*dataset.transforms, *shared):
        _check_plain(each, dataset.path, axes, where)
        scales += [each.scale] if each.scale is not None else []
    joint = tuple(prod(sizes) for sizes in zip(*scales, strict=True))
    return Level(dataset.path.strip("/"), joint or None)


def _check_plain(said: SaidTransform, path: str, axes: str, where: object) -> None:
    """Raise for a transform that is no scale or translation with one number per axis."""
    name = f"{where}, level '{path}'"
    if said.type not in PLAIN_TRANSFORMS or said.path is not None:
        got = f"{said.type}, its numbers in an array" if said.path else said.type
        expected = "a scale, perhaps with a translation"
        fix = "resample the image to a grid along its axes, or name the array inside it"
        what = f"{name} has a transform that is not applied"
        raise InputError(Problem(what, got, expected, fix))
    numbers = said.scale if said.type == "scale" else said.translation
    if said.type == "identity":
        return
    fits = numbers is not None and len(numbers) == len(axes) and all(map(isfinite, numbers))
    if not fits or (said.type == "scale" and min(numbers or (0.0,)) <= 0):
        got = "nothing" if numbers is None else str(list(numbers))
        expected = f"{len(axes)} numbers, one an axis ({axes})"
        expected += ", above 0" if said.type == "scale" else ""
        raise InputError(Problem(f"{name}: its {said.type} does not fit", got, expected, MENDED))


def _notes(found: Multiscale, images: int) -> Iterator[str]:
    """Yield what a person should know of a pyramid."""
    if images > 1:
        yield f"it holds {images} multiscales, of which the first is read"
    sizes, _ = found.pixel_size(found.levels[0])
    every = zip(found.axes, found.units, strict=True)
    units = [unit for letter, unit in every if letter in "zyx"]
    if sizes is None and found.levels[0].scale is not None and any(units):
        said = list_some(str(unit or "none") for unit in units)
        yield f"its pixel size is not used: units {said}"
