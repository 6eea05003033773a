"""A labelling session: everything the labelling page shows and does, without a browser.

One :class:`Session` per workflow and classifier. It is built on the engine's store and the
learning functions of a run: what it shows is what a run writes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from objclass.session.answers import (
        AnnotationRow,
        FeatureStanding,
        GalleryPage,
        Invalidation,
        ObjectDetails,
        ObjectRef,
        ObjectStyles,
        Plane,
        ScatterPoints,
        SessionChange,
        SessionClass,
        SessionImage,
        SessionScore,
        ThresholdPreview,
    )
    from objclass.session.cut_outs import CutOutStyle
    from objclass.session.feature_session import SessionFeature
    from objclass.session.session import Session

__all__ = [
    "AnnotationRow",
    "CutOutStyle",
    "FeatureStanding",
    "GalleryPage",
    "Invalidation",
    "ObjectDetails",
    "ObjectRef",
    "ObjectStyles",
    "Plane",
    "ScatterPoints",
    "Session",
    "SessionChange",
    "SessionClass",
    "SessionFeature",
    "SessionImage",
    "SessionScore",
    "ThresholdPreview",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    homes = {"Session": "session", "CutOutStyle": "cut_outs", "SessionFeature": "feature_session"}
    home = homes.get(name, "answers")
    return getattr(import_module(f"{__name__}.{home}"), name)
