"""What files look like whatever their values are: key to type, to compare versions of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py

Shape = Mapping[str, str]


def of_json(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield key and type of every value, as ``nodes[].name``."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from of_json(inner, f"{at}.{key}" if at else key)
    elif isinstance(value, list):
        for inner in value:
            yield from of_json(inner, f"{at}[]")
    else:
        yield at, "number" if type(value) in (int, float) else type(value).__name__


def of_project(path: Path) -> Shape:
    """Return what a project file holds: arrays, texts and the keys of JSON."""
    found: dict[str, str] = {}

    def see(name: str, array: Any) -> None:
        if not isinstance(array, h5py.Dataset):
            return
        found[name] = f"{array.dtype} in {array.ndim} dimensions"
        if array.dtype == "uint8" and (text := array[:].tobytes()).startswith((b"{", b"[")):
            found.update((f"{name}:{key}", kind) for key, kind in of_json(json.loads(text)))

    with h5py.File(path) as file:
        file.visititems(see)
    return found


def broken(before: Shape, now: Shape) -> list[str]:
    """Return what a reader of `before` misses or misunderstands in `now`; new keys are no harm."""
    return [
        f"{key}: {kind} before, {now.get(key, 'nothing')} now"
        for key, kind in before.items()
        if not _reads(kind, now.get(key))
    ]


def _reads(before: str, now: str | None) -> bool:
    """Return True where who knew one type knows the other: words may come to a list of words."""
    if now is None or before == now:
        return now is not None
    first, second = set(before.split(", ")), set(now.split(", "))
    words = all(word.startswith("`") for word in first | second)
    return words and len(first) > 1 and first <= second
