"""``export``: write results as files, one part per file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from objclass.data.axes import Grid
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.data.objects import Column, FilesHeader, PredictionHeader, TableHeader
from objclass.data.wire import Wire
from objclass.engine.look import Look, Unknown, described
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.errors import InputError, listed, nearest
from objclass.nodes.frames import frame_facts
from objclass.nodes.placeholder import filled, image_names, placeholders
from objclass.nodes.tables import table_reads
from objclass.nodes.target import Target, TargetField, check_options, planes, region_of
from objclass.schema.fields import (
    Names,
    Use,
    WireField,
)
from objclass.schema.selection import select

LAYERS = ("smoothed", "cores", "cores_filtered", "unfiltered")
IMAGES = ("predictions", "probabilities", "uncertainty", "identities", *LAYERS)
TABLES = ("table", "counts")
WHAT = (*TABLES, *IMAGES, "overlay")
FRACTIONS = ("probabilities", "uncertainty", "smoothed")
COLORED = ("predictions", "probabilities", "overlay")
SUFFIXES = {
    "table": (".csv", ".parquet"),
    "counts": (".csv", ".parquet"),
    "overlay": (".png",),
    **dict.fromkeys(IMAGES, (".h5", ".hdf5", ".tif", ".tiff", ".png", ".npy")),
}
DEFAULT_PATHS = {
    "table": "results/{image}_objects.csv",
    "identities": "results/{image}_ids.tif",
    "overlay": "results/{image}_overlay.png",
}
"""What is written when nobody says."""
FRAME_FACTS = {
    "table": ("frame_names", "time_step"),
    "counts": ("time_step",),
    "overlay": ("frame_names",),
}
"""What a file says of the frames of a time series."""
RESULT_TYPES = {
    "predictions": "Object Predictions",
    "probabilities": "Object Probabilities",
    "identities": "Object Identities",
    "uncertainty": "Object Uncertainty",
}


class ExportNode(Node):
    """Write tables, images and pictures; the suffix is the format."""

    version: ClassVar[int] = 1
    synonyms: ClassVar[dict[str, str]] = {"source": "from", "input": "from", "files": "write"}

    kind: Literal["export"]
    from_: Annotated[WireField, Field(alias="from", description="What to write results of.")]
    image: Annotated[WireField | None, Field(description="The raw image, for overlays.")] = None
    write: Annotated[
        dict[str, TargetField] | None,
        Field(description="What to write (table, predictions, overlay, …) and where."),
    ] = None
    columns: Annotated[Use, Field(description="Feature columns of the table; all by default.")] = ()
    counts_by: Annotated[
        Names | None, Field(description="Image names (or t) that counts are summed by.")
    ] = None
    names: Annotated[
        Literal["ilastik"] | None,
        Field(description="ilastik: its table columns and the axis order of its images."),
    ] = None

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return one part per file."""
        origin = origin_of(look)
        parts = []
        targets = self._targets(look, origin)
        self._check_idle(look, set(targets))
        for what, target in targets.items():
            path = self._path(look, what, target, origin)
            if path is not None:
                parts.append(self._part(look, what, target, path, origin))
        return tuple(parts)

    def _check_idle(self, look: Look, written: set[str]) -> None:
        """Report fields about files that are not written."""
        named = {"table", *IMAGES} - {*LAYERS}
        fields = {"columns": {"table"}, "counts_by": {"counts"}, "names": named}
        for field, whats in fields.items():
            if getattr(self, field) and not whats & written:
                needs = "write.table" if "table" in whats else "write.counts"
                what = f"{field} has no effect: nothing that it is about is written"
                look.problem(field, what, fix=f"remove it, or add {needs}")

    def _targets(self, look: Look, origin: Origin) -> dict[str, Target]:
        if self.write is None:
            return default_targets(look, origin, self.image is not None)
        if not self.write:
            look.problem("write", "there is nothing to write", fix="without write: the defaults")
        known = {}
        for what, target in self.write.items():
            if what in WHAT:
                known[what] = target
                continue
            close = nearest(what, WHAT)
            fix = f"did you mean {close}?" if close else None
            says = f"'{what}' cannot be written"
            look.problem(f"write.{what}", says, expected=listed(WHAT, 20), fix=fix)
        return known

    def _path(self, look: Look, what: str, target: Target, origin: Origin) -> Path | None:
        suffix = Path(target.path).suffix.lower()
        if suffix not in SUFFIXES[what]:
            got, expected = target.path, listed(SUFFIXES[what])
            says = f"{what} cannot be written in this format"
            look.problem(f"write.{what}", says, got=got, expected=expected)
            return None
        self._check_target(look, what, target, suffix, origin.labels.grid)
        known = {**image_names(look.image), "result_type": RESULT_TYPES.get(what, what)}
        try:
            text = filled(look, f"write.{what}", target.path, known)
        except Unknown:
            return None
        return Path(text) if Path(text).is_absolute() else look.settings.folder / text

    def _check_target(self, look: Look, what: str, target: Target, suffix: str, grid: Grid) -> None:
        """Report what a format cannot hold, and options that have no effect."""
        if what not in IMAGES:
            check_options(look, what, target)
        if target.dataset is not None and suffix not in (".h5", ".hdf5"):
            fix = "remove it, or write an .h5 file"
            look.problem(f"write.{what}.dataset", "a dataset is a place in an HDF5 file", fix=fix)
        elif target.dataset is not None:
            self._check_dataset(look, what, target.dataset)
        if suffix != ".png" or what not in IMAGES:
            return
        fix = "write it as .tif or .h5"
        whole = target.rescale is not None and (target.dtype or "float").lstrip("u")[:3] == "int"
        if what in FRACTIONS and not whole:
            look.problem(f"write.{what}", "PNG holds no fractions", got=target.path, fix=fix)
        elif planes(target, grid) > 1:
            says = "a PNG holds one plane"
            look.problem(f"write.{what}", says, got=described(grid), fix=fix)

    def _check_dataset(self, look: Look, what: str, name: str) -> None:
        from objclass.io.hdf5 import checked_name

        try:
            checked_name(name)
        except InputError as error:
            look.passed_on(error, f"write.{what}.dataset")

    def _part(self, look: Look, what: str, target: Target, path: Path, origin: Origin) -> Part:
        self._check_inputs(look, what, origin)
        alone = bool(set(placeholders(target.path)) - {"result_type"})
        if what not in TABLES or alone:
            return self._made(look, what, target, path, origin, joined=False)
        one: Part = look.once(
            ("part", what), lambda: self._made(look, what, target, path, origin, joined=True)
        )
        return one

    def _made(
        self, look: Look, what: str, target: Target, path: Path, origin: Origin, *, joined: bool
    ) -> Part:
        images = look.settings.images if joined else (look.image,)
        parameters: dict[str, Any] = {
            "what": what,
            "format": path.suffix.lower(),
            "images": [[image.name, dict(image.names)] for image in images],
            **self._parameters(look, what, target, origin),
        }
        joins: frozenset[Any] = frozenset({"image", "t"} if joined else {"t"})
        return Part(
            what,
            FilesHeader(what, str(path)),
            parameters,
            self._reads(look, what, origin),
            joins=joins,
            version=self.version,
            output=path,
            payload=origin,
        )

    def _check_inputs(self, look: Look, what: str, origin: Origin) -> None:
        if what in ("predictions", "probabilities", "uncertainty") and origin.prediction is None:
            gives = f"'{self.from_}' gives no predictions"
            raise look.problem(f"write.{what}", gives, fix="export from a predict node")
        if what == "overlay" and self.image is None:
            needs = "an overlay needs the raw image"
            raise look.problem("write.overlay", needs, fix="add 'image: raw'")
        if what in LAYERS:
            look.part(Wire(origin.objects.node, what), f"write.{what}")

    def _parameters(self, look: Look, what: str, target: Target, origin: Origin) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.names is not None and what not in (*LAYERS, "overlay", "counts"):
            found["names"] = self.names
        if target.dataset is not None:
            found["dataset"] = target.dataset
        if what in IMAGES:
            found |= layout_facts(look, what, target, origin)
        if origin.prediction is not None and what not in ("identities", *LAYERS):
            found["classes"] = list(origin.prediction.classes)
        if origin.prediction is not None and what in COLORED:
            found["colors"] = list(origin.prediction.colors)
        if what == "table":
            found["columns"] = [column.name for column in self._columns(look, origin)]
            if origin.prediction is not None and not self.names and _unseen(look, origin):
                found["min_probability"] = origin.prediction.min_probability
        if what == "counts":
            found["counts_by"] = self._counts_by(look)
        if (wanted := FRAME_FACTS.get(what)) and self.names is None:
            facts = frame_facts(look, origin.labels.grid, look.settings.images)
            found |= {name: facts[name] for name in wanted if name in facts}
        if what == "overlay":
            found["pixel_size"] = [*(origin.labels.grid.spacing or ()), origin.labels.grid.unit]
        return found

    def _columns(self, look: Look, origin: Origin) -> list[Any]:
        table = origin.table
        if table is None:
            return []
        try:
            found: list[Any] = look.once(
                ("columns", id(table)), lambda: select(table.columns, self.columns, table.columns)
            )
            return found
        except InputError as error:
            raise look.passed_on(error, "columns") from None

    def _counts_by(self, look: Look) -> list[str]:
        known = [*look.image.names, "image", "t"]
        for name in self.counts_by or ():
            if name not in known:
                close = nearest(name, known)
                look.problem(
                    "counts_by",
                    f"no image has a name '{name}'",
                    expected=listed(known),
                    fix=f"did you mean {close}?" if close else None,
                )
        return list(self.counts_by or ("image",))

    def _reads(self, look: Look, what: str, origin: Origin) -> tuple[Read, ...]:
        objects = Read("objects", origin.objects, ("voxels",))
        index = Read("objects", origin.objects, ("index",))
        prediction = origin.prediction_wire
        predicted = (Read("prediction", prediction),) if prediction else ()
        if what in LAYERS:
            return (Read("layer", Wire(origin.objects.node, what)),)
        if what == "identities":
            return (objects,)
        if what == "counts":
            return (index, *predicted, *_learned(look, origin))
        if what == "overlay":
            image: ImageHeader = look.header("image", ImageHeader)
            channels = tuple(str(k) for k in range(len(image.channels)))
            return (objects, *predicted, Read("image", look.wire("image"), channels))
        if what == "table":
            tables = table_reads(origin.table, self._columns(look, origin)) if origin.table else ()
            said = () if self.names else _unseen(look, origin)
            return (index, *predicted, *_annotated(look, origin), *said, *tables)
        return (objects, *predicted)

    def compute(self, part: Part, view: View) -> Made:
        """Write one file."""
        from objclass.nodes.exporting import written

        return written(part, view)


