"""Makes the pictures of docs/how-to/find-objects.md from the sample data.

Run ``python docs/pictures/make_find_objects.py`` in an environment with objclass. Every panel
is a workflow that is run; the image is the colon section of ``workflows/data`` (see the README
there for source and licence), cut out and shown in grey.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from skimage.color import rgb2hed

from objclass.run import prepare

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "workflows" / "data"
SIDE, GAP, TITLE = 192, 6, 18
KEPT = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#f0e442"]
DROPPED = "#d62728"
Pixels = NDArray[Any]
Fields = Mapping[str, Any]
Made = tuple[Pixels, Pixels | None, Mapping[str, Any]]
"""Voxels, the channel of each id, and the summary."""


@dataclass(frozen=True)
class Place:
    """A square cut out of the section: first row, first column and edge."""

    y: int
    x: int
    edge: int = 96

    @property
    def crop(self) -> dict[str, list[int]]:
        """The field ``crop`` of an input."""
        return {"y": [self.y, self.y + self.edge], "x": [self.x, self.x + self.edge]}

    def of(self, image: Pixels) -> Pixels:
        """The cut-out of an array ``(y, x, …)``."""
        return image[self.y : self.y + self.edge, self.x : self.x + self.edge]

    @property
    def scale(self) -> int:
        """How much it is enlarged."""
        return SIDE // self.edge


GLAND, STROMA, BOTH, RING = Place(318, 262), Place(232, 208), Place(290, 210), Place(286, 396, 64)


@dataclass(frozen=True)
class Panel:
    """One run: its title, the fields of the node, and how it is drawn.

    Parameters
    ----------
    title
        Written above.
    fields
        Of the node ``found``.
    part
        The part that is shown.
    apart
        Colours tell neighbouring objects apart.
    before
        The number of the panel whose objects are outlined in red where this one has none.
    """

    title: str
    fields: Fields = field(default_factory=dict)
    part: str = "objects"
    apart: bool = False
    before: int = 0


def grey() -> Pixels:
    """The section as light grey, so that outlines stand out."""
    raw = np.asarray(Image.open(DATA / "ihc.png").convert("L"), np.float32)
    return (90 + raw * 0.62).astype(np.uint8)


def stains() -> Pixels:
    """Brown (DAB) in the section, smoothed over 8 pixels, 0 to 1."""
    brown = ndimage.gaussian_filter(rgb2hed(np.asarray(Image.open(DATA / "ihc.png")))[..., 2], 8)
    return np.asarray((brown - brown.min()) / np.ptp(brown))


class Folder:
    """Files and workflows of one picture."""

    def __init__(self, folder: Path, place: Place) -> None:
        self.folder = folder
        self.place = place
        path = {"path": str(DATA / "ihc_Probabilities.h5"), "crop": place.crop}
        names = {"channels": ["background", "nucleus"], "role": "prediction_map"}
        self.nodes: dict[str, Fields] = {"prob": {"kind": "input", **path, **names}}

    def add(self, name: str, array: Pixels, role: str, axes: str = "yx", **more: Any) -> None:
        """Write a cut-out as an input."""
        np.save(self.folder / f"{name}.npy", array)
        source = {"path": f"{name}.npy", "axes": axes, "role": role, **more}
        self.nodes[name] = {"kind": "input", **source}

    def run(self, panel: Panel) -> Made:
        """Return the voxels of a panel's part, the channel of each id, and the summary."""
        wanted = {"kind": "threshold", "image": "prob", "channel": "nucleus", **panel.fields}
        given = {name: value for name, value in wanted.items() if value is not None}
        nodes: dict[str, Fields] = {**self.nodes, "found": given}
        nodes["shown"] = {"kind": "export", "from": "found", "write": write(panel.part)}
        file = self.folder / "picture.yaml"
        file.write_text(json.dumps({"version": 1, "nodes": nodes}), encoding="utf-8")
        job = prepare(file)
        outcomes = {(o.step.node, o.step.part.name): o for o in job.run()}
        assert not [p for o in outcomes.values() for p in o.problems]
        outcome = outcomes["found", panel.part]
        assert outcome.known is not None
        made = job.store.load(outcome.known.artifact, outcome.step.part.header)
        if panel.part == "smoothed":
            return made.read(0), None, outcome.known.summary
        channel = made.index.channel
        table = None if channel is None else np.concatenate([[0], channel])
        return made.read(), table, outcome.known.summary


