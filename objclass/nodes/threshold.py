"""``threshold``: from a prediction map to objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.engine.look import Look
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.errors import InputError
from objclass.nodes.channel import channel_index
from objclass.nodes.sizes import voxels
from objclass.schema.fields import Name, PerAxis, Size, WireField, per_axis

LAYERS = ("smoothed", "cores", "cores_filtered", "unfiltered", "objects")


class ThresholdNode(Node):
    """Smooth a channel, cut it at one level or two, drop objects by size, number the rest."""

    version: ClassVar[int] = 1
    main: ClassVar[str | None] = "objects"
    synonyms: ClassVar[dict[str, str]] = {
        "high_threshold": "core_threshold",
        "low_threshold": "threshold",
        "smooth": "sigma",
        "smoothing": "sigma",
        "size_min": "min_size",
        "size_max": "max_size",
        "input": "image",
    }

    kind: Literal["threshold"]
    image: Annotated[WireField, Field(description="The prediction map.")]
    method: Annotated[
        Literal["simple", "hysteresis"],
        Field(description="One level, or a core level that selects and a final one that outlines."),
    ] = "simple"
    channel: Annotated[
        Name | None, Field(description="Channel of the objects; needed when there are several.")
    ] = None
    core_channel: Annotated[
        Name | None, Field(description="Channel of the cores; by default `channel`.")
    ] = None
    sigma: Annotated[
        PerAxis,
        Field(description="Gaussian smoothing in voxels, one number or per axis; 0 is off."),
    ] = 1.0
    threshold: Annotated[float, Field(description="Voxels at or above it belong to objects.")] = 0.5
    core_threshold: Annotated[
        float, Field(description="Hysteresis: objects without a voxel at or above it are dropped.")
    ] = 0.8
    min_size: Annotated[Size, Field(description="Smaller objects are dropped.")] = 10
    max_size: Annotated[
        Size | None, Field(description="Larger objects are dropped; none by default.")
    ] = None
    merge_objects: Annotated[
        bool, Field(description="Hysteresis: false keeps one object per core.")
    ] = True

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the layers; only ``objects`` is made unasked."""
        header: ImageHeader = look.header("image", ImageHeader)
        self._check_role(look, header)
        self._check_levels(look)
        channel = channel_index(look, "channel", self.channel, header.channels)
        core = channel
        if self.core_channel is not None:
            core = channel_index(look, "core_channel", self.core_channel, header.channels)
        shared = self._parameters(look, header, channel, core)
        return tuple(
            self._part(look, layer, header, shared)
            for layer in LAYERS
            if self.method == "hysteresis" or not layer.startswith("cores")
        )

    def _check_role(self, look: Look, header: ImageHeader) -> None:
        if header.role in ("segmentation", "label_image"):
            fix = "use a node of kind components"
            look.problem("image", f"'{self.image}' is a {header.role}", expected="a map", fix=fix)

    def _check_levels(self, look: Look) -> None:
        if self.method == "hysteresis" and self.core_threshold < self.threshold:
            look.problem(
                "core_threshold",
                "the core threshold is below the threshold",
                got=f"{self.core_threshold:g} < {self.threshold:g}",
                fix="exchange the two values",
            )
        if self.method == "simple" and not self.merge_objects:
            look.problem(
                "merge_objects", "only hysteresis has cores to keep apart", fix="method: hysteresis"
            )

    def _parameters(
        self, look: Look, header: ImageHeader, channel: int, core: int
    ) -> dict[str, Any]:
        grid = header.grid
        parameters: dict[str, Any] = {
            "method": self.method,
            "channel": channel,
            "sigma": self._sigma(look, grid.spatial),
            "scale": _scale(header),
            "threshold": self.threshold,
            "min_size": voxels(look, "min_size", self.min_size, grid),
            "max_size": voxels(look, "max_size", self.max_size, grid),
        }
        if self.method == "hysteresis":
            parameters["core_channel"] = core
            parameters["core_threshold"] = self.core_threshold
            parameters["merge_objects"] = self.merge_objects
        return parameters

    def _sigma(self, look: Look, spatial: str) -> list[float]:
        try:
            return [float(s) for s in per_axis(self.sigma, spatial, "sigma")]
        except InputError as error:
            raise look.passed_on(error, "sigma") from None

    def _part(self, look: Look, layer: str, header: ImageHeader, shared: Mapping[str, Any]) -> Part:
        names = _fields_of(layer, self.method)
        parameters = {name: value for name, value in shared.items() if name in names}
        channel, core = shared["channel"], shared.get("core_channel", shared["channel"])
        wanted = {"smoothed": {channel}, "cores": {core}, "cores_filtered": {core}}
        channels = wanted.get(layer, {channel, core})
        wire = look.wire("image")
        return Part(
            name=layer,
            header=_header_of(layer, header),
            parameters=parameters,
            reads=(Read("image", wire, tuple(str(c) for c in sorted(channels))),),
            times=header.grid.times,
            version=self.version,
            place=None if layer == "smoothed" else header.grid.place,
            asked=layer == "objects",
        )

    def compute(self, part: Part, view: View) -> Made:
        """Make one layer of one frame."""
        from objclass.nodes.segmenting import threshold_layer

        return threshold_layer(part.name, view)


def _fields_of(layer: str, method: str) -> set[str]:
    smooth = {"channel", "sigma", "scale"}
    cores = {"core_channel", "sigma", "scale", "core_threshold"}
    size = {"min_size", "max_size"}
    final = smooth | {"method", "threshold"}
    if method == "hysteresis":
        final |= cores | {"merge_objects"} | size
    return {
        "smoothed": smooth,
        "cores": cores,
        "cores_filtered": cores | size,
        "unfiltered": final,
        "objects": final | size,
    }[layer]


def _header_of(layer: str, header: ImageHeader) -> ImageHeader | LabelHeader:
    if layer == "smoothed":
        return ImageHeader(header.grid, ("smoothed",), "float32", "prediction_map")
    return LabelHeader(header.grid)


def _scale(header: ImageHeader) -> list[float] | None:
    """Return the range that is mapped to 0…1, for integer maps that declare one."""
    if header.value_range is None or header.value_range == (0.0, 1.0):
        return None
    return [float(v) for v in header.value_range]
