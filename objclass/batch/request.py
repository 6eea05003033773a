"""What a person asks of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Literal

from objclass.data.dataclass import dataclass
from objclass.engine.cluster import address_problems
from objclass.errors import InputError, Problem, as_path, check_types, list_some, raise_all
from objclass.nodes.export.output import IMAGE, TABLE
from objclass.results import OutputRequest
from objclass.wells.control_wells import ControlWells

Patterns = str | Sequence[str]
"""One path pattern, or several whose images are put together."""

TABLE_FORMATS = (*TABLE.suffixes, ".h5")
"""The suffixes of tables in a batch."""


@dataclass(frozen=True)
class BatchRequest:
    """What a person asks of a batch.

    Parameters
    ----------
    project
        The trained project.
    inputs
        Input node to path pattern, or to several.
    roles
        Role (raw, prediction_map, …) to path pattern, or to several, for the only input of
        that role. Where several are given, the first of every input belong together, then the
        second, and so on.
    shared
        Input nodes of which one file serves all images, such as an atlas.
    out
        Folder for the results.
    export
        What to write for every image; by default what the workflow writes.
    image_format
        Suffix of images, such as ``.h5``; by default ``.tif``.
    table_format
        Suffix of tables, ``.csv`` (the default) or ``.parquet``; ``.h5`` of object tables, with
        images of the objects beside them.
    names
        ``ilastik`` to call files, columns and axes as ilastik does; ``cytomining`` for columns.
    plugins
        Plugin files that the project was trained with, the same bytes.
    sets
        ``node.field=value`` overrides; "not as trained".
    cache
        Folder of a store; by default nothing is kept.
    plate_map
        A table, or an OME-Zarr plate or its condition table, whose columns become names of the
        images of each well.
    positive, negative
        Which wells are controls: ``A01``, ``A01,B01``, or ``drug=DMSO`` by a name of images.
    overwrite
        Replace results that are there already; a batch that was begun there begins again.
    shard
        ``3/60`` to work off every 60th image only, beginning with the third.
    only
        ``name=value`` to work off only images with these names, such as ``well=B03``.
    failed
        Work off only images that failed before.
    old_files
        What becomes of files of an earlier batch in the same folder that are no results of
        this one: ``keep``, ``aside`` (into a folder ``old-TIME``) or ``remove``.
    workers
        How many processes may work; by default as many as there are processors for this one.
    scheduler
        Address of a ``dask.distributed`` scheduler, whose workers work off the images instead.
    memory
        What all processes may take together, such as ``4GiB``; by default what
        ``OBJCLASS_MEMORY`` says, or control groups, SLURM and the computer allow.

    Raises
    ------
    InputError
        Where one text stands for a list of texts.
    """

    project: Path
    out: Path
    inputs: Mapping[str, Patterns] = field(default_factory=dict)
    roles: Mapping[str, Patterns] = field(default_factory=dict)
    export: tuple[str, ...] = ()
    image_format: str | None = None
    table_format: str | None = None
    names: Literal["ilastik", "cytomining"] | None = None
    plugins: tuple[Path, ...] = ()
    sets: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    cache: Path | None = None
    plate_map: Path | None = None
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    overwrite: bool = False
    shard: str | None = None
    only: tuple[str, ...] = ()
    failed: bool = False
    old_files: Literal["keep", "aside", "remove"] = "keep"
    workers: int | None = None
    scheduler: str | None = None
    memory: str | None = None

    def __post_init__(self) -> None:
        """Take texts for paths; refuse one text where a list is meant."""
        names = ("export", "plugins", "sets", "shared", "only", "positive", "negative")
        paths = ("project", "out", "cache", "plate_map")
        raise_all(check_types(self, lists=names, paths=paths))
        object.__setattr__(self, "plugins", tuple(as_path(p, "plugins") for p in self.plugins))
        raise_all([*_no_mapping(self), *address_problems(self.scheduler, self.workers)])

    @property
    def controls(self) -> ControlWells:
        """Which wells are controls."""
        return ControlWells(tuple(self.positive), tuple(self.negative))

    @property
    def wanted(self) -> OutputRequest:
        """What to write."""
        images = _suffix(self.image_format, IMAGE.suffixes, "image_format")
        tables = _suffix(self.table_format, TABLE_FORMATS, "table_format")
        return OutputRequest(tuple(self.export), images, tables, self.names)


def _suffix(text: str | None, known: Sequence[str], name: str) -> str | None:
    if text is None:
        return None
    suffix = f".{text.lstrip('.').lower()}"
    if suffix not in known:
        raise InputError(Problem(f"{name}: unknown format", got=text, expected=list_some(known)))
    return suffix


def formats(texts: Sequence[str]) -> dict[str, str]:
    """Return the formats of a command line, ``image_format`` and ``table_format``.

    ``h5`` is one of images, ``table=h5`` one of tables.

    Raises
    ------
    InputError
        For formats that are unknown, and two for one kind of file.
    """
    kinds = {"image_format": IMAGE.suffixes, "table_format": TABLE_FORMATS}
    found: dict[str, str] = {}
    for said in (part.strip() for each in texts for part in each.split(",")):
        sort, sign, ending = said.rpartition("=")
        text = ending.removeprefix("ome.")
        able = [f"{sort}_format"] if sign else list(kinds)
        kind = next((k for k in able if f".{text.lstrip('.')}" in kinds.get(k, ())), None)
        if kind is None:
            raise InputError(_unknown(said, kinds))
        if found.get(kind, text) != text:
            got = f"{found[kind]} and {text}"
            what = f"--format: two formats for {kind.removesuffix('_format')}s"
            raise InputError(Problem(what, got=got, fix="give one"))
        found[kind] = text
    return found


def _unknown(text: str, kinds: Mapping[str, Sequence[str]]) -> Problem:
    """Report a format that nothing is written in; one of two sorts is named with its sort."""
    images, tables = kinds.values()
    named = [s.lstrip(".") for s in dict.fromkeys((*images, *tables))]
    named += [f"table={s.lstrip('.')}" for s in tables if s in images]
    return Problem("--format: unknown format", got=text, expected=list_some(named, 12))


def _no_mapping(request: BatchRequest) -> Iterator[Problem]:
    for name, given in (("inputs", request.inputs), ("roles", request.roles)):
        if not isinstance(given, Mapping):
            key = "raw" if name == "roles" else "NODE"
            got, expected = repr(given), f"a mapping such as {{'{key}': 'new/{{name}}.tif'}}"
            yield Problem(f"{name} is a mapping", got=got, expected=expected)


def allowed_failures(text: str | None, count: int) -> int:
    """Return how many of `count` images may fail: ``1%`` of them, or a number such as ``5``.

    Raises
    ------
    InputError
        For what is neither.
    """
    if text is None:
        return 0
    number = text.strip().removesuffix("%")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    share = text.strip().endswith("%")
    if not 0 <= value <= (100 if share else count + value) or (not share and value % 1):
        expected = "such as 1% of the images, or 5 of them"
        raise InputError(Problem("--allow-failures: no share", got=repr(text), expected=expected))
    return int(value * count / 100) if share else int(value)
