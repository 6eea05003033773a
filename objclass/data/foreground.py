"""Which voxels of a segmentation are objects."""

from __future__ import annotations

from objclass.data.dataclass import dataclass


@dataclass(frozen=True)
class Foreground:
    """The values of objects in a mask; everything else is background.

    Parameters
    ----------
    values
        Values of objects, ascending; none where `above` or `below` say it.
    above, below
        Objects are brighter, and darker, than this; None for no limit.
    """

    values: tuple[int, ...] = ()
    above: float | None = None
    below: float | None = None

    @property
    def limits(self) -> dict[str, float]:
        """``above`` and ``below`` as far as they are given."""
        given = {"above": self.above, "below": self.below}
        return {name: limit for name, limit in given.items() if limit is not None}

    def __str__(self) -> str:
        """The value of the field as a person writes it."""
        if not self.values:
            said = ", ".join(f"{name}: {limit:g}" for name, limit in self.limits.items())
            return f"{{{said}}}"
        listed = ", ".join(map(str, self.values))
        return listed if len(self.values) == 1 else f"[{listed}]"
