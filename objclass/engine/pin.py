"""Content with tags: cleaning keeps it, and whoever knows a tag finds it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Protocol

from objclass.data.dataclass import dataclass
from objclass.engine.artifact import Artifact, Header


class Shelf(Protocol):
    """Where pinned content lies: what is asked of a store."""

    def has(self, digest: str) -> bool:
        """Return True where the content is kept."""

    def load(self, artifact: Artifact, header: Header) -> Any:
        """Return the content as data, read lazily."""


TAGS = "stamps"
"""Key of the tags on disk. Stores of every age have it, so it stays."""


@dataclass(frozen=True)
class Pin:
    """Content that stays.

    Parameters
    ----------
    artifact
        What is kept.
    tags
        By what it is found.
    facts
        JSON for whoever finds it: what it is and how it was made.
    """

    artifact: Artifact
    tags: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


def plain(pin: Pin, more: Iterable[str] = ()) -> dict[str, Any]:
    """Return a pin as JSON, with `more` tags that the content has already."""
    subtrees = dict(pin.artifact.subtrees)
    return {**pin.facts, "subtrees": subtrees, TAGS: sorted({*pin.tags, *more})}


def restore(digest: str, record: Mapping[str, Any]) -> Pin:
    """Return the pin of a content from its JSON."""
    facts = {name: value for name, value in record.items() if name not in ("subtrees", TAGS)}
    return Pin(Artifact(digest, record.get("subtrees", {})), tuple(record.get(TAGS, ())), facts)


def by_tag(pins: Iterable[Pin]) -> dict[str, Pin]:
    """Return the pin of every tag; of several contents with one tag, the last."""
    return {tag: pin for pin in pins for tag in pin.tags}
