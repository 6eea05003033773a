"""A guess which channel of a prediction map holds the objects."""

from __future__ import annotations

from collections.abc import Sequence


def object_channel(names: Sequence[str]) -> str:
    """Return the channel that objects are most probably in."""
    for word in ("nucl", "object", "cell", "fore"):
        for name in names:
            if word in name.lower():
                return name
    rest = [name for name in names if not name.lower().startswith(("back", "bg"))]
    return (rest or list(names))[0]
