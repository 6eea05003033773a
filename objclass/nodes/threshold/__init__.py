"""``threshold``: from a prediction map to objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.engine.look import Look
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.engine.role import PartRole
from objclass.engine.summary import Summary
from objclass.errors import FieldSetting, InputError, advise
from objclass.nodes.counted import LabelImageSummary, LayerSummary
from objclass.nodes.resolution import factors_to
from objclass.nodes.sizes import limits
from objclass.nodes.threshold.channel import ChannelsField, channel_numbers
from objclass.nodes.threshold.level import LevelField
from objclass.nodes.threshold.stages import LAYERS, ReadBy, as_written, recipe_fields
from objclass.nodes.variants import levels_as_written, variant_of
from objclass.schema.fields import SigmaField, Size, WireField, per_axis


class ThresholdNode(Node):
    """Smooth a channel, cut it at one level or two, drop objects by size, number the rest."""

    version: ClassVar[int] = 2
    main: ClassVar[str | None] = "objects"
    alike: ClassVar[bool] = True
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
        ReadBy.any_of("levels"),
        Field(description="One level, or a core level that selects and a final one that outlines."),
    ] = "simple"
    channel: Annotated[
        ChannelsField | None,
        ReadBy.any_of("maps"),
        Field(description="Channel of the objects, or a list; needed when there are several."),
    ] = None
    separate: Annotated[
        bool,
        ReadBy.any_of("maps", "core maps", added=True),
        Field(description="Several channels: true keeps touching objects of each apart."),
    ] = False
    core_channel: Annotated[
        ChannelsField | None,
        ReadBy.any_of("core maps"),
        Field(description="Channel of the cores; by default `channel`."),
    ] = None
    sigma: Annotated[
        SigmaField,
        ReadBy.any_of("maps", "core maps"),
        Field(
            description="Gaussian smoothing in voxels, at most 1000, one number or per axis; 0 is "
            "off. Cut off at 2 sigma: weights reach int(2 sigma + 0.5) voxels, at least 1."
        ),
    ] = 1.0
    threshold: Annotated[
        LevelField,
        ReadBy.any_of("levels"),
        Field(
            description="Voxels at or above it belong to objects. otsu, li, triangle find it in a "
            "histogram of the smoothed map, 256 equal bins from its smallest to its largest value: "
            "the lower edge of the first bin of the objects."
        ),
    ] = 0.5
    core_threshold: Annotated[
        float,
        ReadBy.any_of("cores"),
        Field(description="Hysteresis: objects without a voxel at or above it are dropped."),
    ] = 0.8
    min_size: Annotated[
        Size, ReadBy.any_of("sizes"), Field(description="Smaller objects are dropped.")
    ] = 10
    max_size: Annotated[
        Size | None,
        ReadBy.any_of("sizes"),
        Field(description="Larger objects are dropped; none by default."),
    ] = None
    merge_objects: Annotated[
        bool,
        ReadBy.any_of("hysteresis"),
        Field(description="Hysteresis: false keeps one object per core."),
    ] = True

    like: Annotated[
        WireField | None,
        Field(description="Image whose finer or coarser grid the map is brought to first."),
    ] = None

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the layers; only ``objects`` is made unasked."""
        given: ImageHeader = look.header("image", ImageHeader)
        header, factors = factors_to(look, given)
        self._check_role(look, header)
        self._check_levels(look)
        self._note_scale(look, header)
        channels = channel_numbers(look, "channel", self.channel, header.channels)
        if self.separate and len(channels) < 2:
            look.problem("separate", "there is one channel only", fix="channel: [a, b]")
        cores = channels
        if self.core_channel is not None:
            cores = channel_numbers(look, "core_channel", self.core_channel, header.channels)
            self._check_cores(look, channels, cores)
        shared = self._parameters(look, header, channels, cores)
        shared |= {"factors": factors} if factors else {}
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
        low, high = self.threshold, self.core_threshold
        lower = isinstance(low, float) and high < low and not levels_as_written(look)
        if self.method == "hysteresis" and lower:
            look.problem(
                "core_threshold",
                "the core threshold is below the threshold",
                got=f"{high:g} < {low:g}",
                fix="exchange the two values",
            )
        if self.method == "simple" and not self.merge_objects:
            look.problem(
                "merge_objects",
                "only hysteresis has cores to keep apart",
                fix=advise(FieldSetting("method", "hysteresis", quoted=True)),
            )
        default = type(self).model_fields["core_threshold"].default
        if self.method == "simple" and (self.core_channel or high != default):
            look.note("method simple does not use core_threshold and core_channel")

    def _check_cores(self, look: Look, channels: Sequence[int], cores: Sequence[int]) -> None:
        if self.separate and len(cores) != len(channels):
            got = f"{len(cores)} for {len(channels)} channels"
            fix = "list as many as in channel, in the same order"
            look.problem("core_channel", "separate: true needs one per channel", got=got, fix=fix)

    def _note_scale(self, look: Look, header: ImageHeader) -> None:
        """Warn of integers nobody gave a range, and of smoothing across thick planes."""
        whole = header.dtype.startswith(("uint", "int"))
        if whole and header.value_range is None:
            self._check_scale(look, header)
        grid = header.grid
        thick = grid.spacing is not None and grid.spacing[0] >= 2 * grid.spacing[2]
        if grid.dimensions == 3 and thick and self._sigma(look, grid.spatial)[0] > 0:
            z, x = (grid.spacing or (1, 1, 1))[0], (grid.spacing or (1, 1, 1))[2]
            look.note(
                f"planes are {z / x:.1f} times as far apart as pixels, and sigma smooths along z; "
                "sigma: {z: 0, y: 1, x: 1} does not"
            )

    def _check_scale(self, look: Look, header: ImageHeader) -> None:
        """Refuse a probability as the level of integers of a map; tell of other levels."""
        holds = f"'{self.image}' holds integers ({header.dtype}) and no value_range"
        level = self.threshold
        is_probability = isinstance(level, float) and 0 < level <= 1
        if header.role == "prediction_map" and is_probability and not levels_as_written(look):
            said = FieldSetting("value_range", "[0, 65535]", self.image.node, example=True)
            look.problem("threshold", holds, got=f"threshold {level:g}", fix=advise(said))
        else:
            look.note(f"{holds}: the thresholds are compared with them as they are")

    def _parameters(
        self, look: Look, header: ImageHeader, channels: Sequence[int], cores: Sequence[int]
    ) -> dict[str, Any]:
        """Return the fields as the recipe holds them: channels by number, sizes in voxels."""
        return as_written(self) | {
            "channel": list(channels),
            "core_channel": list(cores),
            "sigma": self._sigma(look, header.grid.spatial),
            "scale": _scale(header),
            **limits(look, self.min_size, self.max_size, header.grid),
        }

    def _sigma(self, look: Look, spatial: str) -> list[float]:
        try:
            return [float(s) for s in per_axis(self.sigma, spatial, "sigma")]
        except InputError as error:
            raise look.passed_on(error, "sigma") from None

    def _part(self, look: Look, layer: str, header: ImageHeader, shared: Mapping[str, Any]) -> Part:
        names = recipe_fields(type(self), layer, self.method)
        parameters = {name: value for name, value in shared.items() if name in names}
        read = {*parameters.get("channel", ()), *parameters.get("core_channel", ())}
        return Part(
            name=layer,
            header=self._header_of(layer, header, shared["channel"]),
            parameters=parameters,
            reads=(Read("image", look.wire("image"), tuple(map(str, sorted(read)))),),
            times=header.grid.times,
            version=self.version,
            variant=variant_of(look),
            place=None if layer == "smoothed" else header.grid.place,
            asked=layer == "objects",
            role=PartRole.OBJECTS if layer == "objects" else None,
            tells=TOLD.get(layer, LayerSummary),
            working=SMOOTHED_BYTES,
        )

    def _header_of(
        self, layer: str, header: ImageHeader, channels: Sequence[int]
    ) -> ImageHeader | LabelHeader:
        if layer == "smoothed":
            return ImageHeader(header.grid, ("smoothed",), "float32", "prediction_map")
        names = [header.channels[k] for k in channels] if self.separate else []
        return LabelHeader(header.grid, found_in=tuple(names))

    def compute(self, part: Part, view: View) -> Made:
        """Make one layer of one frame."""
        from objclass.nodes.segmenting import threshold_layer

        return threshold_layer(part.name, view)


SMOOTHED_BYTES = 4
"""Per voxel, of the smoothed map that is at work beside the map and the ids."""
TOLD: dict[str, type[Summary] | None] = {"objects": LabelImageSummary, "smoothed": None}
"""Layer to what is told of it; of the others, how many objects they have."""


def _scale(header: ImageHeader) -> list[float] | None:
    """Return the range that is mapped to 0…1, for integer maps that declare one."""
    if header.value_range is None or header.value_range == (0.0, 1.0):
        return None
    return [float(v) for v in header.value_range]
