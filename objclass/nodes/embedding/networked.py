"""Embeddings that a network of the user says: of a window around every object, or of a map."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelHeader, LabelImage
from objclass.data.processor import processor
from objclass.data.versions import installed
from objclass.engine.artifact import Content, FactsHeader, Record
from objclass.engine.files import stat
from objclass.engine.look import Look
from objclass.engine.node import Made, Part, Read, View
from objclass.engine.reason import CONTENT
from objclass.errors import FieldSetting, InputError, Problem, RunError, advise, list_some
from objclass.measure.windows import COUNTED
from objclass.nodes.families import is_sized
from objclass.nodes.features.surroundings import length
from objclass.nodes.probed import MACHINE, PROBE, probe_part, tell_deviation
from objclass.schema.base import Frozen
from objclass.schema.value_span import ValueSpan

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.io.network import Network
    from objclass.measure.windows import WindowSettings

VALUES: Final = "values"
CROP, MAP = "crop", "map"
OF_NETWORKS: Final = ("image", "from_", "size", "scale", "channels", "range", "mask")
"""Fields that a table has no use for."""
SORTED_BYTES: Final = 17
"""Bytes per voxel of numbers that are sorted for their percentiles, measured."""
MAP_BYTES: Final = 50
"""Bytes per voxel of a plane that is averaged over its objects, measured."""


@dataclass(frozen=True)
class NetworkUse:
    """What is asked of which network: held by the part that asks.

    Parameters
    ----------
    path, digest
        The file, and its content when the workflow was checked.
    by_map
        True where one map is made of an image, False for windows.
    size
        Pixels of a window; of a map, what the sides of the image must be a multiple of.
    step
        Voxels per pixel along y and x.
    channels
        Numbers of the channels of the image, in the order of the network's.
    span
        The values that become 0 and 1.
    masked
        True where voxels of other objects and of the background become 0.
    batch
        Inputs that are run at once.
    """

    path: Path
    digest: str
    by_map: bool
    size: int
    step: tuple[float, float]
    channels: tuple[int, ...]
    span: ValueSpan
    masked: bool
    batch: int


def network_parts(
    look: Look, objects: LabelHeader
) -> tuple[tuple[Part, ...], int, dict[str, object]]:
    """Return the parts with the numbers of one image and of drawn windows, how many numbers an
    object has, and options.
    """
    node: Any = look.node
    image: ImageHeader = look.header("image", ImageHeader)
    look.same_grid("image", image.grid, "objects", objects.grid)
    names = tuple(node.channels or image.channels)
    unknown = [name for name in names if name not in image.channels]
    if unknown:
        what, expected = f"there is no channel '{unknown[0]}'", list_some(image.channels)
        raise look.problem("channels", what, expected=expected)
    by_map = node.from_ == MAP
    path = look.settings.folder / node.model
    try:
        known = _described(look, path, len(names), node.size, by_map)
    except InputError as error:
        raise look.passed_on(error, "model") from None
    step = _step(look, image)
    numbers = tuple(image.channels.index(name) for name in names)
    masked = node.mask is not None
    digest, found, batch = known["digest"], known["size"], known["batch"]
    use = NetworkUse(path, digest, by_map, found, step, numbers, node.range, masked, batch)
    options = {
        "model": known["digest"],
        "from": node.from_,
        "size": use.size,
        "scale": None if node.scale is None else str(node.scale),
        "channels": list(names),
        "range": str(node.range),
        "mask": node.mask,
    }
    look.once("deviation", lambda: tell_deviation(look, known, len(names), by_map))
    probe = look.once(PROBE, lambda: probe_part(known, len(names), by_map))
    part = _part(look, use, names, objects, _working(use, image))
    return (part, probe), known["width"], options


def _working(use: NetworkUse, image: ImageHeader) -> int | None:
    """Return the bytes per voxel that percentiles and maps take; None for windows alone."""
    if not use.span.percent and not use.by_map:
        return None
    is_sorted = use.span.percent and image.dtype not in COUNTED
    is_plane = use.by_map and len(image.grid.shape) == 2  # of a volume it is one plane of many
    plane = MAP_BYTES + 4 * len(use.channels)
    return max(SORTED_BYTES if is_sorted else 0, plane if is_plane else 0)


def _part(
    look: Look, use: NetworkUse, names: Sequence[str], objects: LabelHeader, working: int | None
) -> Part:
    """Return the part; its recipe says on which machine its last bits were made."""
    seen = ("voxels", "index") if use.masked or use.by_map else ("index",)
    read = tuple(dict.fromkeys(str(number) for number in use.channels))
    return Part(
        VALUES,
        FactsHeader("embedding"),
        {
            "model": {CONTENT: use.digest},
            **_machine(),
            "from": MAP if use.by_map else CROP,
            "size": use.size,
            "step": list(use.step),
            "channels": list(names),
            "range": use.span.written(),
            "mask": use.masked,
        },
        (Read("objects", look.wire("objects"), seen), Read("image", look.wire("image"), read)),
        times=objects.grid.times,
        asked=False,
        payload=use,
        elsewhere=MACHINE,
        working=working,
        whole=True,
    )


def _step(look: Look, image: ImageHeader) -> tuple[float, float]:
    """Return how many voxels a pixel of a window is wide, along y and x."""
    node: Any = look.node
    if node.scale is None:
        return (1.0, 1.0)
    if node.scale.unit == "px":
        step = (node.scale.value, node.scale.value)
    else:
        wanted = length(look, "scale", node.scale, image.grid)
        y, x = image.grid.voxel[-2:] if is_sized(image.grid) else (1.0, 1.0)
        step = round(wanted / y, 9), round(wanted / x, 9)
    if not all(1 / 64 <= each <= 64 for each in step):
        got = f"{step[1]:g} voxels of the image per pixel"
        raise look.problem("scale", "is far from the image's", got=got, expected="1/64 to 64")
    return step


def _machine() -> dict[str, str]:
    """Return what decides the last bits."""
    runtime = f"onnxruntime {installed('onnxruntime')}"
    return {"runtime": runtime, "processor": processor()}


def _described(look: Look, path: Path, channels: int, size: int | None, by_map: bool) -> Any:
    """Return what a network is like, tried once on a machine for each state of its files."""
    machine = _machine()
    key = ["network", str(path), channels, size, by_map, *machine.values()]
    files = look.once(("network files", path), lambda: _files(path))
    asked = channels, size, by_map, tuple(machine.items())
    return look.settings.memo(key, files, lambda: describe(files, str(stat(files)), *asked))


@lru_cache(maxsize=8)
def describe(
    files: tuple[Path, ...],
    state: str,
    channels: int,
    size: int | None,
    by_map: bool,
    machine: tuple[tuple[str, str], ...],
) -> dict[str, Any]:
    """Try a network, once in a process: without a cache every image of a batch asks for it.

    Parameters
    ----------
    files
        The network, and those beside it that hold its weights.
    state
        Of the files: a description holds for this one only.
    channels, size, by_map
        What is asked of it.
    machine
        What decides the last bits.

    Raises
    ------
    InputError
        Where it cannot be used.
    """
    from objclass.io.network import open_network
    from objclass.io.onnx_file import onnx_digest

    digest = onnx_digest(files)
    try:
        found = _tried(open_network(files[0], digest), channels, size, by_map)
    except RunError as error:
        raise InputError(*error.problems) from None
    return {"digest": digest, **dict(machine), **found}


def _files(path: Path) -> tuple[Path, ...]:
    from objclass.io.onnx_file import check_onnx

    return check_onnx(path)


def _tried(network: Network, channels: int, size: int | None, by_map: bool) -> dict[str, Any]:
    """Return what a network says of an input, or raise where this one does not fit it."""
    from objclass.io.network import probe, try_batches, try_map

    _, depth, *sides = network.shape
    if depth not in (None, channels):
        what = f"{network.path.name} takes {depth} channels, and is given {channels}"
        fix = advise(FieldSetting("channels", "[dna, actin, dna]", verb="write", example=True))
        raise InputError(Problem(what, fix=fix))
    fixed = {side for side in sides if side is not None}
    if len(fixed) > 1 or (fixed and size is not None and fixed != {size}):
        got = " x ".join(str(side or "any") for side in sides)
        what = f"{network.path.name} takes inputs of another size"
        raise InputError(Problem(what, got, f"{size} x {size}" if size else "a square"))
    if by_map:
        if fixed:
            what = f"{network.path.name} takes one size of images, and a map is made of any"
            raise InputError(Problem(what, str(fixed.pop()), "dynamic axes y and x", "from: crop"))
        side = size or 32
        width = try_map(network, channels, side)
        drawn = probe(network, (channels, 2 * side, 2 * side)).tolist()
        return {"width": width, "batch": 1, "size": size or 1, PROBE: drawn}
    found = fixed.pop() if fixed else size
    if found is None:
        fix = advise(FieldSetting("size", "64", example=True))
        raise InputError(Problem(f"{network.path.name} takes windows of any size", fix=fix))
    shape = (channels, found, found)
    batch, one = try_batches(network, shape)
    drawn = probe(network, shape).tolist()
    return {"width": len(one), "batch": batch, "size": found, PROBE: drawn}


def values(view: View) -> Made:
    """Return the numbers of every object of a frame."""
    import numpy as np

    from objclass.classification.single_thread import single_thread
    from objclass.io.network import open_network

    use = view.part.held(NetworkUse)
    labels: LabelImage = view.one("objects")
    image: Image = view.one("image")
    try:
        network = open_network(use.path, use.digest)
    except InputError as error:
        raise RunError(*error.problems) from None
    with single_thread():
        spans = [_span(image, number, use.span) for number in use.channels]
        made = _from_map if use.by_map else _from_windows
        found = made(view, network, image, labels, spans)
    ids = labels.index.ids
    bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(bad):
        what = f"{use.path.name} gives NaN or infinity for {len(bad):,} of {len(ids):,} objects"
        raise RunError(
            Problem(what, got=f"object {int(ids[bad[0]])}", fix="another range, or model")
        )
    return Made(Content(record=Record({"ids": ids, VALUES: found})))


def _span(image: Image, channel: int, span: ValueSpan) -> tuple[float, float]:
    """Return the values that become 0 and 1, of all voxels of a frame."""
    from objclass.measure.windows import percentiles

    if not span.percent:
        return span.low, span.high
    low, high = percentiles(image.read(channel), (span.low, span.high))
    return low, high


Spans = Sequence[tuple[float, float]]


def _from_windows(
    view: View, network: Network, image: Image, labels: LabelImage, spans: Spans
) -> NDArray[np.float32]:
    """Return the mean over its planes of what the network says of each object's windows."""
    import numpy as np

    from objclass.measure.windows import WindowSettings, windows

    use, index = view.part.held(NetworkUse), labels.index
    settings = WindowSettings(use.size, use.step, tuple(spans), use.masked)
    readers = [partial(image.read, channel) for channel in use.channels]
    shape = labels.header.grid.shape
    cut = windows(readers, labels.read, index, settings, shape, use.batch)
    sums: NDArray[np.float64] | None = None
    planes = np.zeros(len(index))
    for rows, said in view.each(partial(_embedded, network), cut):
        sums = np.zeros((len(index), said.shape[1])) if sums is None else sums
        np.add.at(sums, rows, said)
        np.add.at(planes, rows, 1)
    if sums is None:
        return np.zeros((0, _width(network, settings)), np.float32)
    return (sums / planes[:, None]).astype(np.float32)


