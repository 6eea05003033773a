"""What an OME-Zarr plate says of its wells, and a well of its fields.

Pure: metadata in, facts out (OME-NGFF 0.4 and 0.5, "plate" and "well").
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem
from objclass.io.multiscale import MENDED, Metadata, Said, check_version, ome_part, parsed


class SaidWell(Said):
    """One well of a plate: its folder, such as ``B/03``."""

    path: str


class SaidPlate(Said):
    """The wells of a plate."""

    version: str | None = None
    wells: tuple[SaidWell, ...] = ()
    field_count: int | None = None


class SaidField(Said):
    """One field of a well: its folder, such as ``0``."""

    path: str
    acquisition: int | None = None


class SaidWellImages(Said):
    """The fields of a well."""

    version: str | None = None
    images: tuple[SaidField, ...] = Field(())


@dataclass(frozen=True)
class Plate:
    """A plate: the name of every well (``B03``) and its folder (``B/03``)."""

    wells: Mapping[str, str]
    field_count: int | None = None


def plate_of(attributes: Metadata, where: object) -> Plate | None:
    """Return the wells of a plate; None where the group is none.

    Raises
    ------
    InputError
        For metadata that break the standard, and two wells that are called the same.
    """
    said = ome_part(attributes)
    if "plate" not in said:
        return None
    given = said["plate"]
    plate = parsed(SaidPlate, given if isinstance(given, Mapping) else {"wells": given}, where)
    check_version(plate.version or _version(said), where)
    wells: dict[str, str] = {}
    for well in plate.wells:
        folder = well.path.strip("/")
        name = well_name(folder)
        if name in wells:
            what = f"{where}: two wells are called {name}"
            raise InputError(Problem(what, f"{wells[name]} and {folder}", fix=MENDED))
        wells[name] = folder
    return Plate(wells, plate.field_count)


def well_name(folder: str) -> str:
    """Return what a well is called: ``B/03`` is B03."""
    return folder.replace("/", "")


def fields_of(attributes: Metadata, where: object) -> tuple[str, ...] | None:
    """Return the folders of a well's fields, in their order; None where the group is no well."""
    said = ome_part(attributes)
    if "well" not in said:
        return None
    given = said["well"]
    well = parsed(SaidWellImages, given if isinstance(given, Mapping) else {"images": given}, where)
    check_version(well.version or _version(said), where)
    return tuple(field.path.strip("/") for field in well.images)


def _version(said: Metadata) -> str:
    return str(said.get("version", "0.4"))
