"""Finding a channel by name or number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from objclass.data.channels import channel_list, name_channel
from objclass.engine.look import Look
from objclass.errors import FieldSetting, advise, list_some, nearest
from objclass.schema.names import read_name, read_names
from objclass.schema.rule import ValueRule


def read_channels(value: Any) -> tuple[str, ...]:
    """Read one channel, by name or number, or a list of them."""
    return read_names(value) if isinstance(value, tuple | list) else (read_name(value),)


_ONE = {"type": ["string", "number"]}
_SCHEMA = {"anyOf": [_ONE, {"type": "array", "items": _ONE, "minItems": 1}]}

ChannelsField = Annotated[tuple[str, ...], ValueRule(read_channels, _SCHEMA, list)]
"""One channel or a list; becomes a tuple of names."""


def channel_numbers(
    look: Look, field: str, wanted: Sequence[str] | None, channels: Sequence[str]
) -> list[int]:
    """Return the numbers of the channels a field names; the only one needs no name."""
    if wanted is None:
        return [channel_index(look, field, None, channels)]
    numbers = [channel_index(look, field, name, channels) for name in wanted]
    if len(set(numbers)) < len(numbers):
        twice = next(name for name, k in zip(wanted, numbers, strict=True) if numbers.count(k) > 1)
        look.problem(field, f"channel {twice} is named twice", got=channel_list(wanted))
    return numbers


def channel_index(look: Look, field: str, wanted: str | None, channels: Sequence[str]) -> int:
    """Return the number of the channel a field names; the only one needs no name."""
    described = list_some(
        name_channel(name) if name.isdigit() else f"{name} ({k})" for k, name in enumerate(channels)
    )
    if wanted is None:
        if len(channels) == 1:
            return 0
        raise look.problem(
            field,
            f"which channel? there are {len(channels)}",
            expected=f"one of {described}",
            fix=advise(FieldSetting(field, channels[-1], quoted=True)),
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