def _width(network: Network, settings: WindowSettings) -> int:
    """Return how many numbers an object has, where there is none to tell."""
    import numpy as np

    shape = (1, len(settings.spans), settings.size, settings.size)
    return int(network.embed(np.zeros(shape, np.float32)).shape[1])


Cut = tuple[list[int], "NDArray[np.float32]"]


def _embedded(network: Network, batch: Cut) -> Cut:
    return batch[0], network.embed(batch[1])


def _from_map(
    view: View, network: Network, image: Image, labels: LabelImage, spans: Spans
) -> NDArray[np.float32]:
    """Return the mean over its voxels of what the network says of the image, plane by plane."""
    import numpy as np

    from objclass.io.network import map_of
    from objclass.measure.map_means import add_map
    from objclass.measure.windows import normalize

    use, index, shape = view.part.held(NetworkUse), labels.index, labels.header.grid.shape
    sides = [-(-side // use.size) * use.size for side in shape[-2:]]
    sums: NDArray[np.float64] | None = None
    for z in range(shape[0]) if len(shape) == 3 else (None,):
        start = (0, 0) if z is None else (z, 0, 0)
        region = Region(start, shape if z is None else (z + 1, *shape[1:]))
        plane = np.zeros((1, len(use.channels), *sides), np.float32)
        for k, (channel, span) in enumerate(zip(use.channels, spans, strict=True)):
            voxels = image.read(channel, region).reshape(shape[-2:])
            plane[0, k, : shape[-2], : shape[-1]] = normalize(voxels, span)
        found, cell = map_of(network, plane)
        sums = np.zeros((len(index), len(found))) if sums is None else sums
        add_map(sums, found, labels.read(region).reshape(shape[-2:]), index.ids, cell)
    assert sums is not None
    return (sums / np.maximum(1, index.size)[:, None]).astype(np.float32)


def check_fields(look: Look, fields: Frozen) -> None:
    """Refuse fields that have no effect on what is asked."""
    given = fields.model_fields_set
    node: Any = look.node
    if node.table is not None:
        idle, what = [n for n in OF_NETWORKS if n in given], "has no effect on a table"
    elif node.from_ == MAP:
        idle, what = [n for n in ("scale", "mask") if n in given], "has no effect on a map"
    else:
        return
    if idle:
        name = idle[0].rstrip("_")
        raise look.problem(idle[0], f"{name} {what}", fix="remove it")
