"""What a network says of a few drawn inputs on one machine, by which machines are compared.

Sums of floating point numbers end in other bits where a processor or a runtime adds in another
order. How much that is nobody can say beforehand; here it is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class NetworkProbe:
    """The numbers of one machine.

    Parameters
    ----------
    runtime, processor
        The machine.
    values
        float32 (n, d), one row an input.
    """

    runtime: str
    processor: str
    values: NDArray[np.float32]

    @property
    def machine(self) -> tuple[str, str]:
        """What decides the last bits."""
        return self.runtime, self.processor

    def deviation(self, other: NetworkProbe) -> tuple[float, float] | None:
        """Return how far another machine's numbers are off at most, and as share of the largest.

        None where they are numbers of something else.
        """
        import numpy as np

        if self.values.shape != other.values.shape:
            return None
        mine, theirs = self.values.astype(np.float64), other.values.astype(np.float64)
        off = float(np.abs(mine - theirs).max(initial=0.0))
        largest = float(np.abs(mine).max(initial=0.0))
        return off, off / largest if largest else 0.0

    def compared(self, other: NetworkProbe) -> str:
        """Say how far another machine's numbers are off."""
        where = f"{self.runtime}, {self.processor}"
        found = self.deviation(other)
        if found is None:
            return f"made on another machine ({where}), with which this one cannot be compared"
        off, share = found
        said = f"by at most {off:.2g}, {share:.2g} of the largest" if off else "in no bit"
        drawn = f"on {len(self.values)} drawn windows"
        return f"made on another machine ({where}): {drawn} this one's numbers differ {said}"
