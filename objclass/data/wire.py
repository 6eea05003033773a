"""A wire names what flows into a node: ``node`` or ``node.part``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Wire:
    """The output of a node, or of one of its parts."""

    node: str
    part: str | None = None

    @classmethod
    def parse(cls, text: str) -> Wire:
        """Read ``node`` or ``node.part``."""
        node, _, part = text.partition(".")
        return cls(node, part or None)

    def __str__(self) -> str:
        return self.node if self.part is None else f"{self.node}.{self.part}"