def write(part: str) -> dict[str, str]:
    """What an export node writes so that a part is made."""
    return {"identities" if part == "objects" else part: "shown.npy"}


def outline(labels: Pixels) -> NDArray[np.bool_]:
    """The voxels of objects beside another id or background, one voxel wide."""
    padded = np.pad(labels, 1)
    inner = padded[1:-1, 1:-1]
    sides = [padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
    return np.asarray((inner > 0) & np.any([inner != side for side in sides], axis=0))


def rgb(color: str) -> Pixels:
    return np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)], np.float32)


def drawn(place: Place, labels: Pixels, codes: Pixels, dropped: Pixels) -> Image.Image:
    """Objects filled and outlined in their colours, dropped ones outlined in red."""
    under = place.of(grey())
    large = [a.repeat(place.scale, 0).repeat(place.scale, 1) for a in (under, labels, dropped)]
    picture = np.repeat(large[0][..., None], 3, 2).astype(np.float32)
    for code, color in enumerate(KEPT):
        mine = (large[1] > 0) & (codes[large[1]] == code)
        picture[mine] = 0.62 * picture[mine] + 0.38 * rgb(color)
        picture[outline(large[1]) & mine] = rgb(color)
    picture[outline(large[2])] = rgb(DROPPED)
    return Image.fromarray(picture.astype(np.uint8))


def colors(labels: Pixels, channel: Pixels | None, apart: bool) -> Pixels:
    """A colour number per id: that of its channel, or one that tells neighbours apart."""
    if channel is not None:
        return np.maximum(channel.astype(int) - 1, 0)
    numbers = np.arange(int(labels.max()) + 1)
    return np.asarray(numbers * 5 % len(KEPT) if apart else numbers * 0)


def gone(before: Pixels, now: Pixels) -> Pixels:
    """The objects of one label image without a voxel in another."""
    return np.where(np.isin(before, np.unique(before[now > 0])), 0, before)


def shown(place: Place, panel: Panel, made: Made, before: Pixels) -> Image.Image:
    """Draw what a panel made; the objects that `before` has besides are outlined in red."""
    voxels, channel, _ = made
    if voxels.dtype.kind == "f":
        grey_values = (voxels * 255).clip(0, 255).astype(np.uint8)
        return Image.fromarray(grey_values).convert("RGB").resize((SIDE, SIDE))
    dropped = gone(before, voxels) if before.dtype.kind != "f" else voxels * 0
    codes = colors(voxels, channel, panel.apart)
    return drawn(place, voxels.astype(int), codes, dropped.astype(int))


def joined(titles: Sequence[str], pictures: Sequence[Image.Image]) -> Image.Image:
    """Put panels side by side below their titles."""
    width = sum(p.width for p in pictures) + GAP * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, TITLE + pictures[0].height), "white")
    pen, font, x = ImageDraw.Draw(sheet), ImageFont.load_default(12), 0
    for title, picture in zip(titles, pictures, strict=True):
        pen.text((x + 2, 1), title, "black", font)
        sheet.paste(picture, (x, TITLE))
        x += picture.width + GAP
    return sheet


def save(name: str, place: Place, *panels: Panel) -> None:
    """Run the panels of one picture and save it."""
    with tempfile.TemporaryDirectory() as text:
        folder = Folder(Path(text), place)
        add_derived(folder)
        made = [folder.run(panel) for panel in panels]
    pairs = list(zip(panels, made, strict=True))
    titles = [panel.title.format(**summary) for panel, (*_, summary) in pairs]
    pictures = [shown(place, panel, each, made[panel.before][0]) for panel, each in pairs]
    picture = joined(titles, pictures)
    path = HERE / f"find_{name}.jpg"
    picture.save(path, quality=72, optimize=True)
    print(f"{path.name}  {picture.size}  {path.stat().st_size:,} bytes")


