"""``embedding``: numbers of every object that a network says, or that were computed elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from objclass.data.definition import Definition
from objclass.data.labels import LabelHeader
from objclass.data.objects import Column, ObjectTable, TableHeader
from objclass.data.wire import Wire
from objclass.engine.artifact import Content, Header, pack_table
from objclass.engine.look import Look
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.errors import FieldSetting, advise
from objclass.measure.families import BUILT_IN, TABLES
from objclass.nodes import probed, projection
from objclass.nodes.embedding import networked, tabled
from objclass.nodes.features.summary import FeatureSummary
from objclass.nodes.projection import AXES, MEAN, VALUES
from objclass.schema.fields import FilePath, Length, NameOrder, WireField
from objclass.schema.value_span import ValueSpan, ValueSpanField


class EmbeddingNode(Node):
    """Embed every object: a vector of numbers that says how it looks."""

    version: ClassVar[int] = 1
    synonyms: ClassVar[dict[str, str]] = {
        "label_image": "objects",
        "labels": "objects",
        "file": "table",
        "components": "keep",
        "pca": "keep",
    }

    kind: Literal["embedding"]
    objects: Annotated[WireField, Field(description="The label image.")]
    image: Annotated[
        WireField | None, Field(description="The raw image that the network sees.")
    ] = None
    table: Annotated[
        FilePath | None,
        Field(description="Embeddings computed elsewhere: a .npz, .parquet or .zarr."),
    ] = None
    model: Annotated[
        FilePath | None,
        Field(description="A network: an .onnx of one input (n, channels, y, x) of float32."),
    ] = None
    from_: Annotated[
        Literal["crop", "map"],
        Field(
            alias="from",
            description="crop: the network sees a window around every object. map: it makes one "
            "map of the image, which is averaged over the object.",
        ),
    ] = "crop"
    size: Annotated[
        int | None,
        Field(
            ge=1,
            le=4096,
            description="Pixels of a window along y and x; of a map, what the sides of the image "
            "are padded to a multiple of.",
        ),
    ] = None
    scale: Annotated[
        Length | None, Field(description="Size of a pixel of a window; by default that of a voxel.")
    ] = None
    channels: Annotated[
        NameOrder | None,
        Field(description="Channels in the order of the network's; one may repeat."),
    ] = None
    range: Annotated[
        ValueSpanField,
        Field(description="The values that become 0 and 1, or percentiles of each channel."),
    ] = ValueSpan(0.5, 99.8, True)
    mask: Annotated[
        Literal["outside_zero"] | None,
        Field(description="outside_zero: voxels outside of the object become 0."),
    ] = None
    keep: Annotated[
        int | None,
        Field(ge=1, le=1024, description="Principal components to keep of all numbers."),
    ] = None

    def located(self, folder: Path) -> Self:
        """Return the node with its files as seen from a folder."""
        named = {"table": self.table, "model": self.model}
        found = {field: str(folder / path) for field, path in named.items() if path is not None}
        return self.model_copy(update=found)

    @property
    def embeds(self) -> bool:
        """True: a network's numbers."""
        return True

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return all numbers, the axes they are projected to, and the columns."""
        self._check_name(look)
        objects: LabelHeader = look.header("objects", LabelHeader)
        made, width, options = self._values(look, objects)
        axes = projection.axes_part(look, self.keep, width)
        return (*made, *axes, self._columns(look, objects, width, options))

    def _values(
        self, look: Look, objects: LabelHeader
    ) -> tuple[tuple[Part, ...], int, dict[str, object]]:
        if (self.table is None) == (self.model is None):
            expected = "table: emb.npz (computed elsewhere), or model: net.onnx"
            raise look.problem(None, "an embedding has a table or a model", expected=expected)
        networked.check_fields(look, self)
        if self.table is not None:
            values, width, options = tabled.values_part(look, self.table, objects)
            return (values,), width, options
        if self.image is None:
            fix = advise(FieldSetting("image", "raw", quoted=True))
            raise look.problem("model", "a network sees a raw image", fix=fix)
        return networked.network_parts(look, objects)

    def _check_name(self, look: Look) -> None:
        """Refuse names that columns of feature families begin with."""
        if look.name in (*BUILT_IN, *TABLES, *look.settings.families):
            what = f"'{look.name}' is the name of a feature family"
            raise look.problem(None, what, fix="call the node otherwise, such as emb")

    def _columns(
        self, look: Look, objects: LabelHeader, width: int, options: dict[str, object]
    ) -> Part:
        name = look.name
        key = ("columns", look.wire("objects"), width, str(options))
        header = look.once(key, lambda: self._header(look, width, options))
        reads = [Read(VALUES, Wire(name, VALUES))]
        reads += [Read(AXES, Wire(name, AXES), (AXES, MEAN))] if self.keep else []
        return Part(
            name,
            header,
            {"keep": self.keep},
            tuple(reads),
            times=objects.grid.times,
            version=self.version,
            tells=FeatureSummary,
        )

    def _header(self, look: Look, width: int, options: dict[str, object]) -> TableHeader:
        columns = tuple(embedding_columns(look.name, width, self.keep))
        wires = {column.name: Wire(look.name, look.name) for column in columns}
        meant = Definition(self.version, {**options, "keep": self.keep})
        return TableHeader(columns, look.wire("objects"), wires, {look.name: meant})

    def joined(self, name: str, parts: Sequence[Part]) -> Header | None:
        """Return the table of the columns."""
        return next((p.header for p in parts if isinstance(p.header, TableHeader)), None)

    def compute(self, part: Part, view: View) -> Made:
        """Make one part."""
        if isinstance(part.header, TableHeader):
            return _table(part.header, view)
        if part.name == probed.PROBE:
            return probed.probe(view)
        if part.name != VALUES:
            return projection.axes(view)
        by_network = part.held_if(networked.NetworkUse) is not None
        return networked.values(view) if by_network else tabled.values(view)


def embedding_columns(name: str, width: int, keep: int | None) -> Sequence[Column]:
    """Return the columns of a node: ``emb_value_1`` …, or ``emb_component_1`` … where few are kept.

    Parameters
    ----------
    name
        Of the node.
    width
        Numbers of an object.
    keep
        Principal components, or None.
    """
    feature = f"{name}_component" if keep else f"{name}_value"
    what = "principal component of the embedding" if keep else "number of the embedding"
    column = Column(name, name, feature, "intensity", "", what, portable=False)
    return [
        replace(column, name=f"{feature}_{k}", definition=f"{k}. {what}")
        for k in range(1, (keep or width) + 1)
    ]


def _table(header: TableHeader, view: View) -> Made:
    """Return the columns of one frame."""
    from objclass.nodes.features import equal_values, missing_values

    record = view.one(VALUES)
    ids, values = record.arrays["ids"], record.arrays[VALUES]
    if AXES in view.given:
        values = projection.projection_in(view.one(AXES)).project(values)
    columns = {c.name: values[:, k] for k, c in enumerate(header.columns)}
    table = ObjectTable(ids, columns)
    equal = equal_values(table, header)
    summary = FeatureSummary(len(ids), missing_values(table), equal)
    return Made(Content(record=pack_table(table)), summary)
