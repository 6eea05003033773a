"""Channels in words: one without a name of its own is called by its number."""

from __future__ import annotations

from collections.abc import Iterable

from objclass.errors import list_some


def name_channel(name: str) -> str:
    """Return a channel as a sentence names it.

    >>> name_channel("dna"), name_channel("0")
    ('dna', 'channel 0')
    """
    return f"channel {name}" if name.isdigit() else name


def channel_list(names: Iterable[str]) -> str:
    """Return channels as a sentence lists them: ``dna, channel 1``."""
    return list_some(map(name_channel, names))