def add_derived(folder: Folder) -> None:
    """Add what the sample data do not hold: more channels, a mask, a region, a coarse map."""
    nucleus, place = np.asarray(h5_nucleus()), folder.place
    gland = 1 / (1 + np.exp(-(stains() - 0.36) / 0.03))
    both = np.stack([nucleus * gland, nucleus * (1 - gland), gland]).astype(np.float32)
    names = {"channels": ["epithelium", "stroma", "brown"]}
    folder.add("tissue", place.of(np.moveaxis(both, 0, -1)), "prediction_map", "yxc", **names)
    folder.add("gland", place.of((gland > 0.5).astype(np.uint8)), "segmentation")
    mask = ndimage.gaussian_filter(nucleus, 1) >= 0.3
    folder.add("mask", place.of(mask.astype(np.uint8)), "segmentation")
    fine = place.of(nucleus)
    coarse = fine.reshape(place.edge // 4, 4, place.edge // 4, 4).mean(axis=(1, 3))
    folder.add("coarse", coarse.astype(np.float32), "prediction_map")


def h5_nucleus() -> Pixels:
    """The probability of nucleus in the whole section."""
    import h5py

    with h5py.File(DATA / "ihc_Probabilities.h5") as file:
        return np.asarray(file["exported_data"][..., 1])


def main() -> None:
    """Make every picture."""
    smoothing_and_levels()
    cores()
    channels()
    components()


def smoothing_and_levels() -> None:
    all_sizes = {"min_size": 0}
    save("sigma", STROMA, *(Panel(f"sigma: {s}", {"sigma": s, **all_sizes}) for s in (0, 1, 3)))
    levels = [{"threshold": level, "min_size": 30} for level in (0.2, 0.5, 0.8)]
    save("threshold", GLAND, *(Panel(f"threshold: {f['threshold']}", f) for f in levels))
    found = [{"threshold": how, "min_size": 30} for how in ("otsu", "li", "triangle")]
    save("automatic", GLAND, *(Panel(f"{f['threshold']}: {{threshold:.2f}}", f) for f in found))
    large = {"min_size": 60, "max_size": 150}
    save(
        "size",
        STROMA,
        Panel("min_size: 0", all_sizes),
        Panel("min_size: 60", {"min_size": 60}),
        Panel("min_size: 60, max_size: 150", large),
    )


def cores() -> None:
    two = {"method": "hysteresis", "threshold": 0.3, "core_threshold": 0.9, "min_size": 5}
    save(
        "hysteresis",
        STROMA,
        Panel("threshold: 0.3", {"threshold": 0.3, "min_size": 5}),
        Panel("hysteresis, 0.3 and 0.9", two),
        Panel("threshold: 0.9", {"threshold": 0.9, "min_size": 5}),
    )
    save(
        "merge",
        GLAND,
        Panel("merge_objects: true", two, apart=True),
        Panel("the cores", two, "cores_filtered", apart=True),
        Panel("merge_objects: false", {**two, "merge_objects": False}, apart=True),
    )
    wanted = {**two, "min_size": 20, "max_size": 250}
    layers = [Panel(name, wanted, name) for name in ("smoothed", "cores", "cores_filtered")]
    layers += [Panel("unfiltered", wanted, "unfiltered"), Panel("objects", wanted, before=3)]
    save("layers", STROMA, *layers)


def channels() -> None:
    tissue = {"image": "tissue", "min_size": 20}
    two = {**tissue, "channel": ["epithelium", "stroma"]}
    save(
        "channels",
        BOTH,
        Panel("channel: epithelium", {**tissue, "channel": "epithelium"}),
        Panel("[epithelium, stroma]", two),
        Panel("the same, separate: true", {**two, "separate": True}),
    )
    brown = {"method": "hysteresis", "core_channel": "brown", "core_threshold": 0.5}
    save("core_channel", BOTH, Panel("simple", two), Panel("core_channel: brown", {**two, **brown}))
    coarse = {"image": "coarse", "channel": None, "like": "mask", "min_size": 30}
    save("like", STROMA, Panel("the fine map", {"min_size": 30}), Panel("4 x coarser", coarse))


def components() -> None:
    wanted = {"kind": "components", "image": "mask", "channel": None}
    contact = Place(132, 154, 48)
    save(
        "connectivity",
        contact,
        Panel("connectivity: faces", wanted, apart=True),
        Panel("connectivity: full", {**wanted, "connectivity": "full"}, apart=True),
    )
    filled = {**wanted, "fill_holes": True}
    save("holes", RING, Panel("fill_holes: false", wanted), Panel("fill_holes: true", filled))
    inner = {**wanted, "border_objects": "remove"}
    save("border", STROMA, Panel("border_objects: keep", wanted), Panel("remove", inner))
    region = {**wanted, "inside": "gland"}
    save("inside", BOTH, Panel("all", wanted), Panel("inside: gland", region))


if __name__ == "__main__":
    main()
