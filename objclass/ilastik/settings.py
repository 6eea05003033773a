"""The applets' settings: thresholds, blocks, export and table."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from objclass.errors import InputError, Problem
from objclass.ilastik.contents import (
    BlockwiseSettings,
    ExportSettings,
    Method,
    TableSettings,
    ThresholdSettings,
)
from objclass.ilastik.pickled import read_pickled

if TYPE_CHECKING:
    from objclass.ilastik.folder import ProjectGroup

METHODS: Final[dict[int, Method]] = {0: "simple", 1: "hysteresis", 3: "dont_merge"}
GRAPH_CUT: Final = 2
TABLE: Final = "ObjectClassification/ExportSettings"


def read_threshold(root: ProjectGroup) -> tuple[ThresholdSettings, tuple[str, ...]]:
    """Return the threshold settings and what was assumed, also of older layouts."""
    folder = root.folder("ThresholdTwoLevels")
    if folder is None:
        return ThresholdSettings(), ("no threshold settings are stored: ilastik's defaults",)
    number = folder.whole("CurOperator", 0)
    if number == GRAPH_CUT:
        raise InputError(_graph_cut(folder))
    if number not in METHODS:
        folder.refuse("unknown threshold method", number, "0, 1 or 3")
    method, channel, default = METHODS[number], folder.whole("Channel", 0), ThresholdSettings()
    notes = []
    low = folder.number("LowThreshold", default.low)
    if method == "simple" and "SingleThreshold" in folder:
        low = folder.number("SingleThreshold")
        notes.append("the threshold is stored as SingleThreshold, as old versions did")
    core = folder.whole("CoreChannel", channel)
    if "CoreChannel" not in folder and method != "simple":
        notes.append("no CoreChannel is stored, as in old versions: cores are in Channel")
    settings = ThresholdSettings(
        method=method,
        channel=channel,
        core_channel=core,
        low=low,
        high=folder.number("HighThreshold", default.high),
        sigma=_sigma(folder),
        min_size=folder.whole("MinSize", default.min_size),
        max_size=folder.whole("MaxSize", default.max_size),
    )
    return settings, tuple(notes)


def _graph_cut(folder: ProjectGroup) -> Problem:
    what = f"{folder.path}: its objects come from the threshold method Graph Cut"
    fix = (
        "choose Simple or Hysteresis in ilastik; or export Object Identities there and use them "
        "as label images"
    )
    return Problem(what, expected="Simple or Hysteresis", fix=fix)


def _sigma(folder: ProjectGroup) -> tuple[float, float, float]:
    inside = folder.folder("SmootherSigma")
    if inside is None:
        return ThresholdSettings().sigma
    x, y, z = (inside.number(axis, 1.0) for axis in "xyz")
    if min(x, y, z) < 0:
        inside.refuse("a sigma is below 0", (x, y, z))
    return x, y, z


def read_blockwise(root: ProjectGroup) -> BlockwiseSettings:
    """Return block and halo."""
    folder = root.folder("Blockwise Object Classification")
    default = BlockwiseSettings()
    if folder is None:
        return default
    return BlockwiseSettings(
        _xyz(folder.folder("BlockShape3dDict"), default.block),
        _xyz(folder.folder("HaloPadding3dDict"), default.halo),
    )


def _xyz(folder: ProjectGroup | None, default: tuple[int, int, int]) -> tuple[int, int, int]:
    if folder is None:
        return default
    x, y, z = (folder.whole(a, d) for a, d in zip("xyz", default, strict=True))
    return x, y, z


def read_export(root: ProjectGroup) -> ExportSettings:
    """Return the settings of the image export; what was never set is None."""
    folder = root.folder("Object Information Export")
    if folder is None:
        return ExportSettings()

    def text(name: str) -> str | None:
        return folder.text(name) or None if name in folder else None

    return ExportSettings(
        filename_format=text("OutputFilenameFormat"),
        format=text("OutputFormat"),
        internal_path=text("OutputInternalPath"),
        dtype=text("ExportDtype"),
        axis_order=text("OutputAxisOrder"),
        region=_region(folder),
        renormalize=_renormalize(folder),
    )


def _region(
    folder: ProjectGroup,
) -> tuple[tuple[int | None, ...], tuple[int | None, ...]] | None:
    ends = [_limits(folder, name) for name in ("RegionStart", "RegionStop")]
    if ends[0] is None or ends[1] is None or len(ends[0]) != len(ends[1]):
        return None
    return ends[0], ends[1]


def _limits(folder: ProjectGroup, name: str) -> tuple[int | None, ...] | None:
    """Return a list of places, in which -1 means the end of the image."""
    if name not in folder or folder.attribute(name, "isEmpty") in (True, "True"):
        return None
    return tuple(None if n < 0 else int(n) for n in folder.array(name, "i").reshape(-1))


def _renormalize(folder: ProjectGroup) -> tuple[float, float, float, float] | None:
    names = ("InputMin", "InputMax", "ExportMin", "ExportMax")
    if not all(name in folder for name in names):
        return None
    a, b, c, d = (folder.number(name) for name in names)
    return a, b, c, d


def read_table(root: ProjectGroup) -> TableSettings | None:
    """Return the settings of the table export, or None where none was set up."""
    folder = root.folder("ObjectClassification")
    if folder is None or "ExportSettings" not in folder:
        return None
    pickled = folder.raw("ExportSettings")
    found = read_pickled(pickled[0] if pickled else b"", f"{root.path}: '{TABLE}'")
    if not isinstance(found, tuple) or len(found) != 2:
        folder.refuse(f"'{TABLE}' is no pair of settings and features")
    settings, features = found
    if not isinstance(settings, dict):
        return None
    listed = features if isinstance(features, list | tuple) else ()
    texts = [each for each in listed if isinstance(each, str)]
    default = TableSettings()
    return TableSettings(
        file_type=_typed(settings.get("file type"), default.file_type),
        path=_typed(settings.get("file path"), default.path),
        features=tuple(dict.fromkeys(texts)),
        margin=_margin(settings.get("margin")),
        include_raw=_typed(settings.get("include raw"), default.include_raw),
    )


def _typed(value: object, default: Any) -> Any:
    return value if type(value) is type(default) else default


def _margin(value: object) -> int:
    if not isinstance(value, int | float) or not isfinite(value) or not 0 <= value < 2**31:
        return 0
    return int(value)
