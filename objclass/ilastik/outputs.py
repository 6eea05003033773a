"""Where ilastik writes its results: nicknames, placeholders, suffixes and tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Final

from objclass.ilastik.contents import TableSettings
from objclass.ilastik.inputs import split_stack
from objclass.io.formats import split_inner
from objclass.io.output_formats import HDF5_TABLES

BLOCKWISE: Final = {
    "Blockwise Object Predictions": "predictions",
    "Blockwise Object Probabilities": "probabilities",
}
"""ilastik's export sources of the pieces that its blocks and their halos show."""
SOURCES: Final = {
    "Object Predictions": "predictions",
    "Object Probabilities": "probabilities",
    "Object Identities": "identities",
    "Object Uncertainty": "uncertainty",
    **BLOCKWISE,
}
"""ilastik's export sources (the one of uncertainty is ours) → what our export calls them."""
UNSUPPORTED_SOURCES: Final = {
    "Pixel Probabilities": "pixel classification is not run here: export them in ilastik",
    "Simple Segmentation": "pixel classification is not run here: export it in ilastik",
}
FORMATS: Final = {
    "compressed hdf5": ".h5",
    "hdf5": ".h5",
    "tiff": ".tiff",
    "tif": ".tif",
    "multipage tiff": ".tiff",
    "png": ".png",
    "numpy": ".npy",
    **{f"{kind} sequence": f".{kind}" for kind in ("png", "tif", "tiff")},
}
"""ilastik's output formats that are written here → suffix."""
SEQUENCE: Final = " sequence"
"""How the formats end that write one file a plane."""
_WRITE: Final = "write --output_format=hdf5, 'multipage tiff', png or numpy"
UNSUPPORTED_FORMATS: Final = dict.fromkeys(
    (
        "bmp", "gif", "hdr", "jpeg", "jpg", "pbm", "pgm", "pnm", "ppm", "ras", "n5",
        "compressed n5", "single-scale ome-zarr", "multi-scale ome-zarr", "dvid",
        "blockwise hdf5", "multipage tiff sequence",
        *(f"{kind} sequence" for kind in (
            "bmp", "gif", "hdr", "jpeg", "jpg", "pbm", "pgm", "pnm", "ppm", "ras",
        )),
    ),
    _WRITE,
)  # fmt: skip
DEFAULT_FORMAT: Final = "compressed hdf5"
DEFAULT_PATH: Final = "{dataset_dir}/{nickname}_{result_type}"
DEFAULT_DATASET: Final = "exported_data"
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


def nickname(text: str) -> str:
    """Return what ilastik calls an input.

    A file gives its stem and, where there is one, the path inside it; a stack what its files
    have in common at the start.

    Parameters
    ----------
    text
        A path as given, perhaps with an array behind it, a glob, or joined paths of a stack.

    >>> nickname("data/2d3c.h5/volume/data"), nickname("a/cell_001.png:a/cell_002.png")
    ('2d3c-volume-data', 'cell_00')
    """
    files = split_stack(text)
    if len(files) > 1:
        return _shared_start([_stem(file) for file in files]).replace("*", "") or _stem(files[0])
    _, inner = split_inner(text)
    name = _stem(text)
    return (f"{name}-{inner.replace('/', '-')}" if inner else name).replace("*", "")


def _shared_start(names: Sequence[str]) -> str:
    """Return the letters that all names begin with."""
    columns = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in columns)


def _stem(text: str) -> str:
    return PurePosixPath(split_inner(text)[0].replace("\\", "/")).stem


def dataset_dir(text: str) -> str:
    """Return the folder of an input's file."""
    file, _ = split_inner(split_stack(text)[0] if text else text)
    return str(Path(file).absolute().parent)


def fill(pattern: str, values: Mapping[str, str]) -> str:
    """Return a pattern with its placeholders filled; unknown ones stay as they are.

    >>> fill("{dataset_dir}/{nickname}_{roi}", {"dataset_dir": "d", "nickname": "n"})
    'd/n_{roi}'
    """
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), pattern)


def image_path(
    pattern: str,
    format: str,
    raw: str,
    result_type: str,
    base: Path | None = None,
    places: Mapping[str, str] | None = None,
) -> Path:
    """Return where ilastik writes an image.

    Parameters
    ----------
    pattern
        Such as ``{dataset_dir}/{nickname}_{result_type}.h5``. Its suffix gives way to the
        format's.
    format
        One of :data:`FORMATS`.
    raw
        The raw image as given.
    result_type
        One of :data:`SOURCES`.
    base
        Where a relative path starts: the working folder for a pattern of the command line,
        the project's folder for a stored one.
    places
        What ``{roi}``, ``{x_start}``, … and ``{slice_index}`` stand for.
    """
    values = {**known_names(raw, result_type), **(places or {})}
    suffix = PurePosixPath(pattern).suffix
    known = suffix.lower() in {*FORMATS.values(), ".hdf5"}
    stem = pattern.removesuffix(suffix) if known else pattern
    return (base or Path.cwd()) / Path(fill(stem, values) + FORMATS[format]).expanduser()


def known_names(raw: str, result_type: str) -> dict[str, str]:
    """Return what placeholders stand for that need no voxels."""
    told = {"dataset_dir": dataset_dir(raw), "nickname": nickname(raw)}
    return {**told, "result_type": result_type}


def names_places(pattern: str) -> bool:
    """True where a pattern names ends of the region: ``{roi}``, ``{x_start}``, …."""
    ends = {f"{letter}_{end}" for letter in "txyzc" for _, end in _ENDS}
    return any(name in {"roi", *ends} for name in _PLACEHOLDER.findall(pattern))


def number(pattern: str) -> str:
    """Return a pattern with the number of a plane at the end of its name.

    >>> number("out/{nickname}.png")
    'out/{nickname}_{slice_index}.png'
    """
    suffix = PurePosixPath(pattern).suffix
    known = suffix if suffix.lower() in {*FORMATS.values(), ".hdf5"} else ""
    return f"{pattern.removesuffix(known)}_{{slice_index}}{known}"


def named_places(region: Mapping[str, tuple[int, int]]) -> dict[str, str]:
    """Return what ``{roi}``, ``{x_start}`` and ``{x_stop}`` stand for.

    >>> named_places({"y": (0, 4), "x": (2, 9)})["roi"]
    '[(0, 2), (4, 9)]'
    """
    corners = [tuple(span[end] for span in region.values()) for end in (0, 1)]
    ends = {f"{a}_{end}": str(span[k]) for a, span in region.items() for k, end in _ENDS}
    return {"roi": str(corners), **ends}


_ENDS: Final = ((0, "start"), (1, "stop"))


def table_path(settings: TableSettings, raw: str, override: str | None = None) -> Path:
    """Return where ilastik writes the table: ``X.csv`` becomes ``X_table.csv``.

    Parameters
    ----------
    settings
        The project's; its file type holds whatever the suffix of `override`.
    raw
        The raw image as given.
    override
        ``--table_filename``. Only ``{dataset_dir}`` and ``{nickname}`` are filled. One that
        ends like HDF5 is written so; ilastik would call the text of a CSV table so.
    """
    values = {"dataset_dir": dataset_dir(raw), "nickname": nickname(raw)}
    path = Path.cwd() / Path(fill(override or settings.path, values)).expanduser()
    if path.suffix.lower() in HDF5_TABLES:
        return path
    if settings.file_type == "h5":
        return path.with_suffix(".h5")
    stem = path.name.removesuffix(path.suffix) if path.suffix else path.name
    return path.with_name(f"{stem}_table{path.suffix or '.csv'}")
