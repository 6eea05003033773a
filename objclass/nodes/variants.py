"""What a workflow's ``compatibility`` changes: the one place that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from objclass.engine.look import Look

if TYPE_CHECKING:
    from objclass.segmentation.rules import SegmentationRules


def variant_of(look: Look) -> str:
    """Return whose rules a step follows; empty for objclass's own."""
    return look.settings.compatibility or ""


def levels_as_written(look: Look) -> bool:
    """Return True where levels mean what they mean in ilastik, whatever they are.

    Integers without a range are compared as they are, and the level of cores may be below the
    other one.
    """
    return variant_of(look) == "ilastik"


def rules_of(variant: str) -> SegmentationRules:
    """Return the rules by which objects are found under a variant."""
    if variant == "ilastik":
        from objclass.segmentation.ilastik import RULES

        return RULES
    from objclass.segmentation.rules import OWN

    return OWN
