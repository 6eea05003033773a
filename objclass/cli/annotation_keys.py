"""Keys of the documents about annotations: rows, annotators, pairs of these, what was imported."""

from __future__ import annotations

from objclass.cli.key_types import COUNT, NUMBER, TEXT, TEXTS, listed, maybe, means, record

ANNOTATION = record(
    file=TEXT, line=COUNT, image=TEXT, t=maybe(COUNT), z=maybe(COUNT), y=maybe(COUNT),
    x=maybe(COUNT), **{"class": TEXT}, status=TEXT, object=COUNT,
)  # fmt: skip
IMPORTED = record(
    file=TEXT,
    counted=means(TEXT, "what `number` counts: `line`, `point` or `object`"),
    number=COUNT,
    became=means(TEXT, "such as `new` or `background`"),
    **{"class": TEXT}, image=TEXT, t=maybe(COUNT), z=maybe(COUNT), y=maybe(COUNT),
    x=maybe(COUNT), object=COUNT,
    why=means(TEXT, "what else there is to say"),
)  # fmt: skip
ANNOTATOR = record(
    name=TEXT,
    rows=means(COUNT, "with a class"),
    objects=means(COUNT, "objects that they are about"),
    unmatched=means(COUNT, "rows that found no object"),
    unclassed=means(COUNT, "rows without a class"),
)
PAIR = record(
    first=means(TEXT, "a file"),
    second=means(TEXT, "another"),
    objects=means(COUNT, "objects that both gave one class"),
    alike=means(COUNT, "those that both gave the same"),
    kappa=means(maybe(NUMBER), "Cohen's, unweighted; null where it is not defined"),
    low=means(maybe(NUMBER), "of its 95 % interval"),
    high=maybe(NUMBER),
    by_chance=means(maybe(NUMBER), "the share alike that chance would give"),
    classes=TEXTS,
    table=means(listed(listed(COUNT)), "objects by class of the first, and of the second"),
    per_class=means(
        listed(record(**{"class": TEXT}, agreement=NUMBER, low=NUMBER, high=NUMBER)),
        "of the objects that either gave a class, the share that both did",
    ),
)
DISAGREEMENT = record(
    image=TEXT, t=maybe(COUNT), z=maybe(COUNT), y=maybe(COUNT), x=maybe(COUNT), object=COUNT,
    said=listed(record(file=TEXT, line=COUNT, **{"class": TEXT})),
)  # fmt: skip
