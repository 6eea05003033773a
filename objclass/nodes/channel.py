"""Finding a channel by name or number."""

from __future__ import annotations

from collections.abc import Sequence

from objclass.engine.look import Look
from objclass.errors import listed, nearest


def channel_index(look: Look, field: str, wanted: str | None, channels: Sequence[str]) -> int:
    """Return the number of the channel a field names; the only one needs no name."""
    described = listed(
        f"{name} ({k})" if name != str(k) else name for k, name in enumerate(channels)
    )
    if wanted is None:
        if len(channels) == 1:
            return 0
        raise look.problem(
            field,
            f"which channel? there are {len(channels)}",
            expected=f"one of {described}",
            fix=f"add '{field}: {channels[-1]}'",
        )
    if wanted in channels:
        return list(channels).index(wanted)
    if wanted.isdigit() and int(wanted) < len(channels):
        return int(wanted)
    close = nearest(wanted, channels)
    raise look.problem(
        field,
        f"channel {wanted} does not exist; there are {len(channels)}: {described}",
        fix=f"did you mean {close}?" if close else None,
    )
