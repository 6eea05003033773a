"""``blockwise``: the predictions of ``predict`` by block, or those of ilastik's blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from objclass.data.axes import Grid
from objclass.data.labels import LabelHeader
from objclass.data.model import ModelHeader
from objclass.data.objects import TableHeader
from objclass.engine.kind import Predicting
from objclass.engine.look import Look
from objclass.engine.node import Made, Part, Read, View
from objclass.errors import Aside, FieldSetting, InputError, advise
from objclass.nodes.piece_table import (
    FEATURES,
    PIECES,
    PiecePredictionSummary,
    PieceSummary,
    is_measured,
    measured_part,
    table_of,
)
from objclass.nodes.predict import PredictionFields, PredictionSummary
from objclass.schema.fields import OUTSIDE_RECIPE, AxisValues, WholePerAxis, whole_per_axis

COMPARE = "objclass blockwise compare recommends one"
"""How to find a halo."""


class BlockwiseNode(PredictionFields):
    """Predict block by block: with the whole image's result, or as ilastik's blocks do."""

    synonyms: ClassVar[dict[str, str]] = {"block_size": "block", "halo_size": "halo"}

    kind: Literal["blockwise"]
    block: Annotated[
        WholePerAxis,
        Field(
            description="Edge of a block in voxels, one number or per axis; no result depends on "
            "it in mode exact.",
            json_schema_extra={OUTSIDE_RECIPE: True},
        ),
    ] = 512
    mode: Annotated[
        Literal["exact", "halo"],
        Field(
            description="exact: as on the whole image. halo: ilastik's scheme, which judges an "
            "object by the piece that a block and its halo show."
        ),
    ] = "exact"
    halo: Annotated[
        WholePerAxis | None,
        Field(description="Voxels that a block of mode halo sees around itself."),
    ] = None

    @property
    def outside_recipe(self) -> frozenset[str]:
        """Return the fields that change no result: in mode halo the block does."""
        return frozenset() if self.mode == "halo" else super().outside_recipe

    @property
    def predicts(self) -> Predicting:
        """What it predicts from; in mode halo also which pieces of objects it sees."""
        pieces = (self.block, self.halo) if self.mode == "halo" else ()
        return Predicting(self.features, self.classifier, self.min_probability, pieces=pieces)

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the part ``predictions`` with the recipe of ``predict``; for halos also others.

        ``pieces`` is a label image of what blocks see of the objects, ``features`` its table.
        """
        table: TableHeader = look.header("features", TableHeader)
        labels = look.part(table.objects).header
        assert isinstance(labels, LabelHeader)
        block = self._voxels(look, "block", self.block, labels.grid)
        if any(n < 1 for n in block):
            raise look.problem("block", "a block has no voxels", got=str(min(block)))
        if self.mode == "halo":
            return self._parts_of_halo(look, table, labels, block)
        if self.halo is not None:
            fix = advise("remove it, or ", FieldSetting("mode", "halo", quoted=True))
            look.problem("halo", "halo belongs to mode halo; exact needs none", fix=fix)
        return super().check(look)

    def _voxels(
        self, look: Look, field: str, value: int | AxisValues, grid: Grid
    ) -> tuple[int, ...]:
        """Return voxels per axis of the image."""
        try:
            return whole_per_axis(value, grid.spatial, field)
        except InputError as error:
            raise look.passed_on(error, field) from None

    def _parts_of_halo(
        self, look: Look, table: TableHeader, labels: LabelHeader, block: tuple[int, ...]
    ) -> tuple[Part, ...]:
        model: ModelHeader = look.header("classifier", ModelHeader)
        if model.selected is not None:
            what = "mode halo judges pieces of objects, and this classifier selects whole ones"
            expected, fix = "mode: exact, which needs no halo", "remove mode and halo"
            raise look.problem("mode", what, got=str(model.selected), expected=expected, fix=fix)
        columns = self.used(look, table, model)
        of_whole = [c.name for c in columns if not is_measured(look.part(table.parts[c.name]))]
        if of_whole:
            what = f"mode halo judges pieces of objects, and {of_whole[0]} is of whole objects"
            expected, fix = "mode: exact, which needs no halo", "remove mode and halo"
            raise look.problem("mode", what, expected=expected, fix=fix)
        sizes = self._sizes(look, labels.grid, block)
        ids = Read("objects", table.objects, ("voxels", "index"))
        part = measured_part(look, table, columns)
        return (
            Part(
                PIECES,
                replace(labels, dtype="uint32", keeps_ids=False, found_in=()),
                sizes,
                (ids,),
                times=labels.grid.times,
                place=labels.grid.place,
                tells=PieceSummary,
            ),
            replace(
                part,
                parameters={**sizes, **part.parameters},
                reads=(ids, *part.reads),
                times=labels.grid.times,
            ),
            replace(
                self.predicted(look, table_of(part), model, labels.grid.times),
                tells=PiecePredictionSummary,
            ),
        )

    def _sizes(self, look: Look, grid: Grid, block: tuple[int, ...]) -> dict[str, dict[str, int]]:
        """Return block and halo in voxels per axis, no longer than the image."""
        if self.halo is None:
            setting = FieldSetting("halo", "64", example=True, quoted=True)
            fix = advise(setting, f"; {COMPARE}")
            raise look.problem("mode", "mode halo needs a halo", fix=fix)
        for field, value in (("block", self.block), ("halo", self.halo)):
            if "z" not in grid.spatial and isinstance(value, AxisValues) and value.z is not None:
                what = f"{field} has an axis z, and the image has none"
                look.problem(field, what, got=f"z: {value.z:g}", fix="remove z")
        halo = self._voxels(look, "halo", self.halo, grid)
        own = not look.settings.trained  # a batch may hold small images
        if own and all(h >= n for h, n in zip(halo, grid.shape, strict=True)):
            what = "every block would see the whole image: the halo is as large"
            size = " x ".join(map(str, grid.shape))
            others = Aside(f" ({COMPARE}), or mode: exact, which needs none")
            fix = advise("give a smaller halo", others)
            look.problem("halo", what, got=f"an image of {size} ({grid.spatial})", fix=fix)
        lengths = {"block": block, "halo": halo}
        return {
            name: {a: min(n, k) for a, n, k in zip(grid.spatial, grid.shape, each, strict=True)}
            for name, each in lengths.items()
        }

    def compute(self, part: Part, view: View) -> Made:
        """Find the pieces of one frame, measure them, or predict."""
        if part.name == PIECES:
            from objclass.nodes.pieces import label_pieces

            return label_pieces(view)
        if part.name == FEATURES:
            from objclass.nodes.pieces import measure_pieces

            return measure_pieces(part, view)
        made = super().compute(part, view)
        told = made.summary
        if self.mode == "halo" and isinstance(told, PredictionSummary):
            return replace(made, summary=PiecePredictionSummary(**vars(told)))
        return made

    @property
    def cuts(self) -> dict[str, int]:
        """Return the block's edge per axis."""
        z, y, x = whole_per_axis(self.block, "zyx") if self._has_z() else (1, *self._plane())
        return {"z": z, "y": y, "x": x} if self._has_z() else {"y": y, "x": x}

    def _has_z(self) -> bool:
        return not hasattr(self.block, "z") or getattr(self.block, "z", None) is not None

    def _plane(self) -> tuple[int, int]:
        y, x = whole_per_axis(self.block, "yx")
        return y, x
