"""The raw image that an export names: how it is read, and the frame of it that objects lie in."""

from __future__ import annotations

from typing import Final

from objclass.data.image import Image, ImageHeader
from objclass.engine.node import JoinedInput, Read, View
from objclass.nodes.export.output import ExportRequest

RAW: Final = "image"
"""What the read is called, as the field of the node is."""


def raw_read(asked: ExportRequest) -> Read:
    """Read every channel of the raw image."""
    header: ImageHeader = asked.look.header(RAW, ImageHeader)
    channels = tuple(str(k) for k in range(len(header.channels)))
    return Read(RAW, asked.look.wire(RAW), channels)


def raw_of(view: View, shown: JoinedInput) -> Image:
    """Return the raw frame that objects lie in; the only one of a raw image without time."""
    frames = view.of_image(RAW, shown.image) or view.all(RAW)
    found: Image = next((each for each in frames if each.t == shown.t), frames[0]).load()
    return found
