"""Label images in which annotations were valid: pinned, so that a later run finds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from objclass.data.axes import grid_from
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelHeader, LabelImage
from objclass.engine.node import JoinedInput
from objclass.engine.pin import Pin, Shelf
from objclass.engine.summary import write_summary


@dataclass(frozen=True)
class EarlierLabelImage:
    """A label image in which an annotation was valid, and how it was made."""

    labels: LabelImage
    preimage: Mapping[str, Any]


class EarlierLabelImages:
    """Finds label images by the stamp of an object in them; each is opened once.

    Parameters
    ----------
    pins
        Stamp to pin.
    shelf
        Where label images lie.
    """

    def __init__(self, pins: Mapping[str, Pin], shelf: Shelf | None) -> None:
        self._pins = pins
        self._shelf = shelf
        self._opened: dict[str, EarlierLabelImage] = {}

    def of(self, stamp: str) -> EarlierLabelImage | None:
        """Return the label image in which an object had this stamp, None where it is not kept."""
        pin = self._pins.get(stamp)
        if pin is None or self._shelf is None:
            return None
        digest = pin.artifact.digest
        if not self._shelf.has(digest):  # what is made again must be opened again
            self._opened.pop(digest, None)
            return None
        if digest not in self._opened:
            header = LabelHeader(grid_from(pin.facts["grid"]), pin.facts["dtype"])
            labels = self._shelf.load(pin.artifact, header)
            self._opened[digest] = EarlierLabelImage(labels, pin.facts["preimage"])
        return self._opened[digest]


def preimages(
    pins: Iterable[Pin], shelf: Shelf | None, stamp: str
) -> tuple[Mapping[str, Any], ...]:
    """Return how every kept label image was made in which an object had this stamp."""
    kept = {pin.artifact.digest: pin for pin in pins if stamp in pin.tags}
    return tuple(
        pin.facts["preimage"]
        for digest, pin in kept.items()
        if shelf is not None and shelf.has(digest)
    )


def pin_of(given: JoinedInput, stamps: Sequence[str]) -> Pin:
    """Pin a label image by the stamps of objects that annotations are valid for."""
    header = given.header
    assert isinstance(header, LabelHeader)
    facts = {
        "grid": asdict(header.grid),
        "dtype": header.dtype,
        "preimage": dict(given.preimage),
        "node": given.wire.node,
        "image": given.image,
        "t": given.t,
        "summary": write_summary(given.summary),
    }
    return Pin(given.artifact, tuple(stamps), facts)