def layout_facts(look: Look, what: str, target: Target, origin: Origin) -> dict[str, Any]:
    """Return type, axis order and region of an image as JSON; report what does not fit."""
    grid = origin.labels.grid
    has = ("t" if grid.frames is not None else "") + grid.spatial
    needed = has + ("c" if what == "probabilities" else "")
    lacking = [letter for letter in needed if target.axes and letter not in target.axes]
    if lacking:
        field, got = f"write.{what}.axes", str(target.axes)
        look.problem(field, f"axes lacks {listed(lacking)}", got=got, expected=f"all of {needed}")
    parts = region_of(look, what, target, grid, needed)
    facts: dict[str, Any] = {"dtype": target.dtype, "axes": target.axes, "region": parts or None}
    if target.rescale is not None:
        facts["rescale"] = [list(ends) for ends in target.rescale]
    return {name: value for name, value in facts.items() if value is not None}


@dataclass(frozen=True)
class Origin:
    """Where exported results come from: the objects, and where there are any, more.

    Parameters
    ----------
    objects, labels
        The label image: its wire and header.
    table
        The feature table.
    prediction, prediction_wire
        The predictions.
    """

    objects: Wire
    labels: LabelHeader
    table: TableHeader | None = None
    prediction: PredictionHeader | None = None
    prediction_wire: Wire | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The feature columns there are."""
        return self.table.columns if self.table else ()


def origin_of(look: Look) -> Origin:
    """Follow ``from`` to the objects behind it."""
    header = look.header("from_", PredictionHeader, TableHeader, LabelHeader)
    if isinstance(header, LabelHeader):
        return Origin(look.wire("from_"), header)
    labels = look.part(header.objects).header
    assert isinstance(labels, LabelHeader)
    if isinstance(header, TableHeader):
        return Origin(header.objects, labels, header)
    return Origin(header.objects, labels, header.features, header, look.wire("from_"))


def default_targets(look: Look, origin: Origin, has_image: bool) -> dict[str, Target]:
    """Return what is written when nobody says: a table, ids, and an overlay."""
    return {
        what: Target(path=path)
        for what, path in DEFAULT_PATHS.items()
        if has_image or what != "overlay"
    }


def _annotated(look: Look, origin: Origin) -> tuple[Read, ...]:
    """Read the matches of the classifier, so that a table can show what a person said."""
    if origin.prediction is None:
        return ()
    wire = Wire(origin.prediction.model.node, "matches")
    has = any(part.name == "matches" for part in look.made.get(wire.node, ()))
    return (Read("matches", wire),) if has and _learned_from(look, wire.node, origin) else ()


def _learned_from(look: Look, classifier: str, origin: Origin) -> bool:
    """Return True where a classifier was annotated on these objects, not on other ones."""
    features: Wire = look.nodes[classifier].features  # type: ignore[attr-defined]
    header = look.header_of(features)
    return isinstance(header, TableHeader) and header.objects == origin.objects


def _learned(look: Look, origin: Origin) -> tuple[Read, ...]:
    """Read which objects the classifier learned from, where it learns in this workflow."""
    if origin.prediction is None or not _annotated(look, origin):
        return ()
    wire = Wire(origin.prediction.model.node, "examples")
    return (Read("examples", wire, ("object", "position")),)


def _unseen(look: Look, origin: Origin) -> tuple[Read, ...]:
    """Read what trees that have not seen them say of the objects that were learned from."""
    learned = _learned(look, origin)
    if origin.prediction is None or not learned:
        return ()
    scored = Wire(origin.prediction.model.node, "evaluation")
    whole = replace(learned[0], subtrees=None)  # its digest finds its rows
    return (whole, Read("evaluation", scored, ("unseen", "examples")))
