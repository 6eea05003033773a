"""Which keys the numbers of a classifier have that a program may rely on, as JSON Schema."""

from __future__ import annotations

from typing import Final

from objclass.cli.key_types import COUNT, NUMBER, TEXT, Schema, listed, mapped, maybe, means, record

FEATURE_SET: Final = record(
    columns=means(COUNT, "columns that are learned from"),
    balanced_accuracy=NUMBER,
    balanced_interval=means(maybe(listed(NUMBER)), "its 95 % interval"),
)
SET_PAIR: Final = record(
    first=TEXT,
    second=TEXT,
    objects=COUNT,
    groups=means(COUNT, "what is drawn again: images, or objects where there are few"),
    balanced_accuracy=means(listed(NUMBER), "of both"),
    difference=means(NUMBER, "second less first"),
    interval=means(maybe(listed(NUMBER)), "its 95 % interval, in pairs"),
    only_first=means(COUNT, "objects that only the first called right"),
    only_second=COUNT,
    p=means(NUMBER, "of McNemar's test"),
)
OF_ONE: Final[Schema] = {
    "type": "object",
    "properties": {
        "feature_sets": means(
            record(
                sets=means(mapped(FEATURE_SET), "`hand-made`, `embedding` and `both`"),
                pairs=means(listed(SET_PAIR), "every two of them"),
            ),
            "where some columns are an embedding: sets of columns, on the same held-out objects",
        )
    },
}
"""Of one classifier: there are more, which follow from what is told on a screen."""
ASSESSED: Final = means(
    mapped(OF_ONE), "of a workflow: classifier to its numbers, these among others"
)
