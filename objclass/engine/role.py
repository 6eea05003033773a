"""What a part is for: how others find it, whatever its node calls it."""

from __future__ import annotations

from enum import Enum


class PartRole(Enum):
    """What a part is for, beyond what its header says.

    Two parts of one node never have one role. The value names it where a recipe holds it.
    """

    IMAGE = "image"
    """What an input refers to."""
    OBJECTS = "objects"
    """The objects that a node makes, not a layer on the way."""
    MATCHES = "matches"
    """Which objects a person's annotations are of."""
    EXAMPLES = "examples"
    """The feature rows of annotated objects."""
    RANGES = "ranges"
    """Where all objects of an annotated image lie."""
    VALUES = "values"
    """The features of all objects of an image, for those of its group to be compared with."""
    SCALE = "scale"
    """Where the objects of the group of an image lie, column by column."""
    PROJECTION = "projection"
    """Along which axes embeddings are kept."""
    PROBE = "probe"
    """What a network says of drawn inputs, by which machines are compared."""
    MODEL = "model"
    """What was learned."""
    EVALUATION = "evaluation"
    """How good that is."""
    CALIBRATION = "calibration"
    """What prediction sets go by; made only where somebody predicts sets."""
    SETS = "sets"
    """Which classes an object may have."""
    ASSESSMENT = "assessment"
    """All that can be said of it; made only when somebody asks."""
